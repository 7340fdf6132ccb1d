"""Ctrl-C put off: it comes when the block is over, once, and the handler that was there is there again."""

from __future__ import annotations

import signal
import threading

import pytest

from jupyter_mlsec.host.interrupts import postponed


@pytest.fixture(autouse=True)
def handler():
    """Python's own handler, whatever ran before in this process."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupted(error: BaseException | None = None) -> None:
    """A block of two, the inner one interrupted."""
    with postponed():
        with postponed():
            signal.raise_signal(signal.SIGINT)
            DONE.append("inner")
        DONE.append("outer")
        if error is not None:
            raise error
    DONE.append("after")


DONE: list[str] = []


def test_an_interrupt_comes_when_the_outermost_block_is_over():
    DONE.clear()
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert DONE == ["inner", "outer"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_error_of_the_block_is_the_interrupts_context():
    with pytest.raises(KeyboardInterrupt) as raised:
        interrupted(error=OSError("disk full"))
    assert isinstance(raised.value.__context__, OSError)


def test_a_handler_of_the_users_own_is_called_late_and_kept():
    heard = []
    own = lambda number, frame: heard.append(number)  # noqa: E731
    signal.signal(signal.SIGINT, own)
    with postponed():
        signal.raise_signal(signal.SIGINT)
        assert heard == []
    assert heard == [signal.SIGINT]
    assert signal.getsignal(signal.SIGINT) is own


def test_other_threads_and_an_ignored_signal_run_as_they_are():
    done = []

    def elsewhere():
        with postponed():
            done.append("thread")

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with postponed():
        signal.raise_signal(signal.SIGINT)
        done.append("ignored")
    assert done == ["thread", "ignored"]
