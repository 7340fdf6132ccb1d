"""One small declarative file per library. To add a library: its file, and its line here."""

from __future__ import annotations

import importlib

import msgspec

from jupyter_mlsec.interception import Library


class Declared(msgspec.Struct, frozen=True):
    """A library of which an interceptor is kept, and the module whose arrival it waits for; read only then."""

    module: str
    name: str
    file: str

    def load(self) -> Library:
        """The declaration itself, from its file."""
        found = importlib.import_module(f"{__name__}.{self.file}")
        named: Library | None = getattr(found, "LIBRARY", None)
        return named or next(library for library in found.LIBRARIES if library.name == self.name)


def declared(module: str, *, name: str = "", file: str = "") -> Declared:
    """The library awaited as `module`, called `name`, in `file`: both as the module unless they say otherwise."""
    return Declared(module=module, name=name or module, file=file or module)


LIBRARIES = (
    declared("pandas"),
    declared("polars"),
    declared("pyarrow"),
    declared("numpy"),
    declared("scipy"),
    declared("duckdb"),
    declared("sqlalchemy", name="SQLAlchemy"),
    declared("sqlite3"),
    declared("csv"),
    declared("json"),
    declared("requests"),
    declared("httpx"),
    declared("httpx2"),
    declared("urllib"),
    declared("sklearn", name="scikit-learn"),
    declared("xgboost"),
    declared("lightgbm"),
    declared("torch"),
    declared("keras"),
    declared("transformers"),
    declared("datasets"),
    declared("openai"),
    declared("anthropic"),
    declared("pickle"),
    declared("cloudpickle"),
    declared("dill"),
    declared("joblib"),
    declared("skops"),
    declared("safetensors"),
    declared("fsspec"),
    declared("multiprocessing", file="workers"),
    declared("concurrent.futures", file="workers"),
    declared("joblib", name="loky", file="workers"),
    declared("distributed", name="dask", file="workers"),
)


def libraries() -> tuple[Library, ...]:
    """All declarations, read: for pages and tests that go through them."""
    return tuple(each.load() for each in LIBRARIES)
