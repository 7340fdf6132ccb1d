"""A schema as the source of a pandera DataFrameModel, for those who keep their schemas as code."""

from __future__ import annotations

import keyword
import re

from jupyter_mlsec.controls.schema import beyond
from jupyter_mlsec.controls.schema.spec import Check, Column, Family, Schema

_TYPES: dict[Family, str] = {
    "integer": "pa.Int64",
    "number": "pa.Float64",
    "text": "pa.String",
    "boolean": "pa.Bool",
    "time": "pa.DateTime",
    "duration": "pa.Timedelta",
    "other": "Any",
}
_FIELDS = {
    "greater_than": "gt",
    "greater_than_or_equal_to": "ge",
    "less_than": "lt",
    "less_than_or_equal_to": "le",
    "equal_to": "eq",
    "not_equal_to": "ne",
}
_TAKEN = re.compile(r"_|Config$|(?:validate|to_|from_|get_|empty|example|strategy|pydantic|build_|collect|json)")


def code(schema: Schema) -> str:
    """Python source that defines a model which validates as the approved schema does."""
    lines = ["from typing import Any", "", "import pandas", "import pandera.pandas as pa", "", ""]
    lines.append(f"class {_class_name(schema.resource)}(pa.DataFrameModel):")
    lines.append(f'    """What {_quoted(schema.resource)} must be."""')
    lines.append("")
    names = {column.name for column in schema.columns}
    for position, column in enumerate(schema.columns):
        lines.append(f"    {_field(column, position, names)}")
    if schema.beyond is not None:
        lines.append(f"    # What the file asks beyond this: {_quoted(', '.join(beyond.parts(schema.beyond)))}")
    lines += ["", "    class Config:", f"        name = {schema.resource!r}"]
    if schema.strict:
        lines.append("        strict = True")
    return "\n".join(lines) + "\n"


def _field(column: Column, position: int, names: set[str]) -> str:
    """One column: `age: pa.Int64 = pa.Field(ge=0, nullable=True)`."""
    name, words = column.name, []
    if not (name.isidentifier() and name.isascii()) or keyword.iskeyword(name) or _TAKEN.match(name):
        name = f"column_{position}"
        while name in names:
            name += "_"
        words.append(f"alias={column.name!r}")
    words += [f"{_FIELDS.get(check.name, check.name)}={_value(check, column)}" for check in column.certain]
    words += ["nullable=True"] if column.nulls else []
    words += ["unique=True"] if column.unique else []
    kind = _TYPES[column.type]
    return f"{name}: {kind if column.required else f'{kind} | None'} = pa.Field({', '.join(words)})"


def _value(check: Check, column: Column) -> str:
    statistics = {key: _literal(value, column) for key, value in check.statistics.items()}
    if len(statistics) == 1 and check.name != "str_length":
        return next(iter(statistics.values()))
    return "{" + ", ".join(f"{key!r}: {value}" for key, value in statistics.items()) + "}"


def _literal(value: object, column: Column) -> str:
    """Times are written as times: pandera compares them as they stand."""
    if column.type == "time" and not isinstance(value, bool):
        return f"pandas.Timestamp({str(value)!r})"
    return repr(value)


def _class_name(resource: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", resource.rpartition("/")[2])
    name = "".join(word[:1].upper() + word[1:] for word in words)
    return name if name.isidentifier() and not keyword.iskeyword(name) else f"Table{name}"


def _quoted(text: str) -> str:
    """The text as it may stand in a docstring."""
    return repr(text)[1:-1].replace('"', "'")
