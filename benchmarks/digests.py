"""What a file's digest costs the call that reads it: a small one's within the call, a large one's in the background."""

from __future__ import annotations

import gc
import hashlib
import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Row, Spread, cpu_seconds, take_turns
from jupyter_mlsec.controls.contract import Call, Site
from jupyter_mlsec.controls.digests.control import SMALL, Digests
from jupyter_mlsec.controls.digests.settings import Settings
from jupyter_mlsec.protocol.facts import Facts
from jupyter_mlsec.protocol.records import Cell, Operation, Resource, Subject
from jupyter_mlsec.protocol.watch import Watch

_LARGE = 64 << 20
_WATCH = Watch(target="read_csv", action="read", resource="path")


def rows() -> list[Row]:
    """One call's share, by the size of the file and whether its content is known; then the background's speed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asked = {
            "10 kB": _Asked(folder, 10_000),
            "128 KiB": _Asked(folder, SMALL),
            "64 MiB": _Asked(folder, _LARGE),
        }
        variants = {what: one.timed(one.anew, 1 if what == "64 MiB" else 20) for what, one in asked.items()}
        variants["known"] = asked["10 kB"].timed(asked["10 kB"].again, 2_000)
        variants["background"] = asked["64 MiB"].background
        variants["hashlib"] = asked["64 MiB"].hashed
        gc.collect()
        measured = {what: Spread.of(values) for what, values in take_turns(variants).items()}
    background = "64 MiB that are in the system's cache, opened, read and hashed"
    return [
        Row(what="a read of a known file, added", unit="us", measured=measured["known"], goal=10),
        Row(what="a first read of 10 kB, added", unit="us", measured=measured["10 kB"], goal=50),
        Row(what="a first read of 128 KiB, added", unit="us", measured=measured["128 KiB"]),
        Row(what="a first read of 64 MiB, added to the call", unit="us", measured=measured["64 MiB"]),
        Row(what="in the background", unit="GB/s", measured=measured["background"], note=background),
        Row(what="hashlib.sha256, nothing else", unit="GB/s", measured=measured["hashlib"]),
    ]


class _Asked:
    """The control, asked about one file of that size."""

    def __init__(self, folder: Path, size: int) -> None:
        self.path = folder / f"{size}.bin"
        self.path.write_bytes(os.urandom(size))
        os.utime(self.path, (1, 1))
        self._done = threading.Event()
        self.control = Digests(
            Site(
                settings=Settings(),
                profile="guard",
                project=lambda: folder,
                state=lambda: folder,
                data=lambda: folder,
                amend=lambda *_, **__: self._done.set(),
                record=lambda *_: None,
            )
        )
        self._call = Call(_WATCH, (str(self.path),), {}, {"path": 0})
        self._operation = Operation(
            id="1",
            action="read",
            subject=Subject(name="bench"),
            resource=Resource(kind="file", name=self.path.name),
            cell=Cell(execution=0),
            library="pandas",
            function="read_csv",
            at=0,
        )

    def again(self) -> None:
        facts = Facts()
        self.control.before(self._operation, self._call, facts)
        self.control.after(self._operation, self._call, None, facts)

    def anew(self) -> None:
        self.control._known.clear()
        self.again()

    def timed(self, deed: Callable[[], None], times: int) -> Callable[[], float]:
        """Microseconds of the calling thread a time; what the background has to do is waited for, and not counted."""

        def timed() -> float:
            started = time.thread_time()
            for _ in range(times):
                deed()
            taken = time.thread_time() - started
            self.control.settle(60)
            return taken / times * 1e6

        return timed

    def background(self) -> float:
        """GB in a CPU second, from the call to the amendment."""
        self._done.clear()
        started = time.process_time()
        self.anew()
        self._done.wait(60)
        return _LARGE / 1e9 / (time.process_time() - started)

    def hashed(self) -> float:
        content = self.path.read_bytes()
        return _LARGE / 1e9 / cpu_seconds(lambda: hashlib.sha256(content), 1)
