"""The fused pass over a duckdb relation: one SQL aggregate, asked of the database. The rows stay there.

What a value means is the schema's library's affair: NaN is missing to pandas and the greatest number to polars.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from datetime import datetime
from math import isfinite
from typing import Any

import msgspec

from jupyter_mlsec.controls.schema.checks import Statistics, is_same_in_re2
from jupyter_mlsec.controls.schema.layout import Names, laid_out, matching
from jupyter_mlsec.controls.schema.plan import Component
from jupyter_mlsec.controls.schema.seen import is_already, kind_of
from jupyter_mlsec.controls.schema.tally import ALL, DTYPE, NULLS, REPORT, UNIQUE, Tally

JOINT = "multiple_fields_uniqueness"
_WHOLE_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
_COMPARED = {
    "greater_than": [(">", "min_value")],
    "greater_than_or_equal_to": [(">=", "min_value")],
    "less_than": [("<", "max_value")],
    "less_than_or_equal_to": [("<=", "max_value")],
}


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One part in SQL: what to aggregate (zero where it holds), and the rows it fails for where that can be asked."""

    counts: str
    column: Any
    check: str
    fails: str | None = None
    repeated: tuple[str, ...] = ()
    most: int | None = None
    """How many failing rows pandera would report at most."""
    component: Component | None = None


