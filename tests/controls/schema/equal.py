"""Random schemas and tables, and what pandera itself says of them: what the fused pass is held against."""

from __future__ import annotations

import datetime
import warnings
from collections import defaultdict
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pandera
import pandera.polars as pandera_polars
import polars as pl
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from pandera.config import ValidationDepth, config_context
from pandera.errors import SchemaErrors

from jupyter_mlsec.controls.schema.verdict import Verdict

Found = dict[tuple[str, str], tuple[int, tuple[int, ...]]]
"""(column, check) -> how often it failed, and in which rows."""

NAMES_FAIL = ("column_in_dataframe", "column_in_schema", "column_ordered")
CHECK = pandera.Check
_FOUND = [Phase.explicit, Phase.reuse, Phase.generate]  # a smaller case may take longer to find than a test has
BRIEF = settings(
    max_examples=60, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), phases=_FOUND
)
LONG = settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck), phases=_FOUND)
PATTERNS = ["a", "^a", "a|b", "[ab]+", "[^a]", "a.", ".", "a{1,2}", "(a|é)b?", r"\d", r"\w+$", "a$", "^b|a"]
TIMES = [pd.Timestamp("2020-01-01"), pd.Timestamp("2021-06-01 12:30:00.5"), pd.Timestamp("1969-12-31 23:59:59.999999")]
NAMES = ["a", "b", "c", "ab", "d.e", "x y"]

_bounds = st.one_of(st.integers(-5, 5), st.floats(-5, 5, width=16))
_ranges = st.builds(CHECK.in_range, st.integers(-5, 0), st.integers(1, 5), st.booleans(), st.booleans())
_sets = st.lists(st.integers(-5, 5), min_size=1, max_size=4)
NUMBER_CHECKS = st.one_of(
    *(st.builds(check, _bounds) for check in (CHECK.ge, CHECK.gt, CHECK.le, CHECK.lt)),
    *(st.builds(check, st.integers(-2, 2)) for check in (CHECK.eq, CHECK.ne)),
    _ranges,
    st.builds(CHECK.isin, _sets),
    st.builds(CHECK.notin, _sets),
    st.builds(CHECK.ge, st.integers(-5, 5), error=st.just("must not be so small")),
    st.builds(CHECK.lt, st.integers(-5, 5), n_failure_cases=st.just(1)),
)
_letters = st.lists(st.sampled_from(["a", "b", "é", ""]), min_size=1, max_size=3)
TEXT_CHECKS = st.one_of(
    st.builds(CHECK.isin, _letters),
    st.builds(CHECK.notin, _letters),
    st.builds(CHECK.eq, st.sampled_from(["a", "b"])),
    st.builds(CHECK.str_length, st.integers(0, 1), st.integers(1, 3)),
    st.builds(CHECK.str_length, exact_value=st.integers(0, 2)),
    st.builds(CHECK.str_matches, st.sampled_from(PATTERNS)),
    st.builds(CHECK.str_contains, st.sampled_from(["a", "b$", "[0-9]", "^b", "a.b", "(?i)A"])),
    st.builds(CHECK.str_startswith, st.sampled_from(["a", ""])),
    st.builds(CHECK.str_endswith, st.sampled_from(["b", "é"])),
)
TIME_CHECKS = st.one_of(
    *(st.builds(check, st.sampled_from(TIMES)) for check in (CHECK.ge, CHECK.gt, CHECK.le, CHECK.lt, CHECK.eq)),
)
OWN_CHECKS = st.just(CHECK(lambda column: column == column, name="own"))

