"""A schema written as pandera on tables of 10 columns, beside its own library, its peers and code by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pandas
import pandera.pandas as pandera

from benchmarks.measure import Row, Spread, cpu_seconds, take_turns
from benchmarks.peers import Entrant, Race, race
from jupyter_mlsec import frames
from jupyter_mlsec.controls.schema.doors import validate
from jupyter_mlsec.controls.schema.fused import judge
from jupyter_mlsec.controls.schema.learn import learn

MILLION = 1_000_000
SIZES = {10: ("10 rows", 100, "ms"), 10_000: ("1e4 rows", 10, "ms"), MILLION: ("1e6 rows", 1, "ms")}
CHECK = pandera.Check
COLORS = ["red", "green", "blue"]
CODE = "[A-Z]{2}-[0-9]{6}"
RANGES = {
    "id": (0, 10**9),
    "age": (0, 120),
    "price": (0, 10**6),
    "score": (-100, 100),
    "visits": (0, 1000),
    "gaps": (-100, 100),
    "wait": (0, 10_000),
}
WHOLE = ("id", "age", "visits")
ORDER = ("id", "age", "price", "score", "visits", "group", "code", "gaps", "flag", "wait")


def columns(library: Any, whole: Any, real: Any, text: Any, truth: Any) -> dict[str, Any]:
    """The columns of a schema of pandera's, for pandas or for polars."""
    made = {
        name: library.Column(whole if name in WHOLE else real, CHECK.in_range(*bounds), nullable=name == "gaps")
        for name, bounds in RANGES.items()
    }
    made["group"] = library.Column(text, CHECK.isin(COLORS))
    made["code"] = library.Column(text, CHECK.str_matches(CODE))
    made["flag"] = library.Column(truth)
    return {name: made[name] for name in ORDER}


SCHEMA = pandera.DataFrameSchema(columns(pandera, "int64", "float64", "str", "bool"))


def table(rows: int) -> pandas.DataFrame:
    """Six number columns, three of text and truth, one with a fifth of its values missing."""
    chance = numpy.random.default_rng(0)
    serial = chance.integers(0, 1_000_000, rows)
    return pandas.DataFrame(
        {
            "id": numpy.arange(rows),
            "age": chance.integers(0, 120, rows),
            "price": chance.lognormal(3, 1, rows),
            "score": chance.normal(0, 10, rows),
            "visits": chance.poisson(3, rows),
            "group": pandas.Series(chance.choice(["red", "green", "blue"], rows), dtype="str"),
            "code": pandas.Series([f"AB-{number:06d}" for number in serial], dtype="str"),
            "gaps": numpy.where(chance.random(rows) < 0.2, numpy.nan, chance.normal(0, 1, rows)),
            "flag": chance.random(rows) < 0.5,
            "wait": chance.exponential(5, rows),
        }
    )


def seen(frame: pandas.DataFrame) -> frames.Frame:
    """A fresh view, so that no round profits from the last one."""
    found = frames.view(frame)
    assert found is not None
    return found


def contender(name: str, rows: int) -> Callable[[], object]:
    """One way to judge a table of so many rows, after it was seen to tell a bad table from a good one."""
    good, bad = table(rows), table(rows)
    bad.loc[3, "age"] = 200
    judged = CONTENDERS[name]
    assert judged(good)() is True, f"{name} refuses a table that fits"
    assert judged(bad)() is False, f"{name} passes a table that does not fit"
    del bad
    return judged(good)


def _ours(good: pandas.DataFrame) -> Callable[[], bool]:
    def body() -> bool:
        verdict = validate(good, SCHEMA)
        assert verdict.by == "fused"
        return verdict.ok

    return body


def _in_polars(good: pandas.DataFrame) -> tuple[Any, Any]:
    import pandera.polars
    import polars

    asked = columns(pandera.polars, polars.Int64, polars.Float64, polars.String, polars.Boolean)
    return polars.from_pandas(good), pandera.polars.DataFrameSchema(asked)


