"""The fused pass of a polars schema: one query of one row, which counts for every part the values that fail.

The expressions are those pandera itself asks polars, so a missing value, NaN or a pattern means the same. A lazy
frame is judged by the same query: its rows are never gathered for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from jupyter_mlsec.controls.schema.layout import Layout, laid_out
from jupyter_mlsec.controls.schema.plan import Component, Part
from jupyter_mlsec.controls.schema.tally import DTYPE, NULLS, REPORT, UNIQUE, Tally, aspects

JOINT = "multiple_fields_uniqueness"


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One part as a polars expression that is true where the part fails."""

    fails: Any
    column: Any
    check: str
    part: Part | None = None
    component: Component | None = None


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """All parts of a plan for tables of one set of columns. `begun` holds what the columns alone already say."""

    begun: Tally
    questions: tuple[Question, ...]
    counts: tuple[Any, ...]
    coercions: tuple[tuple[Any, Any], ...]
    kept: tuple[str, ...]


def query_for(tally: Tally, schema: Mapping[str, Any]) -> Query:
    """The query of a plan for tables with these columns, made once."""
    key = "polars", tuple(schema.items())
    known: Query | None = tally.plan.compiled.get(key)
    if known is None:
        known = tally.plan.compiled[key] = _Compiler(Tally(tally.plan, None), schema).query()
    return known


def run(frame: Any, tally: Tally, query: Query, *, again: bool) -> int:
    """Ask a lazy frame, in one collect; its number of rows. `again`: failing rows are found by a second query."""
    import polars as pl

    if query.begun.rest.whole:
        return 0
    coerced = _coerced(frame, query.coercions)
    made = [
        pl.col(_escaped(label)).null_count().alias(f"c{number}") for number, (label, _) in enumerate(query.coercions)
    ]
    asked = [pl.len().alias("rows"), *query.counts, *made]  # unasked for, polars would not make a column another type
    if not again and tally.most != 0:
        asked += _places(list(enumerate(query.questions)), tally.most)
    try:
        found = coerced.select(asked).collect().row(0, named=True)
    except _errors() as error:
        tally.leaves_all(f"the values cannot be judged together: {type(error).__name__}")
        return int(frame.select(pl.len()).collect().item())
    failed = [(number, one) for number, one in enumerate(query.questions) if found[f"n{number}"]]
    if failed and again and tally.most != 0:
        found |= coerced.select(_places(failed, tally.most)).collect().row(0, named=True)
    _note(tally, failed, found)
    return int(found["rows"])


def _places(questions: list[tuple[int, Question]], most: int | None) -> list[Any]:
    rows = ((number, one.fails.arg_true()) for number, one in questions)
    return [(row if most is None else row.head(most)).implode().alias(f"p{number}") for number, row in rows]


def _note(tally: Tally, failed: list[tuple[int, Question]], found: Mapping[str, Any]) -> None:
    is_joint_noted = False
    for number, one in failed:
        if one.part is not None and not one.part.as_reported:
            if one.component is None:
                tally.rest.parts.append(one.part)
                tally.because(f"{one.part.label}: {REPORT}")
            else:
                tally.leaves(one.component, one.column, [one.part], REPORT)
            continue
        if one.check == JOINT and is_joint_noted:
            continue  # pandera stops at the first set of columns that repeats
        is_joint_noted = is_joint_noted or one.check == JOINT
        tally.fails(one.column, one.check, int(found[f"n{number}"]), tuple(found.get(f"p{number}", ())))


def _coerced(frame: Any, coercions: Iterable[tuple[Any, Any]]) -> Any:
    if not coercions:
        return frame
    from pandera.api.polars.types import PolarsData

    for label, dtype in coercions:
        frame = dtype.coerce(PolarsData(frame, label))
    return frame


