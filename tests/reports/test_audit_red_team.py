"""Edits an audit in every way we could think of, and asserts that the verifier names each. Each edit is one promise.

Both verifiers are asked every time, the package's and the one file's: they must agree in every word.
"""

from __future__ import annotations

import base64
import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from jupyter_mlsec.ledger import merkle, note
from jupyter_mlsec.reports import audit, canonical, dsse, statement, verify
from jupyter_mlsec.vault.signing import LocalSigner, local_signer
from tests.reports import both
from tests.reports.stage import RUN, START, MemoryLog, Story, code_cell, notebook_of, text_cell

Notebook = dict[str, Any]


def refused(notebook: Notebook) -> str:
    """The first thing the verifier names about an edited audit."""
    found = both.check(canonical.written(notebook).encode())
    assert not found.ok
    assert not found.trusted
    assert found.exit_code == 1
    return found.problems[0]


def cell(notebook: Notebook, name: str) -> dict[str, Any]:
    return next(each for each in notebook["cells"] if each["id"] == name)


def place(notebook: Notebook, name: str) -> int:
    return notebook["cells"].index(cell(notebook, name))


@pytest.fixture
def audited(made: audit.Audit) -> Notebook:
    return json.loads(made.text)


def test_an_untouched_audit_holds(made: audit.Audit, no_network: None) -> None:
    found = both.check(made.text.encode())

    assert found.ok
    assert found.problems == ()
    assert found.exit_code == 3


def test_one_changed_letter_of_source_is_named_with_its_cell(audited: Notebook) -> None:
    cell(audited, "load")["source"][0] = cell(audited, "load")["source"][0].replace("patients", "patient5")

    assert refused(audited) == "The source of cell 1 was changed after signing."


def test_a_replaced_output_is_named_with_its_cell(audited: Notebook) -> None:
    cell(audited, "shell")["outputs"][0]["text"] = ["9 patients.csv\n"]

    assert refused(audited) == "The outputs of cell 2 were changed after signing."


def test_an_output_that_was_taken_away_is_named(audited: Notebook) -> None:
    cell(audited, "load")["outputs"] = []

    assert refused(audited) == "The outputs of cell 1 were changed after signing."


def test_an_inserted_cell_is_named_with_its_place(audited: Notebook) -> None:
    audited["cells"].insert(place(audited, "shell"), code_cell("extra", "leak()", None))

    assert refused(audited).startswith("A code cell was inserted after the evidence of cell 2")


def test_a_copied_cell_is_named_as_inserted(audited: Notebook) -> None:
    audited["cells"].append(copy.deepcopy(cell(audited, "load")))

    assert refused(audited).startswith("A code cell was inserted after cell 4")


def test_a_removed_cell_is_named(audited: Notebook) -> None:
    del audited["cells"][place(audited, "shell")]

    assert refused(audited) == "Cell 2 was removed after signing."


def test_a_removed_block_of_evidence_is_named(audited: Notebook) -> None:
    del audited["cells"][place(audited, "shell") - 1]

    assert refused(audited) == "The evidence of cell 2 was removed after signing."


def test_swapped_cells_are_named(audited: Notebook) -> None:
    one, other = place(audited, "load"), place(audited, "save")
    audited["cells"][one], audited["cells"][other] = audited["cells"][other], audited["cells"][one]

    assert refused(audited) == "Cells were moved after signing: cell 1 is not where it was."


def test_edited_evidence_is_named(audited: Notebook) -> None:
    block = audited["cells"][place(audited, "shell") - 1]
    block["source"] = [line.replace("shell", "nothing") for line in block["source"]]

    assert refused(audited) == "The text of the evidence of cell 2 was changed after signing."


def test_an_edited_front_page_is_named(audited: Notebook) -> None:
    audited["cells"][0]["source"][0] = "# Audit of another notebook\n"

    assert refused(audited) == "The text of the front page was changed after signing."


def test_a_changed_execution_count_is_named(audited: Notebook) -> None:
    cell(audited, "save")["execution_count"] = 30

    assert refused(audited) == "The metadata or execution count of cell 3 was changed after signing."


def test_changed_notebook_metadata_is_named(audited: Notebook) -> None:
    audited["metadata"]["kernelspec"]["name"] = "ir"

    assert refused(audited) == "The notebook's own metadata or format was changed after signing."


def test_an_attestation_moved_to_another_notebook_is_named(audited: Notebook) -> None:
    other = notebook_of(text_cell("a", "# Other"), code_cell("b", "1 + 1", 1))
    other["metadata"]["mlsec"] = audited["metadata"]["mlsec"]

    assert refused(other).startswith("The attestation belongs to another notebook")


def test_an_attestation_moved_to_another_audit_is_named(
    audited: Notebook, log: MemoryLog, signer: LocalSigner, story: Story
) -> None:
    other = notebook_of(code_cell("load", "x = 1", 1), code_cell("more", "y = 2", 2))
    again = json.loads(audit.make(audit.Source(notebook=other, name="b.ipynb"), log, signer, run=RUN).text)
    again["metadata"]["mlsec"] = audited["metadata"]["mlsec"]

    assert refused(again).startswith("The attestation belongs to another notebook")


