"""A tolerant schema learned from one table: what a fresh sample of the same distribution still satisfies.

Bounds are widened and rounded outward, so they name no value. Identifiers get no bounds, free text no set of
values, and a column with a personal label nothing but its type, nulls and name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations
from typing import Any

from jupyter_mlsec.controls.schema import ranges, shapes
from jupyter_mlsec.controls.schema.checks import single
from jupyter_mlsec.controls.schema.fused import plain
from jupyter_mlsec.controls.schema.habits import Habits, damage, repeats
from jupyter_mlsec.controls.schema.ranges import Sample
from jupyter_mlsec.controls.schema.spec import Column, Family, Schema, family
from jupyter_mlsec.frames import Frame

_SAMPLE = 5000
_CHANCE = 7
"""So many repetitions are expected by chance at least where none is taken for a rule: e**-7 is under 1 in 1,000."""
_PAIRED = 6
"""Columns among which a pair that is a key is looked for."""
_WIDEST = 6
"""Columns that may tell rows apart together."""
_FEWER, _MORE = 2, 10
"""A load with less than a half, or more than ten times the rows is not the table that was learned."""


def learn(
    frame: Frame, resource: str, *, labelled: Collection[str] = (), max_values: int = 20, is_whole: bool = True
) -> Schema:
    """The schema of this table. `labelled` columns hold personal data: their values leave no trace in it.

    A piece of a table (`is_whole` false) teaches everything but the number of its rows.
    """
    sample = {name: ranges.Sample(plain(array)) for name, array in frame.sample(_SAMPLE).items()}
    columns = tuple(
        _column(frame, name, "other" if kind == "mixed" else family(kind), sample[name], name in labelled, max_values)
        for name, kind in zip(frame.columns, frame.types, strict=True)
    )
    open_ones = [column for column in columns if column.name not in labelled and column.type != "other"]
    habits = _habits(frame, sample, open_ones, is_whole=is_whole) if frame.rows >= ranges.ENOUGH else None
    return Schema(resource=resource, columns=columns, rows=frame.rows, habits=habits)


def _column(frame: Frame, name: str, kind: Family, sample: Sample, is_labelled: bool, max_values: int) -> Column:
    array = plain(frame.column(name))
    rows = len(array)
    nulls = array.null_count / rows if rows else 1.0
    if is_labelled or kind == "other" or rows - array.null_count < ranges.ENOUGH:
        return Column(name=name, type=kind, nulls=nulls)
    if kind == "integer":
        years = ranges.years(name, array)
        if _is_identifier(array, sample):
            return Column(name=name, type=kind, nulls=nulls, unique=True, checks=years)
        found = shapes.of_codes(array, sample) or (years or ranges.bounds(array, sample, whole=True), 0.0)
        return Column(name=name, type=kind, nulls=nulls, others=found[1], checks=found[0])
    if kind == "number":
        return Column(name=name, type=kind, nulls=nulls, checks=ranges.bounds(array, sample, whole=False))
    if kind == "time":
        return Column(name=name, type=kind, nulls=nulls, checks=ranges.period(array))
    if kind == "text":
        checks, others = shapes.of_text(array, sample, max_values)
        return Column(name=name, type=kind, nulls=nulls, others=others, checks=checks)
    return Column(name=name, type=kind, nulls=nulls)


def _is_identifier(array: Any, sample: Sample) -> bool:
    """Whether all values differ although chance would have repeated some: a key, a row number, a serial."""
    import pyarrow.compute as pc

    rows = len(array)
    if array.null_count or sample.different < len(sample.known) or single(array) is not True:
        return False
    extremes = pc.min_max(array)
    span = extremes["max"].as_py() - extremes["min"].as_py() + 1
    return bool(rows * rows > 2 * _CHANCE * span)


def _habits(frame: Frame, sample: Mapping[str, Sample], columns: Sequence[Column], *, is_whole: bool) -> Habits:
    """What holds for the table as a whole, and where most values of a column are."""
    measures = [one.name for one in columns if not one.unique and one.type in ("integer", "number")]
    usual = {name: ranges.usual(sample[name]) for name in measures}
    far = {name: ranges.far(plain(frame.column(name)), sample[name]) for name in measures}
    texts = [column for column in columns if column.type == "text"]
    periods = {one.name: shapes.period(plain(frame.column(one.name)), one.checks) for one in texts if one.checks}
    key, failed, is_exact = _key(frame, sample, columns)
    return Habits(
        rows=(frame.rows // _FEWER, frame.rows * _MORE) if is_whole else None,
        is_ordered=True,
        key=key,
        repeats=failed,
        is_exact=is_exact,
        usual={name: found for name, found in usual.items() if found is not None},
        far={name: found for name, found in far.items() if found is not None},
        periods={name: found for name, found in periods.items() if found is not None},
        readable=tuple(one.name for one in texts if not damage(frame.column(one.name))),
    )


def _key(frame: Frame, sample: Mapping[str, Sample], columns: Sequence[Column]) -> tuple[tuple[str, ...], int, bool]:
    """The columns that tell rows apart, how many rows they do not, and whether that none is left is no chance."""
    different = {column.name: len(sample[column.name].array.unique()) for column in columns}
    if not different or any(column.unique for column in columns):
        return (), 0, False  # a single key is its column's own affair
    rows = len(next(iter(sample.values())).array)
    ranked = sorted(different, key=lambda name: (-different[name], columns[0].name != name))
    exact = sorted(
        (name for name in ranked if _is_discrete(columns, name) and different[name] <= rows / 2),
        key=lambda name: -different[name],
    )
    for pair in combinations(exact[:_PAIRED], 2):
        by_chance = rows * rows / 2 / (different[pair[0]] * different[pair[1]])
        if by_chance > _CHANCE and not _repeated(sample, pair) and repeats(frame, pair) == 0:
            return tuple(sorted(pair, key=frame.columns.index)), 0, True
    key = ranked[:1]
    while _repeated(sample, key) and len(key) < min(_WIDEST, len(ranked)):
        key.append(min((name for name in ranked if name not in key), key=lambda one: _repeated(sample, [*key, one])))
    failed = repeats(frame, key)
    return ((), 0, False) if failed is None else (tuple(key), failed, False)


def _is_discrete(columns: Sequence[Column], name: str) -> bool:
    return next(column.type for column in columns if column.name == name) in ("integer", "text", "time")


def _repeated(sample: Mapping[str, Sample], key: Sequence[str]) -> int:
    """How many rows of the sample have the key of another one."""
    import pyarrow as pa

    names = [str(position) for position in range(len(key))]
    table = pa.table([sample[name].array for name in key], names=names)
    return int(table.num_rows - table.group_by(names).aggregate([]).num_rows)
