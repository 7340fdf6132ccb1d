"""A schema written as pandera, checked by our fused pass and by pandera: a million rows, and ten."""

from __future__ import annotations

import numpy
import pandas
import pandera.pandas as pandera

from benchmarks.measure import Row, Spread, cpu_seconds, ratio, take_turns
from jupyter_mlsec import frames
from jupyter_mlsec.controls.schema.doors import validate
from jupyter_mlsec.controls.schema.fused import judge
from jupyter_mlsec.controls.schema.learn import learn

MILLION = 1_000_000
CHECK = pandera.Check
SCHEMA = pandera.DataFrameSchema(
    {
        "id": pandera.Column("int64", CHECK.ge(0)),
        "age": pandera.Column("int64", CHECK.in_range(0, 120)),
        "price": pandera.Column("float64", CHECK.ge(0)),
        "score": pandera.Column("float64", CHECK.in_range(-100, 100)),
        "visits": pandera.Column("int64", CHECK.in_range(0, 1000)),
        "group": pandera.Column("str", CHECK.isin(["red", "green", "blue"])),
        "code": pandera.Column("str", CHECK.str_matches(r"[A-Z]{2}-[0-9]{6}")),
        "gaps": pandera.Column("float64", CHECK.in_range(-100, 100), nullable=True),
        "flag": pandera.Column("bool"),
        "wait": pandera.Column("float64", CHECK.in_range(0, 10_000)),
    }
)


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


def rows() -> list[Row]:
    """Ours and pandera's in turns; what pandera would judge itself would be no comparison, so that is asserted."""
    large, small = table(MILLION), table(10)
    assert validate(large, SCHEMA).by == "fused"
    learned, little = learn(seen(large), "large"), learn(seen(small), "small")
    big = take_turns(
        {
            "ours": lambda: cpu_seconds(lambda: validate(large, SCHEMA), 1),
            "pandera": lambda: cpu_seconds(lambda: SCHEMA.validate(large, lazy=True), 1),
            "learned": lambda: cpu_seconds(lambda: judge(seen(large), learned), 1),
            "learn": lambda: cpu_seconds(lambda: learn(seen(large), "large"), 1),
        }
    )
    ten = take_turns(
        {
            "ours": lambda: cpu_seconds(lambda: validate(small, SCHEMA), 20),
            "pandera": lambda: cpu_seconds(lambda: SCHEMA.validate(small, lazy=True), 20),
            "learned": lambda: cpu_seconds(lambda: judge(seen(small), little), 20),
        }
    )
    return [
        Row(what="1e6 x 10, a pandera schema", unit="ms", measured=thousandfold(big["ours"]), goal=110),
        Row(what="1e6 x 10, pandera itself", unit="ms", measured=thousandfold(big["pandera"])),
        Row(what="1e6 x 10, pandera to ours", unit="x", measured=ratio(big, "ours", "pandera")),
        Row(what="1e6 x 10, a learned schema", unit="ms", measured=thousandfold(big["learned"]), goal=110),
        Row(what="1e6 x 10, learning", unit="ms", measured=thousandfold(big["learn"])),
        Row(what="10 rows, a pandera schema", unit="ms", measured=thousandfold(ten["ours"]), goal=0.3),
        Row(what="10 rows, pandera itself", unit="ms", measured=thousandfold(ten["pandera"])),
        Row(what="10 rows, a learned schema", unit="ms", measured=thousandfold(ten["learned"]), goal=0.3),
    ]


def thousandfold(seconds: list[float]) -> Spread:
    """Seconds as milliseconds."""
    return Spread.of([one * 1e3 for one in seconds])
