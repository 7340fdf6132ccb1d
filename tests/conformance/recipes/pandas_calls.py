"""pandas, called for real."""

from __future__ import annotations

import pandas as pd

from tests.conformance.recipes.recipe import Recipe, loader, saver

FRAME = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})


def _pandas():
    return pd


def _frame_class():
    return pd.DataFrame


def _reads(name: str, file: str, saved_by: str) -> Recipe:
    return loader(_pandas, name, file, lambda path: getattr(FRAME, saved_by)(path))


def _writes(name: str, file: str) -> Recipe:
    return saver(_frame_class, name, file, lambda: FRAME)


def sql(folder: str, query: str = "select * from t"):
    """A query, and an engine over a database in the folder that has a table t."""
    import sqlalchemy

    engine = sqlalchemy.create_engine(f"sqlite:///{folder}/t.db")
    FRAME.to_sql("t", engine, index=False, if_exists="replace")
    return query, engine


def _sql_probed(folder: str, probe):
    import sqlalchemy

    query, engine = sql(folder)
    sqlalchemy.event.listen(engine, "before_cursor_execute", lambda *_: probe())
    return query, engine


RECIPES = {
    "read_csv": _reads("read_csv", "t.csv", "to_csv"),
    "read_parquet": _reads("read_parquet", "t.parquet", "to_parquet"),
    "read_json": _reads("read_json", "t.json", "to_json"),
    "read_excel": _reads("read_excel", "t.xlsx", "to_excel"),
    "read_pickle": _reads("read_pickle", "t.pkl", "to_pickle"),
    "read_sql": Recipe(_pandas, "read_sql", sql, lambda folder: sql(folder, "select * from no"), _sql_probed),
    "DataFrame.to_csv": _writes("to_csv", "o.csv"),
    "DataFrame.to_parquet": _writes("to_parquet", "o.parquet"),
    "DataFrame.to_json": _writes("to_json", "o.json"),
    "DataFrame.to_pickle": _writes("to_pickle", "o.pkl"),
    "DataFrame.to_excel": _writes("to_excel", "o.xlsx"),
}
