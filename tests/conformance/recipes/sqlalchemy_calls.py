"""SQLAlchemy, called for real."""

from __future__ import annotations

import tempfile

import sqlalchemy
from sqlalchemy import orm

from tests.conformance.recipes.recipe import Recipe

METADATA = sqlalchemy.MetaData()
TABLE = sqlalchemy.Table("t", METADATA, sqlalchemy.Column("a", sqlalchemy.Integer, primary_key=True))


class Row:
    """What is mapped to a row of t."""


orm.registry().map_imperatively(Row, TABLE)


def engine(folder: str, probe=None):
    """An engine over a database in the folder, which looks around at every statement."""
    made = sqlalchemy.create_engine(f"sqlite:///{folder}/t.db")
    METADATA.create_all(made)
    if probe is not None:
        sqlalchemy.event.listen(made, "before_cursor_execute", lambda *_: probe())
    return made


def _asked(holder, name: str, begin, select: object, wrong: object) -> Recipe:
    return Recipe(
        holder,
        name,
        lambda folder: (begin(folder), select),
        lambda folder: (begin(folder), wrong),
        lambda folder, probe: (begin(folder, probe), select),
    )


def _connection(folder: str, probe=None):
    return engine(folder, probe).connect()


def _session(folder: str, probe=None):
    return orm.Session(engine(folder, probe))


def _flushing(folder: str, probe=None, *, table: bool = True):
    made = engine(tempfile.mkdtemp(dir=folder), probe)  # what was flushed before is not committed, and locks
    if not table:
        METADATA.drop_all(made)
    session = orm.Session(made)
    session.add(Row())
    return (session,)


def _making(name: str) -> Recipe:
    return Recipe(
        lambda: sqlalchemy.MetaData,
        name,
        lambda folder: (METADATA, engine(folder)),
        lambda folder: (METADATA, sqlalchemy.create_engine(f"sqlite:///{folder}/missing/t.db")),
        lambda folder, probe: (METADATA, engine(folder, probe)),
    )


def _connecting(name: str) -> Recipe:
    return Recipe(
        lambda: sqlalchemy.Engine,
        name,
        lambda folder: (engine(folder),),
        lambda folder: (sqlalchemy.create_engine(f"sqlite:///{folder}/missing/t.db"),),
        lambda folder, probe: (_checked(folder, probe),),
    )


def _checked(folder: str, probe):
    made = engine(folder)
    sqlalchemy.event.listen(made, "checkout", lambda *_: probe())
    return made


SELECT, WRONG = sqlalchemy.text("select * from t"), sqlalchemy.text("select * from no")

RECIPES = {
    # asks nothing of its argument that Python could see
    "create_engine": Recipe(lambda: sqlalchemy, "create_engine", lambda _: ("sqlite://",), lambda _: ("nonsense",)),
    "Engine.connect": _connecting("connect"),
    "Engine.raw_connection": _connecting("raw_connection"),
    "Connection.execute": _asked(lambda: sqlalchemy.Connection, "execute", _connection, SELECT, WRONG),
    "Connection.exec_driver_sql": _asked(
        lambda: sqlalchemy.Connection, "exec_driver_sql", _connection, "select * from t", "select * from no"
    ),
    "Connection.scalar": _asked(lambda: sqlalchemy.Connection, "scalar", _connection, SELECT, WRONG),
    "orm:Session._execute_internal": _asked(lambda: orm.Session, "_execute_internal", _session, SELECT, WRONG),
    "orm:Session.flush": Recipe(
        lambda: orm.Session,
        "flush",
        _flushing,
        lambda folder: _flushing(folder, table=False),
        lambda folder, probe: _flushing(folder, probe),
    ),
    "MetaData.create_all": _making("create_all"),
    "MetaData.drop_all": _making("drop_all"),
}
