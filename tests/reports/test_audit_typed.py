"""What users typed: an audit shows it, the verifier checks it against the commitments, and what was erased is gone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from jupyter_mlsec.ledger import Ledger
from jupyter_mlsec.ledger.commitments import committed
from jupyter_mlsec.protocol.entries import Allowed, AnyEntry, Did, Switched
from jupyter_mlsec.reports import audit
from jupyter_mlsec.reports.dsse import Envelope, payload_of, seal
from jupyter_mlsec.vault.signing import LocalSigner
from tests.reports.both import check
from tests.reports.stage import RUN, START, MemoryLog, Story, study, told_run

REASON = "meeting with Alice"


class Typing(MemoryLog):
    """A log that commits to reasons, as a ledger does."""

    def append(self, entry: Any) -> None:
        kept, opening = committed(entry)
        if opening is not None:
            self.openings[opening.opening] = opening
        super().append(kept)


@pytest.fixture
def log(signer: LocalSigner) -> MemoryLog:
    return Typing(signer)


@pytest.fixture
def story(log: MemoryLog) -> Story:
    story = told_run(log)
    story.write(Switched, to="paused", reason=REASON)
    story.write(Allowed, id="al1", rule="schema.violated", reason="known bad file")
    story.write(Did, verb="exported", subject="x", details={"reason": "asked for"})
    return story


def made(log: Any, signer: LocalSigner) -> str:
    source = audit.Source(notebook=audit.plain(study()), name="study.ipynb", saved_at=START)
    return audit.make(source, log, signer, run=RUN).text


def forged(text: str, signer: LocalSigner, change: Any) -> bytes:
    """The audit with its statement changed and signed anew by the same signer."""
    notebook = json.loads(text)
    envelope = notebook["metadata"]["mlsec"]["attestation"]
    said = json.loads(payload_of(msgspec.convert(envelope, Envelope)))
    change(said["predicate"])
    notebook["metadata"]["mlsec"]["attestation"] = msgspec.to_builtins(seal(json.dumps(said).encode(), signer))
    return json.dumps(notebook, indent=1).encode()


def test_an_audit_with_reasons_shows_them_and_holds(log: MemoryLog, story: Story, signer: LocalSigner) -> None:
    text = made(log, signer)

    assert REASON in "".join(json.loads(text)["cells"][0]["source"])
    assert check(text.encode()).problems == ()


def test_an_erased_reason_is_said_to_be_erased_and_the_audit_holds(
    log: MemoryLog, story: Story, signer: LocalSigner
) -> None:
    (commitment,) = [key for key, one in log.openings.items() if one.value == REASON]
    del log.openings[commitment]
    log.erased.add(commitment)
    text = made(log, signer)

    assert REASON not in text
    assert "[erased on 2026-09-21]" in "".join(json.loads(text)["cells"][0]["source"]).replace("\\", "")
    assert check(text.encode()).problems == ()


def test_other_words_than_those_that_were_recorded_do_not_hold(
    log: MemoryLog, story: Story, signer: LocalSigner
) -> None:
    def lie(predicate: Any) -> None:
        predicate["said"][0]["value"] = "a fire drill"

    found = check(forged(made(log, signer), signer, lie))
    assert found.problems == ("The audit gives a reason in other words than those that were recorded.",)


@pytest.mark.parametrize("cut", [slice(0, 0), slice(0, 1), slice(1, None)])
def test_words_that_are_left_out_do_not_hold(log: MemoryLog, story: Story, signer: LocalSigner, cut: slice) -> None:
    def hide(predicate: Any) -> None:
        predicate["said"] = predicate["said"][cut]

    assert not check(forged(made(log, signer), signer, hide)).ok


def test_a_reason_cannot_be_said_to_be_erased_and_still_be_told(
    log: MemoryLog, story: Story, signer: LocalSigner
) -> None:
    def both(predicate: Any) -> None:
        predicate["said"][0] = {**predicate["said"][0], "salt": ""}

    assert not check(forged(made(log, signer), signer, both)).ok


def test_a_real_ledger_gives_its_audits_the_words_until_they_are_erased(
    log: MemoryLog, story: Story, signer: LocalSigner, tmp_path: Path
) -> None:
    ledger = Ledger(tmp_path / "ledger", lambda: signer, tmp_path / "mirror")
    for leaf in log.leaves:
        entry = msgspec.json.decode(leaf, type=AnyEntry)
        ledger.append(msgspec.structs.replace(entry, reason=REASON) if isinstance(entry, Switched) else entry)
    ledger.fold()
    before = made(ledger, signer)
    ledger.erase(text="alice")
    after = made(ledger, signer)
    ledger.close()

    assert (REASON in before, REASON in after) == (True, False)
    assert check(before.encode()).problems == check(after.encode()).problems == ()