class _Compiler:
    """Makes the query: what polars would refuse for these types is found on a table without rows."""

    def __init__(self, tally: Tally, schema: Mapping[str, Any]) -> None:
        import polars as pl

        self._tally, self._plan, self._schema = tally, tally.plan, dict(schema)
        self._empty = pl.DataFrame(schema=self._schema)
        self._questions: list[Question] = []
        self._coercions: list[tuple[Any, Any]] = []

    def query(self) -> Query:
        """Names first, then types, then each column's parts, then what concerns several columns."""
        import polars as pl

        kept: tuple[str, ...] = tuple(self._schema)
        reason = self._plan.whole or self._unlike()
        if reason:
            self._tally.leaves_all(reason)
        else:
            layout = laid_out(self._tally, list(self._schema), self._matches, pl_column)
            kept = tuple(layout.kept)
            if self._is_coercible(layout):
                for one, label in layout.governed:
                    self._column(one, label)
                self._several(kept)
        # What is left to pandera gets the table as it was; only all of a schema can be left when something is changed.
        if self._tally.rest and (self._coercions or len(kept) < len(self._schema)) and not self._tally.rest.whole:
            self._tally.leaves_all("; ".join(self._tally.reasons) + " (on the table as it was changed)")
        counts = tuple(one.fails.sum().alias(f"n{number}") for number, one in enumerate(self._questions))
        return Query(
            begun=self._tally,
            questions=tuple(self._questions),
            counts=counts if not self._tally.rest.whole else (pl.len().alias("n"),),
            coercions=tuple(self._coercions),
            kept=kept,
        )

    def _unlike(self) -> str | None:
        has_pattern = any(one.regex for one in self._plan.components)
        is_mixed = has_pattern and not all(one.regex for one in self._plan.components)
        if is_mixed and (self._plan.ordered or self._plan.strict):
            return "patterns beside names, with an order or strictness"
        for one in self._plan.components:
            if one.regex and is_mixed and one.required and not self._matches(one) and self._full_matches(one):
                return f"every column that {one.label} names has a part of its own"
        return None

    def _matches(self, one: Component) -> list[str]:
        """As pandera: by polars' own selector alone, by Python's fullmatch where other columns have names."""
        import polars as pl

        names = {other.label for other in self._plan.components if not other.regex}
        found = [name for name in self._full_matches(one) if name not in names] if names else []
        if found or (names and self._full_matches(one)):
            return found
        try:
            return list(self._empty.select(pl.col(one.source.selector)).columns)
        except pl.exceptions.PolarsError:
            return []

    def _full_matches(self, one: Component) -> list[str]:
        return [name for name in self._schema if re.fullmatch(one.label or "", name)]

    def _is_coercible(self, layout: Layout) -> bool:
        """Note the types that columns are made; whether polars can make them so at all."""
        if self._plan.coerce and self._plan.dtype is not None:
            self._tally.leaves_all("the whole table is made another type")
            return False
        for one, label in layout.governed:
            is_made = (self._plan.coerce or one.coerce) and one.dtype is not None
            if is_made and self._schema[label] != getattr(one.dtype, "type", None):
                self._coercions.append((label, one.dtype))
        if not self._coercions:
            return True
        try:
            self._empty = _coerced(self._empty.lazy(), self._coercions).collect()
        except _errors() as error:
            self._tally.leaves_all(f"a type cannot be made: {type(error).__name__}")
            return False
        self._schema = dict(self._empty.schema)
        return True

    def _column(self, one: Component, label: str) -> None:
        import polars as pl

        kind = self._schema[label]
        if kind.base_type() in (pl.Object, pl.Unknown):
            self._tally.leaves(one, label, aspects(one), "objects of Python")
            return
        if one.dtype is not None and not self._has_dtype(one, label):
            self._tally.fails(label, DTYPE, 1)
        column = pl.col(_escaped(label))
        if not one.nullable:
            missing = column.is_null() | column.is_nan() if kind in (pl.Float32, pl.Float64) else column.is_null()
            self._ask(Question(fails=missing, column=label, check=NULLS, component=one), NULLS)
        if one.unique:
            self._ask(Question(fails=column.is_duplicated(), column=label, check=UNIQUE, component=one), UNIQUE)
        for part in one.parts:
            make = None if part.builtin is None else HOLDS.get(part.builtin)
            if make is None or (part.builtin in OF_ONE_VALUE and kind.is_nested()):
                self._tally.leaves(one, label, [part], part.reason or "not asked of polars here")
                continue
            holds = self._made(make, column, part)
            asked = None if holds is None else holds.not_()
            self._ask(Question(fails=asked, column=label, check=part.label, part=part, component=one), part)

    def _has_dtype(self, one: Component, label: str) -> bool:
        from pandera.api.polars.types import PolarsData

        answer = one.dtype.check(self._schema[label], PolarsData(self._empty.lazy().select(_escaped(label)), label))
        return bool(answer if isinstance(answer, bool) else all(answer))

    def _made(self, make: Callable[[Any, Mapping[str, Any]], Any], column: Any, part: Part) -> Any:
        try:
            return make(column, part.statistics)
        except _errors():
            return None

    def _ask(self, question: Question, aspect: str | Part) -> None:
        """Keep a question that polars can answer for these types; leave the others to pandera."""
        if question.fails is not None and self._is_answered(question.fails):
            self._questions.append(question)
        elif question.component is not None:
            self._tally.leaves(question.component, question.column, [aspect], "polars refuses it for this type")

    def _is_answered(self, expression: Any) -> bool:
        try:
            self._empty.select(expression.sum())
        except _errors():
            return False
        return True

    def _several(self, kept: tuple[str, ...]) -> None:
        import polars as pl

        for names in self._plan.unique:
            known = [_escaped(name) for name in names if name in kept]
            if not known:
                self._tally.leaves_all("joint uniqueness of columns that are not there")
                return
            fails = pl.struct(known).is_duplicated()
            if self._is_answered(fails):
                self._questions.append(Question(fails=fails, column=self._plan.name, check=JOINT))
            else:
                self._tally.rest.unique = True
                self._tally.because("joint uniqueness: polars refuses it for these types")
        for part in self._plan.parts:
            self._table_check(part, kept)

    def _table_check(self, part: Part, kept: tuple[str, ...]) -> None:
        import polars as pl

        make = None if part.builtin is None else HOLDS.get(part.builtin)
        holds = [self._made(make, pl.col(_escaped(name)), part) for name in kept] if make else []
        fails = None
        if holds and all(one is not None for one in holds):
            together = holds[0]
            for one in holds[1:]:
                together = together & one
            fails = together.not_()
        if fails is not None and self._is_answered(fails):
            self._questions.append(Question(fails=fails, column=self._plan.name, check=part.label, part=part))
            return
        self._tally.rest.parts.append(part)
        self._tally.because(f"{part.label}: {part.reason or 'a check of the whole table'}")


