"""Hugging Face datasets, called for real on local files. Names are read by pyarrow and fsspec: nothing is probed."""

from __future__ import annotations

import itertools
import os

import datasets
from datasets import Dataset, DatasetDict

from tests.conformance.recipes.recipe import Recipe, path_in

_count = itertools.count()


def _dataset() -> Dataset:
    return Dataset.from_dict({"a": [1, 2, 3], "b": ["x", "y", "z"]})


def _load():
    return datasets.load


def _reads(name: str, file: str, saved_by: str) -> Recipe:
    return Recipe(
        lambda: Dataset,
        name,
        lambda folder: (path_in(folder, file, lambda path: getattr(_dataset(), saved_by)(path)),),
        lambda folder: (os.path.join(folder, "missing"),),
    )


def _writes(name: str, file: str, make=_dataset) -> Recipe:
    return Recipe(
        lambda: type(make()),
        name,
        lambda folder: (make(), os.path.join(folder, f"{next(_count)}.{file}")),
        lambda _: (make(), 7),
    )


def _sql(folder: str, query: str):
    path = os.path.join(folder, "t.db")
    if not os.path.exists(path):
        _dataset().to_sql("t", f"sqlite:///{path}")
    return query, f"sqlite:///{path}"


RECIPES = {
    "load:load_dataset": Recipe(
        _load,
        "load_dataset",
        lambda folder: ("csv", None, None, path_in(folder, "t.csv", _dataset().to_csv)),
        lambda folder: ("csv", None, None, os.path.join(folder, "missing.csv")),
    ),
    "load:load_from_disk": Recipe(
        _load,
        "load_from_disk",
        lambda folder: (path_in(folder, "d", _dataset().save_to_disk),),
        lambda folder: (os.path.join(folder, "missing"),),
    ),
    "arrow_dataset:Dataset.load_from_disk": _reads("load_from_disk", "d", "save_to_disk"),
    "dataset_dict:DatasetDict.load_from_disk": Recipe(
        lambda: DatasetDict,
        "load_from_disk",
        lambda folder: (path_in(folder, "dd", DatasetDict({"train": _dataset()}).save_to_disk),),
        lambda folder: (os.path.join(folder, "missing"),),
    ),
    "arrow_dataset:Dataset.from_text": _reads("from_text", "t.txt", "to_csv"),
    "arrow_dataset:Dataset.from_csv": _reads("from_csv", "t.csv", "to_csv"),
    "arrow_dataset:Dataset.from_json": _reads("from_json", "t.json", "to_json"),
    "arrow_dataset:Dataset.from_parquet": _reads("from_parquet", "t.parquet", "to_parquet"),
    "arrow_dataset:Dataset.from_sql": Recipe(
        lambda: Dataset,
        "from_sql",
        lambda folder: _sql(folder, "select * from t"),
        lambda folder: _sql(folder, "select * from no"),
    ),
    "arrow_dataset:Dataset.save_to_disk": _writes("save_to_disk", "d"),
    "dataset_dict:DatasetDict.save_to_disk": _writes("save_to_disk", "dd", lambda: DatasetDict({"train": _dataset()})),
    "arrow_dataset:Dataset.to_csv": _writes("to_csv", "csv"),
    "arrow_dataset:Dataset.to_json": _writes("to_json", "json"),
    "arrow_dataset:Dataset.to_parquet": _writes("to_parquet", "parquet"),
    "arrow_dataset:Dataset.to_sql": Recipe(
        lambda: Dataset,
        "to_sql",
        lambda folder: (_dataset(), f"t{next(_count)}", f"sqlite:///{folder}/o.db"),
        lambda folder: (_dataset(), "t", f"sqlite:///{folder}/missing/o.db"),
    ),
}
