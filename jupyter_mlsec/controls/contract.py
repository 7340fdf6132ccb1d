"""What a control is: two questions and one deed. A control never logs, prints, raises a denial or meets another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import msgspec

from jupyter_mlsec.protocol.entries import Entry
from jupyter_mlsec.protocol.facts import Fact, Facts
from jupyter_mlsec.protocol.records import Effect, Finding, Level, Obligation, Operation
from jupyter_mlsec.protocol.watch import Watch

Judgement = Finding | Obligation
NOTHING: tuple[Judgement, ...] = ()


class Call:
    """One watched call: what it was given, by name or position, and what obligations put in its place.

    A cell execution is a call too: its `value` is the source, its `namespace` the user's.
    Values are the user's own objects: look, never change, never keep a strong reference after the operation.
    """

    __slots__ = ("args", "kwargs", "namespace", "positions", "seen", "shown", "watch")

    def __init__(
        self,
        watch: Watch,
        args: tuple[Any, ...],  # Any: whatever the user's call holds
        kwargs: dict[str, Any],
        positions: Mapping[str, int],
        namespace: dict[str, Any] | None = None,
    ) -> None:
        self.watch = watch
        self.args = args
        self.kwargs = kwargs
        self.positions = positions
        self.namespace = namespace
        self.seen: dict[str, Any] | None = None
        """What looked on while the call ran and was told to keep, by name; none for nearly every call."""
        self.shown: tuple[str, ...] = ()
        """The texts a cell showed, once it is over and if a control wants to know; none for every other call."""

    def argument(self, name: str, default: Any = None) -> Any:
        """The argument of that name as passed, else `default` (the function's own default is not consulted)."""
        if name in self.kwargs:
            return self.kwargs[name]
        position = self.positions.get(name)
        if position is not None and position < len(self.args):
            return self.args[position]
        return default

    def replace(self, name: str, value: Any) -> None:
        """Pass `value` in place of the argument of that name. For obligations only."""
        position = self.positions.get(name)
        if name not in self.kwargs and position is not None and position < len(self.args):
            self.args = (*self.args[:position], value, *self.args[position + 1 :])
        else:
            self.kwargs = {**self.kwargs, name: value}

    @property
    def resource(self) -> Any:
        """What the call names as its resource: a path, a URL, an open file, a connection. None if nothing."""
        return self._named(self.watch.resource)

    @property
    def value(self) -> Any:
        """What the call writes or feeds in: a table, a model's input, a cell's source. None if nothing."""
        return self._named(self.watch.value)

    def _named(self, name: str | None) -> Any:
        """The argument of that name, or `argument.attribute`."""
        if name is None:
            return None
        parameter, dot, attribute = name.partition(".")
        found = self.argument(parameter)
        return getattr(found, attribute, None) if dot else found


class Fulfilment(Protocol):
    """An obligation on the call, begun before it. Exactly one of the two is called afterwards."""

    def complete(self, value: Any) -> Any:
        """The call returned `value`; finish the deed and give the user's value (unchanged unless obliged)."""

    def abandon(self, error: BaseException | None = None) -> None:
        """The call raised this `error`, or was denied after all: leave no trace of the deed.

        An error that names what the obligation put in place of something may be made to name that again."""


class Control(Protocol):
    """Enforces one safeguard. `before` and `after` must be quick and must not raise for odd input.

    Every method may `facts.add(...)`. Only `fulfil*` may change a call or a value, and only when obliged.
    """

    name: str
    may_deny: bool
    """Whether this control, as set, can deny: then a break of ours in it denies too (fail closed)."""

    def before(self, operation: Operation, call: Call, facts: Facts) -> Iterable[Judgement]:
        """Asked before the call: findings (a `deny` effect stops it) and obligations on the call."""

    def during(self, operation: Operation, chunk: Any, facts: Facts) -> Iterable[Judgement]:
        """Asked for each piece of a stream that the call opened."""

    def after(self, operation: Operation, call: Call, value: Any, facts: Facts) -> Iterable[Judgement]:
        """Asked with what the call returned: findings, and obligations on the value."""

    def fulfil(self, obligation: Obligation, operation: Operation, call: Call, facts: Facts) -> Fulfilment:
        """Begin one's own obligation on the call."""

    def fulfil_value(self, obligation: Obligation, operation: Operation, value: Any, facts: Facts) -> Any:
        """Do one's own obligation on the value and give what the user gets instead."""


class Quiet:
    """A control that says nothing, to be built upon: override what you answer."""

    name = "quiet"
    may_deny = False

    def before(self, operation: Operation, call: Call, facts: Facts) -> Iterable[Judgement]:
        return NOTHING

    def during(self, operation: Operation, chunk: Any, facts: Facts) -> Iterable[Judgement]:
        return NOTHING

    def after(self, operation: Operation, call: Call, value: Any, facts: Facts) -> Iterable[Judgement]:
        return NOTHING

    def fulfil(self, obligation: Obligation, operation: Operation, call: Call, facts: Facts) -> Fulfilment:
        raise NotImplementedError(f"{self.name} takes no obligation {obligation.deed!r}")

    def fulfil_value(self, obligation: Obligation, operation: Operation, value: Any, facts: Facts) -> Any:
        raise NotImplementedError(f"{self.name} takes no obligation {obligation.deed!r}")


class Amend(Protocol):
    """How a control adds what it learned after the decision: an entry of its own that amends the first."""

    def __call__(
        self, operation: Operation, *, findings: Sequence[Finding] = (), facts: Sequence[Fact] = ()
    ) -> None: ...


class Descent(msgspec.Struct, frozen=True, kw_only=True):
    """What a value was made of, as far as that was followed; rather too much than too little."""

    resources: tuple[str, ...] = ()
    """Names of what was read on the way to it."""
    executions: tuple[int, ...] = ()
    """Execution counts of the cells on the way to it."""
    made: tuple[int, ...] = ()
    """Of these the ones that may have made this very value."""
    is_followed: bool = False
    """Whether cells were watched that made it; else these are all resources that the run has read."""


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Where a control is put to work: its settings and the few things it may reach. Handed to its constructor."""

    settings: Any
    """The control's own section of the policy, of the type its settings.py declares."""
    profile: str
    """`observe`, `guard` or `strict`."""
    project: Callable[[], Path]
    """The project's root folder (where `.mlsec/` belongs)."""
    state: Callable[[], Path]
    """The `.mlsec/` folder (or its stand-in when the project cannot be written), made at the first call."""
    data: Callable[[], Path]
    """This user's own folder for keys and trust, 0700, made at the first call."""
    amend: Amend
    record: Callable[[str, str, dict[str, str]], None]
    """`record(verb, subject, details)`: write a Did entry for a deed of a verb."""
    recall: Callable[..., Mapping[str, Mapping[str, str]]] = lambda *_verbs: {}
    """`recall(*verbs)`: of each subject the details of the last such deed, in any run that the ledger knows of."""
    ours: Callable[[], AbstractContextManager[None]] = nullcontext
    """Within it, what the calling thread reads is the control's own deed and counts for nobody."""
    apart: Callable[[], AbstractContextManager[None]] = nullcontext
    """The same for the whole life of a thread of the control's own."""

    descent: Callable[[Any], Descent] = lambda _: Descent()
    """What a value of the user's was made of."""
    interject: Callable[[Operation | None, Finding], None] = lambda *_: None
    """Have the gate judge a finding while its call (None: one that no watch knows of) is under way; raises Denied."""
    is_under_way: Callable[[str], bool] = lambda _: False
    """Whether the operation of that id has begun and not ended."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule's words, in the control's wording.py. `id` is stable and never reused: `pii.us-ssn`.

    `message` is a str.format template for the finding's one sentence.
    """

    id: str
    level: Level
    effect: Effect = "permit"
    what: str
    why: str
    safeguard: str
    """The safeguard served and its identifiers (OWASP ML, MITRE ATLAS, NIST control)."""
    fix: str
    way_on: str
    teach: str
    message: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a verb says: lines for people, data for `--json` (builtins only), HTML where a picture helps."""

    text: str
    data: Any = None
    html: str | None = None
    ok: bool = True
    """False makes the shell form of the verb exit 1."""


class Verb(msgspec.Struct, frozen=True, kw_only=True):
    """One word after `%mlsec` (and `jupyter mlsec`), brought by a control.

    `run(arguments, namespace)` gets the words after the verb, already split, and the user's namespace;
    it raises UsageError for words it does not take. `usage` is shown by `--help` and names every option.
    """

    name: str
    summary: str
    usage: str
    run: Callable[[Sequence[str], Mapping[str, Any]], Answer]


@runtime_checkable
class Speaks(Protocol):
    """A control with verbs of its own."""

    def verbs(self) -> Sequence[Verb]: ...


@runtime_checkable
class Reports(Protocol):
    """A control that can tell the user more of a denial than may be recorded: masked examples, rows' positions."""

    def report(self, operation: Operation) -> str | None:
        """The report on this operation, without values; None when there is none."""


@runtime_checkable
class Follows(Protocol):
    """A control that follows values: it hears when an obligation put another value in a read one's place."""

    name: str

    def replaced(self, operation: Operation, call: Call, value: Any, facts: Facts) -> None:
        """The user gets `value` instead of the one that `after` was asked about; `facts` are what holds of it."""


@runtime_checkable
class Explains(Protocol):
    """A control that can show, to the user alone, what a finding was made of: masked examples, evidence, scores."""

    def explain(self, operation: str) -> str | None:
        """Of the operation with this id; None when there is nothing to show."""


@runtime_checkable
class Looks(Protocol):
    """A control that looks at what cells show, and may have it redacted before it is published."""

    @property
    def looks(self) -> bool:
        """Whether it wants to know what cells show."""

    def redactor(self, subject: str, logger: str | None = None) -> Callable[[str, str], str] | None:
        """Gives a text of some MIME type as it may be shown to this subject; None where all may be shown.

        With a logger's name: as that one may write it.
        """

    def displayed(self, value: Any, subject: str) -> Any:
        """What is displayed in a value's place: itself, or a masked copy of a table that this subject may not see."""


@runtime_checkable
class JudgesNames(Protocol):
    """A control that is asked of each name which a pickle is about to look up, whoever reads it."""

    def named(self, module: str, name: str) -> None:
        """Let it be looked up, or raise what the gate says (`Site.interject`)."""


@runtime_checkable
class Hears(Protocol):
    """A control that learns from what this run records."""

    def heard(self, entry: Entry) -> None:
        """One entry was written."""


@runtime_checkable
class Undoes(Protocol):
    """A control that can reverse the last deed of its own."""

    def undo(self, details: Mapping[str, str]) -> Answer:
        """Reverse the deed recorded with these details (the Did entry's)."""


@runtime_checkable
class Settles(Protocol):
    """A control that goes on in the background with what a call gave it to do."""

    def settle(self, seconds: float, *, last: bool = False) -> None:
        """Wait until that is done, no longer than so many seconds; `last`: then give up, and record what is not."""
