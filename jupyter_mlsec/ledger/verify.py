"""Full verification in constant memory: recompute the tree from the entries and believe nothing else stored."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Sequence

import msgspec

from jupyter_mlsec.ledger import note, wording
from jupyter_mlsec.ledger.merkle import HASH_BYTES, Frontier, join
from jupyter_mlsec.ledger.reader import Reader, read_head
from jupyter_mlsec.ledger.tiles import WIDTH, Growth
from jupyter_mlsec.ledger.wording import Problem
from jupyter_mlsec.protocol.entries import AnyEntry
from jupyter_mlsec.protocol.errors import LedgerError, Unverified
from jupyter_mlsec.vault.signing import fingerprint

MOST_PROBLEMS = 20
"""After so many, verification stops: the first is what matters."""

_decode: Callable[[bytes], AnyEntry] = msgspec.json.Decoder(AnyEntry).decode
_KINDS = frozenset(kind.__name__ for kind in AnyEntry.__args__)
_Tile = list[bytes]


class _EnoughError(Exception):
    """So many problems were found that looking on says nothing new."""


def glance(reader: Reader, keys: Sequence[bytes]) -> tuple[Problem, ...]:
    """What can be seen without reading the entries: the newest checkpoint, its signature, the stored tree."""
    with reader.snapshot():
        checkpoint, size = reader.checkpoint(), reader.size
        if checkpoint is None:
            return () if size == 0 else (wording.no_checkpoint(size),)
        found = list(_signature_problems(checkpoint, reader.origin, keys))
        if checkpoint.size > size:
            found.append(wording.cut(checkpoint.size, size))
        elif checkpoint.size < size:
            found.append(wording.uncovered(checkpoint.size, size))
        elif reader.root(size) != checkpoint.root:
            found.append(wording.wrong_root(size))
        return tuple(found)


def verify(
    reader: Reader, *, keys: Sequence[bytes], kept: Sequence[str] = (), against: str | None = None
) -> tuple[Problem, ...]:
    """All that does not hold, the first thing first; empty if all holds.

    keys: raw public keys that may sign; kept: notes of this ledger from elsewhere; against: a note from outside,
    which must be of this ledger and signed by one of the keys.
    """
    try:
        with reader.snapshot():
            return tuple(_Verification(reader, keys, kept, against).problems())
    except LedgerError as error:
        return (wording.unreadable(str(error).rstrip(".")),)


def _signature_problems(checkpoint: note.Checkpoint, origin: str, keys: Sequence[bytes]) -> Iterator[Problem]:
    if checkpoint.origin != origin:
        yield wording.wrong_origin(checkpoint.size)
        return
    try:
        if note.signed_by(checkpoint, keys) is None:
            names = ", ".join(fingerprint(key) for key in keys) or "none was given"
            yield wording.other_key(checkpoint.size, names)
    except Unverified as error:
        yield wording.forged(checkpoint.size, str(error))


class _Verification:
    """One pass over the entries."""

    def __init__(self, reader: Reader, keys: Sequence[bytes], kept: Sequence[str], against: str | None) -> None:
        self._reader = reader
        self._keys = keys
        self._kept = kept
        self._against = against
        self._problems: list[Problem] = []
        self._runs: dict[str, list[int]] = {}
        self._growth = Growth(self._check_tile)
        self._outside: list[note.Checkpoint] = []
        self._covered = 0
        self._root_holds = False

    def problems(self) -> list[Problem]:
        """Make the pass; the first problem first."""
        size = self._reader.size
        try:
            newest = self._check_newest()
            self._covered = newest.size if newest is not None else 0
            self._check_outside(max(size, self._covered))
            self._read_entries(self._expected_roots())
            self._check_ends(newest, size)
            self._check_openings()
        except _EnoughError:
            pass
        return [self._named(problem) for problem in self._problems]

    def _named(self, problem: Problem) -> Problem:
        """Where the signed root holds, it is the stored hash that was changed and not the entry."""
        if self._root_holds and problem.kind == "changed-entry" and problem.index is not None:
            return wording.changed_tile(0, problem.index // WIDTH)
        return problem

    def _report(self, problem: Problem) -> None:
        if problem not in self._problems:
            self._problems.append(problem)
        if len(self._problems) >= MOST_PROBLEMS:
            raise _EnoughError

    def _check_newest(self) -> note.Checkpoint | None:
        try:
            newest = self._reader.checkpoint()
        except Unverified as error:
            self._report(wording.bad_checkpoint(self._reader.size, str(error)))
            return None
        if newest is not None:
            for problem in _signature_problems(newest, self._reader.origin, self._keys):
                self._report(problem)
        return newest

    def _check_outside(self, size: int) -> None:
        """Newer checkpoints from elsewhere show a rollback; older ones must fit the tree (see `_expected_roots`)."""
        shown = [(text, False) for text in self._kept]
        shown += [(self._against, True)] if self._against is not None else []
        for text, is_asked_for in shown:
            try:
                checkpoint = note.parse_checkpoint(text)
            except Unverified as error:
                self._report(wording.bad_checkpoint(0, str(error)))
                continue
            if is_asked_for and checkpoint.origin != self._reader.origin:
                self._report(wording.another_ledger())
                continue
            for problem in _signature_problems(checkpoint, self._reader.origin, self._keys):
                self._report(problem)
            if checkpoint.size > size:
                self._report(wording.rolled_back(checkpoint.size, size))
            self._outside.append(checkpoint)

    def _expected_roots(self) -> Iterator[tuple[int, bytes | None]]:
        """(size, root) that must be met on the way, by size; None where a stored checkpoint does not read."""
        outside = sorted((one.size, one.root) for one in self._outside)
        for size, text in self._reader.checkpoints():
            while outside and outside[0][0] <= size:
                yield outside.pop(0)
            try:
                checkpoint = note.parse_checkpoint(text)
                fits = checkpoint.size == size and checkpoint.origin == self._reader.origin
                yield size, checkpoint.root if fits else None
            except Unverified:
                yield size, None
        yield from outside

    def _read_entries(self, expected: Iterator[tuple[int, bytes | None]]) -> None:
        """Hash and parse every entry, tile by tile, and meet each expected root as the tree grows past it."""
        wanted = next(expected, None)
        while wanted is not None and wanted[0] == 0:
            wanted = next(expected, None)
        for first, leaves in self._tiles():
            self._check_leaves(first // WIDTH, leaves)
            end = first + len(leaves)
            if wanted is not None and wanted[0] <= end:
                wanted = self._meet(wanted, first, leaves, expected)
            self._growth.extend(b"".join(leaves))

    def _tiles(self) -> Iterator[tuple[int, _Tile]]:
        """(index of the first, leaf hashes) of 256 entries at a time; every entry is parsed on the way."""
        sha256, first = hashlib.sha256, 0
        while page := self._reader.page(first, WIDTH):
            for index, (stored, _) in enumerate(page, first):
                if stored != index:
                    self._report(wording.missing_entry(index))
                    raise _EnoughError
            self._parse(first, [entry for _, entry in page])
            yield first, [sha256(b"\x00" + entry).digest() for _, entry in page]
            first += len(page)

    def _parse(self, first: int, entries: list[bytes]) -> None:
        """Read each entry as its kind, and note where its run lies."""
        try:
            runs = [_decode(entry).run for entry in entries]
        except (msgspec.MsgspecError, UnicodeDecodeError):
            runs = [self._parse_one(index, entry) for index, entry in enumerate(entries, first)]
        if runs.count(runs[0]) == len(runs):  # nearly always: a tile holds one run only
            self._note_run(runs[0], first, first + len(runs) - 1, len(runs))
            return
        for index, run in enumerate(runs, first):
            self._note_run(run, index, index, 1)

    def _note_run(self, run: str, first: int, last: int, count: int) -> None:
        found = self._runs.get(run)
        if found is None:
            self._runs[run] = [first, last, count]
        else:
            found[1] = last
            found[2] += count

    def _parse_one(self, index: int, entry: bytes) -> str:
        """An entry of a kind that a newer version writes is passed over; one of a known kind must read as it."""
        with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):
            return _decode(entry).run
        head = read_head(entry)
        if head is None or head.entry in _KINDS:
            self._report(wording.strange_entry(index))
        return "" if head is None else head.run

    def _check_leaves(self, tile: int, leaves: _Tile) -> None:
        stored = self._reader.tile(0, tile)
        if stored == b"".join(leaves):
            return
        for place, leaf in enumerate(leaves[: max(0, self._covered - tile * WIDTH)]):
            if stored[place * HASH_BYTES : (place + 1) * HASH_BYTES] != leaf:
                self._report(wording.changed_entry(tile * WIDTH + place))
                break

    def _check_tile(self, level: int, index: int, hashes: bytes) -> None:
        if level and self._reader.tile(level, index) != hashes:
            self._report(wording.changed_tile(level, index))

    def _meet(
        self,
        wanted: tuple[int, bytes | None] | None,
        first: int,
        leaves: _Tile,
        expected: Iterator[tuple[int, bytes | None]],
    ) -> tuple[int, bytes | None] | None:
        """Compare the expected roots that fall into this tile; give the first that lies beyond it."""
        upper, grown = self._growth.upper_peaks(), Frontier()
        for place, leaf in enumerate(leaves, 1):
            grown.push(leaf)
            while wanted is not None and wanted[0] == first + place:
                if wanted[1] != join([*upper, *grown.peaks]):
                    self._report(wording.wrong_root(wanted[0]))
                wanted = next(expected, None)
        return wanted

    def _check_openings(self) -> None:
        """A text that is shown for a commitment must be the one that was committed to; none is all right."""
        for opening in self._reader.all_openings():
            if not opening.fits:
                self._report(wording.wrong_opening(opening.opening))

    def _check_ends(self, newest: note.Checkpoint | None, size: int) -> None:
        for level, index, hashes in self._growth.edges():
            if level and self._reader.tile(level, index) != hashes:
                self._report(wording.changed_tile(level, index))
        covered = self._covered
        if newest is None and size:
            self._report(wording.no_checkpoint(size))
        elif covered > size:
            self._report(wording.cut(covered, size))
        elif covered < size:
            self._report(wording.uncovered(covered, size))
        elif newest is not None and newest.root != self._growth.root():
            self._report(wording.wrong_root(size))
        self._root_holds = newest is not None and covered == size and newest.root == self._growth.root()
        stored = {one.run: [one.first, one.last, one.count] for one in self._reader.runs()}
        if stored != self._runs:
            self._report(wording.wrong_runs())
