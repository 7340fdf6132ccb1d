"""Dumps samples in every way their users do, and takes down each name, by the library that it belongs to."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import io
import pickle
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any  # objects of any library

from jupyter_mlsec.controls.loading.containers import followed
from jupyter_mlsec.controls.loading.listed import Listing
from jupyter_mlsec.controls.loading.listing import models, tables
from jupyter_mlsec.controls.loading.listing.review import review
from jupyter_mlsec.controls.loading.listing.tables import Sample
from jupyter_mlsec.controls.loading.names import spellings

SAMPLES: dict[str, Callable[[], Iterator[Sample]]] = {
    "python-dateutil": tables.dateutil,
    "numpy": tables.numpy,
    "pandas": tables.pandas,
    "scipy": tables.scipy,
    "polars": tables.polars,
    "pyarrow": tables.pyarrow,
    "joblib": models.joblib,
    "scikit-learn": models.sklearn,
    "xgboost": models.xgboost,
    "lightgbm": models.lightgbm,
    "torch": models.torch,
}
"""By distribution; Python's own apart."""
_OTHER_DISTRIBUTIONS = {"xgboost": ("xgboost-cpu",)}
"""Other names that the same library is installed by."""
_PACKAGES = {"python-dateutil": "dateutil", "scikit-learn": "sklearn"}
_UNPICKLABLE = (pickle.PicklingError, TypeError, AttributeError, ValueError, RuntimeError, NotImplementedError)

_METHOD = "method"
_NAMED = "named"
Uses = dict[tuple[str, str], set[str]]


def dumped(only: Iterable[str] = ()) -> tuple[Listing, ...]:
    """The listing of each installed library that there are samples of."""
    wanted = [name for name in SAMPLES if not list(only) or name in only]
    there = {name: version for name in wanted if (version := version_of(name)) is not None}
    uses: Uses = {}
    for name in there:
        for _, sample in SAMPLES[name]():
            _take_down(sample, uses)
    return tuple(_listing(name, version, (_package(name),), uses) for name, version in there.items())


def python_names() -> Listing:
    """The names of Python itself that plain objects take, and those that models take."""
    uses: Uses = {}
    for _, sample in tables.python():
        for each in sample if isinstance(sample, list) else [sample]:
            _take_down(each, uses)
    for name in SAMPLES:
        if version_of(name) is not None:
            for _, sample in SAMPLES[name]():
                _take_down(sample, uses)
    return _listing("python", "3", tuple(sorted({name.partition(".")[0] for name, _ in uses} & _STANDARD)), uses)


_STANDARD = frozenset(sys.stdlib_module_names)


def version_of(distribution: str) -> str | None:
    """The installed version, under whichever name."""
    for name in (distribution, *_OTHER_DISTRIBUTIONS.get(distribution, ())):
        try:
            return importlib.metadata.version(name).partition("+")[0]
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def _package(distribution: str) -> str:
    return _PACKAGES.get(distribution, distribution)


def _listing(name: str, version: str, packages: tuple[str, ...], uses: Uses) -> Listing:
    free: list[str] = []
    methods: list[str] = []
    careful: dict[str, tuple[str, ...]] = {}
    for key in sorted(uses):
        module, text = key
        if module.partition(".")[0] not in packages:
            continue
        if _METHOD in uses[key] and review(module, text) == "free":
            methods.append(f"{module}:{text}")
        if uses[key] == {_METHOD}:
            continue
        verdict = review(module, text)
        if verdict == "free":
            free.append(f"{module}:{text}")
        elif verdict == "careful":
            careful[f"{module}:{text}"] = tuple(sorted(uses[key] - {_METHOD, _NAMED}))
    return Listing(
        distribution=name, version=version, packages=packages, free=tuple(free), careful=careful, methods=tuple(methods)
    )


def _take_down(sample: Any, uses: Uses) -> None:
    for raw in ways(sample):
        found = followed(io.BytesIO(raw))
        for name, used in found.uses.items():
            for use in used:
                if use.by is not None and use.how in ("attribute", "method called"):
                    uses.setdefault(use.by, set()).add(_METHOD)
            hows = {
                "new" if use.how == "empty" else use.how
                for use in used
                if use.how != "passed" or use.by is None or use.by.name != "partial"
            }
            module, text = next(iter(spellings(*name)))
            uses.setdefault((module, text), set()).update(hows or {_NAMED})


def ways(sample: Any) -> Iterator[bytes]:
    """The sample as pickle writes it in each protocol, and as joblib does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for protocol in (0, 2, 4, 5):
            try:
                yield pickle.dumps(sample, protocol)
            except _UNPICKLABLE:
                continue
        joblib = importlib.import_module("joblib") if importlib.util.find_spec("joblib") else None
        if joblib is not None:
            held = io.BytesIO()
            try:
                joblib.dump(sample, held)
            except _UNPICKLABLE:
                return
            yield held.getvalue()
