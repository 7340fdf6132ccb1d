"""Loads a file by the loader that fits it, for those who do not want to choose; the caller has the guard on."""

from __future__ import annotations

import importlib
import importlib.util
import pickle
import zipfile
from pathlib import Path
from typing import Any  # whatever is in the file


def load(path: Path) -> Any:
    """What is in the file: a pickle in any packing, arrays, tensors (of weights only), safetensors, or a skops model.

    An npz file is given as a dict, all of it read. Raises what the loader raises for a broken file, and
    UntrustedTypesFoundException of skops for what that does not know.
    """
    with path.open("rb") as file:
        head = file.read(8)
    if path.suffix == ".safetensors":
        return importlib.import_module("safetensors.numpy").load_file(path)
    members = _members(path)
    if "schema.json" in members:
        return importlib.import_module("skops.io").load(path, trusted=[])
    if any(name.endswith("data.pkl") for name in members):
        return importlib.import_module("torch").load(path, weights_only=True)
    if head.startswith(b"\x93NUMPY") or members:
        found = importlib.import_module("numpy").load(path, allow_pickle=True)
        return {name: found[name] for name in found.files} if members else found
    if importlib.util.find_spec("joblib") is not None:
        return importlib.import_module("joblib").load(path)
    with path.open("rb") as file:
        return pickle.load(file)  # under watch: that is what this is for


def _members(path: Path) -> tuple[str, ...]:
    if not zipfile.is_zipfile(path):
        return ()
    with zipfile.ZipFile(path) as archive:
        return tuple(archive.namelist())