_numbers = st.one_of(st.integers(-6, 6).map(float), st.floats(-9, 9, width=32), st.just(-0.0))
_texts = st.text(alphabet="abé1 \n", max_size=4)
VALUES: dict[str, Any] = {
    "int64": st.integers(-6, 6),
    "int8": st.integers(-6, 6),
    "uint64": st.integers(0, 6),
    "float64": st.one_of(_numbers, st.just(float("inf")), st.none()),
    "float32": st.one_of(_numbers, st.none()),
    "bool": st.booleans(),
    "str": st.one_of(_texts, st.none()),
    "object": st.one_of(_texts, st.none()),
    "category": st.one_of(st.sampled_from(["a", "b", "é"]), st.none()),
    "Int64": st.one_of(st.integers(-6, 6), st.none()),
    "boolean": st.one_of(st.booleans(), st.none()),
    "datetime64[ns]": st.one_of(st.sampled_from(TIMES), st.none()),
    "datetime64[us, UTC]": st.one_of(st.sampled_from(TIMES).map(lambda t: t.tz_localize("UTC")), st.none()),
}
POLARS: dict[str, tuple[Any, Any]] = {
    "Int64": (pl.Int64, st.one_of(st.integers(-6, 6), st.none())),
    "Int8": (pl.Int8, st.integers(-6, 6)),
    "Float64": (pl.Float64, st.one_of(_numbers, st.just(float("nan")), st.just(float("inf")), st.none())),
    "Float32": (pl.Float32, st.one_of(_numbers, st.just(float("nan")), st.none())),
    "String": (pl.String, st.one_of(_texts, st.none())),
    "Boolean": (pl.Boolean, st.one_of(st.booleans(), st.none())),
    "Categorical": (pl.Categorical, st.one_of(st.sampled_from(["a", "b", "é"]), st.none())),
    "Datetime": (pl.Datetime("us"), st.one_of(st.sampled_from(TIMES).map(pd.Timestamp.to_pydatetime), st.none())),
    "Date": (pl.Date, st.one_of(st.just(datetime.date(2020, 1, 1)), st.none())),
    "List": (pl.List(pl.Int64), st.one_of(st.lists(st.integers(0, 2), max_size=2), st.none())),
}


def checks_of(kind: str) -> Any:
    """Checks that go with a type, and now and then one that does not."""
    fitting = NUMBER_CHECKS
    if kind.lower() in ("str", "object", "category", "string", "categorical"):
        fitting = TEXT_CHECKS
    elif kind.startswith("date") or kind == "Datetime":
        fitting = TIME_CHECKS
    odd = st.one_of(NUMBER_CHECKS, TEXT_CHECKS, TIME_CHECKS)
    return st.integers(0, 11).flatmap(lambda chance: OWN_CHECKS if chance == 0 else odd if chance == 1 else fitting)


@st.composite
def options(draw: st.DrawFn, names: list[str]) -> dict[str, Any]:
    """What a schema asks beside its columns."""
    found: dict[str, Any] = {"strict": draw(st.sampled_from([False, False, True, "filter"]))}
    found["ordered"] = draw(st.integers(0, 4)) == 0
    if names and draw(st.integers(0, 3)) == 0:
        found["unique"] = draw(st.lists(st.sampled_from(names), unique=True, min_size=1, max_size=3))
    if draw(st.integers(0, 7)) == 0:
        found["checks"] = draw(st.one_of(st.builds(CHECK.ge, st.integers(-9, -5)), st.builds(CHECK.ne, st.just(3))))
    if draw(st.integers(0, 9)) == 0:
        found["coerce"] = True
    return found


@st.composite
def pandas_cases(draw: st.DrawFn, kinds: tuple[str, ...] = tuple(VALUES)) -> tuple[pd.DataFrame, Any]:
    """A pandas table and a schema of pandera's for pandas."""
    data, columns, rows = {}, {}, draw(st.integers(0, 12))
    names = draw(st.permutations(NAMES))[: draw(st.integers(0, 4))]
    for name in names:
        kind = draw(st.sampled_from(kinds))
        values = draw(st.lists(VALUES[kind], min_size=rows, max_size=rows))
        if draw(st.integers(0, 9)):
            data[name] = pd.Series(values, dtype=kind)
        asked = draw(st.sampled_from([kind, kind, kind, None, "int64", "str", "float64"]))
        columns[name] = pandera.Column(asked, draw(st.lists(checks_of(kind), max_size=2)), **draw(flags(pandera=True)))
    if draw(st.integers(0, 7)) == 0:
        columns["a|b"] = pandera.Column(None, draw(checks_of("int64")), regex=True, required=draw(st.booleans()))
    if draw(st.booleans()):
        data["extra"] = pd.Series([0] * rows, dtype="int64")
    table = pd.DataFrame({name: data[name] for name in draw(st.permutations(sorted(data)))}, index=range(rows))
    return table, pandera.DataFrameSchema(columns, **draw(options(list(columns))))


@st.composite
def flags(draw: st.DrawFn, *, pandera: bool) -> dict[str, Any]:
    """What a column is asked beside its type and checks."""
    found: dict[str, Any] = {name: draw(st.booleans()) for name in ("nullable", "required")}
    found["unique"] = draw(st.integers(0, 3)) == 0
    found["coerce"] = draw(st.integers(0, 9)) == 0
    if pandera and found["unique"]:
        found["report_duplicates"] = draw(st.sampled_from(["all", "all", "exclude_first"]))
    return found


