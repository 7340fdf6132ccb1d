"""The agent: holds identities and signers; gives processes of the same user file keys and signatures, nothing else.

It asks nobody, writes no file and starts no process. A client that stalls, lies or floods costs one of a few threads
for two seconds at most.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from jupyter_mlsec.host import sockets
from jupyter_mlsec.protocol.errors import SealedFileError, VaultError
from jupyter_mlsec.vault.agent import wire
from jupyter_mlsec.vault.damage import NoMatch
from jupyter_mlsec.vault.keys import Identity
from jupyter_mlsec.vault.opening import LocalUnwrapper
from jupyter_mlsec.vault.signing import Signer

THREADS = 8
"""So many clients are answered at a time; the others wait in the socket's queue."""
PATIENCE = 2.0
"""Seconds a client has for its request, and for taking the answer."""
LOG_EVERY = 1.0
"""Seconds between two lines of the log: a busy kernel asks hundreds of times in one."""
_DECODER: msgspec.msgpack.Decoder[wire.Request] = msgspec.msgpack.Decoder(wire.Request)
_log = logging.getLogger(__name__)


class Agent:
    """An agent at a socket: `start` answers in threads, `stop` removes the socket. Logs kinds and counts only."""

    def __init__(
        self,
        path: Path,
        identities: Sequence[Identity],
        recipients: tuple[str, ...],
        signers: Sequence[Signer] = (),
    ) -> None:
        """Raises OSError; FileExistsError when another agent answers at `path`."""
        self.path = path
        self.counts: Counter[str] = Counter()
        """How often what was answered: `key`, `whom`, a refusal's kind, or what was wrong with a client."""
        self._unwrapper = LocalUnwrapper(identities)
        self._recipients = recipients
        self._signers = {signer.algorithm: signer for signer in signers}
        self._stopping = threading.Event()
        self._counting = threading.Lock()
        self._logged = 0.0
        self._socket = sockets.listen(path)
        self._inode = path.lstat().st_ino
        self._threads: list[threading.Thread] = []

    def __repr__(self) -> str:
        return f"<key agent at {self.path}>"

    def start(self) -> None:
        """Answer from now on."""
        self._socket.settimeout(0.5)  # how late `stop` is noticed
        for _ in range(THREADS):
            self._begin()

    def _begin(self) -> None:
        thread = threading.Thread(target=self._serve, name="mlsec-agent", daemon=True)
        self._threads.append(thread)
        thread.start()

    def stop(self) -> None:
        """Answer no more, and take the socket away if it is still this agent's."""
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes those that wait for a client, where the system does
        self._socket.close()
        try:
            if self.path.lstat().st_ino == self._inode:
                self.path.unlink()
        except FileNotFoundError:
            pass
        for thread in list(self._threads):
            thread.join(PATIENCE)
        self._log()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._socket.accept()
            except TimeoutError:
                continue
            except OSError:
                return  # closed
            try:
                with connection:
                    self._count(self._serve_one(connection))
            except BaseException:
                self._begin()  # one bad client ends one thread, and another takes its place
                raise

    def _serve_one(self, connection: socket.socket) -> str:
        """Answer one client; what came of it, for the count."""
        if not sockets.is_same_user(connection):
            return "another user, not answered"
        try:
            body = wire.receive(connection, wire.REQUEST_LIMIT, PATIENCE)
            answer = self._answer(body)
            connection.settimeout(PATIENCE)
            connection.sendall(wire.encode(answer))
        except (OSError, ValueError) as error:
            return f"dropped, {type(error).__name__}"
        return answer.kind if isinstance(answer, wire.Refused) else type(answer).__name__

    def _answer(self, body: bytes) -> wire.Answer:
        try:
            request = _DECODER.decode(body)
        except msgspec.MsgspecError:
            return wire.Refused(kind="BadRequest", text="the request is not one the agent knows")
        if isinstance(request, wire.Whom):
            return wire.Recipients(recipients=self._recipients)
        if isinstance(request, wire.Whose):
            return wire.PublicKeys(keys={name: signer.public_key for name, signer in self._signers.items()})
        if isinstance(request, wire.Sign):
            signer = self._signers.get(request.algorithm)
            if signer is None:
                return wire.Refused(kind="NoMatch", text=f"the agent holds no {request.algorithm} key to sign with")
            return wire.Signature(signature=signer.sign(request.message))
        try:
            found = self._unwrapper.unwrap_header(request.header)
        except (NoMatch, SealedFileError) as error:
            return wire.Refused(kind=type(error).__name__, text=str(error))
        except VaultError as error:
            return wire.Refused(kind="NoMatch", text=str(error))
        return wire.FileKey(key=bytes(found.key), name=found.name)

    def _count(self, what: str) -> None:
        with self._counting:
            self.counts[what] += 1
            now = time.monotonic()
            if now - self._logged < LOG_EVERY:
                return
            self._logged = now
            self._log()

    def _log(self) -> None:
        if self.counts:
            _log.info(
                "answered so far: %s", ", ".join(f"{what} {count}" for what, count in sorted(self.counts.items()))
            )
