"""nbconvert's door: the same audit through "Save and Export Notebook As"."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from jupyter_mlsec.host import places
from jupyter_mlsec.ledger import Ledger
from jupyter_mlsec.protocol.errors import ExportError
from jupyter_mlsec.reports import verify
from jupyter_mlsec.reports.exporters import AuditExporter, AuditHtmlExporter
from jupyter_mlsec.vault.signing import local_signer
from tests.reports.stage import study, told_run


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A notebook in a project whose ledger has not been folded yet."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "home"))
    root = tmp_path / "project"
    (root / ".git").mkdir(parents=True)
    path = root / "study.ipynb"
    path.write_text(nbformat.writes(nbformat.from_dict(study())), encoding="utf-8")
    data = places.data_folder()
    ledger = Ledger(places.state_folder(root).path / "ledger", lambda: local_signer(data))
    told_run(ledger)  # type: ignore[arg-type]
    ledger.close()
    return path


def test_the_notebook_exporter_gives_an_audit_that_holds(saved: Path) -> None:
    text, resources = AuditExporter().from_filename(str(saved))

    assert verify.check(text.encode()).ok
    assert resources["output_extension"] == ".audit.ipynb"
    assert json.loads(text)["cells"][0]["id"] == "mlsec-front"


def test_the_html_exporter_gives_a_page_without_network(saved: Path) -> None:
    text, resources = AuditHtmlExporter().from_filename(str(saved))

    assert text.startswith("<!DOCTYPE html>")
    assert "https://" not in text
    assert resources["output_extension"] == ".audit.html"


def test_a_notebook_that_was_never_guarded_says_so(saved: Path) -> None:
    other = saved.with_name("other.ipynb")
    other.write_text(nbformat.writes(nbformat.v4.new_notebook()), encoding="utf-8")

    with pytest.raises(ExportError, match=r"none of the 1 runs in the ledger"):
        AuditExporter().from_filename(str(other))
