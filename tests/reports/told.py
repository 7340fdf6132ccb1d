"""Entries for tests of what is exported: generated ones of every kind there is, and a run that was told."""

from __future__ import annotations

import types
import typing
from typing import Any, Literal

import msgspec
from hypothesis import strategies as st

from jupyter_mlsec.protocol.entries import AnyEntry, Opened, Recorded
from jupyter_mlsec.protocol.facts import ColumnOrigin, ColumnOrigins, Labels, Origin, SchemaVerdict, Shape
from jupyter_mlsec.protocol.records import Cell, Decision, Operation, Resource, Subject
from jupyter_mlsec.reports.standards import Around, Other

KINDS = typing.get_args(AnyEntry)
NAMES = (
    "patients.csv",
    "s3://bucket/a b.csv",
    "zip://a.csv::s3://b/c.zip",
    "select * from t where x = ?",
    'a"]\\\n.csv',
    "",
)
names = st.sampled_from(NAMES) | st.text(max_size=12)
numbers = st.integers(-(2**63), 2**64 - 1)


def _of(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of an annotated type, as a ledger could hold it."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*map(_of, arguments))
    if origin is tuple and arguments[1:] == (...,):
        return st.lists(_of(arguments[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*map(_of, arguments))
    if origin is dict:
        return st.dictionaries(_of(arguments[0]), _of(arguments[1]), max_size=2)
    simple = {str: names, bool: st.booleans(), int: numbers, float: st.floats(allow_nan=False), type(None): st.none()}
    if hint in simple:
        return simple[hint]
    return st.deferred(lambda: of_struct(hint))


def of_struct(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of one Struct."""
    hints = typing.get_type_hints(kind)
    return st.builds(kind, **{field.name: _of(hints[field.name]) for field in msgspec.structs.fields(kind)})


entries = st.one_of(*map(of_struct, KINDS)) | of_struct(Other)
arounds = st.builds(Around, project=st.just("study"), opened=st.none() | of_struct(Opened))

OPENED = Opened(
    run="a1b2c3d4e5f60718",
    number=1,
    at=1_790_000_000_000_000_000,
    subject=Subject(name="uid-1000"),
    profile="guard",
    policy="7f3a" * 16,
    notebook="study.ipynb",
    versions={"ipython": "9.18.0"},
)
AROUND = Around(project="study", opened=OPENED)
CELL = Cell(execution=3, id="save", digest="ab" * 32)
FACTS = (
    Shape(rows=1000, columns=("age", "code"), types=("int64", "string")),
    Labels(labels=()),
    Origin(operations=("op-1",), resources=("patients.csv",)),
    ColumnOrigins(
        columns=(
            ColumnOrigin(column="age", sources=(("patients.csv", "age"),), evidence="fingerprint"),
            ColumnOrigin(column="code", sources=(("patients.csv", "zip"),), evidence="operation"),
        )
    ),
    SchemaVerdict(schema="patients", state="learned", ok=False, failures=(("age", "ge(0)", 3),)),
)


def recorded(action: Any, name: str, *, kind: Any = "file", **how: Any) -> Recorded:
    """One operation in cell 3, done unless `how` says otherwise."""
    operation = Operation(
        id=f"op-{action}",
        action=action,
        subject=Subject(name="uid-1000"),
        resource=Resource(kind=kind, name=name),
        cell=how.pop("cell", CELL),
        library="pandas",
        function="DataFrame.to_parquet",
        at=OPENED.at + 5,
    )
    fields = {"number": 2, "decision": Decision(effect="permit"), "outcome": "done", "facts": ()} | how
    return Recorded(run=OPENED.run, at=OPENED.at + 10_000, operation=operation, **fields)