def _ours_polars(good: pandas.DataFrame) -> Callable[[], bool]:
    seen, schema = _in_polars(good)
    return lambda: validate(seen, schema).ok


def _ours_lazy(good: pandas.DataFrame) -> Callable[[], bool]:
    seen, schema = _in_polars(good)
    lazy = seen.lazy()
    return lambda: validate(lazy, schema).ok


def _pandera(good: pandas.DataFrame) -> Callable[[], bool]:
    return lambda: _passes(lambda: SCHEMA.validate(good, lazy=True))


def _pandera_polars(good: pandas.DataFrame) -> Callable[[], bool]:
    seen, schema = _in_polars(good)
    return lambda: _passes(lambda: schema.validate(seen, lazy=True))


def _passes(validated: Callable[[], object]) -> bool:
    try:
        validated()
    except pandera.errors.SchemaErrors:
        return False
    return True


def _dataframely(good: pandas.DataFrame) -> Callable[[], bool]:
    import dataframely
    import polars

    made: dict[str, Any] = {
        name: (dataframely.Int64 if name in WHOLE else dataframely.Float64)(min=low, max=high, nullable=name == "gaps")
        for name, (low, high) in RANGES.items()
    }
    made["group"] = dataframely.String(nullable=False, check=lambda column: column.is_in(COLORS))
    made["code"] = dataframely.String(nullable=False, regex=f"^{CODE}")
    made["flag"] = dataframely.Bool(nullable=False)
    kind = type("Rows", (dataframely.Schema,), {name: made[name] for name in ORDER})
    seen = polars.from_pandas(good)
    return lambda: bool(kind.is_valid(seen))


def _patito(good: pandas.DataFrame) -> Callable[[], bool]:
    from typing import Literal

    import patito
    import polars

    hints: dict[str, Any] = {
        name: (int if name in WHOLE else float) if name != "gaps" else float | None for name in RANGES
    }
    hints |= {"group": Literal["red", "green", "blue"], "code": str, "flag": bool}
    fields: dict[str, Any] = {name: patito.Field(ge=low, le=high) for name, (low, high) in RANGES.items()}
    fields["code"] = patito.Field(pattern=f"^{CODE}")
    inner = {"__annotations__": {name: hints[name] for name in ORDER}, "__module__": __name__}
    kind: Any = type("Rows", (patito.Model,), inner | fields)
    seen = polars.from_pandas(good)

    def body() -> bool:
        try:
            kind.validate(seen)
        except patito.exceptions.DataFrameValidationError:
            return False
        return True

    return body


def _pointblank(good: pandas.DataFrame) -> Callable[[], bool]:
    import pointblank
    import polars

    seen = polars.from_pandas(good)

    def body() -> bool:
        asked = pointblank.Validate(seen)
        for name, (low, high) in RANGES.items():
            asked = asked.col_vals_between(name, low, high, na_pass=name == "gaps")
        asked = asked.col_vals_in_set("group", COLORS).col_vals_regex("code", f"^{CODE}").col_vals_not_null("flag")
        return bool(asked.interrogate().all_passed())

    return body


def _great_expectations(good: pandas.DataFrame) -> Callable[[], bool]:
    import great_expectations
    from great_expectations import expectations

    context = great_expectations.get_context(mode="ephemeral")
    source = context.data_sources.add_pandas(f"source-{id(good)}")
    batch = source.add_dataframe_asset("rows").add_batch_definition_whole_dataframe("all")
    suite = context.suites.add(great_expectations.ExpectationSuite(f"suite-{id(good)}"))
    for name, (low, high) in RANGES.items():
        suite.add_expectation(expectations.ExpectColumnValuesToBeBetween(column=name, min_value=low, max_value=high))
        if name != "gaps":
            suite.add_expectation(expectations.ExpectColumnValuesToNotBeNull(column=name))
    suite.add_expectation(expectations.ExpectColumnValuesToBeInSet(column="group", value_set=COLORS))
    suite.add_expectation(expectations.ExpectColumnValuesToMatchRegex(column="code", regex=f"^{CODE}"))
    suite.add_expectation(expectations.ExpectColumnValuesToNotBeNull(column="flag"))
    return lambda: bool(batch.get_batch({"dataframe": good}).validate(suite).success)


