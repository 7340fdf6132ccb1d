"""duckdb: databases and files opened, SQL run, relations read out and written.

A relation reads its files when its rows are asked for: that completes the record of the call that made it, or gives one
for the files that a relation derived from it names. Not seen: what only displays (`repr`, `show`), `Appender`s, and
rows fetched by `duckdb.fetchall()` and its like from the module's own connection (what ran is recorded).
"""

from typing import Any

from jupyter_mlsec.interception import Library, closes, connects, hands_out, queries, reads, writes
from jupyter_mlsec.interception.declaration import Declared
from jupyter_mlsec.interception.statements import IN_SQL, read_statement


def _text(call: Any) -> Any:  # Any: a Call; duckdb takes statements it has parsed as well
    """The SQL of a statement."""
    statement = call.resource
    return getattr(statement, "query", statement)


def _files(call: Any) -> Any:  # Any: a Call
    """The files a relation reads; None for one over what is in memory, or in a database that was named before."""
    query = getattr(call.args[0], "sql_query", None)
    return (list(read_statement(query()).sources) or None) if callable(query) else None


_RAN = ("fetchall", "fetchnumpy", "df", "fetchdf", "to_df", "pl", "torch", "to_arrow_table", "to_arrow_reader")
_RAN_LATER = ("iter_rows", "__arrow_c_stream__", "materialize")
_FETCHED = ("fetchall", "fetchnumpy", "df", "fetchdf", "fetch_df", "torch", "to_arrow_table", "to_arrow_reader")
_QUERY = ("query", "parameters")


def _of(owner: str, *self: str) -> tuple[Declared, ...]:
    """What the module (for its own connection) and a connection both do."""
    path = (*self, "path_or_buffer")
    return (
        queries(f"{owner}sql", resource="query", found_by=_text, spelling=IN_SQL, sealing="folder"),
        queries(
            f"{owner}execute",
            resource="query",
            found_by=_text,
            parameters=(*self, *_QUERY),
            spelling=IN_SQL,
            sealing="folder",
        ),
        queries(
            f"{owner}executemany",
            resource="query",
            found_by=_text,
            parameters=(*self, *_QUERY),
            spelling=IN_SQL,
            sealing="folder",
        ),
        reads(f"{owner}read_csv", resource="path_or_buffer", format="csv", parameters=path, sealing="lasting"),
        reads(f"{owner}read_json", resource="path_or_buffer", format="json", parameters=path, sealing="lasting"),
        reads(f"{owner}read_parquet", resource="path_or_buffer", format="parquet", parameters=path, sealing="lasting"),
        reads(f"{owner}table", resource="table_name", format="sql", kind="database"),
        writes(
            f"{owner}append",
            resource="table_name",
            value="df",
            format="sql",
            kind="database",
            parameters=(*self, "table_name", "df"),
        ),
    )


LIBRARY = Library(
    name="duckdb",
    module="duckdb",
    versions=("2", "3"),
    watches=(
        connects(
            "connect",
            resource="database",
            kind="database",
            format="duckdb",
            parameters=("database", "read_only"),
            sealing="folder",
        ),
        *_of(""),
        *_of("DuckDBPyConnection.", "self"),
        *(hands_out(f"DuckDBPyConnection.{name}", rest=True) for name in _FETCHED),
        *(hands_out(f"DuckDBPyConnection.{name}") for name in ("fetchone", "fetchmany", "fetch_df_chunk")),
        closes("DuckDBPyConnection.close"),
        queries("DuckDBPyRelation.query", resource="sql_query", spelling=IN_SQL, sealing="folder"),
        *(
            reads(f"DuckDBPyRelation.{name}", found_by=_files, whole=False, completes=True)
            for name in (*_RAN, *_RAN_LATER)
        ),
        *(
            writes(f"DuckDBPyRelation.{verb}_{format}", resource="file_name", format=format, sealing="folder")
            for format in ("csv", "parquet")
            for verb in ("write", "to")
        ),
        writes("write_csv", resource="filename", value="df", format="csv", sealing="folder"),
        *(
            writes(f"DuckDBPyRelation.{name}", resource="table_name", format="sql", kind="database")
            for name in ("create", "to_table", "insert_into")
        ),
    ),
)
