"""Making an audit: the right run, the notebook untouched, outputs redacted when asked, clear words when it cannot."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyter_mlsec.protocol.errors import ExportError
from jupyter_mlsec.reports import audit, verify
from jupyter_mlsec.vault.signing import LocalSigner
from tests.reports.stage import LOAD, RUN, MemoryLog, Story, code_cell, notebook_of, study

ROOT = Path(__file__).resolve().parents[2]
LARGE = """
import json, resource, sys
from pathlib import Path
from jupyter_mlsec.reports import audit, verify
from jupyter_mlsec.vault.signing import local_signer
from tests.reports.stage import MemoryLog, Story, code_cell, notebook_of

here = Path(sys.argv[1])
signer = local_signer(here / "keys")
log = MemoryLog(signer)
story = Story(log, notebook="large.ipynb")
cells = []
for number in range(1, 51):
    story.cell(number, "show()", id=f"c{number}")
    data = {"text/plain": "0.5 1e-7 word\\n" * 40_000, "text/html": "<td>1</td>" * 30_000,
            "application/json": [number / each for each in range(1, 10_000)]}
    cells.append(code_cell(f"c{number}", "show()", number, [
        {"output_type": "display_data", "metadata": {}, "data": data}]))
path = here / "large.ipynb"
path.write_text(json.dumps(notebook_of(*cells)), encoding="utf-8")
made = audit.export(path, here / "large.audit.ipynb", log, signer)
found = verify.verify(here / "large.audit.ipynb")
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(path.stat().st_size // 10**6, found.exit_code, peak)
"""


def statement_of(text: str) -> dict[str, Any]:
    envelope = json.loads(text)["metadata"]["mlsec"]["attestation"]
    return json.loads(base64.b64decode(envelope["payload"]))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "study.ipynb"
    path.write_text(nbformat.writes(nbformat.from_dict(study())), encoding="utf-8")
    return path


def test_the_notebook_file_is_not_changed(saved: Path, log: MemoryLog, story: Story, signer: LocalSigner) -> None:
    before = saved.read_bytes(), saved.stat().st_mtime_ns
    audit.export(saved, saved.with_name("a.ipynb"), log, signer)

    assert (saved.read_bytes(), saved.stat().st_mtime_ns) == before


def test_an_exported_file_is_a_valid_notebook_and_holds(
    saved: Path, log: MemoryLog, story: Story, signer: LocalSigner, no_network: None
) -> None:
    target = saved.with_name("a.ipynb")
    made = audit.export(saved, target, log, signer)

    nbformat.validate(nbformat.read(target, as_version=4))
    assert verify.verify(target, trust=saved.parent / "keys" / "signer.pub").exit_code == 0
    assert (made.cells, made.entries, made.path) == (4, 7, target)


def test_an_audit_survives_being_saved_by_jupyter(made: audit.Audit) -> None:
    again = nbformat.writes(nbformat.reads(made.text, as_version=nbformat.NO_CONVERT)) + "\n"

    assert verify.check(again.encode()).ok


def test_it_is_an_in_toto_statement_about_notebook_and_files(made: audit.Audit) -> None:
    said = statement_of(made.text)

    assert said["_type"] == "https://in-toto.io/Statement/v1"
    assert said["predicateType"] == "https://jupyter-mlsec.dev/audit/v1"
    assert [subject["name"] for subject in said["subject"]] == ["study.ipynb", "out.parquet"]
    assert said["subject"][1]["digest"] == {"sha256": "cd" * 32}


def test_the_newest_run_of_the_notebook_is_chosen(
    notebook: Any, log: MemoryLog, story: Story, signer: LocalSigner
) -> None:
    newer = Story(log, run="newer")
    newer.cell(1, LOAD, id="load")
    Story(log, run="elsewhere", notebook="other.ipynb")
    made = audit.make(audit.Source(notebook=notebook, name="study.ipynb"), log, signer)

    assert (made.run, made.run_chosen) == ("newer", "newest of this notebook")


def test_a_run_without_a_name_is_found_by_its_code(notebook: Any, log: MemoryLog, signer: LocalSigner) -> None:
    mine = Story(log, run="mine", notebook=None)
    mine.cell(1, LOAD)
    Story(log, run="other", notebook=None).cell(1, "something else")
    made = audit.make(audit.Source(notebook=notebook, name="renamed.ipynb"), log, signer)

    assert (made.run, made.run_chosen) == ("mine", "newest that ran this code")


def test_an_older_run_can_be_asked_for(notebook: Any, log: MemoryLog, story: Story, signer: LocalSigner) -> None:
    Story(log, run="newer")
    made = audit.make(audit.Source(notebook=notebook, name="study.ipynb"), log, signer, run=RUN)

    assert (made.run, made.run_chosen) == (RUN, "asked for")


def test_a_checkpoint_of_an_earlier_key_is_signed_again(
    notebook: Any, log: MemoryLog, story: Story, tmp_path: Path
) -> None:
    from jupyter_mlsec.vault.signing import local_signer

    later = local_signer(tmp_path / "later")

    assert verify.check(audit.make(audit.Source(notebook=notebook, name="study.ipynb"), log, later).text.encode()).ok


def test_outputs_pass_the_redactor_and_nothing_else_does(
    notebook: Any, log: MemoryLog, story: Story, signer: LocalSigner
) -> None:
    notebook["cells"][1]["outputs"][0]["data"]["image/png"] = "patients"
    made = audit.make(
        audit.Source(notebook=notebook, name="study.ipynb"),
        log,
        signer,
        redact=lambda text: text.replace("patients", "[NAME]"),
    )
    cells = {cell["id"]: cell for cell in json.loads(made.text)["cells"]}

    assert cells["shell"]["outputs"][0]["text"] == ["1000 [NAME].csv\n"]
    assert cells["load"]["outputs"][0]["data"]["image/png"] == "patients"
    assert "patients" in "".join(cells["shell"]["source"])
    assert verify.check(made.text.encode()).ok
    assert "1 texts redacted, 1 that could not be searched" in "".join(cells["mlsec-front"]["source"])


def test_an_old_notebook_without_ids_is_brought_up_to_date(log: MemoryLog, story: Story, signer: LocalSigner) -> None:
    old = notebook_of(code_cell("x", LOAD, 1))
    del old["cells"][0]["id"]
    old["nbformat_minor"] = 2
    made = audit.make(audit.Source(notebook=audit.plain(old), name="study.ipynb"), log, signer)

    nbformat.validate(nbformat.reads(made.text, as_version=4))
    assert verify.check(made.text.encode()).ok


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"cells": 3}', "\x00"])
def test_what_is_no_notebook_is_refused_in_a_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.ipynb").write_text(content, encoding="utf-8")

    with pytest.raises(ExportError, match=r"x\.ipynb was not audited: it is not a Jupyter notebook"):
        audit.read_notebook(tmp_path / "x.ipynb")


def test_an_audit_of_an_audit_is_refused(made: audit.Audit) -> None:
    with pytest.raises(ExportError, match="it is an audit already"):
        audit.plain(json.loads(made.text))


def test_the_notebook_is_never_overwritten_by_its_audit(
    saved: Path, log: MemoryLog, story: Story, signer: LocalSigner
) -> None:
    with pytest.raises(ExportError, match="is the notebook itself"):
        audit.export(saved, saved, log, signer)


def test_a_run_that_is_not_there_is_named(notebook: Any, log: MemoryLog, story: Story, signer: LocalSigner) -> None:
    with pytest.raises(ExportError, match="no entries of run nowhere"):
        audit.make(audit.Source(notebook=notebook, name="study.ipynb"), log, signer, run="nowhere")


def test_an_empty_ledger_says_how_to_begin(notebook: Any, log: MemoryLog, signer: LocalSigner) -> None:
    with pytest.raises(ExportError, match="%load_ext jupyter_mlsec"):
        audit.make(audit.Source(notebook=notebook, name="study.ipynb"), log, signer)


def test_an_entry_changed_in_the_ledger_stops_the_export(
    notebook: Any, log: MemoryLog, story: Story, signer: LocalSigner
) -> None:
    checkpoint = log.checkpoint()
    log.checkpoint = lambda: checkpoint  # type: ignore[method-assign]
    log.leaves[1] = log.leaves[1].replace(b"patients", b"innocent")

    with pytest.raises(ExportError, match="the ledger does not hold at entry"):
        audit.make(audit.Source(notebook=notebook, name="study.ipynb"), log, signer)


@pytest.mark.long
def test_a_notebook_of_50_megabytes_is_audited_and_verified_in_memory_that_a_laptop_has(tmp_path: Path) -> None:
    script = tmp_path / "large.py"
    script.write_text(LARGE, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script, tmp_path], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    megabytes, exit_code, peak = map(int, done.stdout.split())

    assert megabytes >= 50
    assert exit_code == 3
    assert peak < 2000, "megabytes, export and verification in one process"
