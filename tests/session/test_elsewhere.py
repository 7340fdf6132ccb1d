"""A kernel without memfd, /proc and inotify, as on macOS: it guards all the same, and says what it cannot do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.session.kernels import Kernel

ELSEWHERE = Path(__file__).parent / "elsewhere"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "project" / ".git").mkdir(parents=True)
    return folder


@pytest.fixture(scope="module")
def kernel(place):
    made = Kernel(place / "project", place / "home", PYTHONPATH=str(ELSEWHERE), XDG_RUNTIME_DIR="")
    made.run("%load_ext jupyter_mlsec\n%mlsec keys init --yes --fleeting\nimport pandas as pd, polars, duckdb, joblib")
    made.run("frame = pd.DataFrame({'n': range(500), 'mail': [f'p{n}@posteo.de' for n in range(500)]})")
    yield made
    made.stop()


def test_this_kernel_has_none_of_it(kernel):
    code = "import os, ctypes; print(os.path.exists('/proc/self/io'), hasattr(os, 'memfd_create'), "
    assert kernel.run(code + "hasattr(ctypes.CDLL(None), 'inotify_init1'))").text.strip() == "False False False"


@pytest.mark.parametrize(
    ("save", "load"),
    [
        ("frame.to_csv('a.csv', index=False)", "pd.read_csv('a.csv')"),
        ("frame.to_parquet('a.parquet')", "pd.read_parquet('a.parquet')"),
        ("frame.to_pickle('a.pkl')", "pd.read_pickle('a.pkl')"),
        ("joblib.dump(frame, 'a.joblib')", "joblib.load('a.joblib')"),
        ("frame.to_json('a.json')", "pd.read_json('a.json')"),
    ],
)
def test_what_takes_a_file_object_is_sealed_and_reads_back(save, load, kernel, place):
    before = {path.name for path in (place / "project").iterdir()}
    kernel.run(save)
    (made,) = {path.name for path in (place / "project").iterdir()} - before - {".mlsec"}
    kernel.run(f"%mlsec seal {made}")
    assert (place / "project" / made).read_bytes().startswith(b"age-encryption.org/v1\n")
    assert kernel.run(f"print({load}.equals(frame))").text.splitlines()[-1] == "True"


def test_what_takes_only_a_path_is_refused_with_the_reason(kernel, place):
    kernel.run("frame.to_csv('c.csv', index=False)\n%mlsec seal c.csv")
    for load in ("duckdb.sql(\"SELECT * FROM read_csv('c.csv')\").df()", "polars.read_csv('c.csv')"):
        ran = kernel.run(load)
        assert ran.error == "Denied", ran.text + ran.traceback
        assert "takes only paths, and this system has none in memory" in ran.traceback
    assert [path for path in (place / "project").iterdir() if path.name.startswith(".c")] == []


def test_the_cells_record_says_that_bytes_are_not_counted_here(kernel):
    kernel.run("pd.read_csv('c.csv')")
    assert "not counted" in kernel.run("%mlsec status").text


def test_what_was_recorded_holds(kernel):
    assert kernel.run("%mlsec ledger verify").text.startswith("Holds")
    rows = json.loads(kernel.run("%mlsec ledger show --last 5000 --json").text)
    assert {"read", "write"} <= {row["action"] for row in rows}
