"""More edits of an audit: of metadata and attachments, of proofs, and of the attestation's own depth. Each is named."""

from __future__ import annotations

import base64
import json
from typing import Any

import msgspec
import pytest

from jupyter_mlsec.ledger import note
from jupyter_mlsec.reports import audit, canonical, dsse
from jupyter_mlsec.vault.signing import LocalSigner, local_signer
from tests.reports import both
from tests.reports.stage import START, MemoryLog, Story, code_cell, study, told_run

Notebook = dict[str, Any]


@pytest.fixture
def notebook() -> Notebook:
    """A study with a picture attached to its introduction."""
    made = study()
    made["cells"][0]["attachments"] = {"plot.png": {"image/png": "iVBORw0KGgo=\n"}}
    return made


@pytest.fixture
def audited(made: audit.Audit) -> Notebook:
    return json.loads(made.text)


def refused(notebook: Notebook) -> str:
    found = both.check(canonical.written(notebook).encode())
    assert (found.ok, found.trusted, found.exit_code) == (False, False, 1)
    return found.problems[0]


def cell(notebook: Notebook, name: str) -> dict[str, Any]:
    return next(each for each in notebook["cells"] if each["id"] == name)


def test_metadata_added_to_a_cell_is_named(audited: Notebook) -> None:
    cell(audited, "load")["metadata"]["tags"] = ["approved"]

    assert refused(audited) == "The metadata or execution count of cell 1 was changed after signing."


def test_metadata_added_to_the_notebook_is_named(audited: Notebook) -> None:
    audited["metadata"]["reviewed"] = True

    assert refused(audited) == "The notebook's own metadata or format was changed after signing."


@pytest.mark.parametrize("picture", ["AAAA", None])
def test_a_changed_or_taken_attachment_is_named(audited: Notebook, picture: str | None) -> None:
    cell(audited, "intro")["attachments"] = {"plot.png": {"image/png": picture}} if picture else {}

    assert refused(audited) == "The metadata or attachments of the markdown cell at place 2 was changed after signing."


def test_a_renamed_cell_is_named(audited: Notebook) -> None:
    cell(audited, "load")["id"] = "lead"

    assert refused(audited).startswith("A code cell was inserted after the evidence of cell 1")


def test_a_cell_made_text_is_named(audited: Notebook) -> None:
    cell(audited, "save")["cell_type"] = "markdown"

    assert refused(audited) == "Cell 3 was made a markdown cell after signing."


def test_an_output_added_where_none_was_is_named(audited: Notebook) -> None:
    cell(audited, "later")["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["fine\n"]}]

    assert refused(audited) == "The outputs of cell 4 were changed after signing."


def signed_with(audited: Notebook, said: Any, signer: LocalSigner) -> Notebook:
    envelope = dsse.seal(json.dumps(said).encode(), signer)
    audited["metadata"]["mlsec"]["attestation"] = msgspec.to_builtins(envelope)
    return audited


def said_in(audited: Notebook) -> Any:
    return json.loads(base64.b64decode(audited["metadata"]["mlsec"]["attestation"]["payload"]))


@pytest.fixture
def stranger(audited: Notebook, signer: LocalSigner) -> Any:
    """What an audit of another ledger of the same key says of its log."""
    log = MemoryLog(signer)
    Story(log, run="before")
    told_run(log)
    other = audit.make(audit.Source(notebook=audit.plain(study()), name="study.ipynb", saved_at=START), log, signer)
    return said_in(json.loads(other.text))["predicate"]["log"]


def test_proofs_of_another_ledger_are_named_even_when_signed(
    audited: Notebook, stranger: Any, signer: LocalSigner
) -> None:
    said = said_in(audited)
    said["predicate"]["log"] |= {"nodes": stranger["nodes"]}

    assert "is not in the ledger at this checkpoint" in refused(signed_with(audited, said, signer))


def test_the_checkpoint_of_another_ledger_is_named_even_when_signed(
    audited: Notebook, stranger: Any, signer: LocalSigner
) -> None:
    said = said_in(audited)
    said["predicate"]["log"]["checkpoint"] = stranger["checkpoint"]

    assert "is not in the ledger at this checkpoint" in refused(signed_with(audited, said, signer))


def test_an_entry_told_twice_or_out_of_order_is_named_even_when_signed(audited: Notebook, signer: LocalSigner) -> None:
    said = said_in(audited)
    said["predicate"]["log"]["entries"].insert(3, said["predicate"]["log"]["entries"][2])

    assert "stands twice or out of order" in refused(signed_with(audited, said, signer))


def test_a_checkpoint_that_claims_to_be_of_another_ledger_is_named(
    audited: Notebook, signer: LocalSigner, tmp_path: Any
) -> None:
    said = said_in(audited)
    true = note.parse_checkpoint(said["predicate"]["log"]["checkpoint"])
    forger = local_signer(tmp_path / "forger")
    forged = note.sign_checkpoint("jupyter-mlsec/ffffffffffffffff", true.size, true.root, forger)
    said["predicate"]["log"]["checkpoint"] = forged.note

    assert refused(signed_with(audited, said, signer)).startswith("The ledger's checkpoint is not signed by the key")


@pytest.mark.parametrize("depth", [500, 100_000])
def test_an_attestation_nested_without_end_is_named(audited: Notebook, signer: LocalSigner, depth: int) -> None:
    payload = json.dumps(said_in(audited))[:-1].encode() + b', "more": ' + b"[" * depth + b"]" * depth + b"}"
    audited["metadata"]["mlsec"]["attestation"] = msgspec.to_builtins(dsse.seal(payload, signer))
    found = both.check(canonical.written(audited).encode())

    assert found.ok or "not in the form we write" in found.problems[0]


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 2**70, -(2**53), 1e300, 5e-324, -0.0, "\ud800", "é\u2028"]
)
def test_odd_values_in_outputs_and_metadata_hold_and_their_change_is_named(
    value: Any, log: MemoryLog, story: Story, signer: LocalSigner
) -> None:
    notebook = study()
    notebook["metadata"]["odd"] = {"deep": [value]}
    notebook["cells"].append(code_cell("odd", "", None))
    notebook["cells"][-1]["metadata"]["odd"] = value
    notebook["cells"][-1]["outputs"] = [
        {"output_type": "display_data", "metadata": {"n": value}, "data": {"application/json": {"n": value}}}
    ]
    made = audit.make(audit.Source(notebook=audit.plain(notebook), name="study.ipynb"), log, signer)
    edited = json.loads(made.text)
    cell(edited, "odd")["outputs"][0]["data"]["application/json"]["n"] = 7

    assert both.check(made.text.encode()).ok
    assert refused(edited) == "The outputs of cell 5 were changed after signing."
