"""The fused pass of a pandas schema: every column of the table is looked at once, as Arrow, as pandas would judge it.

A part that Arrow cannot judge as pandas does is left to pandera, column by column and check by check.
"""

from __future__ import annotations

from typing import Any

from jupyter_mlsec.controls.schema import checks
from jupyter_mlsec.controls.schema.fused import plain
from jupyter_mlsec.controls.schema.layout import laid_out, matching
from jupyter_mlsec.controls.schema.plan import Component, Part
from jupyter_mlsec.controls.schema.seen import Kind, Seen, is_already
from jupyter_mlsec.controls.schema.tally import ALL, DTYPE, NULLS, REPORT, UNIQUE, Tally, aspects, name_of

_BY_CELL = frozenset(name for name in checks.STATISTICS if not name.startswith("str_"))
"""Checks of a whole table that judge it cell by cell."""


class ArrowPass:
    """One pass over one table. What it finds, and what it leaves, is in the tally."""

    def __init__(self, seen: Seen, tally: Tally) -> None:
        self._seen, self._tally, self._plan = seen, tally, tally.plan
        self._positions: dict[Any, int] = {}
        self._values: dict[int, checks.Values | None] = {}
        self._repeated: set[Any] = set()
        self._shared: frozenset[Any] = frozenset()
        for position, label in enumerate(seen.labels):
            if label in self._positions:
                self._repeated.add(label)
            self._positions.setdefault(label, position)

    def run(self) -> None:
        """Judge columns, then what concerns several of them."""
        tally, labels = self._tally, self._seen.labels
        if any(one.regex for one in self._plan.components) and any(isinstance(label, tuple) for label in labels):
            tally.leaves_all("patterns name columns of several levels")
            return
        layout = laid_out(tally, labels, lambda one: matching(one.label, labels), _column)
        self._shared = layout.shared
        for one, label in layout.governed:
            self._judge(one, label)
        for names in self._plan.unique:
            self._jointly([name for name in names if name in set(layout.kept)])
        for part in self._plan.parts:
            self._judge_cells(part, layout.kept)
        is_left = tally.rest.parts or tally.rest.unique
        if (tally.coerced and (self._plan.parts or self._plan.unique)) or (is_left and len(layout.kept) < len(labels)):
            tally.leaves_all("; ".join(tally.reasons) + " (on the table as it was changed)")

    def _judge(self, one: Component, label: Any) -> None:
        if label in self._repeated:
            self._tally.leaves(one, label, aspects(one), "its name repeats")
            return
        position = self._positions[label]
        kind = self._seen.kind(position)
        if not kind.is_known:
            self._tally.leaves(one, label, aspects(one), "a type of column that is not known here")
            return
        is_typed = one.dtype is None or has_dtype(kind, one.dtype, self._seen, position)
        if (
            one.dtype is not None
            and (one.coerce or self._plan.coerce)
            and not (is_typed and is_already(kind, one.dtype))
        ):
            self._tally.coerced = True
            if label in self._shared:
                self._tally.leaves_all(
                    f"{name_of(label)} is made {one.dtype}, and several columns of the schema name it"
                )
            self._tally.leaves(one, label, [ALL], f"{kind.dtype} is made {one.dtype}")
            return
        if not is_typed:
            self._tally.leaves(one, label, [DTYPE], REPORT)
        values = self._value(position)
        if values is None:
            self._tally.leaves(one, label, [*aspects(one)][one.dtype is not None :], "values of several types")
            return
        if not one.nullable and values.array.null_count:
            self._fails(label, NULLS, values.array.is_valid(), values.array.null_count)
        if one.unique:
            self._unique(one, label, values)
        for part in one.parts:
            self._check(one, label, part, values)

    def _value(self, position: int) -> checks.Values | None:
        if position not in self._values:
            array = self._seen.array(position)
            if array is not None and not self._seen.kind(position).is_number:
                array = plain(array)
            self._values[position] = None if array is None else checks.Values(array)
        return self._values[position]

    def _check(self, one: Component, label: Any, part: Part, values: checks.Values) -> None:
        mask = None
        if part.builtin is not None and self._is_comparable(label, values):
            mask = checks.holding(values, part.builtin, part.statistics)
        count = checks.failing(mask, values.array)
        if count is None:
            self._tally.leaves(one, label, [part], part.reason or "not judged alike by Arrow")
        elif count and not part.as_reported:
            self._tally.leaves(one, label, [part], REPORT)
        elif count:
            self._fails(label, part.label, mask, count)

    def _is_comparable(self, label: Any, values: checks.Values) -> bool:
        """Whether pandas compares these values as Arrow does: not with zones, nor as objects, nor as categories."""
        import pyarrow as pa

        seen, kind = self._seen.kind(self._positions[label]), values.array.type
        if seen.is_plain or pa.types.is_string(kind) or pa.types.is_large_string(kind):
            return True
        is_arrow = str(seen.dtype).endswith("[pyarrow]")
        return is_arrow and not pa.types.is_null(kind) and not pa.types.is_timestamp(kind)

    def _unique(self, one: Component, label: Any, values: checks.Values) -> None:
        mask = checks.single(values.array) if self._is_comparable(label, values) else None
        if mask is None:
            self._tally.leaves(one, label, [UNIQUE], "not compared alike by Arrow")
            return
        is_simple = one.all_duplicates and not values.array.null_count
        if mask is True and values.array.null_count < 2:
            return
        if mask is True or not is_simple:
            self._tally.leaves(one, label, [UNIQUE], REPORT)
            return
        self._fails(label, UNIQUE, mask, checks.failing(mask, values.array) or 0)

    def _fails(self, label: Any, check: str, mask: Any, count: int) -> None:
        most = self._tally.most
        positions = () if most == 0 else checks.places(mask, most)
        self._tally.fails(label, check, count, positions)

    def _jointly(self, names: list[str]) -> None:
        """Whether rows are told apart by these columns; missing values are alike, as in pandas."""
        import pyarrow as pa

        arrays = []
        for name in names:
            values = None if name in self._repeated else self._value(self._positions[name])
            if values is None or not self._is_comparable(name, values):
                self._leave_unique(names, "not compared alike by Arrow")
                return
            arrays.append(_normal(values.array))
        if names and self._seen.rows:
            table = pa.table(arrays, names=[str(number) for number in range(len(names))])
            groups = table.group_by(table.column_names).aggregate([])
            if groups.num_rows < self._seen.rows:
                self._leave_unique(names, REPORT)

    def _leave_unique(self, names: list[str], reason: str) -> None:
        self._tally.rest.unique = True
        self._tally.because(f"{', '.join(map(name_of, names))} together unique: {reason}")

    def _judge_cells(self, part: Part, kept: Any) -> None:
        """A check of the whole table, cleared when every cell holds; else pandera's."""
        reason = part.reason or ("" if part.builtin in _BY_CELL else "a check of the whole table")
        for label in () if reason else kept:
            values = None if label in self._repeated else self._value(self._positions[label])
            holds = None
            if values is not None and self._is_comparable(label, values):
                holds = checks.holding(values, str(part.builtin), part.statistics)
            count = None if values is None else checks.failing(holds, values.array)
            if count != 0:
                reason = REPORT if count else "not judged alike by Arrow"
                break
        if reason:
            self._tally.rest.parts.append(part)
            self._tally.because(f"{part.label}: {reason}")


