"""What a watched call itself says of its result's columns: by the plan it ran, or the statement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Any

from jupyter_mlsec.controls.contract import Call
from jupyter_mlsec.controls.lineage.forms import LOOSE, NOTHING, Query, Sources, Table
from jupyter_mlsec.controls.lineage.known import Known, inside
from jupyter_mlsec.controls.lineage.plans import Leaf, Made, is_plan, of_plan
from jupyter_mlsec.controls.lineage.tables import Tables
from jupyter_mlsec.frames import Frame, view
from jupyter_mlsec.protocol.records import Operation

_MOST = 100_000
_DIALECTS = {
    "sqlite3": "sqlite",
    "duckdb": "duckdb",
    "_duckdb": "duckdb",
    "psycopg2": "postgres",
    "psycopg": "postgres",
}
_BY_ENGINE = {"postgresql": "postgres", "mssql": "tsql", "mariadb": "mysql"}


def of_call(tables: Tables, call: Call, operation: Operation, value: Any) -> Table | Query | None:
    """The form of what a read gave, where the call tells more than that it is the resource's own columns."""
    table = view(value) if call.watch.statement or not operation.whole else None
    if table is None:
        return None
    if call.watch.statement:
        return _query(call, operation, table)
    plan = call.args[0] if call.args else None
    if not is_plan(plan):
        return None
    names = (operation.resource.name, *(each.name for each in operation.others))
    parts = (operation.id, *tables.beside(operation.id, names[1:]))
    return of_lazy(tables, plan, tuple(zip(names, parts, strict=True)))


def of_lazy(
    tables: Tables, plan: Any, scanned: Sequence[tuple[str, str]], candidates: Sequence[Known] = ()
) -> Table | None:
    """The form of a polars plan. `scanned`: the names of the files it scans, and what stands for each among sources."""

    def begin(leaf: Leaf, names: tuple[str, ...]) -> Made:
        if leaf.frame is None:
            part = _scan(leaf, scanned)
            return Made({name: frozenset(((part, name),)) for name in names})
        return _in_memory(tables, leaf, names, candidates or tables.known())

    made = of_plan(plan, begin)
    if made is None:
        return None
    return Table({**made.columns}, made.computed, engine="polars", by_plan=True)


def _scan(leaf: Leaf, scanned: Sequence[tuple[str, str]]) -> str:
    """What stands for a scanned file: by the end of its path; a sealed one is read by another, then by order."""
    for name, part in scanned:
        if any(path == name or path.endswith("/" + PurePath(name).as_posix()) for path in leaf.paths):
            return part
    return scanned[0][1] if scanned else ""


def _in_memory(tables: Tables, leaf: Leaf, names: tuple[str, ...], candidates: Sequence[Known]) -> Made:
    """A table that the plan was made over: known again by its values, else of any column there is."""
    import polars

    frame = polars.DataFrame._from_pydf(leaf.frame)
    table = view(frame.select([name for name in names if name in frame.columns]))
    found = tables.matches(table, candidates) if table is not None else {}
    every: Sources = NOTHING.union(*(known.sources(name) for known in candidates for name in known.columns))
    made = Made({})
    for name in names:
        held = [known.known.sources(known.column) for known in inside(found.get(name, []), None)]
        made.put(name, NOTHING.union(*held) if held else LOOSE | every, computed=not held)
    return made


def _query(call: Call, operation: Operation, table: Frame) -> Query | None:
    text = call.resource
    text = getattr(text, "text", text)
    if not isinstance(text, str) or len(text) > _MOST:
        return None
    return Query(
        text=text,
        dialect=_dialect(call),
        tables={},
        place=operation.id,
        names=table.columns,
        engine="polars" if operation.library == "polars" else "pandas",
    )


def _dialect(call: Call) -> str:
    """sqlglot's name for the SQL that the call's connection speaks; empty where that is not known."""
    for each in (*call.args, *call.kwargs.values()):
        module = type(each).__module__.partition(".")[0]
        if module in _DIALECTS:
            return _DIALECTS[module]
        name: Callable[..., Any] | str = getattr(getattr(each, "dialect", None), "name", "")
        if module == "sqlalchemy" and isinstance(name, str) and name:
            return _BY_ENGINE.get(name, name)
    return ""
