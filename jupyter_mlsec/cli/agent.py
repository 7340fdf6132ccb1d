"""`jupyter mlsec keys agent`: a process that holds this user's keys, and opens single files and signs for kernels."""

from __future__ import annotations

import argparse
import logging
import os
import shlex
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlsec.cli.answers import say
from jupyter_mlsec.host import hardening, places, sockets
from jupyter_mlsec.protocol.errors import VaultError

if TYPE_CHECKING:
    from jupyter_mlsec.vault.agent.server import Agent

_AGENT = "JUPYTER_MLSEC_AGENT"
_SOCKET = "agent.sock"


def run(words: Sequence[str]) -> int:
    """Hold the identities until a signal ends it. A passphrase is asked for once, before anybody is answered."""
    parser = argparse.ArgumentParser(
        prog="jupyter mlsec keys agent",
        description="Hold this user's keys: give kernels keys of single files over a Unix socket, and sign for them.",
    )
    parser.add_argument("--socket", type=Path, metavar="PATH", help="where to listen (default: the runtime folder)")
    parser.add_argument("--quiet", action="store_true", help="log nothing (kinds and counts otherwise, no names)")
    given = parser.parse_args(list(words))
    done = hardening.harden()  # before any secret is in memory
    logging.basicConfig(stream=sys.stderr, format="%(message)s")
    logging.getLogger("jupyter_mlsec").setLevel(logging.WARNING if given.quiet else logging.INFO)
    stopped = _until_a_signal()
    agent = _listening(given.socket)
    try:
        agent.start()
        say(f"export {_AGENT}={shlex.quote(str(agent.path))}")
        say(f"# The key agent (process {os.getpid()}; {', '.join(done) or 'not hardened here'}) listens. ^C ends it.")
        sys.stdout.flush()
        stopped.wait()
    finally:
        agent.stop()
    return 0


def _until_a_signal() -> threading.Event:
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])):
        signal.signal(number, lambda *_: stopped.set())
    return stopped


def _listening(wanted: Path | None) -> Agent:
    from jupyter_mlsec.vault import Identities
    from jupyter_mlsec.vault.agent.server import Agent
    from jupyter_mlsec.vault.signing import local_second, local_signer

    failed = "The key agent was not started"
    os.environ.pop(_AGENT, None)  # it is the agent: it asks no other
    try:
        path = _place(wanted)
    except OSError as error:
        raise VaultError(f"{failed}: {error}") from None
    if len(os.fsencode(path)) > sockets.PATH_LIMIT:
        raise VaultError(f"{failed}: {path} is too long for a socket. Name a shorter one with --socket PATH.")
    identities = Identities(places.data_folder())
    held = identities.load()
    second = local_second(places.data_folder())
    signers = [local_signer(places.data_folder()), *([] if second is None else [second])]
    try:
        return Agent(path, held, identities.info().recipients, signers)
    except FileExistsError:
        raise VaultError(f"{failed}: another one listens at {path}. Use it, or name another place.") from None
    except OSError as error:
        raise VaultError(f"{failed}: {path} cannot be listened at ({error.strerror or error}).") from None


def _place(wanted: Path | None) -> Path:
    """Where to listen: a socket in a folder that only this user can enter."""
    if wanted is None:
        return sockets.runtime_folder() / _SOCKET
    path = wanted.expanduser().absolute()
    sockets.require_private(path.parent)
    return path
