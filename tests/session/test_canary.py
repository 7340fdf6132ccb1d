"""A secret and a name are driven through every door; neither may be found in anything the guard keeps or sends."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from tests.session.kernels import Kernel

SECRET = "hunter2-XK93QZ-canary"
NAME = "Wilhelmina Featherstonehaugh"
SSN = "219-09-9999"

SETUP = f"""
import pandas as pd, sqlite3, pickle, joblib, sqlalchemy
frame = pd.DataFrame({{
    "name": ["{NAME}"] * 30 + ["Ann Smith", "Bob Jones"] * 10,
    "ssn": ["{SSN}"] + [f"{{n + 101}}-{{n + 12}}-{{n + 1234}}" for n in range(49)],
    "note": ["token {SECRET}"] * 50,
    "n": range(50),
}})
"""
CELLS = [
    "%load_ext jupyter_mlsec",
    SETUP,
    "frame.to_csv('a.csv', index=False); frame.to_parquet('a.parquet')\n"
    "frame.to_json('a.json'); frame.to_pickle('a.pkl')",
    "one = pd.read_csv('a.csv'); two = pd.read_parquet('a.parquet'); three = pd.read_json('a.json')",
    "engine = sqlalchemy.create_engine('sqlite://'); frame.to_sql('t', engine)",
    f"pd.read_sql(\"select * from t where name = '{NAME}' -- {SECRET}\", engine)",
    f"pd.read_csv('https://user:{SECRET}@localhost:1/data.csv?token={SECRET}#{SECRET}')",
    f"pd.read_sql('select 1', 'postgresql://user:{SECRET}@localhost:1/db')",
    f"raise ValueError('{NAME} {SECRET}')",
    f"pd.read_csv('missing.csv', storage_options={{'password': '{SECRET}'}})",
    f"api_key = '{SECRET}'",
    "%mlsec schema approve a.csv",
    "bad = frame.assign(n=frame.name); bad.to_csv('a.csv', index=False)",
    "pd.read_csv('a.csv')",
    "%mlsec keys init --yes",
    "frame.to_parquet('sealed.parquet'); pd.read_parquet('sealed.parquet')",
    "joblib.dump(frame, 'a.joblib'); joblib.load('a.joblib')",
    "with open('b.pkl', 'wb') as f: pickle.dump(frame, f)",
    f"from sklearn.dummy import DummyClassifier; DummyClassifier(strategy='constant', constant='{NAME}')"
    f".fit(frame[['n']], frame.name).predict(frame[['n']])",
    "%mlsec findings",
    "%mlsec why",
    "%mlsec pii frame",
    "%mlsec lineage one",
    "%mlsec status",
    "%mlsec ledger show",
    "%mlsec pii frame --full",
    "%mlsec pii frame --mask --how token",
    "%mlsec pii frame_masked",
    "%mlsec pii frame --mask --how reversible",
    "%mlsec pii frame_masked --unmask",
    "%mlsec pii frame --risk",
    '%mlsec pii --known "invented"',
    "%mlsec schema show a.csv",
    "%mlsec schema code a.csv",
    "%mlsec schema relax frame a.csv",
    "%mlsec lineage one --graph",
    "%mlsec lineage --forward a.csv",
    "%mlsec panel --text",
    "%mlsec panel",
    f"pickle.loads(b'cos\\nsystem\\n(V: {SECRET}\\ntR.')",
    "%mlsec why",
    "%mlsec findings",
]
SINCE = CELLS.index("%mlsec pii frame --full")
DOORS_THAT_FAIL = {5: "", 6: "", 7: "", 8: "", 9: "", 13: ""}


@pytest.fixture(scope="module")
def driven(tmp_path_factory):
    base = tmp_path_factory.mktemp("canary")
    project = base / "project"
    project.mkdir()
    (project / ".git").mkdir()
    kernel = Kernel(project, base / "home")
    said = []
    try:
        for cell in CELLS:
            said.append(kernel.run(cell))
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
        nbformat.write(notebook, project / "canary.ipynb")
        exported = kernel.run("%mlsec export canary.ipynb -o audit.ipynb")
        assert exported.error == "", exported
        assert (project / "audit.ipynb").exists(), exported
        published = kernel.published()
    finally:
        kernel.stop()
    return base, project, published, said


def kept_by_us(base: Path, project: Path) -> list[Path]:
    folders = [project / ".mlsec", base / "home" / "data"]
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def held(text: bytes) -> list[str]:
    return [word for word in (SECRET, NAME, NAME.split()[1], SSN, SSN.replace("-", "")) if word.encode() in text]


def test_the_doors_were_driven(driven):
    _, project, _, said = driven
    assert "US_SSN" in said[19].text
    assert said[8].error == "ValueError"
    assert [one.error for one in said[SINCE:] if one.error] == ["Denied"]  # the pickle
    assert all(said[at].text for at in range(SINCE, len(CELLS)) if "loads" not in CELLS[at])
    assert (project / ".mlsec" / "ledger").is_dir()
    assert (project / "sealed.parquet").read_bytes().startswith(b"age-encryption.org")


def test_no_file_the_guard_keeps_holds_a_value(driven):
    base, project, _, _ = driven
    files = kept_by_us(base, project)
    assert len(files) >= 5
    assert {path.name: held(path.read_bytes()) for path in files if held(path.read_bytes())} == {}


def test_no_message_to_the_panel_holds_a_value(driven):
    _, _, published, _ = driven
    ours = [json.dumps(one["content"]) for one in published if one["msg_type"] == "comm_msg"]
    assert len(ours) >= 5
    assert [held(one.encode()) for one in ours if held(one.encode())] == []


def test_no_picture_or_page_below_a_cell_holds_a_value(driven):
    _, _, published, _ = driven
    shown = [one["content"]["data"] for one in published if one["msg_type"] == "display_data"]
    assert {kind for data in shown for kind in data} >= {"text/html"}
    assert [held(json.dumps(one).encode()) for one in shown if held(json.dumps(one).encode())] == []


def test_no_line_the_guard_prints_holds_a_value(driven):
    _, _, _, said = driven
    for index in (0, 2, 3, 11, 14, *range(19, len(CELLS))):
        assert held(said[index].text.encode()) == [], CELLS[index]


def test_no_denial_holds_a_value(driven):
    _, _, _, said = driven
    denied = [one for one in said if one.error == "Denied"]
    assert denied
    assert [held(one.traceback.encode()) for one in denied if held(one.traceback.encode())] == []


def test_the_audit_adds_no_value_to_the_notebooks_own_source(driven):
    _, project, _, _ = driven
    audit = nbformat.read(project / "audit.ipynb", as_version=4)
    added = [cell for cell in audit.cells if cell.source not in CELLS]
    assert len(added) > 5
    assert [held(json.dumps(cell).encode()) for cell in added if held(json.dumps(cell).encode())] == []
    assert held(json.dumps(audit.metadata).encode()) == []
