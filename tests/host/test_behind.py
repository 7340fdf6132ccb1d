"""The file behind an open file is named only while it is that file."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pandas as pd

from jupyter_mlsec.host.behind import path_behind, path_text


def test_an_open_file_is_known_by_its_path_until_another_stands_there(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"a")
    with path.open("rb") as file:
        assert path_behind(file) == str(path)
        path.unlink()
        path.write_bytes(b"another")
        assert path_behind(file) is None


def test_what_is_no_file_of_its_own_has_no_path(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as made:
        made.writestr("inner", b"x")
    read, write = os.pipe()
    buffer = io.BytesIO()
    buffer.name = str(tmp_path / "z.zip")
    with zipfile.ZipFile(tmp_path / "z.zip") as packed, packed.open("inner") as inner, os.fdopen(read, "rb") as pipe:
        assert [path_behind(each) for each in (inner, pipe, buffer, None, "text")] == [None] * 5
    os.close(write)
    gone = (tmp_path / "z.zip").open("rb")
    gone.close()
    assert path_behind(gone) is None


def test_a_path_object_is_its_text_and_one_that_gives_none_is_nothing(tmp_path: Path) -> None:
    pd.DataFrame({"a": [1]}).to_excel(tmp_path / "a.xlsx")
    with (tmp_path / "a.xlsx").open("rb") as file:
        assert path_text(pd.ExcelFile(file)) is None
    assert path_text(tmp_path) == str(tmp_path)
    assert path_text(b"data") == b"data"
