"""What the policy has kept is sealed, whole and readable again; what cannot be sealed is not written."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyarrow import feather

from jupyter_mlsec.controls.models.kept import Keeper, packed
from jupyter_mlsec.protocol.errors import NoIdentity

TABLE = pd.DataFrame({"name": ["Ada", "Bob"], "age": [1, 2]})


def unpacked(parts: dict[str, Any]) -> dict[str, bytes]:
    content = packed(parts, 1 << 20)
    assert content is not None
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_arrays_tables_and_prompts_come_back() -> None:
    found = unpacked({"input": TABLE, "output": np.eye(2), "prompt": {"messages": ["hello"]}})

    assert feather.read_table(io.BytesIO(found["input.feather"])).to_pandas().equals(TABLE)
    assert np.load(io.BytesIO(found["output.npy"])).tolist() == [[1, 0], [0, 1]]
    assert found["prompt.json"] == b'{"messages":["hello"]}'


def test_what_cannot_be_written_is_left_out() -> None:
    rows = iter([1])

    assert list(unpacked({"input": rows, "output": np.ones(1), "odd": np.array([object()])})) == ["output.npy"]
    assert next(rows) == 1
    assert packed({"input": object()}, 1 << 20) is None


def test_too_much_is_not_kept() -> None:
    assert packed({"input": np.ones(1000)}, 1000) is None


def test_without_an_identity_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))

    with pytest.raises(NoIdentity):
        Keeper(lambda: tmp_path, 1 << 20).keep("run.1", {"input": TABLE})
    assert not (tmp_path / "models").exists()
