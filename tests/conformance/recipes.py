"""How to call each watched function for real: one recipe per declaration, on a folder of its own."""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd


class Recipe(NamedTuple):
    """`owner.name(*args(folder, probe))`; probe() runs in the depth of the call when `probed` is used."""

    holder: Callable[[], Any]
    name: str
    good: Callable[[str], tuple[Any, ...]]
    bad: Callable[[str], tuple[Any, ...]]
    probed: Callable[[str, Callable[[], None]], tuple[Any, ...]]


class ProbedPath(os.PathLike):
    """A path that looks around when it is asked for."""

    def __init__(self, path: str, probe: Callable[[], None]) -> None:
        self.path, self.probe = path, probe

    def __fspath__(self) -> str:
        self.probe()
        return self.path


class ProbedBuffer(io.BytesIO):
    """A file that looks around when it is read or written."""

    def __init__(self, probe: Callable[[], None], content: bytes = b"") -> None:
        super().__init__(content)
        self.probe = probe

    def read(self, *args):
        self.probe()
        return super().read(*args)

    def readinto(self, *args):
        self.probe()
        return super().readinto(*args)

    def readline(self, *args):
        self.probe()
        return super().readline(*args)

    def write(self, *args):
        self.probe()
        return super().write(*args)


class ProbedArray:
    """Features that look around when they are turned into an array."""

    def __init__(self, values, probe: Callable[[], None]) -> None:
        self.values, self.probe = np.asarray(values, dtype=float), probe
        self.shape = self.values.shape
        self.dtype = self.values.dtype
        self.ndim = self.values.ndim

    def __len__(self) -> int:
        return len(self.values)

    def __array__(self, dtype=None, copy=None):
        self.probe()
        return self.values if dtype is None else self.values.astype(dtype)


FRAME = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})
X = [[0.0], [1.0], [2.0], [3.0]]
Y = [0, 0, 1, 1]


def _read(name: str, file: str, write: Callable[[str], None], module: Callable[[], Any] = lambda: pd) -> Recipe:
    def path_in(folder: str) -> str:
        path = os.path.join(folder, file)
        if not os.path.exists(path):
            write(path)
        return path

    return Recipe(
        holder=module,
        name=name,
        good=lambda folder: (path_in(folder),),
        bad=lambda folder: (os.path.join(folder, "missing"),),
        probed=lambda folder, probe: (ProbedPath(path_in(folder), probe),),
    )


def _write(name: str, file: str) -> Recipe:
    return Recipe(
        holder=lambda: pd.DataFrame,
        name=name,
        good=lambda folder: (FRAME, os.path.join(folder, file)),
        bad=lambda folder: (FRAME, os.path.join(folder, "missing", file)),
        probed=lambda folder, probe: (FRAME, ProbedPath(os.path.join(folder, file), probe)),
    )


def _sql(folder: str, query: str = "select * from t") -> tuple[Any, ...]:
    import sqlalchemy

    engine = sqlalchemy.create_engine(f"sqlite:///{folder}/t.db")
    FRAME.to_sql("t", engine, index=False, if_exists="replace")
    return query, engine


def _sql_probed(folder: str, probe: Callable[[], None]) -> tuple[Any, ...]:
    import sqlalchemy

    query, engine = _sql(folder)
    sqlalchemy.event.listen(engine, "before_cursor_execute", lambda *_: probe())
    return query, engine


def _joblib() -> Any:
    import joblib

    return joblib


def _model(make: Callable[[], Any], name: str, supervised: bool, fitted: bool) -> Recipe:
    def arguments(values: Any) -> tuple[Any, ...]:
        model = make()
        if fitted:
            model.fit(X, Y)
        return (model, values, Y) if supervised else (model, values)

    return Recipe(
        holder=lambda: type(make()),
        name=name,
        good=lambda _: arguments(X),
        bad=lambda _: arguments([["text"]]),
        probed=lambda _, probe: arguments(ProbedArray(X, probe)),
    )


def _regression() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression()


def _scaler() -> Any:
    from sklearn.preprocessing import StandardScaler

    return StandardScaler()


def _clusters() -> Any:
    from sklearn.cluster import DBSCAN

    return DBSCAN()


class _Probed:
    probe: Callable[[], None]

    def __reduce__(self):
        type(self).probe()
        return (int, ())


def _dump_probed(_: str, probe: Callable[[], None]) -> tuple[Any, ...]:
    _Probed.probe = staticmethod(probe)
    return _Probed(), io.BytesIO()


RECIPES: dict[tuple[str, str], Recipe] = {
    ("pandas", "read_csv"): _read("read_csv", "t.csv", lambda path: FRAME.to_csv(path)),
    ("pandas", "read_parquet"): _read("read_parquet", "t.parquet", lambda path: FRAME.to_parquet(path)),
    ("pandas", "read_json"): _read("read_json", "t.json", lambda path: FRAME.to_json(path)),
    ("pandas", "read_excel"): _read("read_excel", "t.xlsx", lambda path: FRAME.to_excel(path)),
    ("pandas", "read_pickle"): _read("read_pickle", "t.pkl", lambda path: FRAME.to_pickle(path)),
    ("pandas", "read_sql"): Recipe(lambda: pd, "read_sql", _sql, lambda f: _sql(f, "select * from no"), _sql_probed),
    ("pandas", "DataFrame.to_csv"): _write("to_csv", "o.csv"),
    ("pandas", "DataFrame.to_parquet"): _write("to_parquet", "o.parquet"),
    ("pandas", "DataFrame.to_json"): _write("to_json", "o.json"),
    ("pandas", "DataFrame.to_pickle"): _write("to_pickle", "o.pkl"),
    ("pandas", "DataFrame.to_excel"): _write("to_excel", "o.xlsx"),
    ("joblib", "load"): _read("load", "m.joblib", lambda path: _joblib().dump(FRAME, path), _joblib),
    ("joblib", "dump"): Recipe(
        _joblib,
        "dump",
        lambda folder: (FRAME, os.path.join(folder, "o.joblib")),
        lambda folder: (FRAME, os.path.join(folder, "missing", "o")),
        lambda folder, probe: (FRAME, ProbedBuffer(probe)),
    ),
    ("pickle", "dump"): Recipe(
        lambda: pickle,
        "dump",
        lambda _: (FRAME, io.BytesIO()),
        lambda _: (lambda: None, io.BytesIO()),
        _dump_probed,
    ),
    ("pickle", "load"): Recipe(
        lambda: pickle,
        "load",
        lambda _: (io.BytesIO(pickle.dumps([1])),),
        lambda _: (io.BytesIO(b"nonsense"),),
        lambda _, probe: (ProbedBuffer(probe, pickle.dumps([1])),),
    ),
    ("scikit-learn", "fit"): _model(_regression, "fit", True, False),
    ("scikit-learn", "fit_transform"): _model(_scaler, "fit_transform", False, False),
    ("scikit-learn", "fit_predict"): _model(_clusters, "fit_predict", False, False),
    ("scikit-learn", "predict"): _model(_regression, "predict", False, True),
    ("scikit-learn", "predict_proba"): _model(_regression, "predict_proba", False, True),
    ("scikit-learn", "transform"): _model(_scaler, "transform", False, True),
}
