"""How many rows each subject asked each model about, in all kernels of a project together.

The counts lie in one file of the project's state, changed under a lock, so that two kernels never spend the same rows.
Every twentieth of a budget is written to the ledger, too: a file that was removed or set back is brought up to that.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from jupyter_mlsec.host.locks import HAS_LOCKS, try_lock

VERB = "asked"
_STEPS = 20
_PATIENCE = 5.0
Recall = Callable[..., Mapping[str, Mapping[str, str]]]


class Budget:
    """Counts by model and subject. `record` and `recall` are the site's: deeds of this control in the ledger."""

    def __init__(
        self, state: Callable[[], Path], record: Callable[[str, str, dict[str, str]], None], recall: Recall
    ) -> None:
        self._state = state
        self._record = record
        self._recall = recall
        self._known: dict[str, int] | None = None

    def spend(self, model: str, subject: str, rows: int, most: int) -> int | None:
        """Spend so many rows; how many are left. None when there are not so many: then none are spent.

        Raises OSError where the counts cannot be kept: whoever has a budget is not let through uncounted.
        """
        key = f"{model} {subject}"
        with self._locked() as place:
            counts = _read(place)
            before = max(counts.get(key, 0), self._recorded(key))
            after = before + rows
            if after > most:
                return None
            counts[key] = after
            _write(place, counts)
        step = max(1, most // _STEPS)
        if after // step > before // step:
            self._record(VERB, key, {"rows": str(after)})
            if self._known is not None:
                self._known[key] = after
        return most - after

    def _recorded(self, key: str) -> int:
        """What the ledger has, read once in a run."""
        if self._known is None:
            self._known = {
                subject: int(details["rows"])
                for subject, details in self._recall(VERB).items()
                if details.get("rows", "").isdigit()
            }
        return self._known.get(key, 0)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[Path]:
        folder = self._state() / "models"
        folder.mkdir(mode=0o700, exist_ok=True)
        ignored = folder / ".gitignore"
        if not ignored.exists():
            ignored.write_text("*\n")
        descriptor = os.open(folder / "asked.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            until = time.monotonic() + _PATIENCE
            while HAS_LOCKS and not try_lock(descriptor):
                if time.monotonic() > until:
                    raise TimeoutError("another kernel holds the counts")
                time.sleep(0.001)
            yield folder / "asked.json"
        finally:
            os.close(descriptor)


def _read(place: Path) -> dict[str, int]:
    """The counts; none where there is no file, or a damaged one. Raises OSError for one that cannot be read now."""
    try:
        return msgspec.json.decode(place.read_bytes(), type=dict[str, int])
    except (FileNotFoundError, msgspec.DecodeError):
        return {}


def _write(place: Path, counts: dict[str, int]) -> None:
    beside = place.with_suffix(f".{os.getpid()}")
    beside.write_bytes(msgspec.json.encode(counts))
    beside.replace(place)
