"""One watched thing a notebook did, and what was decided about it (words: XACML and W3C PROV)."""

from __future__ import annotations

from typing import Literal

import msgspec

Action = Literal["read", "write", "connect", "fit", "predict", "transform", "execute"]
"""What an activity does to its resource. `connect` opens a way over which data may flow later; `execute` is a cell."""

Evidence = Literal["os-user", "server-stamped", "hub"]
"""How we know who the subject is, weakest first."""

ResourceKind = Literal["file", "url", "database", "buffer", "model", "cell", "unknown"]

Effect = Literal["permit", "deny"]

Level = Literal["note", "warning", "error"]
"""SARIF's levels: `error` accompanies a denial, `warning` is shown, `note` is only recorded."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Who acted: a pseudonymous name and the evidence for it."""

    name: str
    evidence: Evidence = "os-user"


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """What was acted on. Made only by `protocol.resources`, which keeps secrets and absolute paths out."""

    kind: ResourceKind
    name: str
    format: str | None = None
    digest: str | None = None


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """Where in the notebook: the 1-based execution count, the front end's cell id, the SHA-256 of the source.

    `digest` is of the source as UTF-8. A notebook that is not one (a script) has execution 0.
    """

    execution: int
    id: str | None = None
    digest: str | None = None


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One watched call: subject, action, resource, environment, and the cell it belongs to."""

    id: str
    action: Action
    subject: Subject
    resource: Resource
    cell: Cell
    library: str
    function: str
    at: int
    """Nanoseconds since the epoch, by this machine's clock."""
    thread: str | None = None
    others: tuple[Resource, ...] = ()
    """Further resources of the same call: a list of files, the files a query names."""
    whole: bool = True
    """Whether what was read is the resource itself; False for what a query or plan made of it."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where in a resource a finding holds: a column, a count of rows. Never a value."""

    column: str | None = None
    type: str | None = None
    count: int | None = None
    share: float | None = None


class Obligation(msgspec.Struct, frozen=True, kw_only=True):
    """A deed a control asks of the gate: on the call before it runs, or on the value it returned."""

    control: str
    deed: Literal["open", "seal", "mask", "redact"]
    on: Literal["call", "value"]
    details: dict[str, str] = {}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One control's say about one operation. `rule` is a stable id whose sentences live in that control's wording."""

    control: str
    rule: str
    message: str
    effect: Effect = "permit"
    level: Level = "warning"
    places: tuple[Place, ...] = ()
    fix: str | None = None
    """A cell the user may run to mend it, ready to paste."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """All findings on one operation, combined: deny overrides, obligations add up."""

    effect: Effect
    findings: tuple[Finding, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    allowed: tuple[str, ...] = ()
    """Ids of allowances that turned a denial into a permit."""