@st.composite
def polars_cases(draw: st.DrawFn, kinds: tuple[str, ...] = tuple(POLARS)) -> tuple[pl.DataFrame, Any]:
    """A polars table and a schema of pandera's for polars."""
    data, columns, rows = {}, {}, draw(st.integers(0, 12))
    names = draw(st.permutations(NAMES))[: draw(st.integers(1, 4))]
    for name in names:
        kind = draw(st.sampled_from(kinds))
        dtype, values = POLARS[kind]
        if draw(st.integers(0, 9)):
            data[name] = pl.Series(name, draw(st.lists(values, min_size=rows, max_size=rows)), dtype=dtype)
        asked = draw(st.sampled_from([dtype, dtype, dtype, None, pl.Int64, pl.String]))
        made = draw(st.lists(checks_of(kind).filter(lambda check: check.name != "own"), max_size=2))
        columns[name] = pandera_polars.Column(asked, made, **draw(flags(pandera=False)))
    if draw(st.booleans()):
        data["extra"] = pl.Series("extra", [0] * rows, dtype=pl.Int64)
    table = pl.DataFrame([data[name] for name in draw(st.permutations(sorted(data)))])
    return table, pandera_polars.DataFrameSchema(columns, **draw(options(list(columns))))


def ours(verdict: Verdict) -> Found:
    """Our verdict as something to compare. What failed without a value to show is not in pandera's table either."""
    found: Found = {}
    for one in verdict.failures:
        before = found.get((one.column, one.check), (0, ()))
        found[one.column, one.check] = before[0] + one.count, tuple(sorted((*before[1], *one.positions)))
    return {key: value for key, value in found.items() if value[0]}


def theirs(table: Any, schema: Any) -> Found | None:
    """pandera's own failure cases, {} when it passes the table, None when it gives up on it."""
    with warnings.catch_warnings(), config_context(validation_depth=ValidationDepth.SCHEMA_AND_DATA):
        warnings.simplefilter("ignore")
        try:
            schema.validate(table, lazy=True)
        except SchemaErrors as errors:
            return _polars_cases(errors) if isinstance(table, pl.DataFrame) else _pandas_cases(errors, table)
        except Exception:
            return None
    return {}


def _pandas_cases(errors: SchemaErrors, table: pd.DataFrame) -> Found:
    """pandera's failure cases, from its errors: its table calls a whole column's failure by the schema's name.

    That is the name of the last column that a pattern matched, whichever column failed; the errors know better.
    """
    found: dict[tuple[str, str], list[Any]] = defaultdict(list)
    rows = {label: row for row, label in enumerate(table.index)} if table.index.is_unique else {}
    for error in errors.schema_errors:
        check, cases = _named(error), error.failure_cases
        whole = cases if check in NAMES_FAIL else error.column_name or error.schema.name or ""
        shown = cases.to_dict("records") if isinstance(cases, pd.DataFrame) else [{}]
        for case in shown:
            found[str(case.get("column", whole)), check].append(case.get("index"))
    return {
        key: (len(labels), tuple(sorted(rows[label] for label in labels if is_label(label) and label in rows)))
        for key, labels in found.items()
    }


def _named(error: Any) -> str:
    check = error.check
    if check is None:
        return str(error.reason_code.name).lower()
    return str(check if isinstance(check, str) else check.error or check.name).split("(")[0]


def is_label(label: Any) -> bool:
    """Whether pandera named a row at all."""
    return label is not None and label == label


def _polars_cases(errors: SchemaErrors) -> Found:
    found: Found = {}
    for error in errors.schema_errors:
        check, cases = _named(error), error.failure_cases
        is_name = check in NAMES_FAIL
        column = str(cases if is_name else error.column_name or error.schema.name or "")
        count, rows = (1, ()) if not isinstance(cases, pl.DataFrame) else (cases.height, _polars_rows(error))
        before = found.get((column, check), (0, ()))
        found[column, check] = before[0] + count, tuple(sorted((*before[1], *rows)))
    return found


def _polars_rows(error: Any) -> tuple[int, ...]:
    holds = error.check_output["check_output"].to_list()
    return tuple(row for row, one in enumerate(holds) if one is False)[: error.failure_cases.height]


def chance(seed: int) -> np.random.Generator:
    """The same chance every time."""
    return np.random.default_rng(seed)
