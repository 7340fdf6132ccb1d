"""What a cell reads and writes is counted, and what watched calls explain of it is taken off once."""

from __future__ import annotations

import os
import threading

import pytest

from jupyter_mlsec.host import io_counters
from jupyter_mlsec.interception.tripwire import Tripwire

MEGABYTE = 1 << 20

pytestmark = pytest.mark.skipif(io_counters.of_process() is None, reason="there is no /proc/self/io here")


@pytest.fixture
def tripwire():
    return Tripwire()


@pytest.fixture
def big(tmp_path):
    path = tmp_path / "big.bin"
    path.write_bytes(bytes(5 * MEGABYTE))
    return path


def test_bytes_read_without_a_watch_are_unexplained(tripwire, big):
    cell = tripwire.begin_cell()
    big.read_bytes()
    coverage = tripwire.end_cell(cell)

    assert coverage.read >= 5 * MEGABYTE
    assert coverage.read_unexplained >= 5 * MEGABYTE
    assert coverage.written_unexplained == 0


def test_bytes_read_by_a_watched_call_are_explained(tripwire, big):
    cell = tripwire.begin_cell()
    mark = tripwire.begin()
    big.read_bytes()
    tripwire.explain(mark)
    coverage = tripwire.end_cell(cell)

    assert coverage.read_explained >= 5 * MEGABYTE
    assert coverage.read_unexplained == 0


def test_calls_that_overlap_explain_their_bytes_once(tripwire, big):
    cell = tripwire.begin_cell()
    outer, inner = tripwire.begin(), tripwire.begin()
    big.read_bytes()
    tripwire.explain(outer)
    big.read_bytes()
    tripwire.explain(inner)
    big.read_bytes()
    coverage = tripwire.end_cell(cell)

    assert 10 * MEGABYTE <= coverage.read_explained < 11 * MEGABYTE
    assert 5 * MEGABYTE <= coverage.read_unexplained < 6 * MEGABYTE


def test_few_unexplained_bytes_are_not_said(tripwire, big):
    cell = tripwire.begin_cell()
    mark = tripwire.begin()
    for _ in range(2):
        big.read_bytes()
    tripwire.explain(mark)
    with big.open("rb", buffering=0) as file:
        file.read(100_000)  # more than 64 KiB, and less than 2 %
    coverage = tripwire.end_cell(cell)

    assert coverage.read - coverage.read_explained >= 100_000
    assert coverage.read_unexplained == 0


def test_a_call_that_never_comes_back_does_not_hide_later_cells(tripwire, big):
    cell = tripwire.begin_cell()
    tripwire.begin()
    tripwire.end_cell(cell)

    cell = tripwire.begin_cell()
    big.read_bytes()

    assert tripwire.end_cell(cell).read_unexplained >= 5 * MEGABYTE


def test_a_call_of_another_thread_goes_on_explaining_in_the_next_cell(tripwire, big):
    begun, ended = threading.Event(), threading.Event()

    def work():
        mark = tripwire.begin()
        begun.set()
        ended.wait(60)
        tripwire.explain(mark)

    first = tripwire.begin_cell()
    thread = threading.Thread(target=work)
    thread.start()
    begun.wait(60)
    tripwire.end_cell(first)
    second = tripwire.begin_cell()
    big.read_bytes()
    coverage = tripwire.end_cell(second)
    ended.set()
    thread.join()

    assert coverage.read_explained >= 5 * MEGABYTE
    assert coverage.read_unexplained == 0


def test_an_inner_cell_has_its_own_figures_and_the_outer_one_all(tripwire, big):
    outer = tripwire.begin_cell()
    big.read_bytes()
    inner = tripwire.begin_cell()
    tripwire.notice("loky workers")
    within = tripwire.end_cell(inner)
    coverage = tripwire.end_cell(outer)

    assert within.read_unexplained == 0
    assert coverage.read_unexplained >= 5 * MEGABYTE
    assert [each.kind for each in within.unobserved] == [each.kind for each in coverage.unobserved] == ["loky workers"]


def test_what_is_noticed_twice_is_counted(tripwire):
    cell = tripwire.begin_cell()
    tripwire.notice("loky workers")
    tripwire.notice("loky workers")
    (said,) = tripwire.end_cell(cell).unobserved

    assert (said.kind, said.count) == ("loky workers", 2)


def test_outside_of_cells_nothing_is_measured(tripwire):
    tripwire.notice("loky workers")

    assert tripwire.begin() is None
    tripwire.explain(None)
    assert tripwire.end_cell(tripwire.begin_cell()).unobserved == ()


def test_a_user_who_closes_our_descriptor_is_not_disturbed(tripwire, big):
    os.close(tripwire._counters._file)
    with big.open("rb") as file:  # may well be given the same number
        cell = tripwire.begin_cell()
        file.read()
        coverage = tripwire.end_cell(cell)

    assert coverage.by == ()
    assert coverage.read == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_counts_for_itself(tripwire, big):
    tripwire.begin_cell()
    child = os.fork()
    if child == 0:
        tripwire.in_child()
        cell = tripwire.begin_cell()
        big.read_bytes()
        os._exit(int(tripwire.end_cell(cell).read_unexplained < 5 * MEGABYTE))

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
