"""SQLAlchemy: engines made and connected, statements run through connections and sessions, rows as they are fetched."""

import re
from typing import Any

from jupyter_mlsec.interception import Library, connects, hands_out, queries, writes

_USER = re.compile(r"://[^@/]*(?::[^@]*)?@")
_FILES = ("sqlite", "duckdb")


def _address(call: Any) -> Any:  # Any: a Call; of an engine, or what one is made from
    """The file of a database that is one, else the URL without who connects; only a text holds the password."""
    url = getattr(call.args[0], "url", call.args[0]) if call.args else call.resource
    dialect, _, rest = _USER.sub("://", str(url)).partition("://")
    if dialect.partition("+")[0] in _FILES:
        return rest.removeprefix("/").partition("?")[0]
    return f"{dialect}://{rest}"


def _flushed(call: Any) -> list[str] | None:  # Any: a Call of a method of the session
    """The tables whose rows are about to be written."""
    session = call.args[0]
    changed = {str(row.__table__.name) for row in (*session.new, *session.dirty, *session.deleted)}
    return sorted(changed) or None


def _tables(call: Any) -> list[str] | None:  # Any: a Call of a method of the metadata
    return list(call.args[0].tables) or None


_RESULTS = (("engine.cursor:CursorResult", "context"), ("engine.result:IteratorResult", "raw.context"))

LIBRARY = Library(
    name="SQLAlchemy",
    module="sqlalchemy",
    versions=("2", "3"),
    watches=(
        connects("create_engine", resource="url", kind="database", found_by=_address),
        connects("Engine.connect", kind="database", found_by=_address),
        connects("Engine.raw_connection", kind="database", found_by=_address),
        queries("Connection.execute", resource="statement"),
        queries("Connection.exec_driver_sql", resource="statement"),
        queries("Connection.scalar", resource="statement"),
        queries("orm:Session._execute_internal", resource="statement"),
        writes("orm:Session.flush", format="sql", kind="database", found_by=_flushed),
        writes("MetaData.create_all", format="sql", kind="database", found_by=_tables),
        writes("MetaData.drop_all", format="sql", kind="database", found_by=_tables),
        *(
            hands_out(f"{result}._fetch{piece}_impl", rest=piece == "all", known_by=known_by)
            for result, known_by in _RESULTS
            for piece in ("one", "many", "iter", "all")
        ),
    ),
)
