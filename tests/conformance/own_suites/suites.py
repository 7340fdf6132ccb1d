"""Which of the libraries' own tests are run with the guard off and on, and how many of them must have run."""

from __future__ import annotations

from typing import NamedTuple

BASELINES = 3
"""Runs with the guard off in the long proof: what differs between them is flaky by itself."""


class Suite(NamedTuple):
    """Some of a library's own tests. `least`: so many must have come out as their authors expect (skips not counted).

    watched: so many calls of these watched functions must have been recorded, or the guard was not there at all.
    left_out: tests with one of these marks are not run, each for the reason given.
    """

    name: str
    library: str
    files: tuple[str, ...]
    least: int
    watched: dict[str, int]
    left_out: dict[str, str] = {}
    options: tuple[str, ...] = ()


_APART = {
    "network": "need a server from pytest-localserver, or the internet",
    "db": "need a MySQL or PostgreSQL server",
    "clipboard": "need a clipboard",
}

_LENIENT = ("-o", "xfail_strict=false")
"""scikit-learn's own setting: a check that holds although it is expected to fail is no failure."""

PANDAS_CUT = Suite(
    name="pandas: a cut of its IO tests",
    library="pandas",
    files=("tests/io",),
    least=10000,
    watched={"read_csv": 1000, "read_pickle": 1000, "DataFrame.to_parquet": 100, "DataFrame.to_json": 20},
    left_out={**_APART, "single_cpu": "long run only", "slow": "long run only"},
    options=("--no-strict-data-files",),
)

PANDAS_LONG = Suite(
    name="pandas: its IO tests",
    library="pandas",
    files=("tests/io",),
    least=10000,
    watched={"read_csv": 5000, "DataFrame.to_json": 500, "read_sql": 50, "DataFrame.to_excel": 50},
    left_out=_APART,
    options=("--no-strict-data-files",),
)

SKLEARN_CUT = Suite(
    name="scikit-learn: a cut of its tests",
    library="sklearn",
    files=("tests/test_base.py", "tests/test_pipeline.py"),
    least=250,
    watched={"fit": 100, "predict": 20, "score": 20, "fit_transform": 50},
    options=(*_LENIENT, "-k", "not test_feature_union_parallel and not test_pipeline_memory"),
)

SKLEARN_LONG = Suite(
    name="scikit-learn: its common tests, pipelines, model selection and more",
    library="sklearn",
    files=("tests", "model_selection", "compose", "preprocessing"),
    least=5000,
    watched={"fit": 1000, "predict": 100},
    options=_LENIENT,
)

LONG = (PANDAS_LONG, SKLEARN_LONG)
CUT = (PANDAS_CUT, SKLEARN_CUT)