def _by_hand(good: pandas.DataFrame) -> Callable[[], bool]:
    """What a careful person writes in pandas."""

    def body() -> bool:
        types = {name: str(dtype) for name, dtype in good.dtypes.items()}
        fits = all(types[name] == ("int64" if name in WHOLE else "float64") for name in RANGES)
        fits &= types["group"] == types["code"] == "str" and types["flag"] == "bool"
        for name, (low, high) in RANGES.items():
            holds = good[name].between(low, high)
            fits &= bool((holds | good[name].isna()).all() if name == "gaps" else holds.all())
        return bool(fits and good["group"].isin(COLORS).all() and good["code"].str.match(CODE).all())

    return body


CONTENDERS: dict[str, Callable[[pandas.DataFrame], Callable[[], bool]]] = {
    "ours": _ours,
    "ours, a polars table": _ours_polars,
    "ours, a lazy polars table": _ours_lazy,
    "pandera": _pandera,
    "pandera for polars": _pandera_polars,
    "dataframely": _dataframely,
    "patito": _patito,
    "pointblank": _pointblank,
    "great-expectations": _great_expectations,
    "pandas by hand": _by_hand,
}
GOALS = {10: 0.3, MILLION: 110}
SLOW = ("pandera", "pandera for polars", "pointblank", "great-expectations")


def raced(rows: int, times: int, names: list[str]) -> Race:
    """These contenders on tables of so many rows, each in a process of its own."""
    peers = {"dataframely", "patito", "pointblank", "great-expectations", "pandera for polars"}
    entrants = {}
    for name in names:
        setup = f"from benchmarks.schema import contender\nbody = contender({name!r}, {rows})"
        few = max(1, times // 10) if name in SLOW else times
        peer = name if name in peers else "polars" if "polars" in name else None
        entrants[name] = Entrant(setup=setup, times=few, peer="polars" if name == "pandera for polars" else peer)
    return race(entrants)


def rows() -> list[Row]:
    """All contenders at each size, those of ten million rows one after the other; then what learned schemas take."""
    found: list[Row] = []
    for size, (what, times, unit) in SIZES.items():
        together = raced(size, times, list(CONTENDERS))
        for name in CONTENDERS:
            more = {"goal": GOALS[size]} if name == "ours" and size in GOALS else {}
            found.append(together.taken(f"{what}, {name}", name, unit, **more))
    for name in ("ours", "ours, a polars table", "pandera", "pandera for polars", "dataframely", "patito"):
        found.append(raced(10 * MILLION, 1, [name]).taken(f"1e7 rows, {name}", name, "ms"))
    return found + learned()


def learned() -> list[Row]:
    """A learned schema: to learn it, and to hold a table against it."""
    large, small = table(MILLION), table(10)
    known, little = learn(seen(large), "large"), learn(seen(small), "small")
    big = take_turns(
        {
            "learned": lambda: cpu_seconds(lambda: judge(seen(large), known), 1),
            "learn": lambda: cpu_seconds(lambda: learn(seen(large), "large"), 1),
            "ten": lambda: cpu_seconds(lambda: judge(seen(small), little), 20),
        }
    )
    return [
        Row(what="1e6 rows, a learned schema", unit="ms", measured=thousandfold(big["learned"]), goal=110),
        Row(what="1e6 rows, learning", unit="ms", measured=thousandfold(big["learn"])),
        Row(what="10 rows, a learned schema", unit="ms", measured=thousandfold(big["ten"]), goal=0.3),
    ]


def thousandfold(seconds: list[float]) -> Spread:
    """Seconds as milliseconds."""
    return Spread.of([one * 1e3 for one in seconds])
