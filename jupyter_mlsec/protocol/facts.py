"""What controls learn about one operation and tell each other: facts travel with the Operation, nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeVar

import msgspec

AsOf = Literal["call", "cell"]
"""When a file's bytes were what is said of them: when the call ended, or later, when its cell (or script) did."""

WhyUndigested = Literal["changed", "too large", "still open", "folder", "unreadable", "too many", "not finished"]
"""`changed`: before the digest was taken, or while it was; `not finished`: the run ended first."""


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact", tag=True):
    """One typed thing known about an operation's resource or value."""


class Shape(Fact, frozen=True, kw_only=True):
    """The size of a table: rows (None while unknown, as for a stream), column names and their type names."""

    rows: int | None
    columns: tuple[str, ...]
    types: tuple[str, ...] = ()


LabelRule = Literal[
    "values",
    "few values",
    "computed",
    "same name",
    "any of",
    "aggregated",
    "tokenised",
    "prediction",
    "counted",
    "masked",
]
"""How an inherited label came along, from as it was to not at all."""


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """A sensitivity label on one column: the type of personal data, how sure we are, and on what ground.

    `certain` means a validator far above chance or the user's own word; only certain labels seal by themselves.
    """

    column: str
    type: str
    score: float
    certain: bool = False
    source: str = "pattern"
    """`validator`, `pattern`, `header`, `user` or `inherited`."""
    share: float | None = None
    rule: LabelRule | None = None
    """By which rule it was inherited, with what was left of its score."""


class Labels(Fact, frozen=True, kw_only=True):
    """The sensitivity labels of a table's columns, or (column "") of a whole object such as a model."""

    labels: tuple[Label, ...] = ()
    cleared: tuple[Label, ...] = ()
    """Those that a rule took off: the values were masked, or only how many there were is left."""


class Fingerprint(Fact, frozen=True, kw_only=True):
    """A digest of a value or a resource: `xxh3-128` detects change, `sha256` is evidence."""

    algorithm: str
    digest: str
    of: str
    """`value`, `resource` (the bytes on disk) or `parameters`."""
    size: int | None = None
    resource: str | None = None
    """Which of the operation's further resources is meant; None: the one it is about."""
    as_of: AsOf = "call"


class Undigested(Fact, frozen=True, kw_only=True):
    """A file that was read or written has no digest, and why. `resource` and `as_of` as in a Fingerprint."""

    why: WhyUndigested
    resource: str | None = None
    as_of: AsOf = "call"


class Origin(Fact, frozen=True, kw_only=True):
    """The operations and resources a value descends from (PROV wasDerivedFrom)."""

    operations: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()


class ColumnOrigin(msgspec.Struct, frozen=True, kw_only=True):
    """One column of what is written, the (resource, column) pairs it was made of, and how that is known.

    `evidence`: `fingerprint`, `values`, `name and values` (its values are found there), `plan` (of polars or SQL, or a
    model's own features), `operation` (the code says) or `assumed` (some of these, it is not known which).
    """

    column: str
    sources: tuple[tuple[str, str], ...]
    evidence: str


class ColumnOrigins(Fact, frozen=True, kw_only=True):
    """Where the columns of what is written come from; `more` columns may come from any column of its Origin."""

    columns: tuple[ColumnOrigin, ...] = ()
    more: int = 0


class ColumnFingerprints(Fact, frozen=True, kw_only=True):
    """SHA-256 of the values of a table's columns, in one canonical form: equal for equal values, whoever keeps them."""

    rows: int
    columns: tuple[tuple[str, str], ...] = ()
    withheld: int = 0
    """Columns labelled as personal data: who guesses a value could test the guess."""
    more: int = 0
    """Columns that were too large, or too many."""


class SealedFor(Fact, frozen=True, kw_only=True):
    """A file was written sealed, or read from a sealed file: for whom, and which bytes are on disk."""

    recipients: tuple[str, ...]
    digest: str
    size: int


class SchemaVerdict(Fact, frozen=True, kw_only=True):
    """How a table did against its schema: which one, in which state, and what failed how often."""

    schema: str
    state: str
    """`learned` or `approved`."""
    ok: bool
    failures: tuple[tuple[str, str, int], ...] = ()
    """(column, check, count)."""
    digest: str | None = None
    """SHA-256 of the version of the schema: of its file where it was approved, else of what was learned."""


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What 20 or more of a model's answers look like together. Of fewer there is none: it would tell single persons."""

    quantiles: tuple[float, ...] = ()
    """At 5, 25, 50, 75 and 95 %, to three digits: of the numbers, or of the highest probability in each row."""
    shares: tuple[float, ...] = ()
    """How often each class is the answer, in the model's own order of classes."""
    nans: float = 0.0


Cut = Literal["state", "input", "target", "output"]


