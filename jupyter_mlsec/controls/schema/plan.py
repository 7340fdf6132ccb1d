"""A pandera schema read once: what each part asks, and which parts only pandera itself can judge.

A plan knows no table. It is kept with the schema it was read from, and read anew when that schema was changed.
"""

from __future__ import annotations

import weakref
from operator import is_
from typing import Any, Literal

import msgspec

from jupyter_mlsec.controls.schema.checks import STATISTICS

Flavour = Literal["pandas", "polars"]

_KNOWN = {"pandera.api.pandas.container": "pandas", "pandera.api.polars.container": "polars"}


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One check: how pandera names it, the built-in it is (none: pandera itself must run it), and its statistics."""

    label: str
    check: Any
    builtin: str | None = None
    statistics: dict[str, Any] = {}
    reason: str = ""
    as_reported: bool = True
    """Whether a failure is reported value by value, as counted here; else pandera makes the report."""


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """What one column, or the columns that a pattern names, must be. `source` is pandera's own object."""

    label: Any
    source: Any
    dtype: Any
    nullable: bool
    unique: bool
    coerce: bool
    required: bool
    regex: bool
    parts: tuple[Part, ...]
    all_duplicates: bool = True


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A whole schema. `whole` says why pandera must judge all of it; None where parts can be told apart."""

    name: Any
    flavour: Flavour
    components: tuple[Component, ...]
    parts: tuple[Part, ...]
    dtype: Any
    coerce: bool
    strict: bool | str
    ordered: bool
    unique: tuple[tuple[str, ...], ...]
    index: Any = None
    whole: str | None = None
    compiled: dict[Any, Any] = msgspec.field(default_factory=dict)
    """What engines made of it, by the columns of the tables it was held against."""


def flavour_of(schema: Any) -> Flavour | None:
    """Whose schema it is; None for other libraries' and for subclasses, whose ways are their own."""
    if type(schema).__name__ != "DataFrameSchema":
        return None
    known = _KNOWN.get(type(schema).__module__)
    return "pandas" if known == "pandas" else "polars" if known else None


_kept: dict[int, tuple[weakref.ref[Any], list[Any], Plan]] = {}


def planned(schema: Any, flavour: Flavour) -> Plan:
    """The plan of a schema, read anew only when something in the schema is another object than last time."""
    now = _marks(schema)
    known = _kept.get(id(schema))
    if known is not None and known[0]() is schema and _same(known[1], now):
        return known[2]
    plan = _read(schema, flavour)
    key = id(schema)
    _kept[key] = (weakref.ref(schema, lambda _: _kept.pop(key, None)), now, plan)
    return plan


def _same(before: list[Any], now: list[Any]) -> bool:
    """Object by object: what is marked is held on to, so an identity is never that of another."""
    return len(before) == len(now) and all(map(is_, before, now))


def _marks(schema: Any) -> list[Any]:
    """Every object that says something in a schema, in order, down to each check's statistics."""
    state = schema.__dict__
    marks: list[Any] = [*state.values(), *(state.get("_unique") or ())]
    holders: list[Any] = [schema]
    for label, column in state["columns"].items():
        marks.append(label)
        holders.append(column)
    index = state.get("index")
    if index is not None:
        holders += [index, *getattr(index, "indexes", ())]
    for holder in holders:
        if holder is not schema:  # what is marked is held on to, and the schema must be let go
            marks.append(holder)
            marks += holder.__dict__.values()
        for check in holder.__dict__.get("checks") or ():
            marks.append(check)
            marks += check.__dict__.values()
            marks += check._check_kwargs.values()
    return marks


def _read(schema: Any, flavour: Flavour) -> Plan:
    joint = schema.unique or ()
    joint = (tuple(joint),) if all(isinstance(name, str) for name in joint) else tuple(map(tuple, joint))
    return Plan(
        name=schema.name,
        flavour=flavour,
        components=tuple(component(label, one, schema.dtype) for label, one in schema.columns.items()),
        parts=tuple(map(part, schema.checks)),
        dtype=schema.dtype,
        coerce=bool(schema.coerce),
        strict=schema.strict,
        ordered=bool(schema.ordered),
        unique=joint if any(joint) else (),
        index=getattr(schema, "index", None),
        whole=_whole(schema),
    )


def component(label: Any, source: Any, dtype: Any = None) -> Component:
    """What pandera's column (or index) asks. `dtype` is the table's, which goes before the column's."""
    return Component(
        label=label,
        source=source,
        dtype=source.dtype if dtype is None else dtype,
        nullable=bool(source.nullable),
        unique=bool(source.unique),
        coerce=bool(source.coerce),
        required=bool(getattr(source, "required", True)),
        regex=bool(getattr(source, "regex", False)),
        parts=tuple(map(part, source.checks)),
        all_duplicates=source.report_duplicates == "all",
    )


def _whole(schema: Any) -> str | None:
    """What changes the table before it is checked, or which rows are; only pandera does that."""
    for name in ("parsers", "drop_invalid_rows", "add_missing_columns", "unique_column_names", "on_missing_columns"):
        if getattr(schema, name, None):
            return f"{name} is pandera's own"
    for label, column in schema.columns.items():
        for name in ("parsers", "drop_invalid_rows", "on_missing"):
            if getattr(column, name, None):
                return f"{name} of column {label} is pandera's own"
        if getattr(column, "default", None) is not None:
            return f"the default of column {label} is filled in by pandera"
    if "PydanticModel" in {type(one).__name__ for one in (schema.dtype, *(c.dtype for c in schema.columns.values()))}:
        return "a pydantic model reads every row"
    return None


def part(check: Any) -> Part:
    """A check: compiled where it is pandera's own built-in and judges value by value."""
    label = str(check.error if check.error is not None else check.name if check.name is not None else check)
    wanted = STATISTICS.get(check.name or "")
    reason = ""
    if wanted is None or type(check).__module__ != "pandera.api.checks" or not _is_builtin(check):
        reason = "a check of your own"
    elif check.groupby is not None:
        reason = "it looks at groups"
    elif check.element_wise or not check.ignore_na:
        reason = "it is called with each value, or with missing ones"
    elif check.raise_warning:
        reason = "it only warns"
    return Part(
        label=label.split("(", maxsplit=1)[0],
        check=check,
        builtin=None if reason else check.name,
        statistics=dict(check._check_kwargs),
        reason=reason,
        as_reported=check.n_failure_cases is None,
    )


def _is_builtin(check: Any) -> bool:
    """Whether it runs pandera's own function for the name it has, not one that was given that name."""
    function = check._check_fn
    return type(function).__module__ == "pandera.api.function_dispatch" and function.__name__ == check.name