def _escaped(name: str) -> str:
    """A name that polars takes for itself: one that looks like a pattern, or like all columns, is made one."""
    if name == "*" or (name.startswith("^") and name.endswith("$")):
        return f"^{re.escape(name)}$"
    return name


def _errors() -> tuple[type[Exception], ...]:
    import polars as pl

    return (pl.exceptions.PolarsError, TypeError, ValueError, OverflowError, KeyError, AttributeError)


def pl_column() -> Any:
    """An empty column of pandera's."""
    from pandera import polars

    return polars.Column()


def _between(column: Any, s: Mapping[str, Any]) -> Any:
    low, high = s["min_value"], s["max_value"]
    least = column.ge(low) if s.get("include_min", True) else column.gt(low)
    return least.and_(column.le(high) if s.get("include_max", True) else column.lt(high))


def _length(column: Any, s: Mapping[str, Any]) -> Any:
    count = column.str.len_chars()
    exact, low, high = (s.get(key) for key in ("exact_value", "min_value", "max_value"))
    if exact is not None:
        return count.eq(exact)
    if low is None or high is None:
        return count.le(high) if low is None else count.ge(low)
    return count.is_between(low, high)


def _pattern(value: Any) -> str:
    return str(value.pattern if isinstance(value, re.Pattern) else value)


def _beginning(value: Any) -> str:
    pattern = _pattern(value)
    return pattern if pattern.startswith("^") else f"^{pattern}"


HOLDS: dict[str, Callable[[Any, Mapping[str, Any]], Any]] = {
    "greater_than": lambda column, s: column.gt(s["min_value"]),
    "greater_than_or_equal_to": lambda column, s: column.ge(s["min_value"]),
    "less_than": lambda column, s: column.lt(s["max_value"]),
    "less_than_or_equal_to": lambda column, s: column.le(s["max_value"]),
    "in_range": _between,
    "equal_to": lambda column, s: column.eq(s["value"]),
    "not_equal_to": lambda column, s: column.ne(s["value"]),
    "isin": lambda column, s: column.is_in(s["allowed_values"]),
    "notin": lambda column, s: column.is_in(s["forbidden_values"]).not_(),
    "str_length": _length,
    "str_startswith": lambda column, s: column.str.starts_with(s["string"]),
    "str_endswith": lambda column, s: column.str.ends_with(s["string"]),
    "str_matches": lambda column, s: column.str.contains(_beginning(s["pattern"])),
    "str_contains": lambda column, s: column.str.contains(_pattern(s["pattern"]), literal=False),
}
"""A built-in check as an expression that is true where it holds: what pandera's own polars checks ask."""

OF_ONE_VALUE = frozenset({"isin", "notin"})
"""Checks that polars understands in two ways where a value is a list itself, and warns of."""
