"""What a read or a write brings, as a table that can be searched: also rows of tuples, and records inside of JSON."""

from __future__ import annotations

from typing import Any

_DEEP = 4
"""How far inside of a JSON value records are looked for."""


def tabled(value: Any) -> Any:
    """The value as a scan takes it: a table, or a list of dicts; what is neither stays as it is.

    Rows of a database cursor come as tuples: their columns have no names, only places.
    """
    if isinstance(value, tuple | list) and value and all(isinstance(row, tuple) for row in value[:50]):
        return [{str(place): cell for place, cell in enumerate(row)} for row in value if isinstance(row, tuple)]
    if isinstance(value, dict):
        found = _records(value, _DEEP)
        is_record = found is None and not any(isinstance(cell, dict | list) for cell in value.values())
        return [value] if value and is_record else found
    return value


def _records(value: Any, deep: int) -> Any:
    """The first list of records inside, or the rows of a dict that has a column under each name; None without any."""
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value[:50]):
        return value
    if not isinstance(value, dict) or not deep:
        return None
    columns = [inner for inner in value.values() if isinstance(inner, list)]
    if columns and len(columns) == len(value) and len({len(column) for column in columns}) == 1:
        plain = not any(isinstance(cell, dict | list) for column in columns for cell in column[:50])
        if plain:
            rows = zip(*columns, strict=True)
            return [dict(zip(map(str, value), row, strict=True)) for row in rows]
    for inner in value.values():
        found = _records(inner, deep - 1)
        if found is not None:
            return found
    return None
