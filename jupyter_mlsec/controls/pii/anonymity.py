"""How easily rows of a table can be told apart, and what making columns coarser would buy.

k-anonymity (Sweeney 2002): each row shares its quasi-identifiers with k - 1 others at least. l-diversity
(Machanavajjhala 2007, the distinct kind): such a group holds l different values of what nobody should learn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from jupyter_mlsec import frames
from jupyter_mlsec.controls.pii.coarse import coarsener, is_missing
from jupyter_mlsec.controls.pii.quasi import found_among, sensitive_among
from jupyter_mlsec.controls.pii.rebuilding import columns_of, eager
from jupyter_mlsec.protocol.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

ENOUGH = 5
"""The k that is aimed for: the least that most guidance takes."""
SIZES = ((1, 1), (2, 4), (5, 9), (10, 49), (50, None))
"""Bins of the plot: how many rows share their quasi-identifiers."""


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """How well rows hide among others."""

    unique: float
    """The share of rows that no other row is like."""
    k: int
    """The smallest group of rows that are alike."""
    exposed: float
    """The share of rows in groups smaller than 5."""
    sizes: tuple[float, ...]
    """The share of rows in groups of 1, of 2-4, 5-9, 10-49 and 50 or more."""
    l: int | None = None  # noqa: E741  # the measure's own name
    """The fewest different sensitive values in a group; None without a sensitive column."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One column made coarser (or left out), and what it comes to then."""

    column: str
    how: str
    measure: Measure


class Risk(msgspec.Struct, frozen=True, kw_only=True):
    """What was found: as it is, each column made coarser alone, and one after the other until it is enough."""

    rows: int
    quasi: tuple[str, ...]
    sensitive: str | None
    now: Measure
    alone: tuple[Step, ...]
    path: tuple[Step, ...]
    """Columns to make coarser in this order, what buys most first; the measure is with all before it."""

    def _repr_html_(self) -> str:
        """A notebook's view."""
        from jupyter_mlsec.controls.pii.riskpage import html_of

        return html_of(self)

    def __str__(self) -> str:
        from jupyter_mlsec.controls.pii.riskpage import text_of

        return text_of(self)


def risk(table: Any, quasi: Sequence[str] | None = None, sensitive: str | None = None) -> Risk:
    """The re-identification risk of a pandas, polars or Arrow table, or a list of dicts. Rows are taken for people.

    quasi: the columns somebody may know of a person (default: found by name, else by their values). sensitive: what
    they should not learn (default: found by name). Raises UsageError for what is no table, or has no such column.
    """
    held = _columns(eager(table))
    rows = max((len(column.codes) for column in held.values()), default=0)
    chosen = tuple(quasi) if quasi is not None else found_among({n: len(c.values) for n, c in held.items()}, rows)
    secret = sensitive if sensitive is not None else sensitive_among(tuple(held), chosen)
    missing = [name for name in (*chosen, *((secret,) if secret else ())) if name not in held]
    if missing:
        raise UsageError(f"Nothing was measured: there is no column {', '.join(missing)}. There are {', '.join(held)}.")
    if not chosen or not rows:
        raise UsageError(
            "Nothing was measured: no column tells rows apart by its name or values. Name some with quasi=."
        )
    codes = {name: held[name].codes for name in chosen}
    secrets = None if secret is None else held[secret].codes
    coarser = {name: _coarser(name, held[name]) for name in chosen}
    alone = tuple(
        Step(column=name, how=words, measure=_measured({**codes, name: coarse}, secrets))
        for name, (coarse, words) in coarser.items()
    )
    now = _measured(codes, secrets)
    return Risk(
        rows=rows, quasi=chosen, sensitive=secret, now=now, alone=alone, path=_path(now, codes, coarser, secrets)
    )


