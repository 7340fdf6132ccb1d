"""All that crosses the wire between kernel and panel. `protocol.ts` is generated from here; a change: new VERSION."""

from __future__ import annotations

from typing import Literal

import msgspec

from jupyter_mlsec.protocol.entries import AnyEntry

VERSION = 1
COMM_ID = "jupyter-mlsec-live"
"""The well-known comm id on IOPub. The kernel publishes on it and never opens a comm."""
TARGET = "jupyter_mlsec"
"""The comm target a panel opens to ask for a replay."""


class GuardState(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="state"):
    """What the guard is doing now; the newest replaces all earlier ones."""

    state: Literal["on", "paused", "off"]
    profile: str
    watching: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    recorded: int = 0
    findings: int = 0
    """Findings of level warning or error so far."""
    denied: int = 0
    sealed: int = 0
    checkpoint: str | None = None
    """`SIZE HASH8` of the newest checkpoint."""
    unexplained: int = 0
    """Cells that read or wrote more than watched calls explain."""
    unexplained_last: str = ""
    """The last of them, in words."""
    unobserved: tuple[str, ...] = ()
    """What ran where the guard could not see, in words: `2 shell commands`."""
    cost: int = 0
    """Milliseconds that judging and recording have taken so far."""
    may_switch: tuple[str, ...] = ()
    """The profiles that `%mlsec policy PROFILE` may change to; empty where the policy does not allow it."""


class EntryWritten(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="entry"):
    """One ledger entry, as it was written."""

    entry: AnyEntry


Notice = GuardState | EntryWritten


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A notice with its place in the run: numbers have no gaps, so a panel knows when it missed one."""

    seq: int
    notice: Notice


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What one comm_msg carries, kernel to panel."""

    version: int
    run: str
    """A random id per load of the guard: a new one clears the panel."""
    events: tuple[Event, ...]
    replay: bool = False


class Replay(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="replay"):
    """Panel to kernel: send again what came after `after` (0: all that is kept)."""

    after: int = 0
    version: int = VERSION


Request = Replay
