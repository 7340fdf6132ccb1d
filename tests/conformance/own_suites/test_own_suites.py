"""pandas' and scikit-learn's own tests come out the same with the guard on: no outcome and no warning differs."""

from __future__ import annotations

import pytest

from tests.conformance.own_suites import page, suites
from tests.conformance.own_suites.comparison import Result, compare
from tests.conformance.own_suites.runs import Report, run


def _promise(suite: suites.Suite, result: Result, watched: dict[str, int]) -> None:
    print(f"{suite.name}: {result.outcomes}, {result.executed} executed, {len(result.flaky)} flaky, {watched}")
    assert result.stood_down == {}
    assert result.troubles == []
    assert result.changed == {}
    assert result.executed >= suite.least
    seldom = {name: watched.get(name, 0) for name, least in suite.watched.items() if watched.get(name, 0) < least}
    assert seldom == {}, "the guard did not see these calls"


@pytest.mark.parametrize("suite", suites.CUT, ids=["pandas", "scikit-learn"])
def test_a_cut_comes_out_the_same_under_observe(suite, tmp_path):
    off, on = run(suite, ["", "observe"], tmp_path, 290)

    _promise(suite, compare(suite, "observe", [off], on, page.known_flaky()), on.watched)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("suite", suites.CUT, ids=["pandas", "scikit-learn"])
def test_a_cut_comes_out_the_same_under_guard(suite, tmp_path):
    off, on = run(suite, ["", "guard"], tmp_path, 1500)

    _promise(suite, compare(suite, "guard", [off], on, page.known_flaky()), on.watched)


@pytest.mark.long
@pytest.mark.timeout(10800)
@pytest.mark.parametrize("suite", suites.LONG, ids=["pandas", "scikit-learn"])
def test_every_test_comes_out_the_same_under_observe(suite, tmp_path):
    # The guarded run is not the last, so that what slows down or fills up in time does not fall on it alone.
    *before, on, after = run(suite, ["", "", "observe", ""], tmp_path, 7200)
    result = compare(suite, "observe", [*before, after], on)

    page.keep(result, suite.library)
    _promise(suite, result, on.watched)


def _report(tests: dict[str, str], **warned: list[str]) -> Report:
    return Report(tests, warned, left_out={}, troubles=[], watched={}, stood_down={})


def test_what_the_guard_changes_is_told_from_what_is_flaky():
    passed = dict.fromkeys("abcd", "call passed")
    shaky = passed | {"b": "call failed: by chance"}
    guarded = passed | {"c": "call failed: ours"}

    result = compare(
        suites.SKLEARN_LONG, "observe", [_report(passed), _report(shaky)], _report(guarded, d=["UserWarning x.py:1"])
    )

    assert set(result.flaky) == {"b"}
    assert result.changed == {
        "c": ("call passed", "call failed: ours"),
        "d": ("call passed", "call passed; warned: UserWarning x.py:1"),
    }
    assert result.executed == 3


def test_a_test_that_only_one_run_knows_is_a_change():
    result = compare(suites.SKLEARN_LONG, "observe", [_report({"a": "call passed"})], _report({}))

    assert result.changed == {"a": ("call passed", "not run")}


def test_what_cannot_run_is_counted_by_what_is_missing():
    off = _report(
        {
            "a": "setup skipped: Skipped: Could not import 'xlrd'",
            "b": "call skipped: Skipped: could not import 'xlrd': No module named 'xlrd'",
            "c": "call skipped: Skipped: Could not find pandas/tests/io/sas/data/one.sas7bdat.",
            "d": "setup skipped: Skipped: Could not find pandas/tests/io/sas/data.",
        }
    )._replace(left_out={"db": 7})

    assert compare(suites.PANDAS_LONG, "observe", [off], off).cannot_run == {
        "need a MySQL or PostgreSQL server (marked `db`)": 7,
        "need a data file of pandas/tests/io/sas/data, which the wheel does not carry": 2,
        "need the package xlrd": 2,
    }