def test_words_beside_the_attestation_are_named(audited: Notebook) -> None:
    audited["metadata"]["mlsec"]["note"] = "approved by the board"

    assert refused(audited) == "Something was added beside the attestation, where nothing is signed."


def repacked(audited: Notebook, change: Callable[[Any], None], signer: LocalSigner | None = None) -> Notebook:
    """The audit with its statement edited; signed anew when a signer is given, else left with the old signature."""
    envelope = audited["metadata"]["mlsec"]["attestation"]
    said = json.loads(base64.b64decode(envelope["payload"]))
    change(said)
    payload = json.dumps(said).encode()
    if signer is not None:
        audited["metadata"]["mlsec"]["attestation"] = msgspec.to_builtins(dsse.seal(payload, signer))
    else:
        envelope["payload"] = base64.b64encode(payload).decode()
    return audited


def test_an_edited_entry_breaks_the_signature(audited: Notebook) -> None:
    def edit(said: Any) -> None:
        said["predicate"]["log"]["entries"][1]["entry"] = "{}"

    assert "signature does not hold" in refused(repacked(audited, edit))


def test_an_entry_edited_by_who_holds_the_key_is_not_in_the_log(audited: Notebook, signer: LocalSigner) -> None:
    def edit(said: Any) -> None:
        entry = said["predicate"]["log"]["entries"][1]
        entry["entry"] = entry["entry"].replace("patients.csv", "innocent.csv")

    assert refused(repacked(audited, edit, signer)).startswith("Entry 1 is not in the ledger at this checkpoint")


def test_evidence_that_says_else_than_the_entries_is_named_even_when_signed(
    audited: Notebook, signer: LocalSigner
) -> None:
    block = audited["cells"][place(audited, "shell") - 1]
    block["source"] = [line for line in block["source"] if "not seen" not in line]

    def edit(said: Any) -> None:
        said["subject"][0]["digest"]["sha256"] = canonical.notebook_digest(audited)
        at = place(audited, "shell") - 1
        said["predicate"]["cells"][at] = msgspec.to_builtins(statement.signed_cell(block, "evidence"))

    assert refused(repacked(audited, edit, signer)) == "The evidence of cell 2 does not say what the entries say."


def test_a_file_the_run_did_not_write_is_named_even_when_signed(audited: Notebook, signer: LocalSigner) -> None:
    def edit(said: Any) -> None:
        said["subject"].append({"name": "model.pkl", "digest": {"sha256": "00" * 32}})

    assert "not those the entries say were written" in refused(repacked(audited, edit, signer))


def test_an_entry_left_out_by_who_holds_the_key_is_listed_as_not_seen(
    log: MemoryLog, notebook: Notebook, story: Story, signer: LocalSigner
) -> None:
    class Forgetful(MemoryLog):
        def entries(self, run: str | None = None, start: int = 0) -> Any:
            return ((index, entry) for index, entry in super().entries(run, start) if index != 4)

    log.__class__ = Forgetful
    found = both.check(audit.make(audit.Source(notebook=notebook, name="study.ipynb"), log, signer).text.encode())

    assert any("1 entry of the run missing (number 5 first)" in phrase for phrase in found.not_seen)


def test_a_forged_checkpoint_is_named(audited: Notebook, signer: LocalSigner, tmp_path: Path) -> None:
    forger = local_signer(tmp_path / "forger")

    def edit(said: Any) -> None:
        true = note.parse_checkpoint(said["predicate"]["log"]["checkpoint"])
        said["predicate"]["log"]["checkpoint"] = note.sign_checkpoint(true.origin, true.size, bytes(32), forger).note

    problem = refused(repacked(audited, edit, signer))

    assert problem == "The ledger's checkpoint is not signed by the key that signed the audit."


def test_a_checkpoint_with_another_root_under_the_old_signature_is_named(
    audited: Notebook, signer: LocalSigner
) -> None:
    def edit(said: Any) -> None:
        lines = said["predicate"]["log"]["checkpoint"].split("\n")
        lines[2] = base64.b64encode(merkle.leaf_hash(b"")).decode()
        said["predicate"]["log"]["checkpoint"] = "\n".join(lines)

    assert "is false" in refused(repacked(audited, edit, signer))


def test_an_entry_of_another_run_is_named(
    notebook: Notebook, log: MemoryLog, story: Story, signer: LocalSigner
) -> None:
    Story(log, run="ffffffffffffffff", notebook="other.ipynb")
    whole = json.loads(audit.make(audit.Source(notebook=notebook, name="study.ipynb"), log, signer).text)
    foreign = json.loads(
        audit.make(audit.Source(notebook=notebook, name="x.ipynb"), log, signer, run="ffffffffffffffff").text
    )
    stranger = json.loads(base64.b64decode(foreign["metadata"]["mlsec"]["attestation"]["payload"]))["predicate"]["log"]

    def edit(said: Any) -> None:
        here = said["predicate"]["log"]
        shift = len(here["nodes"])
        here["nodes"] += stranger["nodes"]
        entry = stranger["entries"][0]
        here["entries"].append({**entry, "path": [at + shift for at in entry["path"]]})

    assert "belongs to another run" in refused(repacked(whole, edit, signer))


