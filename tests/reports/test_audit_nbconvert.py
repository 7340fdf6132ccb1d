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


def output_of(text: str) -> str:
    cells = {cell["id"]: cell for cell in json.loads(text)["cells"]}
    return "".join(cells["shell"]["outputs"][0]["text"])


@pytest.fixture
def telling(saved: Path) -> Path:
    """The same notebook, with an address in an output."""
    saved.write_text(saved.read_text("utf-8").replace("1000 patients.csv", "jane.roe@example.org"), encoding="utf-8")
    return saved


def test_personal_data_in_outputs_is_redacted_unless_your_policy_keeps_it(telling: Path) -> None:
    assert "jane.roe" not in output_of(AuditExporter().from_filename(str(telling))[0])

    (places.data_folder() / "policy.toml").write_text('[pii]\noutputs = "keep"\n', encoding="utf-8")
    assert "jane.roe@example.org" in output_of(AuditExporter().from_filename(str(telling))[0])


def test_what_is_to_be_masked_on_export_is_redacted_whoever_keeps_outputs(telling: Path) -> None:
    rule = '[[pii.mask]]\non = "export"\ntypes = ["{kind}"]\n'
    for kind, is_shown in (("EMAIL", False), ("IBAN", True)):
        policy = '[pii]\noutputs = "keep"\n' + rule.format(kind=kind)
        (places.data_folder() / "policy.toml").write_text(policy, encoding="utf-8")
        shown = output_of(AuditExporter().from_filename(str(telling))[0])
        assert ("jane.roe@example.org" in shown) is is_shown


def test_a_projects_policy_that_nobody_approved_does_not_keep_outputs(telling: Path) -> None:
    (telling.parent / ".mlsec" / "policy.toml").write_text('[pii]\noutputs = "keep"\n', encoding="utf-8")

    assert "jane.roe" not in output_of(AuditExporter().from_filename(str(telling))[0])
