"""What is remembered of the identity beside it: nothing secret."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from jupyter_mlsec.vault import atomic

_FILE = "identity.json"


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Where the identity lies, for whom others seal, and what was done against losing it."""

    recipients: tuple[str, ...] = ()
    """Post-quantum first; needed where the identity itself asks for a passphrase."""
    guarded: str = ""
    """The SHA-256 of the guarded file whose recipients these are: another file's are not taken for its own."""
    lies: Literal["file", "keyring"] = "file"
    backed_up: bool = False
    backup_fleeting: bool = False
    acknowledged: bool = False
    acknowledged_fleeting: bool = False


def path_in(folder: Path) -> Path:
    """The state's file in this user's data folder."""
    return folder / _FILE


def read(folder: Path) -> State:
    """The state, or the one of a user who has nothing yet."""
    try:
        return msgspec.json.decode(path_in(folder).read_bytes(), type=State)
    except (OSError, msgspec.MsgspecError):
        return State()


def write(folder: Path, state: State) -> None:
    """Remember the state."""
    with atomic.replacing(path_in(folder)) as sink:
        sink.write(msgspec.json.encode(state))