def _path(
    now: Measure, codes: Mapping[str, pa.Array], coarser: Mapping[str, tuple[pa.Array, str]], secrets: pa.Array | None
) -> tuple[Step, ...]:
    """Greedy: what leaves the fewest rows exposed comes next, until no group is smaller than ENOUGH."""
    current, left, steps = dict(codes), dict(coarser), list[Step]()
    while left and now.k < ENOUGH:
        tried = {name: _measured({**current, name: coarse}, None) for name, (coarse, _) in left.items()}
        best = min(tried, key=lambda name: (tried[name].exposed, tried[name].unique))
        if (tried[best].exposed, tried[best].unique) >= (now.exposed, now.unique):
            break
        current[best], words = left.pop(best)
        now = _measured(current, secrets)
        steps.append(Step(column=best, how=words, measure=now))
    return tuple(steps)


def _measured(codes: Mapping[str, pa.Array], secrets: pa.Array | None) -> Measure:
    import pyarrow as pa
    import pyarrow.compute as pc

    names = [f"q{number}" for number in range(len(codes))]
    table = pa.table(
        [*codes.values(), *(() if secrets is None else (secrets,))], names=[*names, *["s"] * (secrets is not None)]
    )
    asked: list[Any] = [([], "count_all"), *([("s", "count_distinct")] if secrets is not None else [])]
    groups = table.group_by(names, use_threads=False).aggregate(asked)
    counts, rows = groups.column("count_all"), table.num_rows

    def share(low: int, high: int | None) -> float:
        within = counts.filter(
            pc.and_(pc.greater_equal(counts, low), pc.less_equal(counts, rows if high is None else high))
        )
        return float((pc.sum(within).as_py() or 0) / rows)

    sizes = tuple(share(low, high) for low, high in SIZES)
    distinct = None if secrets is None else pc.min(groups.column("s_count_distinct")).as_py()
    return Measure(unique=sizes[0], k=pc.min(counts).as_py(), exposed=sizes[0] + sizes[1], sizes=sizes, l=distinct)


class Coded(msgspec.Struct, frozen=True, kw_only=True):
    """A column by numbers: each row's, and of each number the value and how often it occurs."""

    codes: Any  # Any: a pyarrow array of int32
    values: list[Any]
    counts: list[int]


def _columns(table: Any) -> dict[str, Coded]:
    frame = frames.view(table)
    if frame is None:
        return {name: _of_python(values) for name, values in columns_of(table).items()}
    return {name: _of_arrow(frame.column(name)) for name in frame.columns}


def _of_arrow(array: Any) -> Coded:
    """By Arrow, in one pass; what it has no dictionary for goes by its text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if isinstance(array, pa.ChunkedArray) or pa.types.is_nested(array.type):
        return _of_python(array.to_pylist())
    if not pa.types.is_dictionary(array.type):
        array = pc.dictionary_encode(array, null_encoding="encode")
    values = array.dictionary.to_pylist()
    codes = pc.fill_null(array.indices.cast(pa.int32()), len(values))
    counts = [0] * (len(values) + 1)
    for told in pc.value_counts(codes).to_pylist():
        counts[told["values"]] = told["counts"]
    return (
        Coded(codes=codes, values=[*values, None], counts=counts)
        if counts[-1]
        else Coded(codes=codes, values=values, counts=counts[:-1])
    )


def _of_python(values: Sequence[Any]) -> Coded:
    import pyarrow as pa

    numbers: dict[str, int] = {}
    kept: list[Any] = []
    counts: list[int] = []
    codes = []
    for value in values:
        number = numbers.setdefault(str(value), len(numbers))
        if number == len(kept):
            kept.append(value)
            counts.append(0)
        counts[number] += 1
        codes.append(number)
    return Coded(codes=pa.array(codes, pa.int32()), values=kept, counts=counts)


def _coarser(name: str, column: Coded) -> tuple[pa.Array, str]:
    """The column made coarser by number, and how; one that has no coarser form is left out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    make, words = coarsener(name, column.values, column.counts)
    numbers: dict[str, int] = {}
    made = [numbers.setdefault("" if is_missing(v) else str(make(v)), len(numbers)) for v in column.values]
    if len(numbers) == len(made):
        return pa.array([0] * len(column.codes), pa.int32()), "left out"
    return pc.take(pa.array(made, pa.int32()), column.codes), words
