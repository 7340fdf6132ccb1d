"""A second thread for long runs of chunks. Jobs are handed over and their results taken back in the same order."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

from jupyter_mlsec.protocol.errors import VaultError

THREADED = 1 << 20
"""From this many bytes on a second thread is worth its hand-over."""
Job = Callable[[], int]
Result = int | VaultError | OSError | ValueError | None


class Second:
    """Does what it is handed, in order, until it is dropped. Raises RuntimeError where no thread is to be had.

    Two bare queues: an executor's locks cost several percent of the cipher's own time.
    """

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._results: SimpleQueue[Result] = SimpleQueue()
        # A daemon that knows the queues only: it keeps neither the interpreter nor the file's owner alive.
        queues = (self._jobs, self._results)
        self._thread = threading.Thread(target=_serve, args=queues, name="mlsec-second", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """False also in a process forked from the one that started it."""
        return self._thread.is_alive()

    def hand(self, job: Job) -> None:
        """Have `job` done meanwhile."""
        self._jobs.put(job)

    def take(self) -> int:
        """Wait for the oldest job not yet taken back; what it gave. Raises as the job did."""
        result = self._results.get()
        if result is None:
            raise VaultError("A second thread failed at its chunks; standard error says how. Try again.")
        if not isinstance(result, int):
            raise result
        return result

    def __del__(self) -> None:
        self._jobs.put(None)


def alive(second: Second | None) -> Second | None:
    """`second` if it still works, otherwise a new one; None where no thread is to be had."""
    if second is not None and second.is_alive:
        return second
    try:
        return Second()
    except RuntimeError:  # a limit on threads, or the interpreter is ending
        return None


def _serve(jobs: SimpleQueue[Job | None], results: SimpleQueue[Result]) -> None:
    while (job := jobs.get()) is not None:
        result: Result = None
        try:
            result = job()
        except (VaultError, OSError, ValueError) as error:
            result = error
        finally:
            del job  # the caller may resize its buffer as soon as it has the result
            results.put(result)
