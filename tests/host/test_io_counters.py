"""The system's counts of bytes read and written."""

from __future__ import annotations

import os
import threading
import time

import pytest

from jupyter_mlsec.host import io_counters

pytestmark = pytest.mark.skipif(io_counters.of_process() is None, reason="there is no /proc/self/io here")


@pytest.fixture
def megabyte(tmp_path):
    path = tmp_path / "megabyte"
    path.write_bytes(bytes(1 << 20))
    return path


def test_what_is_read_and_written_is_counted(megabyte, tmp_path):
    counters = io_counters.of_process()
    before = counters.read()
    (tmp_path / "copy").write_bytes(megabyte.read_bytes())
    after = counters.read()

    assert all(1 << 20 <= now - then < 2 << 20 for now, then in zip(after, before, strict=True))


def test_a_thread_has_counters_of_its_own(megabyte):
    counters = io_counters.of_thread(threading.get_native_id())
    before = counters.read()
    other = threading.Thread(target=megabyte.read_bytes)
    other.start()
    other.join()

    assert counters.read()[0] - before[0] < 1 << 20


def test_a_thread_that_ended_counts_no_more():
    found = []
    thread = threading.Thread(target=lambda: found.append(io_counters.of_thread(threading.get_native_id())))
    thread.start()
    thread.join()
    deadline = time.monotonic() + 30
    while found[0].read() is not None and time.monotonic() < deadline:
        time.sleep(0.01)  # the system takes it away soon after Python has joined it

    assert found[0].read() is None
    assert io_counters.of_thread(thread.native_id) is None


@pytest.mark.parametrize("text", [None, b"", b"rchar: ", b"rchar: x\nwchar: 1\n", b"a,b\n1,2\n", b"rchar: 1\n"])
def test_what_is_no_counter_is_not_read_as_one(text):
    assert io_counters.parse(text) is None


def test_another_file_under_our_number_is_left_alone(megabyte):
    counters = io_counters.of_process()
    os.close(counters._file)
    other = os.open(megabyte, os.O_RDONLY)
    try:
        assert other == counters._file
        assert counters.read() is None
        counters.close()
        assert os.read(other, 1) == b"\0"
    finally:
        os.close(other)