def _normal(array: Any) -> Any:
    """Floats without a negative zero, text as large text: what is equal in pandas is then one group."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.add(array, pa.scalar(0.0, array.type)) if pa.types.is_floating(array.type) else array


_answers: dict[tuple[Any, Any], bool] = {}


def has_dtype(kind: Kind, wanted: Any, seen: Seen, position: int) -> bool:
    """pandera's own answer, asked once for a pair of types; columns of objects are asked row by row."""
    if kind.is_object:
        return _asked(kind.dtype, wanted, seen.series(position))
    try:
        answer = _answers.get((kind.dtype, wanted))
    except TypeError:  # a type of pandera's that cannot be a key
        return _asked(kind.dtype, wanted, seen.series(position))
    if answer is None:
        if len(_answers) > 4096:
            _answers.clear()
        answer = _answers[kind.dtype, wanted] = _asked(kind.dtype, wanted, seen.series(position))
    return answer


def _asked(dtype: Any, wanted: Any, series: Any) -> bool:
    from pandera.engines.pandas_engine import Engine

    found = Engine.dtype(dtype)
    if str(dtype) in ("str", "string") and wanted.check(found) is True:
        return True  # it holds strings, there is no need to ask row by row
    answer = wanted.check(found, series)
    return bool(answer if isinstance(answer, bool) else all(answer))


def _column() -> Any:
    from pandera import pandas

    return pandas.Column()
