"""Personal data inside of values that are no table: dicts, lists, and the tables and arrays that these hold.

Values under the same name are judged together, as a column is: `[{"id": 1, "who": {"mail": ...}}, ...]` has the columns
`id` and `mail`. What is no such value (a model, an object of one's own) is looked into, but cannot be masked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FunctionType, ModuleType
from typing import Any

from jupyter_mlsec import frames
from jupyter_mlsec.controls.pii.arrays import NAME, is_array
from jupyter_mlsec.controls.pii.detection import Detection
from jupyter_mlsec.protocol.errors import UsageError

Found = dict[str, list[Detection]]
Scan = Callable[[Any], Found]
"""What of a table is to be masked."""
Hide = Callable[[Any, Found], Any]
"""The masked copy of a table in which that was found."""
_DEEP = 24
_OBJECTS = 5_000
"""Objects inside of another that are looked at."""
_CELLS = 20_000
"""Texts of one object that are looked at."""
_PLAIN = (dict, list, tuple, set, frozenset)
_NEVER = (type, ModuleType, FunctionType)


class Parts:
    """One value on its way: `masked` gives the copy, `found` tells afterwards what was in it."""

    def __init__(self, scan: Scan, hide: Hide) -> None:
        self._scan = scan
        self._hide = hide
        self.found: Found = {}

    def masked(self, value: Any, name: str = NAME) -> Any:
        """The copy. Raises UsageError for what holds personal data and cannot be masked."""
        return self._column(name, [value], _DEEP)[0]

    def _column(self, name: str, values: list[Any], depth: int) -> list[Any]:
        """The values that stand under one name, masked; each keeps its place and its type."""
        fresh = list(values)
        kinds: dict[str, list[int]] = {}
        for place, value in enumerate(values):
            kinds.setdefault(_kind(value), []).append(place)
        if not depth and set(kinds) - {"cell"}:
            raise UsageError(f"it is nested more than {_DEEP} deep")
        for kind, work in (("cell", self._cells), ("dict", self._dicts), ("list", self._lists)):
            places = kinds.get(kind, [])
            made = work(name, [values[place] for place in places], depth - 1) if places else []
            for place, one in zip(places, made, strict=True):
                fresh[place] = one
        for place in kinds.get("table", []):
            fresh[place] = self._table(values[place])
        for place in kinds.get("object", []):
            self._refuse_if_held(values[place])
        return fresh

    def _cells(self, name: str, values: list[Any], _depth: int) -> list[Any]:
        made = self._table([{name: value} for value in values])
        return [row[name] for row in made]

    def _table(self, table: Any) -> Any:
        found = self._scan(table)
        if not found:
            return table
        self._tell(found)
        return self._hide(table, found)

    def _dicts(self, _name: str, values: list[dict[Any, Any]], depth: int) -> list[Any]:
        self._refuse_keys(values)
        keys = dict.fromkeys(key for value in values for key in value)
        fresh: list[dict[Any, Any]] = [dict(value) for value in values]
        for key in keys:
            holders = [place for place, value in enumerate(values) if key in value]
            made = self._column(str(key), [values[place][key] for place in holders], depth)
            for place, one in zip(holders, made, strict=True):
                fresh[place][key] = one
        return [_like(old, new) for old, new in zip(values, fresh, strict=True)]

    def _lists(self, name: str, values: list[Any], depth: int) -> list[Any]:
        lengths = {len(value) for value in values}
        if len(values) > 1 and len(lengths) == 1 and not any(isinstance(v, set | frozenset) for v in values):  # rows
            columns = [self._column(str(place), [row[place] for row in values], depth) for place in range(*lengths)]
            rows = zip(*columns, strict=True) if columns else values
            return [_like(value, list(row)) for value, row in zip(values, rows, strict=True)]
        flat = [one for value in values for one in value]
        made = iter(self._column(name, flat, depth) if flat else [])
        return [_like(value, [next(made) for _ in value]) for value in values]

    def _refuse_keys(self, values: list[dict[Any, Any]]) -> None:
        keys = list(dict.fromkeys(key for value in values for key in value if isinstance(key, str)))
        found = {} if not keys else self._scan([{"key": key} for key in keys])
        types = sorted({d.type for d in found.get("key", ()) if d.source != "header"})
        if types:
            raise UsageError(f"keys of a dict hold {', '.join(types)}; make them values, of which copies can be masked")

    def _refuse_if_held(self, value: Any) -> None:
        found = held_inside(value, self._scan)
        types = sorted({d.type for ds in found.values() for d in ds})
        if types:
            raise UsageError(
                f"inside of a {type(value).__name__} there is {', '.join(types)}, and no copy can be made without it"
            )

    def _tell(self, found: Found) -> None:
        for name, detections in found.items():
            held = self.found.setdefault(name, [])
            known = {one.type for one in held}
            held.extend(d for d in detections if d.type not in known)


def held_inside(value: Any, scan: Scan) -> Found:
    """What an object holds in its attributes, and in theirs, as far as a walk of some thousand objects goes."""
    texts: list[str] = []
    found: Found = {}
    for one in _inside(value):
        if isinstance(one, str):
            if len(texts) < _CELLS:
                texts.append(one)
        else:
            for name, detections in scan(one).items():
                found.setdefault(name, []).extend(detections)
    if texts:
        for detections in scan([{NAME: text} for text in texts]).values():
            found.setdefault(NAME, []).extend(detections)
    return found


def _inside(value: Any) -> Iterator[Any]:
    """The texts, tables and arrays that can be reached from an object."""
    seen: set[int] = set()
    waiting = [value]
    while waiting and len(seen) < _OBJECTS:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, _NEVER):
            continue
        kind = _kind(one)
        if isinstance(one, str):
            yield one
            continue
        seen.add(id(one))
        if kind == "table":
            yield one
        elif isinstance(one, dict):
            waiting += [*one.keys(), *one.values()][:_OBJECTS]
        elif isinstance(one, _PLAIN):
            waiting += list(one)[:_OBJECTS]
        elif kind == "object":
            waiting += _attributes(one)


def _attributes(value: Any) -> list[Any]:
    names = [name for kind in type(value).__mro__ for name in _slots(kind)]
    held = [getattr(value, name, None) for name in names]
    return [*held, *getattr(value, "__dict__", {}).values()]


def _slots(kind: type) -> Sequence[str]:
    slots = kind.__dict__.get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(map(str, slots))


def _kind(value: Any) -> str:
    """`table` (or array), `dict`, `list` (or tuple, or set), `cell`, or `object`: what has to be taken as it is."""
    if isinstance(value, dict):
        return "dict" if type(value).__module__ in ("builtins", "collections") else "object"
    if isinstance(value, _PLAIN):
        return "list" if type(value) in _PLAIN or hasattr(value, "_make") else "object"
    if value is None or isinstance(value, str | bytes | int | float | complex):
        return "cell"
    if type(value).__module__ in ("datetime", "decimal", "uuid", "fractions"):
        return "cell"
    if is_array(value) or frames.view(value) is not None or _is_lazy(value):
        return "table"
    return "cell" if type(value).__module__ in ("numpy", "pandas._libs.tslibs.timestamps") else "object"


def _is_lazy(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] == "polars" and hasattr(value, "collect")


def _like(old: Any, fresh: Any) -> Any:
    """A container of the old one's type with those values."""
    if isinstance(old, Mapping):
        if type(old) is dict:
            return fresh
        import copy

        made: Any = copy.copy(old)  # an OrderedDict, a defaultdict with what it makes
        made.update(fresh)
        return made
    if hasattr(old, "_make"):
        return old._make(fresh)
    return fresh if type(old) is list else type(old)(fresh)
