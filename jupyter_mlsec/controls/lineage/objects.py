"""What objects of the notebook are to a reader of its code: modules, connections, expressions, plain values."""

from __future__ import annotations

from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from jupyter_mlsec.controls.lineage.arrays import seen
from jupyter_mlsec.controls.lineage.forms import UNKNOWN, Begun, Form, Plain, Table, Values
from jupyter_mlsec.controls.lineage.libraries import is_known
from jupyter_mlsec.controls.lineage.polars_calls import is_begun
from jupyter_mlsec.controls.lineage.queries import is_connection

_MOST = 400


def of_object(value: Any) -> Form | None:
    """The form of an object that says by itself what it is."""
    if isinstance(value, ModuleType):
        return Plain(module=str(value.__name__))
    if is_begun(value):
        return Begun(value)
    if isinstance(value, (type, FunctionType, BuiltinFunctionType)):
        module, name = str(getattr(value, "__module__", "")), value.__name__
        library = module.partition(".")[0]
        return Plain(module=f"{library}.{name}") if is_known(library) and name.isidentifier() else None
    return Plain(module="duckdb") if is_connection(value) else None


def is_short(value: Any) -> bool:
    """Whether a value is one that code may spell out: a number or text, or not too many of them."""
    if isinstance(value, (list, tuple)):
        return len(value) <= _MOST and all(type(each) in (str, int, float, bool) for each in value)
    return type(value) in (str, int, float, bool)


def as_table(form: Values, value: Any) -> Form:
    """A single column, mask or one-dimensional array as the table of one column that it is seen as."""
    table = seen(value)
    if table is None or len(table.columns) != 1:
        return UNKNOWN
    name = table.columns[0]
    return Table({name: form.sources}, set() if form.is_column else {name}, is_array=not hasattr(value, "index"))
