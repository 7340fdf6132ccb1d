"""The exporter in Jupyter Server's environment: no data library, no kernel, no guard; the ledger is only read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from jupyter_mlsec.host import places
from jupyter_mlsec.ledger import Ledger, open_reader
from jupyter_mlsec.reports import audit, verify
from jupyter_mlsec.vault.signing import local_signer
from tests.reports.stage import study, told_run

ABSENT = ("pandas", "polars", "numpy", "sklearn", "duckdb", "pandera", "hyperscan", "phonenumbers", "torch")
EXPORT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.argv[2].split():
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
from nbconvert.exporters import get_exporter
for kind, target in (("mlsec-audit", "a.audit.ipynb"), ("mlsec-audit-html", "a.audit.html")):
    text, _ = get_exporter(kind)().from_filename(sys.argv[1])
    open(target, "w", encoding="utf-8").write(text)
print(*sorted({name for name in sys.modules if name.split(".")[0] in {"IPython", "ipykernel"}}))
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "home"))
    root = tmp_path / "project"
    (root / ".git").mkdir(parents=True)
    (root / "study.ipynb").write_text(nbformat.writes(nbformat.from_dict(study())), encoding="utf-8")
    data = places.data_folder()
    ledger = Ledger(places.state_folder(root).path / "ledger", lambda: local_signer(data))
    told_run(ledger)  # type: ignore[arg-type]
    ledger.fold()
    ledger.close()
    return root


def test_save_and_export_works_where_no_data_library_is_installed(project: Path) -> None:
    command = [sys.executable, "-c", EXPORT, project / "study.ipynb", " ".join(ABSENT)]
    environment = {**os.environ, "JUPYTER_DATA_DIR": os.environ["JUPYTER_DATA_DIR"]}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert verify.verify(project / "a.audit.ipynb").ok
    assert verify.verify(project / "a.audit.html").ok


def test_an_audit_is_made_with_a_reader_alone_and_the_ledger_stays_as_it_was(project: Path) -> None:
    folder = places.state_folder(project).path / "ledger"
    before = (folder / "ledger.sqlite3").read_bytes()
    reader = open_reader(folder)
    made = audit.make(audit.read_notebook(project / "study.ipynb"), reader, local_signer(places.data_folder()))
    reader.close()

    assert verify.check(made.text.encode()).ok
    assert json.loads(made.text)["cells"][0]["id"] == "mlsec-front"
    assert (folder / "ledger.sqlite3").read_bytes() == before
