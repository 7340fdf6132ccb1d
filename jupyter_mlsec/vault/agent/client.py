"""A kernel's side of the key agent: an Unwrapper that asks the process behind a socket."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from jupyter_mlsec.host import sockets
from jupyter_mlsec.protocol.errors import NoIdentity
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
