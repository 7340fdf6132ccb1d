"""A table with its personal values hidden: taken out, cut to a hint, renamed, moved or made coarse."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlsec import frames
from jupyter_mlsec.controls.pii.arrays import arrow_of, is_array
from jupyter_mlsec.controls.pii.coarse import coarsener, is_missing
from jupyter_mlsec.controls.pii.dates import FARTHEST, Calendar
from jupyter_mlsec.controls.pii.deeper import found_deeper, merged
from jupyter_mlsec.controls.pii.detection import Detection
from jupyter_mlsec.controls.pii.normalise import is_filler
from jupyter_mlsec.controls.pii.quasi import dated, found_among
from jupyter_mlsec.controls.pii.rebuilding import columns_of, counts_rows, eager, rebuilt
from jupyter_mlsec.controls.pii.spared import spared
from jupyter_mlsec.controls.pii.table import scan_table
from jupyter_mlsec.controls.pii.text import scan_text
from jupyter_mlsec.controls.pii.ways import KEEP, WAYS, Hide, Wish, hider, wish_of
from jupyter_mlsec.protocol.errors import UsageError

if TYPE_CHECKING:
    from jupyter_mlsec.controls.pii.detection import Span
    from jupyter_mlsec.vault.pseudonyms import TokenKey

__all__ = ["WAYS", "mask", "mask_found", "unmask"]
_CONTAINERS = (dict, list, tuple, set, frozenset)
_COARSE = frozenset(("DATE_OF_BIRTH", "IP_ADDRESS"))
"""Of the types that single people out, those that have a coarser form."""


def mask(
    table: Any,
    how: str | Mapping[str, str] = "redact",
    *,
    columns: Sequence[str] | None = None,
    key: bytes | None = None,
    person: str | None = None,
) -> Any:
    """A copy of the table with personal values masked, of the same library; the table itself is not changed.

    how: `redact` puts the type in place of the value (`[EMAIL]`), `partial` keeps a hint (`a***@***.org`, `***6789`),
    `token` puts a keyed name (HMAC-SHA256) by which tables still join, `reversible` one that `unmask` opens again,
    `shift` moves dates by a year at most, `generalise` makes coarse (ages in bands, postcodes by their beginning, dates
    by month). A dict names ways for columns or types: `{"EMAIL": "token", "born": "shift", "note": "keep"}`.
    columns: mask these, whatever they hold. Else those in which `scan_table` (every row) finds something; for `shift`
    all dates as well, for `generalise` also what else tells rows apart. Whole values are masked where they fill their
    cells, places in a text otherwise.
    key: 16 secret bytes or more; without one, the project's own, which is sealed for you. person: the column that says
    whose a row is: all dates of one person move by the same days. Raises UsageError; NoIdentity without any key.
    """
    wish, table = wish_of(how), eager(table)
    found = everything_in(table)
    forced = wish.columns | {str(column) for column in columns or ()}
    _refuse_unknown(forced, table)
    if columns is None and wish.usual in ("generalise", "shift"):
        held = columns_of(table)
        different = {name: len(set(map(str, values))) for name, values in held.items()}
        rows = max(map(len, held.values()), default=0)
        forced |= dated(held) | (set(found_among(different, rows)) if wish.usual == "generalise" else set())
    wanted = forced if columns is not None else forced | set(found)
    return mask_found(table, {name: found.get(name, []) for name in wanted}, wish, forced, key=key, person=person)


def mask_found(
    table: Any,
    found: Mapping[str, Sequence[Detection]],
    wish: Wish,
    forced: set[str] | frozenset[str] = frozenset(),
    *,
    key: bytes | None = None,
    person: str | None = None,
) -> Any:
    """The same for what a scan has found already; `forced` columns are masked whatever they hold."""
    chosen = key_of(key) if wish.needs_key else None
    people = _people(table, person)

    def change(name: str, values: list[Any]) -> list[Any] | None:
        if name not in found and name not in forced:
            return None
        return Column(name, found.get(name, ()), wish, chosen, is_forced=name in forced).masked(values, people)

    return rebuilt(table, change)


def unmask(table: Any, key: bytes | None = None) -> Any:
    """A copy with every `reversible` name turned back into its value, as text. Names of another key stay as they are.

    key: as given to `mask`; without one, the project's, which only those it is sealed for open. Raises UsageError when
    there are names and the key opens none; NoIdentity.
    """
    from jupyter_mlsec.vault.pseudonyms import NAMED

    chosen = key_of(key)
    seen, opened = 0, 0

    def plain(text: str) -> str:
        nonlocal seen, opened
        for match in reversed(list(NAMED.finditer(text))):
            value = chosen.uncover(match[1])
            seen += 1
            if value is not None:
                opened += 1
                text = text[: match.start()] + value + text[match.end() :]
        return text

    def change(_name: str, values: list[Any]) -> list[Any] | None:
        if not any(isinstance(value, str) and "~" in value for value in values):
            return None
        return [plain(value) if isinstance(value, str) and "~" in value else value for value in values]

    if isinstance(table, str):
        return plain(table)
    made = rebuilt(table, change)
    if seen and not opened:
        raise UsageError(f"Nothing was unmasked: none of the {seen} names was made under this key.")
    return made


class Column:
    """One column on its way: which types it holds, and which way each goes."""

    def __init__(
        self, name: str, found: Sequence[Detection], wish: Wish, key: TokenKey | None, *, is_forced: bool
    ) -> None:
        self._name = name
        self._types = frozenset(detection.type for detection in found)
        self._main = max(found, key=lambda d: (d.share, d.score)).type if found else "PERSONAL"
        self._is_whole = is_forced or any(detection.share > 0.5 for detection in found)
        self._is_forced = is_forced
        self._wish = wish
        self._key = key
        self._hides: dict[str, Hide] = {}

    def masked(self, values: list[Any], people: Sequence[Any] | None) -> list[Any] | None:
        """The new values; missing ones stay missing. Each different value is worked on once."""
        way = self._wish.of(self._name, self._main)
        if way == KEEP and self._types <= {self._main}:
            return None
        if self._is_whole and way == "shift":
            return self._moved(values, people)
        if self._is_whole and way == "generalise" and (self._main in _COARSE or not self._types):
            return self._each(values, coarsener(self._name, values)[0])
        if self._is_whole and (len(self._types) <= 1):
            return self._each(values, lambda _value: None)
        texts = list(dict.fromkeys(value for value in values if isinstance(value, str)))
        silent = spared(texts, self._types) if not self._is_whole else frozenset()
        return self._each(values, lambda value: value if isinstance(value, str) and value in silent else None)

    def _each(self, values: list[Any], better: Callable[[Any], Any]) -> list[Any]:
        """`better` where it knows something, else hidden."""
        seen: dict[Any, Any] = {}
        texts: dict[str, Any] = {}  # most cells are texts, which need no look at what else they might be

        def one(value: Any) -> Any:
            if type(value) is str:
                made = texts.get(value)
                if made is None:
                    made = better(value)
                    made = texts[value] = self._hidden(_text(value)) if made is None else made
                return made
            if is_missing(value):
                return value
            if isinstance(value, _CONTAINERS) or type(value).__name__ == "ndarray":
                return self._nested(value)
            if isinstance(value, bytearray | memoryview):
                value = bytes(value)
            place = (type(value), value)
            if place not in seen:
                made = better(value)
                seen[place] = self._hidden(_text(value)) if made is None else made
            return seen[place]

        return [one(value) for value in values]

    def _moved(self, values: list[Any], people: Sequence[Any] | None) -> list[Any]:
        calendar = Calendar(value for value in values if isinstance(value, str))
        assert self._key is not None
        days: dict[str, int] = {}

        def distance(person: Any) -> int:
            said = "" if person is None else _text(person)
            if said not in days:
                number = self._key.number(said, 2 * FARTHEST)  # type: ignore[union-attr]  # asserted above
                days[said] = number - FARTHEST if number > FARTHEST else -number
            return days[said]

        return [
            value if is_missing(value)
            else calendar.moved(value, distance(None if people is None else people[row])) or self._hidden(_text(value))
            for row, value in enumerate(values)
        ]  # fmt: skip

    def _nested(self, value: Any) -> Any:
        """A list, dict or array with the texts (and long numbers) inside hidden."""
        if isinstance(value, dict):
            return {key: self._nested(inner) for key, inner in value.items()}
        if isinstance(value, _CONTAINERS) or type(value).__name__ == "ndarray":
            return [self._nested(inner) for inner in value]
        if isinstance(value, bytes | bytearray):
            value = bytes(value).decode("utf-8", "replace")
        if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool) and value > 99_999):
            return self._places(_text(value), scan_text(_text(value)))
        return value

    def _hidden(self, text: str) -> str:
        if is_filler(text):
            return text
        is_whole = self._is_whole and (self._is_forced or not _is_prose(text))
        if is_whole and len(self._types) <= 1 and (not self._is_forced or not _is_prose(text)):
            return self._hide(text, self._main)
        spans = scan_text(text)
        told = [s for s in spans if s.type in self._types] or (spans if self._is_whole else [])
        covered = sum(s.end - s.start for s in told)
        if is_whole and covered < 0.5 * len(text.strip()) and (not told or not _is_prose(text)):
            return self._hide(text, self._main)
        return self._places(text, told)

    def _places(self, text: str, told: Sequence[Span]) -> str:
        for span in reversed(told):
            text = text[: span.start] + self._hide(text[span.start : span.end], span.type) + text[span.end :]
        return text

    def _hide(self, value: str, kind: str) -> str:
        hide = self._hides.get(kind)
        if hide is None:
            way = self._wish.of(self._name, kind)
            hide = self._hides[kind] = (lambda same, _kind: same) if way == KEEP else hider(way, self._key)
        return hide(value, kind)


def everything_in(table: Any) -> dict[str, list[Detection]]:
    """What every row holds, and what a pandas index holds (a level without a name is `index`)."""
    seen = arrow_of(table) if is_array(table) else table
    found = merged(scan_table(seen, full=True), found_deeper(seen))
    index: Any = getattr(table, "index", None)
    if type(table).__module__.partition(".")[0] == "pandas" and not counts_rows(index):
        names = ["index" if name is None else str(name) for name in index.names]
        levels = scan_table(index.to_frame(index=False).set_axis(names, axis=1), full=True)
        found = {**levels, **found}
    return found


def is_table(value: Any) -> bool:
    """Whether `mask` takes it: a table or column of pandas, polars (lazy, too) or Arrow, an array, a list of dicts."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(row, dict) for row in value) and not any(map(_is_deep, value))
    is_lazy = type(value).__module__.partition(".")[0] == "polars" and hasattr(value, "collect")
    return is_lazy or is_array(value) or frames.view(value) is not None