def test_a_swapped_key_is_named(audited: Notebook, tmp_path: Path) -> None:
    stranger = local_signer(tmp_path / "stranger")

    def edit(said: Any) -> None:
        said["predicate"]["signer"]["publicKey"] = base64.b64encode(stranger.public_key).decode()

    assert "signature does not hold" in refused(repacked(audited, edit))


def test_a_key_hint_of_another_key_is_named(audited: Notebook) -> None:
    audited["metadata"]["mlsec"]["attestation"]["signatures"][0]["keyid"] = "SHA256:" + "0" * 64

    assert refused(audited) == "The attestation names another key than the one that signed it."


def test_an_audit_signed_anew_by_a_stranger_is_never_trusted(
    notebook: Notebook, log: MemoryLog, story: Story, signer: LocalSigner, tmp_path: Path
) -> None:
    stranger = local_signer(tmp_path / "stranger")
    source = audit.Source(notebook=notebook, name="study.ipynb", saved_at=START)
    forged = tmp_path / "forged.audit.ipynb"
    forged.write_text(audit.make(source, log, stranger).text, encoding="utf-8")

    found = verify.verify(forged, trust=tmp_path / "keys" / "signer.pub")

    assert (found.ok, found.trusted, found.exit_code) == (True, False, 3)
    assert "a key not confirmed" in found.verdict


def number_in(made: audit.Audit, before: str, after: str) -> bytes:
    assert made.text.count(before) == 1
    return made.text.replace(before, after).encode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"big": 1152921504606846976', '"big": 1152921504606846977'),
        ('"nan": NaN', '"nan": null'),
        ('"nan": NaN', '"nan": "NaN"'),
        ('"inf": -Infinity', '"inf": Infinity'),
        ('"half": 0.5', '"half": 0.5000000000000001'),
    ],
)
def test_a_changed_number_in_an_output_is_named(made: audit.Audit, before: str, after: str) -> None:
    found = both.check(number_in(made, before, after))

    assert found.problems[0] == "The outputs of cell 1 were changed after signing."


@pytest.mark.parametrize(
    ("before", "after"),
    [('"one": 1.0', '"one": 1'), ('"half": 0.5', '"half": 5e-1'), ('"half": 0.5', '"half":  0.5')],
)
def test_a_number_spelled_anew_is_named_as_such(made: audit.Audit, before: str, after: str) -> None:
    found = both.check(number_in(made, before, after))

    assert found.exit_code == 1
    assert "though not its meaning" in found.problems[0]


def test_a_key_given_twice_is_named(made: audit.Audit) -> None:
    found = both.check(number_in(made, '"half": 0.5', '"half": 0.5, "half": 0.5'))

    assert found.exit_code == 1
    assert "twice" in found.problems[0]


@pytest.mark.parametrize(
    ("every", "within"),
    [pytest.param(5, 40, id="sampled"), pytest.param(1, 1, id="exhaustive", marks=pytest.mark.long)],
)
def test_one_byte_changed_anywhere_is_refused(made: audit.Audit, every: int, within: int) -> None:
    """Every so many-th byte replaced by another; within the attestation's payload, one signature holds them all."""
    whole = made.text.encode()
    rng = random.Random(5)
    payload = json.loads(whole)["metadata"]["mlsec"]["attestation"]["payload"].encode()
    begin = whole.index(payload)
    end = begin + len(payload)
    places = [at for at in range(len(whole)) if at % (within if begin <= at < end else every) == 0]
    for at in places:
        other = rng.choice([byte for byte in b'ab01 \n"{' if byte != whole[at]])
        found = both.check(whole[:at] + bytes([other]) + whole[at + 1 :])
        assert not found.ok, f"byte {at} was changed unnoticed"
        assert found.problems


def test_line_ends_of_another_system_are_let_pass(made: audit.Audit) -> None:
    assert both.check(made.text.replace("\n", "\r\n").encode()).ok
    assert both.check(made.text.removesuffix("\n").encode()).ok


@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff", b"[]", b"{}", b'{"cells": []}', b'{"cells": [], "metadata": {}}', b"[" * 100_000]
)
def test_what_is_no_audit_is_unreadable(content: bytes) -> None:
    found = both.check(content)

    assert (found.ok, found.readable, found.exit_code) == (False, False, 2)
    assert found.verdict.startswith("UNREADABLE: ")


@pytest.mark.parametrize("attestation", [None, 7, [], {}, {"payloadType": "x", "payload": "", "signatures": []}])
def test_an_attestation_that_is_none_is_named(audited: Notebook, attestation: Any) -> None:
    audited["metadata"]["mlsec"]["attestation"] = attestation

    assert "attestation" in refused(audited)
