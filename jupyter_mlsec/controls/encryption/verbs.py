"""The words of sealing: `seal`, `open` and `keys`, in the notebook and in the shell."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from jupyter_mlsec.controls.contract import Answer, Site, Verb
from jupyter_mlsec.host.places import shown
from jupyter_mlsec.protocol.errors import NoIdentity, UsageError, VaultError
from jupyter_mlsec.vault import Identities

_SEAL = "seal PATH ...\n\nReplace plain files by their sealed form, each once that was read back and compared."
_OPEN = "open PATH [-o OUT]\n\nOpen a sealed file for good: in its place, or to OUT."
_KEYS = (
    "keys init [--yes] [--fleeting] | keys show | keys backup PATH\n\n"
    "init      make your identity, or take note of where it lies\n"
    "  --yes       ask nothing, also at a terminal\n"
    "  --fleeting  you know that this place goes away (a container, a memory disk), and it is all right\n"
    "show      your recipients, where the identity lies, and whether losing it is provided for\n"
    "backup    copy the identity to PATH, readable by you only"
)
Run = Callable[[Sequence[str], Mapping[str, Any]], Answer]


class Remembers(Protocol):
    """What the verbs need of the control."""

    @property
    def identities(self) -> Identities: ...

    def remember(self, sealed: Any) -> None: ...

    def name_of(self, path: Path) -> str: ...


def quoted(path: Path) -> str:
    """The path as a word of a command."""
    return shlex.quote(str(path))


def verbs_of(control: Remembers, site: Site) -> tuple[Verb, ...]:
    """`seal`, `open` and `keys`."""
    return (
        Verb(name="seal", summary="replace a plain file by its sealed form", usage=_SEAL, run=_seal(control)),
        Verb(name="open", summary="open a sealed file for good", usage=_OPEN, run=_open(control, site)),
        Verb(name="keys", summary="your identity: make, show, back up", usage=_KEYS, run=_keys(control, site)),
    )


def _seal(control: Remembers) -> Run:
    def run(arguments: Sequence[str], _namespace: Mapping[str, Any]) -> Answer:
        from jupyter_mlsec.vault.files import seal_file

        if not arguments or any(argument.startswith("-") for argument in arguments):
            raise UsageError(f"Usage: {_SEAL}")
        lines, data = [], []
        for argument in arguments:
            sealed = seal_file(_existing(argument), identities=control.identities)
            control.remember(sealed)
            name = control.name_of(sealed.path)
            lines.append(f"{name} is sealed for you ({sealed.size:,} bytes). It reads back by itself; undo opens it.")
            data.append({"path": name, "sha256": sealed.digest, "size": sealed.size})
        return Answer(text="\n".join(lines), data=data)

    return run


def _open(control: Remembers, site: Site) -> Run:
    def run(arguments: Sequence[str], _namespace: Mapping[str, Any]) -> Answer:
        from jupyter_mlsec.vault.files import is_sealed_file, unseal_file

        words = list(arguments)
        output: Path | None = None
        if "-o" in words:
            at = words.index("-o")
            if at + 1 >= len(words):
                raise UsageError(f"Usage: {_OPEN}")
            output = Path(words[at + 1]).expanduser()
            del words[at : at + 2]
        if len(words) != 1 or words[0].startswith("-"):
            raise UsageError(f"Usage: {_OPEN}")
        path = _existing(words[0])
        if not is_sealed_file(path):
            raise UsageError(f"{path} was left as it is: it is not sealed.")
        written = unseal_file(path, output, control.identities)
        name = control.name_of(written)
        site.record("opened", name, {"path": control.name_of(path), "in": "place" if output is None else "copy"})
        return Answer(text=f"{name} holds the plain content now.", data={"path": name})

    return run


def _existing(argument: str) -> Path:
    path = Path(argument).expanduser()
    if not path.is_file():
        raise UsageError(f"{argument} is not a file.")
    return path


def _keys(control: Remembers, site: Site) -> Run:
    def run(arguments: Sequence[str], _namespace: Mapping[str, Any]) -> Answer:
        match list(arguments):
            case ["init", *options] if set(options) <= {"--yes", "--fleeting"}:
                return _init(control.identities, site, set(options))
            case ["show"]:
                return _show(control.identities)
            case ["backup", path] if not path.startswith("-"):
                return _backup(control.identities, site, path)
        raise UsageError(f"Usage: {_KEYS}")

    return run


def _init(identities: Identities, site: Site, options: set[str]) -> Answer:
    """Make the identity if there is none. Seeing this command's answer is taking note, unless a person says no."""
    if not identities.exists():
        info = identities.create()
        site.record("made-identity", "identity", {"recipient": info.recipients[0][:24]})
    else:
        identities.load()  # says what is wrong with it, if anything
    if not identities.named and ("--yes" in options or not _is_terminal() or _agrees(identities)):
        identities.acknowledge(fleeting="--fleeting" in options)
    shown = _show(identities)
    kept = [line for line in shown.text.splitlines() if not line.startswith("  age1")]
    kept[-1] = "Others seal for you with your recipient, which %mlsec keys show prints."
    if not shown.data["durable"]:
        kept.append("Until then nothing is sealed by itself.")
    return Answer(text="\n".join(kept), data=shown.data, ok=shown.ok)


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _agrees(identities: Identities) -> bool:
    print(f"Your identity is in {identities.path}.")  # noqa: T201  # a question at a terminal
    reply = input("Without it, what is sealed for you is lost. Will you keep a copy of it? [y/N] ")
    return reply.strip().lower() in {"y", "yes"}


def _show(identities: Identities) -> Answer:
    try:
        info, durability = identities.info(), identities.durability()
    except NoIdentity as error:
        return Answer(text=str(error), data={"exists": False, "durable": False}, ok=False)
    lines = [
        f"Identity: {shown(info.path)}" + (" (guarded by a passphrase)" if info.passphrase else ""),
        f"Lasting: {'yes' if durability.durable else 'no'} ({durability.reason}).",
        "Without this file, what is sealed for you is lost. Back it up: %mlsec keys backup PATH",
        "Others seal for you with one of these recipients:",
        *(f"  {recipient}" for recipient in info.recipients),
    ]
    data = {
        "exists": True,
        "path": str(info.path),
        "recipients": list(info.recipients),
        "durable": durability.durable,
        "reason": durability.reason,
    }
    return Answer(text="\n".join(lines), data=data)


def _backup(identities: Identities, site: Site, path: str) -> Answer:
    written = identities.backup(path)
    if not written.is_file():
        raise VaultError(f"No backup was made: {path} is not there after writing.")
    site.record("backed-up", "identity", {})
    durability = identities.durability()
    return Answer(
        text=f"Your identity is copied to {written}, for you only. Keep it where this machine's loss does not reach.",
        data={"path": str(written), "durable": durability.durable, "reason": durability.reason},
    )
