"""What one line of the ledger can say. A tagged union; fields may be added with a default, never removed or renamed."""

from __future__ import annotations

from typing import Literal

import msgspec

from jupyter_mlsec.protocol.facts import AnyFact
from jupyter_mlsec.protocol.records import Decision, Finding, Operation, Subject

Outcome = Literal["done", "denied", "failed", "interrupted"]
ENVIRONMENT = "environment"
"""The verb of a Did whose details are versions of loaded libraries, by name."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, tag_field="entry", tag=True):
    """Common to all: the run (one load of the guard), its own counter in that run, and the clock in nanoseconds."""

    run: str
    number: int
    at: int


def is_of(run: str, whole: str) -> bool:
    """Whether entries of `run` belong to the run `whole`: they are its own, or a child process's (`WHOLE/PID`)."""
    return run == whole or run.startswith(f"{whole}/")


class Opened(Entry, frozen=True, kw_only=True):
    """The guard was loaded: who, under which policy, on which versions, in which notebook (project-relative)."""

    subject: Subject
    profile: str
    policy: str
    """SHA-256 of the effective policy's canonical JSON."""
    notebook: str | None = None
    versions: dict[str, str] = {}
    platform: str = ""
    watching: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    """Controls or libraries that are not watched, each with its reason after a colon."""


class Recorded(Entry, frozen=True, kw_only=True):
    """One watched operation, its decision, the facts learned and how it ended. Never changes afterwards."""

    operation: Operation
    decision: Decision
    outcome: Outcome
    facts: tuple[AnyFact, ...] = ()
    error: str | None = None
    """The type of the user's exception; its text may hold data and is never kept."""
    micros: int = 0
    """What the call took, our own part included, in microseconds."""
    left_out: tuple[str, ...] = ()
    """What was too large for one entry of 65,535 bytes: fact types, or `places` of findings."""


class Amended(Entry, frozen=True, kw_only=True):
    """Something learned later about a recorded operation: a background scan, a stream that ended."""

    amends: str
    """The operation's id."""
    control: str
    outcome: Outcome | None = None
    """How a stream ended: read to its end, failed, or left before (interrupted)."""
    findings: tuple[Finding, ...] = ()
    facts: tuple[AnyFact, ...] = ()
    left_out: tuple[str, ...] = ()


class Allowed(Entry, frozen=True, kw_only=True):
    """The user went on past a rule, for a reason and until a time (nanoseconds; 0 is until the run ends)."""

    id: str
    rule: str
    reason: str
    until: int = 0
    resource: str | None = None


class Switched(Entry, frozen=True, kw_only=True):
    """The guard was paused, resumed, or its policy changed, by the user."""

    to: Literal["paused", "resumed", "policy", "unloaded"]
    reason: str = ""
    policy: str | None = None


class Did(Entry, frozen=True, kw_only=True):
    """A deed of the guard or its verbs on the user's behalf: sealed, approved a schema, made a key, undid one."""

    verb: str
    subject: str
    """What it was done to, as a sanitised resource name."""
    details: dict[str, str] = {}


class Troubled(Entry, frozen=True, kw_only=True):
    """Something of ours broke; the user's call went on (or was denied, where the control may deny)."""

    where: str
    error: str
    operation: str | None = None


class Closed(Entry, frozen=True, kw_only=True):
    """The guard was unloaded or the kernel ended in order."""

    recorded: int
    cells: int = 0


AnyEntry = Opened | Recorded | Amended | Allowed | Switched | Did | Troubled | Closed
