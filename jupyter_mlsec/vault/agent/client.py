"""A kernel's side of the key agent: an Unwrapper and Signers that ask the process behind a socket."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from jupyter_mlsec.host import sockets
from jupyter_mlsec.protocol.errors import NoIdentity
from jupyter_mlsec.vault import signing
from jupyter_mlsec.vault.agent import wire
from jupyter_mlsec.vault.damage import HeaderDamaged, HeaderForged, NoMatch
from jupyter_mlsec.vault.hidden import HiddenBytes
from jupyter_mlsec.vault.keys import Unwrapped

ENVIRONMENT = "JUPYTER_MLSEC_AGENT"
"""Names the socket of the agent that is asked in place of an identity file."""
PATIENCE = 10.0
"""Seconds in which an answer must come."""
_ERRORS = {"NoMatch": NoMatch, "HeaderDamaged": HeaderDamaged, "HeaderForged": HeaderForged}
_DECODER: msgspec.msgpack.Decoder[wire.Answer] = msgspec.msgpack.Decoder(wire.Answer)


def named() -> Path | None:
    """The socket that the environment names."""
    text = os.environ.get(ENVIRONMENT)
    return Path(text).expanduser() if text else None


class AgentIdentity:
    """What opens sealed files by asking an agent. It holds no key, only the socket's path."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __repr__(self) -> str:
        return f"<key agent at {self._path}>"

    def unwrap_header(self, header: bytes) -> Unwrapped:
        """See Unwrapper. Raises NoIdentity when the agent is gone or does not answer."""
        answer = self._ask(wire.Unwrap(header=header))
        if isinstance(answer, wire.FileKey):
            return Unwrapped(key=HiddenBytes(answer.key), name=answer.name)
        if isinstance(answer, wire.Refused) and answer.kind in _ERRORS:
            raise _ERRORS[answer.kind](answer.text)
        raise self._gone("it gave an answer that is not one")

    def recipients(self) -> tuple[str, ...]:
        """For whom to seal so that the agent opens it. Raises NoIdentity."""
        answer = self._ask(wire.Whom())
        if not isinstance(answer, wire.Recipients) or not answer.recipients:
            raise self._gone("it gave an answer that is not one")
        return answer.recipients

    def _ask(self, request: wire.Request) -> wire.Answer:
        try:
            with sockets.connect(self._path, PATIENCE) as connection:
                connection.sendall(wire.encode(request))
                return _DECODER.decode(wire.receive(connection, wire.ANSWER_LIMIT, PATIENCE))
        except FileNotFoundError:
            raise self._gone("there is no such socket") from None
        except ConnectionRefusedError:
            raise self._gone("nobody listens there any more") from None
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            raise self._gone(str(error) or type(error).__name__) from None

    def _gone(self, why: str) -> NoIdentity:
        return NoIdentity(
            f"The key agent at {self._path} was not asked: {why}. Start it (jupyter mlsec keys agent --socket PATH), "
            f"or unset {ENVIRONMENT} to use the identity of this machine."
        )


class AgentSigner:
    """A Signer whose key only the agent holds."""

    def __init__(self, path: Path, algorithm: str, public_key: bytes) -> None:
        self._agent = AgentIdentity(path)
        self.algorithm = algorithm
        self.public_key = public_key
        self.name = signing.short_name(public_key)

    def __repr__(self) -> str:
        return f"<AgentSigner {signing.fingerprint(self.public_key)}>"

    def sign(self, message: bytes) -> bytes:
        """See `Signer.sign`. Raises NoIdentity when the agent is gone, refuses, or signs falsely."""
        answer = self._agent._ask(wire.Sign(algorithm=self.algorithm, message=message))
        if isinstance(answer, wire.Refused):
            raise self._agent._gone(answer.text)
        if not isinstance(answer, wire.Signature) or not signing.verify(self.public_key, message, answer.signature):
            raise self._agent._gone("it gave a signature that is not one")
        return answer.signature


def signer_of(data_folder: Path) -> signing.Signer:
    """Who signs for this user: the agent that the environment names, if it holds a signing key, else the local key."""
    return _held("ed25519") or signing.local_signer(data_folder)


def second_of(data_folder: Path) -> signing.Signer | None:
    """Who makes the second signature (ML-DSA-44): the agent if it signs at all, else the local key, if there is one."""
    if _held("ed25519") is not None:
        return _held("ml-dsa-44")
    return signing.local_second(data_folder)


def _held(algorithm: str) -> AgentSigner | None:
    """That signer of the named agent. None without an agent, or one that signs nothing. Raises NoIdentity."""
    path = named()
    if path is None:
        return None
    answer = AgentIdentity(path)._ask(wire.Whose())
    keys = answer.keys if isinstance(answer, wire.PublicKeys) else {}  # one of an earlier version refuses
    return AgentSigner(path, algorithm, keys[algorithm]) if algorithm in keys else None
