"""sqlite3: the databases that the user's own code opens.

Not seen: statements. `sqlite3.Connection` and `Cursor` are immutable types of C; what runs through SQLAlchemy, pandas
or polars is told by those.
"""

from typing import Any

from jupyter_mlsec.interception import Library, connects


def _path(call: Any) -> Any:  # Any: a Call
    """The file: of a URI (`file:t.db?mode=ro`), what it names."""
    database = call.resource
    if call.argument("uri") and isinstance(database, str) and database.startswith("file:"):
        return database.removeprefix("file:").partition("?")[0]
    return database


_NAMES = "database timeout detect_types isolation_level check_same_thread factory cached_statements uri"

LIBRARY = Library(
    name="sqlite3",
    module="sqlite3",
    versions=("3.11", "4"),
    from_code=True,
    watches=(
        connects(
            "connect",
            resource="database",
            kind="database",
            format="sqlite",
            sealing="sink",
            found_by=_path,
            parameters=tuple(_NAMES.split()),
        ),
    ),
)