class SqlPass:
    """One pass over one relation. What it finds, and what it leaves, is in the tally."""

    def __init__(self, relation: Any, tally: Tally) -> None:
        self._relation, self._tally, self._plan = relation, tally, tally.plan
        self._labels = list(relation.columns)
        self._types = dict(zip(self._labels, map(str, relation.types), strict=True))
        self._questions: list[Question] = []
        self._typed: list[tuple[Component, str]] = []
        self._made: set[str] = set()
        self._shared: frozenset[Any] = frozenset()

    def run(self) -> int:
        """Ask the database; the number of rows."""
        tally = self._tally
        layout = laid_out(tally, self._labels, self._names(), self._column)
        self._shared = layout.shared
        for one, label in layout.governed:
            self._judge(one, label)
        for names in self._plan.unique:
            self._jointly([name for name in names if name in set(layout.kept)])
        for part in self._plan.parts:
            tally.rest.parts.append(part)
            tally.because(f"{part.label}: {part.reason or 'a check of the whole table'}")
        if self._plan.index is not None:
            tally.rest.index = True
            tally.because("index: a relation has none, pandas gives it one")
        rows = self._ask()
        several = self._plan.parts or self._plan.unique
        if (tally.coerced and several) or (tally.rest and len(layout.kept) < len(self._labels)):
            tally.leaves_all("; ".join(tally.reasons) + " (on the table as it was changed)")
        return rows

    def _names(self) -> Names:
        if self._plan.flavour == "pandas":
            return lambda one: matching(one.label, self._labels)
        named = {one.label for one in self._plan.components if not one.regex}
        return lambda one: [label for label in self._labels if re.fullmatch(one.label, label) and label not in named]

    def _column(self) -> Any:
        if self._plan.flavour == "pandas":
            from pandera import pandas

            return pandas.Column()
        from pandera import polars

        return polars.Column()

    def _judge(self, one: Component, label: str) -> None:
        if one.dtype is not None:
            self._typed.append((one, label))
        missing, known = self._missing(label)
        if not one.nullable:
            self._questions.append(Question(counts=_number_of(missing), column=label, check=NULLS, fails=missing))
        if one.unique:
            self._unique(one, label, known)
        for part in one.parts:
            holds = None if part.builtin is None else self._condition(label, part.builtin, part.statistics)
            if holds is None:
                self._tally.leaves(one, label, [part], part.reason or "not judged alike by SQL")
                continue
            value = self._known_value(label)
            fails = f"({value} AND NOT ({holds}))"
            most = part.check.n_failure_cases
            self._questions.append(
                Question(counts=_number_of(fails), column=label, check=part.label, fails=fails, most=most)
            )

    def _is_float(self, label: str) -> bool:
        return self._types[label] in ("DOUBLE", "FLOAT")

    def _missing(self, label: str) -> tuple[str, str]:
        """SQL that is true where a value is missing, and where it is known: NaN is missing to both libraries."""
        name = _quoted(label)
        if self._is_float(label):
            return f"({name} IS NULL OR isnan({name}))", f"({name} IS NOT NULL AND NOT isnan({name}))"
        return f"({name} IS NULL)", f"({name} IS NOT NULL)"

    def _known_value(self, label: str) -> str:
        """True where a check is asked: polars asks of NaN too."""
        return f"({_quoted(label)} IS NOT NULL)" if self._plan.flavour == "polars" else self._missing(label)[1]

    def _unique(self, one: Component, label: str, known: str) -> None:
        name = _quoted(label)
        if self._types[label] not in (*_WHOLE_NUMBERS, "VARCHAR", "DOUBLE", "TIMESTAMP", "DATE"):
            self._tally.leaves(one, label, [UNIQUE], "not judged alike by SQL")
            return
        if self._plan.flavour == "pandas":
            distinct = f"count(DISTINCT {name}) FILTER ({known}) + least(count(*) FILTER (NOT {known}), 1)"
        else:
            distinct = f"count(DISTINCT {name}) + least(count(*) FILTER ({name} IS NULL), 1)"
        self._questions.append(
            Question(counts=f"count(*) - ({distinct})", column=label, check=UNIQUE, repeated=(label,), component=one)
        )

    def _jointly(self, names: list[str]) -> None:
        if not names:
            if self._plan.flavour == "polars":
                self._tally.leaves_all("joint uniqueness of columns that are not there")
            return
        if any(self._is_float(name) for name in names):
            self._tally.rest.unique = True
            self._tally.because(f"{', '.join(names)} together unique: not judged alike by SQL")
            return
        together = ", ".join(map(_quoted, names))
        counts = f"count(*) - count(DISTINCT row({together}))"
        self._questions.append(Question(counts=counts, column=self._plan.name, check=JOINT, repeated=tuple(names)))

    def _condition(self, label: str, name: str, statistics: Statistics) -> str | None:
        """SQL that is true where a known value holds; None where SQL would not judge as the schema's library does."""
        column, kind = _quoted(label), self._types[label]
        comparisons = _comparisons(name, statistics)
        if comparisons:
            bounds = [_literal(bound, kind) for _, bound in comparisons]
            if kind == "VARCHAR" or any(bound is None for bound in bounds):
                return None
            return " AND ".join(
                f"{column} {sign} {bound}" for (sign, _), bound in zip(comparisons, bounds, strict=True)
            )
        if name in ("isin", "notin", "equal_to", "not_equal_to"):
            return _among(column, kind, name, statistics)
        return _of_text(column, name, statistics, self._plan.flavour) if kind == "VARCHAR" else None

    def _ask(self) -> int:
        asked = ["count(*) AS rows", *(f"{one.counts} AS n{number}" for number, one in enumerate(self._questions))]
        gaps = [
            f"count(*) FILTER ({_quoted(label)} IS NULL) AS g{number}" for number, (_, label) in enumerate(self._typed)
        ]
        try:
            found = self._relation.aggregate(", ".join([*asked, *gaps])).fetchall()[0]
        except _errors() as error:
            self._tally.leaves_all(f"the database refused the question: {type(error).__name__}")
            return 0
        rows, counts = int(found[0]), found[1 : len(asked)]
        self._judge_types(rows, found[len(asked) :])
        noted = False
        for one, count in zip(self._questions, counts, strict=True):
            if count and one.column not in self._made and not (one.check == JOINT and noted):
                noted = noted or one.check == JOINT
                self._note(one, int(count))
        return rows

    def _judge_types(self, rows: int, gaps: Sequence[int]) -> None:
        """A column's type is the relation's own, so a wrong one is one failure and no row's."""
        for (one, label), missing in zip(self._typed, gaps, strict=True):
            is_typed, is_same = _has_dtype(
                self._relation, label, self._types[label], one.dtype, (rows, missing), self._plan.flavour
            )
            if not is_same and (one.coerce or self._plan.coerce):
                self._tally.coerced = True
                if label in self._shared:
                    self._tally.leaves_all(f"{label} is made {one.dtype}, and several columns of the schema name it")
                self._made.add(label)
                self._tally.leaves(one, label, [ALL], f"{self._types[label]} is made {one.dtype}")
            elif not is_typed:
                self._tally.fails(label, DTYPE, 1)

    def _note(self, one: Question, count: int) -> None:
        if one.component is not None and not one.component.all_duplicates:
            self._tally.leaves(one.component, one.column, [UNIQUE], REPORT)
            return
        if not one.repeated:
            self._tally.fails(one.column, one.check, min(count, one.most or count), self._rows(one))
            return
        groups = ", ".join(map(_quoted, one.repeated))
        repeated = self._relation.aggregate(f"{groups}, count(*) AS mlsec_count", groups).filter("mlsec_count > 1")
        if self._plan.flavour == "polars":
            count = int(repeated.aggregate("coalesce(sum(mlsec_count), 0)").fetchall()[0][0])
            self._tally.fails(one.column, one.check, count, self._rows(one))
            return
        for label in one.repeated:  # pandera names every column of the set, and no missing value
            known = self._missing(label)[1]
            asked = f"coalesce(sum(mlsec_count) FILTER ({known}), 0)"
            self._tally.fails(label, one.check, int(repeated.aggregate(asked).fetchall()[0][0]), self._rows(one, known))

    def _rows(self, one: Question, known: str = "true") -> tuple[int, ...]:
        """The numbers of the failing rows, when they were asked for: the only thing that is fetched."""
        most = one.most if self._tally.most is None else self._tally.most
        if most == 0:
            return ()
        fails = one.fails
        numbered = self._relation.project("*, row_number() OVER () - 1 AS mlsec_row")
        if fails is None:
            groups = ", ".join(map(_quoted, one.repeated))
            numbered = numbered.project(f"*, count(*) OVER (PARTITION BY {groups}) AS mlsec_count")
            fails = f"mlsec_count > 1 AND {known}"
        failing = numbered.filter(fails).project("mlsec_row").order("mlsec_row")
        return tuple(int(row) for (row,) in (failing if most is None else failing.limit(most)).fetchall())


