"""pandas' and scikit-learn's own tests come out the same with the guard on: no outcome and no warning differs."""

from __future__ import annotations

import resource

import pytest

from tests.conformance.pandas_suite import slices
from tests.conformance.pandas_suite.runs import changes, run_both


def _promise(part, profile, folder, timeout):
    off, on = run_both(part, profile, folder, timeout)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = spent.ru_utime + spent.ru_stime
    print(f"{part.library}: off {off.counts()}, {profile} {on.counts()}, {on.watched}, CPU so far {cpu:.0f} s")
    assert on.stood_down == {}
    assert on.troubles == []
    assert changes(off.tests, on.tests) == {}
    assert changes(off.warned, on.warned) == {}
    assert off.executed() >= part.least
    assert {
        name: on.watched.get(name, 0) for name, least in part.watched.items() if on.watched.get(name, 0) < least
    } == {}


def test_a_cut_of_pandas_io_tests_comes_out_the_same_under_observe(tmp_path):
    _promise(slices.PANDAS_CUT, "observe", tmp_path, 240)


def test_a_cut_of_scikit_learns_tests_comes_out_the_same_under_observe(tmp_path):
    _promise(slices.SKLEARN_CUT, "observe", tmp_path, 240)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("profile", ["observe", "guard"])
@pytest.mark.parametrize("part", [slices.PANDAS_LONG, slices.SKLEARN_LONG], ids=["pandas", "scikit-learn"])
def test_the_larger_part_comes_out_the_same(part, profile, tmp_path):
    _promise(part, profile, tmp_path, 1500)