class ModelFacts(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """A model fitted, predicting or transforming: its class, its digests and what went in and out.

    `input`, `target` and `output` are keyed with a secret of this user: equal values have equal digests, and nobody
    else can test a guess.
    """

    model: str
    parameters: str | None = None
    rows: int | None = None
    features: int | None = None
    outputs: str | None = None
    training: tuple[str, ...] = ()
    """Operation ids of the fits this model's state comes from."""
    state: str | None = None
    """SHA-256 of what it learned, after a fit and at an answer: a model that was saved and loaded has the same."""
    input: str | None = None
    target: str | None = None
    output: str | None = None
    answers: Answers | None = None
    score: float | None = None
    """What its `score` of 20 or more rows is."""
    columns: tuple[str, ...] = ()
    """The names of what it learned from: no more than 100."""
    kept: str | None = None
    """The sealed file with input and answer in full, where the policy has them kept."""
    cut: tuple[Cut, ...] = ()
    """What is too large to be digested whole: of data evenly spread rows were, of a state nothing."""


class CellFacts(Fact, frozen=True, kw_only=True):
    """What a cell did as PROV activity: names it used and generated, and the operations nested in it."""

    reads: tuple[str, ...] = ()
    may_read: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    uses: tuple[int, ...] = ()
    """Execution counts whose effects reached this one directly."""
    resources: tuple[str, ...] = ()
    imported: tuple[str, ...] = ()
    """Of `writes`, what came from elsewhere ready-made: modules, and classes and functions of modules."""
    unobserved: tuple[str, ...] = ()
    """Older ledgers only: what ran but could not be seen into. Now in the cell's Coverage."""


class Elsewhere(msgspec.Struct, frozen=True, kw_only=True):
    """Something a cell started that the guard cannot see into: a kind, and the program's name but never its arguments.

    Kinds: `shell`, `subprocess`, `process` (a forked or spawned Python), `program` (started without a shell or
    subprocess), or what a watched library said of its workers, as `loky workers`.
    """

    kind: str
    program: str = ""
    count: int = 1


class Coverage(Fact, frozen=True, kw_only=True):
    """What a cell read and wrote as the operating system counts it, in bytes, and how much of that is explained.

    Left out of all figures: what the guard itself did, what IPython keeps of its history, and imported code.
    """

    read: int = 0
    written: int = 0
    read_explained: int = 0
    """Bytes read while a watched call was under way."""
    written_explained: int = 0
    read_unexplained: int = 0
    """Bytes read that no watched call explains; 0 unless they are more than 64 KiB and more than 2 % of all."""
    written_unexplained: int = 0
    opened: tuple[str, ...] = ()
    """Files that were opened outside of watched calls, as far as Python (or inotify) was told: no more than 20."""
    opened_more: int = 0
    """How many further files there were."""
    unobserved: tuple[Elsewhere, ...] = ()
    by: tuple[str, ...] = ()
    """What was at work: `counters` (bytes), `audit` (names and what was started), `inotify` (names, mapped files)."""


class Repeats(Fact, frozen=True, kw_only=True):
    """How many further calls like a recorded one its cell made (a loop, `%timeit`); they have no entries of their own.

    `micros`: what they took in all. `differing`: so many came that some were counted though their facts differed.
    """

    count: int
    micros: int
    differing: bool = False


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """The values of one tensor: their bounds and mean (None where not finite), the shares that are zero and NaN."""

    minimum: float | None
    maximum: float | None
    mean: float | None
    zeros: float
    nans: float
    digest: str | None = None
    """Keyed with a secret of this user, as those of ModelFacts are; of a large tensor of evenly spread values."""


class Activation(msgspec.Struct, frozen=True, kw_only=True):
    """One activation of a model: its place in it, its kind, and the values before and after it."""

    layer: str
    kind: str
    before: Spread
    after: Spread


class Activations(Fact, frozen=True, kw_only=True):
    """What a forward pass did at each activation, in order; `more` were not looked at. Only some passes are."""

    layers: tuple[Activation, ...]
    more: int = 0


AnyFact = (
    Shape
    | Labels
    | Fingerprint
    | Undigested
    | Origin
    | ColumnOrigins
    | ColumnFingerprints
    | SealedFor
    | SchemaVerdict
    | ModelFacts
    | CellFacts
    | Coverage
    | Repeats
    | Activations
)

F = TypeVar("F", bound=Fact)


class Facts:
    """The facts of one operation: at most one of each type, later ones replace earlier ones."""

    __slots__ = ("_facts",)

    def __init__(self) -> None:
        self._facts: dict[type[Fact], Fact] = {}

    def add(self, fact: Fact) -> None:
        self._facts[type(fact)] = fact

    def find(self, kind: type[F]) -> F | None:
        return self._facts.get(kind)  # type: ignore[return-value]  # keyed by its own type in add

    def __iter__(self) -> Iterator[Fact]:
        return iter(self._facts.values())

    def __len__(self) -> int:
        return len(self._facts)