def _comparisons(name: str, statistics: Statistics) -> list[tuple[str, Any]]:
    if name == "in_range":
        low = ">=" if statistics.get("include_min", True) else ">"
        high = "<=" if statistics.get("include_max", True) else "<"
        return [(low, statistics["min_value"]), (high, statistics["max_value"])]
    return [(sign, statistics[key]) for sign, key in _COMPARED.get(name, ())]


def _among(column: str, kind: str, name: str, statistics: Statistics) -> str | None:
    key = {"isin": "allowed_values", "notin": "forbidden_values"}.get(name, "value")
    given = statistics[key]
    if key != "value" and (isinstance(given, (str, dict)) or not hasattr(given, "__iter__")):
        return None
    wanted = [given] if key == "value" else list(given)
    literals = [_literal(value, kind) for value in wanted]
    if kind not in (*_WHOLE_NUMBERS, "VARCHAR", "BOOLEAN") or any(literal is None for literal in literals):
        return None
    listed = f"{column} IN ({', '.join(map(str, literals))})" if literals else "false"
    return listed if name in ("isin", "equal_to") else f"NOT ({listed})"


def _of_text(column: str, name: str, statistics: Statistics, flavour: str) -> str | None:
    if name == "str_length":
        exact, low, high = (statistics.get(key) for key in ("exact_value", "min_value", "max_value"))
        bounds = [("=", exact)] if exact is not None else [(">=", low), ("<=", high)]
        asked = [f"length({column}) {sign} {int(bound)}" for sign, bound in bounds if bound is not None]
        return " AND ".join(asked) or None
    if name in ("str_startswith", "str_endswith"):
        function = "starts_with" if name == "str_startswith" else "ends_with"
        literal = _literal(statistics["string"], "VARCHAR")
        return None if literal is None else f"{function}({column}, {literal})"
    pattern = statistics.get("pattern")
    if name not in ("str_matches", "str_contains") or not is_same_in_re2(pattern):
        return None
    assert isinstance(pattern, str)
    if name == "str_matches" and flavour == "pandas":
        pattern = f"^(?:{pattern})"
    elif name == "str_matches" and not pattern.startswith("^"):
        pattern = f"^{pattern}"
    return f"regexp_matches({column}, {_literal(pattern, 'VARCHAR')}, 'c')"