def _is_deep(row: Mapping[str, Any]) -> bool:
    return any(isinstance(cell, dict | list) for cell in row.values())


def key_of(key: bytes | None) -> TokenKey:
    """The key given, else the project's. Raises UsageError for a short one, NoIdentity without any."""
    from jupyter_mlsec.vault.pseudonyms import SHORTEST, TokenKey

    if key is None:
        from jupyter_mlsec.controls.pii.tokenkey import project_key

        return project_key()
    if len(key) < SHORTEST:
        raise UsageError(f"Nothing was masked: key= needs {SHORTEST} secret bytes or more (secrets.token_bytes(32)).")
    return TokenKey(key)


def _refuse_unknown(named: set[str], table: Any) -> None:
    """A name that is misspelt would leave a column plain."""
    unknown = sorted(named - set(columns_of(table))) if named else []
    if unknown:
        raise UsageError(f"Nothing was masked: there is no column {unknown[0]} in this table.")


def _people(table: Any, person: str | None) -> list[Any] | None:
    """Whose each row is; None where all rows are moved alike."""
    if person is None:
        return None
    held = columns_of(table)
    if person not in held:
        raise UsageError(f"Nothing was masked: there is no column {person} that says whose a row is.")
    return held[person]


def _text(value: Any) -> str:
    if type(value) is str:
        return value.removesuffix(" 00:00:00")
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).removesuffix(" 00:00:00")


def _is_prose(text: str) -> bool:
    return len(text) > 14 and len(text.split()) > 7
