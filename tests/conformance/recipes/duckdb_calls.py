"""duckdb, called for real.

Most of its work is not Python's: only what takes a path asks it for its name, so other rows have no probed call.
"""

from __future__ import annotations

import os
import pathlib

import duckdb
import pandas as pd

from tests.conformance.recipes.recipe import ProbedPath, Recipe, path_in

FRAME = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})
QUERY = "select 41 + 1 as answer"
WRITTEN_BY = {"csv": "to_csv", "json": "to_json", "parquet": "to_parquet"}


def _module():
    return duckdb


def _connection():
    return duckdb.DuckDBPyConnection


def _relation():
    return duckdb.DuckDBPyRelation


def _opened(folder: str, *args):
    """A connection to a new database in the folder that has a table t."""
    con = duckdb.connect()
    con.execute("create table t as select 1 as a")
    return con, *args


def _table(folder: str, *args):
    duckdb.execute("create or replace table t as select 1 as a")
    return args


def _plan(folder: str, *args):
    """A relation derived from one over a file: no watched call returned it."""
    path = path_in(folder, "t.parquet", FRAME.to_parquet)
    return duckdb.connect().read_parquet(path).filter("a > 1"), *args


def _gone(folder: str, *args):
    """The same, its file gone since."""
    found = _plan(folder, *args)
    os.remove(os.path.join(folder, "t.parquet"))
    return found


def _path(folder: str, format: str) -> str:
    return path_in(folder, f"t.{format}", lambda path: getattr(FRAME, WRITTEN_BY[format])(path))


def _asked(holder, name: str, begin) -> Recipe:
    """A function that takes SQL, after what `begin` gives."""
    return Recipe(holder, name, lambda folder: begin(folder, QUERY), lambda folder: begin(folder, "select * from no"))


def _many(holder, begin) -> Recipe:
    insert = "insert into t values (?)"
    return Recipe(
        holder,
        "executemany",
        lambda folder: begin(folder, insert, [[2], [3]]),
        lambda folder: begin(folder, insert, [["text"]]),
        action="write",
    )


def _reader(holder, format: str, begin) -> Recipe:
    return Recipe(
        holder,
        f"read_{format}",
        lambda folder: begin(folder, _path(folder, format)),
        lambda folder: begin(folder, os.path.join(folder, "missing")),
        lambda folder, probe: begin(folder, ProbedPath(_path(folder, format), probe)),
    )


def _ran(name: str) -> Recipe:
    return Recipe(_relation, name, _plan, _gone)


def _copied(name: str) -> Recipe:
    return Recipe(
        _relation,
        name,
        lambda folder: _plan(folder, os.path.join(folder, "o.out")),
        lambda folder: _plan(folder, os.path.join(folder, "missing", "o.out")),
    )


def _stored(name: str, table: str) -> Recipe:
    def good(folder: str):
        con, *_ = _opened(folder)
        return con.sql("select 2 as a"), table

    return Recipe(_relation, name, good, lambda folder: _plan(folder, "no.such.table.at.all"))


class _Probed(type(pathlib.Path())):
    """duckdb asks a pathlib.Path for its text."""

    def probe(self) -> None:
        """Replaced once the path is made: making it asks for its text as well."""

    def __str__(self) -> str:
        self.probe()
        return super().__str__()


def _probed_path(folder: str, probe):
    path = _Probed(folder, "t.duckdb")
    path.probe = probe
    return (path,)


ROWS = ("fetchall", "fetchnumpy", "df", "fetchdf", "to_df", "pl", "to_arrow_table", "to_arrow_reader", "materialize")

RECIPES = {
    "connect": Recipe(
        _module,
        "connect",
        lambda folder: (os.path.join(folder, "t.duckdb"),),
        lambda folder: (os.path.join(folder, "missing", "t.duckdb"),),
        _probed_path,
    ),
    "sql": _asked(_module, "sql", _table),
    "execute": _asked(_module, "execute", _table),
    "executemany": _many(_module, _table),
    "DuckDBPyConnection.sql": _asked(_connection, "sql", _opened),
    "DuckDBPyConnection.execute": _asked(_connection, "execute", _opened),
    "DuckDBPyConnection.executemany": _many(_connection, _opened),
    "DuckDBPyRelation.query": Recipe(
        _relation,
        "query",
        lambda folder: _plan(folder, "v", "select * from v"),
        lambda folder: _plan(folder, "v", "select * from no"),
    ),
    **{f"read_{format}": _reader(_module, format, _table) for format in WRITTEN_BY},
    **{f"DuckDBPyConnection.read_{format}": _reader(_connection, format, _opened) for format in WRITTEN_BY},
    **{
        f"{owner}table": Recipe(holder, "table", lambda folder, begin=begin: begin(folder, "t"), bad)
        for owner, holder, begin, bad in (
            ("", _module, _table, lambda folder: ("no",)),
            ("DuckDBPyConnection.", _connection, _opened, lambda folder: _opened(folder, "no")),
        )
    },
    **{f"DuckDBPyRelation.{name}": _ran(name) for name in ROWS},
    "DuckDBPyRelation.__arrow_c_stream__": _ran("__arrow_c_stream__"),
    "DuckDBPyRelation.torch": Recipe(_relation, "torch", lambda folder: (_plan(folder)[0].select("a"),), needs="torch"),
    "DuckDBPyRelation.iter_rows": Recipe(_relation, "iter_rows", _plan),  # raises when its first row is asked for
    **{f"DuckDBPyRelation.{name}": _copied(name) for name in ("write_csv", "to_csv", "write_parquet", "to_parquet")},
    "write_csv": Recipe(
        _module,
        "write_csv",
        lambda folder: (FRAME, os.path.join(folder, "o.csv")),
        lambda folder: (FRAME, os.path.join(folder, "missing", "o.csv")),
    ),
    "DuckDBPyRelation.create": _stored("create", "made"),
    "DuckDBPyRelation.to_table": _stored("to_table", "made"),
    "DuckDBPyRelation.insert_into": _stored("insert_into", "t"),
    "append": Recipe(
        _module,
        "append",
        lambda folder: _table(folder, "t", FRAME[["a"]]),
        lambda folder: ("no", FRAME),
    ),
    "DuckDBPyConnection.append": Recipe(
        _connection,
        "append",
        lambda folder: _opened(folder, "t", FRAME[["a"]]),
        lambda folder: _opened(folder, "no", FRAME),
    ),
}