def _literal(value: Any, kind: str) -> str | None:
    """A value in SQL, where it compares with that type as in Python; None where it may not."""
    if kind in _WHOLE_NUMBERS and type(value) is int and abs(value) < 2**63:
        return str(value)
    if kind in ("DOUBLE", *_WHOLE_NUMBERS) and type(value) in (int, float) and isfinite(value):
        return f"CAST('{float(value)!r}' AS DOUBLE)"
    if kind == "BOOLEAN" and type(value) is bool:
        return str(value).lower()
    if kind == "VARCHAR" and type(value) is str and "\0" not in value:
        return "'" + value.replace("'", "''") + "'"
    is_plain_time = isinstance(value, datetime) and value.tzinfo is None and not getattr(value, "nanosecond", 0)
    if kind == "TIMESTAMP" and is_plain_time:
        return f"TIMESTAMP '{value:%Y-%m-%d %H:%M:%S.%f}'" if value.year > 999 else None
    return None


def _number_of(condition: str) -> str:
    return f"count(*) FILTER ({condition})"


def _quoted(label: Any) -> str:
    return '"' + str(label).replace('"', '""') + '"'


def _errors() -> tuple[type[Exception], ...]:
    duckdb: Any = sys.modules["duckdb"]
    return (duckdb.Error,)


_types: dict[tuple[str, bool, bool, bool], Any] = {}


def _has_dtype(
    relation: Any, label: str, kind: str, wanted: Any, counts: tuple[int, int], flavour: str
) -> tuple[bool, bool]:
    """pandera's answer for the type the column would have, were it fetched, and whether it would be made no other."""
    if flavour == "polars":
        from pandera.api.polars.types import PolarsData

        empty = relation.project(_quoted(label)).limit(0).pl()
        answer = bool(wanted.check(empty.schema[label], PolarsData(empty.lazy(), label)))
        return answer, answer
    from pandera.engines.pandas_engine import Engine

    rows, missing = counts
    key = kind, not rows, bool(missing), rows == missing
    if key not in _types:
        _types[key] = _probed(relation, label, rows, missing)
    series = _types[key]
    answer = wanted.check(Engine.dtype(series.dtype), series)
    is_typed = bool(answer if isinstance(answer, bool) else all(answer))
    return is_typed, is_typed and is_already(kind_of(series.dtype), wanted)


def _probed(relation: Any, label: str, rows: int, missing: int) -> Any:
    """One value and one gap of the column, where it has them, as pandas: what decides the type there."""
    name = _quoted(label)
    column = relation.project(name)
    if not rows:
        return column.limit(0).df().iloc[:, 0]
    known, gap = column.filter(f"{name} IS NOT NULL").limit(1), column.filter(f"{name} IS NULL").limit(1)
    if not missing:
        return known.df().iloc[:, 0]
    return (gap if rows == missing else known.union(gap)).df().iloc[:, 0]
