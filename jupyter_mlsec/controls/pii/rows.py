"""Rows that are written one by one, masked on their way: each is judged with those that came before it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from jupyter_mlsec.controls.pii.detection import Detection
from jupyter_mlsec.controls.pii.masking import everything_in, mask_found
from jupyter_mlsec.controls.pii.obliged import Plan, chosen
from jupyter_mlsec.controls.pii.settings import MaskRule
from jupyter_mlsec.controls.pii.text import scan_text

Tell = Callable[[Plan, tuple[str, ...]], None]
"""Hears, once for what is new, what is masked from now on, and of which columns that the rows before had them plain."""
_AT_ONCE = 5_000
"""Rows of one call that are judged together."""
_REMEMBERED = 500
"""Rows that later ones are judged with."""
_ANY = re.compile(r"\d{2}|@|\S \S|[^\x00-\x7f]")
"""A cell without any of these is no value that its text alone would give away."""


class MaskedRows:
    """A writer of `csv` with a mask before it: `writerow`, `writerows` and `dialect` as it has them."""

    def __init__(
        self, writer: Any, rules: Sequence[MaskRule], tell: Tell, *, names: Sequence[Any] | None = None
    ) -> None:
        self._writer = writer
        self._rules = rules
        self._tell = tell
        self._names = None if names is None else list(names)
        self._seen: list[dict[str, Any]] = []
        self._count = 0
        self._next = 1
        self._known: dict[str, list[Detection]] = {}

    @property
    def dialect(self) -> Any:
        """The writer's own."""
        return self._writer.dialect

    def writerow(self, row: Iterable[Any]) -> Any:
        """One row, masked."""
        try:
            cells = list(row)
        except TypeError:
            return self._writer.writerow(row)  # which says what is wrong
        return self._writer.writerow(self._masked([cells])[0])

    def writerows(self, rows: Iterable[Iterable[Any]]) -> Any:
        """Rows, masked by what they hold together."""
        waiting = iter(rows)
        while chunk := list(itertools.islice(waiting, _AT_ONCE)):
            good = list(itertools.takewhile(lambda row: isinstance(row, Iterable), chunk))
            self._writer.writerows(self._masked([list(row) for row in good]))
            if len(good) < len(chunk):
                return self._writer.writerow(chunk[len(good)])  # which says what is wrong
        return None

    def _masked(self, rows: list[list[Any]]) -> list[list[Any]]:
        heads = [self._is_head(row) for row in rows]
        cells = [
            dict(zip(self._named(len(row)), row, strict=True))
            for row, head in zip(rows, heads, strict=True)
            if not head
        ]
        if not cells:
            return rows
        self._learn(cells)
        made = iter(self._hidden(cells))
        return [row if head else list(next(made).values()) for row, head in zip(rows, heads, strict=True)]

    def _is_head(self, row: list[Any]) -> bool:
        """Whether the row names the columns: it is what the writer was told, or the first, and words alone."""
        if self._names is not None:
            return not self._count and row == self._names
        self._names = row if row and all(isinstance(c, str) and not scan_text(c) for c in row) else []
        return bool(self._names) and not everything_in([{str(at): cell for at, cell in enumerate(row)}])

    def _named(self, width: int) -> list[str]:
        """A name of its own for each cell of a row: no cell may take another's place."""
        names: list[str] = []
        for place in range(width):
            known = self._names if self._names and place < len(self._names) else None
            name = str(place) if known is None else str(known[place])
            while name in names:
                name += "'"
            names.append(name)
        return names

    def _learn(self, cells: list[dict[str, Any]]) -> None:
        """Judge the columns by all rows that are remembered: with the first, the second, the fourth ..."""
        before, self._count = self._count, self._count + len(cells)
        earlier, self._seen = self._seen, (self._seen + cells)[-_REMEMBERED:]
        if self._count < self._next:
            return
        self._next = 2 * self._count
        found = everything_in(earlier + cells if len(cells) > _REMEMBERED else self._seen)
        plan = chosen(self._rules, found, tuple(self._seen[-1]))
        if plan is None:
            return
        told = {**{name: [] for name in plan.forced}, **plan.found}
        new = {name: ds for name, ds in told.items() if name not in self._known}
        self._known.update(told)
        if new:
            late = tuple(name for name in new if before and name not in plan.forced and self._was_plain(name, earlier))
            self._tell(plan, late)

    @staticmethod
    def _was_plain(name: str, earlier: list[dict[str, Any]]) -> bool:
        return any(row.get(name) not in (None, "") for row in earlier)

    def _hidden(self, cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
        found = dict(self._known)
        for name in {name for row in cells for name in row} - set(found):
            texts = {row[name] for row in cells if isinstance(row.get(name), str) and _ANY.search(row[name])}
            types = {span.type for text in texts for span in scan_text(text)}
            if types:
                found[name] = [Detection(type=kind, score=0.8, count=1, share=0.0) for kind in sorted(types)]
        plan = chosen(self._rules, found, tuple(found))
        if plan is None:
            return cells
        made: list[dict[str, Any]] = mask_found(cells, plan.found, plan.wish, plan.forced)
        return made
