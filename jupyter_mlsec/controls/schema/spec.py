"""A table's schema as plain data: what is learned, kept and checked. Its written form is pandera's own JSON.

A type is checked by family: `integer` accepts any width, and floats that are whole numbers, because one missing
value turns a column of integers into floats.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from jupyter_mlsec.controls.schema.habits import Habits
from jupyter_mlsec.protocol.errors import SchemaError

Family = Literal["integer", "number", "text", "boolean", "time", "duration", "other"]
State = Literal["learned", "approved"]

_PREFIXES: tuple[tuple[str, Family], ...] = (
    ("interval", "other"),
    ("struct", "other"),
    ("int", "integer"),
    ("uint", "integer"),
    ("float", "number"),
    ("double", "number"),
    ("half", "number"),
    ("decimal", "number"),
    ("str", "text"),
    ("large_string", "text"),
    ("object", "text"),
    ("category", "text"),
    ("bool", "boolean"),
    ("datetime", "time"),
    ("timestamp", "time"),
    ("date", "time"),
    ("timedelta", "duration"),
    ("duration", "duration"),
)
DTYPES: dict[Family, str] = {
    "integer": "int64",
    "number": "float64",
    "text": "str",
    "boolean": "bool",
    "time": "datetime64[ns]",
    "duration": "timedelta64[ns]",
}
_FLAGS = ("dtype", "nullable", "unique", "required")
_SILENT = ("title", "description", "metadata")
_TABLE_FLAGS = ("schema_type", "api", "columns", "strict", "name", "title", "description", "version", "metadata")


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One check of one column, by pandera's name and with its statistics."""

    name: str
    statistics: dict[str, Any]


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """What one column must be.

    nulls: the share of missing values, as seen when learned, else 0 (none) or 1 (any). others: the share of values
    seen outside a learned set.
    """

    name: str
    type: Family = "other"
    nulls: float = 1.0
    others: float = 0.0
    unique: bool = False
    required: bool = True
    checks: tuple[Check, ...] = ()

    @property
    def certain(self) -> tuple[Check, ...]:
        """The checks that hold without tolerance: a set that does not list all values would deny what is right."""
        return tuple(check for check in self.checks if check.name != "isin" or not self.others)


class Schema(msgspec.Struct, frozen=True, kw_only=True):
    """What a resource's table must be. `rows` is how many rows it was learned from (0: written by a person)."""

    resource: str
    columns: tuple[Column, ...]
    strict: bool = False
    rows: int = 0
    version: int = 1
    habits: Habits | None = None
    """What a learned schema knows of the whole table. Never approved: habits leave room for chance."""
    members: tuple[str, ...] = ()
    """The files of a family that share a learned schema, `resource` being their pattern; the newest few hundred."""
    beyond: dict[str, Any] | None = None
    """What a written schema asks that one pass cannot judge: a document of pandera's, see `beyond`."""
    is_trusted: bool = False
    """Whether this user approved the very bytes: then pandera may run what is beyond."""


def family(type_name: str) -> Family:
    """The family of an Arrow or pandas type name; `other` for types that are not looked into."""
    name = type_name.lower()
    if name.startswith("dictionary<values="):
        return family(name.removeprefix("dictionary<values="))
    return next((found for prefix, found in _PREFIXES if name.startswith(prefix)), "other")


def document(schema: Schema) -> dict[str, Any]:
    """The schema in pandera's JSON shape: `pandera.DataFrameSchema.from_json` reads it."""
    columns: dict[str, Any] = {}
    for column in schema.columns:
        entry: dict[str, Any] = {}
        if column.type in DTYPES:
            entry["dtype"] = DTYPES[column.type]
        if column.nulls:
            entry["nullable"] = True
        if column.unique:
            entry["unique"] = True
        if not column.required:
            entry["required"] = False
        for check in column.certain:
            is_one = len(check.statistics) == 1 and check.name != "str_length"  # which of its bounds is not said then
            entry[check.name] = next(iter(check.statistics.values())) if is_one else check.statistics
        columns[column.name] = entry
    written: dict[str, Any] = {"schema_type": "dataframe", "api": "pandas", "columns": columns}
    return {**written, "name": schema.resource, **({"strict": True} if schema.strict else {})}


def from_document(written: Any, known: dict[str, tuple[str, ...]], where: str) -> Schema:
    """Read pandera's JSON (or YAML) shape. SchemaError names the key that is not understood.

    known: the checks that can be compiled, each with the names of its statistics.
    """
    if not isinstance(written, dict) or not isinstance(written.get("columns"), dict):
        raise SchemaError(f"{where}: key columns must map column names to what they must be.")
    for key, value in written.items():
        if key not in _TABLE_FLAGS and value not in (None, False, [], {}):
            raise SchemaError(f"{where}: key {key} is not one we can check.")
    columns = tuple(_column(str(name), entry, known, where) for name, entry in written["columns"].items())
    resource = written.get("name") if isinstance(written.get("name"), str) else where
    return Schema(resource=str(resource), columns=columns, strict=written.get("strict") is True)


def check_keys(entry: Mapping[str, Any]) -> list[str]:
    """The keys of a written column that name what it is checked for: all but its flags and what it says of itself."""
    said = (*_FLAGS, *_SILENT)
    return [key for key, value in entry.items() if key not in said and value is not None and value is not False]


def _column(name: str, entry: Any, known: dict[str, tuple[str, ...]], where: str) -> Column:
    if not isinstance(entry, dict):
        raise SchemaError(f"{where}: key columns.{name} must be a table.")
    checks = []
    for key in check_keys(entry):
        value = entry[key]
        if key not in known:
            raise SchemaError(f"{where}: key columns.{name}.{key} is no check we know.")
        statistics = value if isinstance(value, dict) else dict.fromkeys(known[key][:1], value)
        if not set(statistics) <= set(known[key]):
            raise SchemaError(f"{where}: key columns.{name}.{key} takes {', '.join(known[key])}.")
        checks.append(Check(name=key, statistics=statistics))
    for flag in ("nullable", "unique", "required"):
        if not isinstance(entry.get(flag, False), bool):
            raise SchemaError(f"{where}: key columns.{name}.{flag} must be true or false.")
    return Column(
        name=name,
        type=family(str(entry.get("dtype") or "")),
        nulls=1.0 if entry.get("nullable", False) else 0.0,
        unique=entry.get("unique", False),
        required=entry.get("required", True),
        checks=tuple(checks),
    )
