"""An audit's page is signed: an edit of it is found, and so is a page that shows another audit or another story."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlsec.cli import main
from jupyter_mlsec.protocol.errors import UsageError
from jupyter_mlsec.reports import audit, pairing, signedpage, verify
from jupyter_mlsec.reports.verdict import Verification
from jupyter_mlsec.vault.signing import LocalSigner, local_signer
from tests.reports import both
from tests.reports.stage import RUN, START, MemoryLog, Story


@pytest.fixture
def page(made: audit.Audit, signer: LocalSigner) -> str:
    return pairing.signed_page(made.text.encode(), signer)


def paired(made: audit.Audit, page: str) -> Verification:
    return pairing.with_page(verify.check(made.text.encode()), made.text.encode(), page.encode(), "study.audit.html")


def refused(made: audit.Audit, page: str) -> str:
    """What is named about a page beside its audit."""
    found = paired(made, page)
    assert (found.ok, found.trusted, found.exit_code) == (False, False, 1)
    return found.problems[0]


def test_an_untouched_page_holds_alone_and_beside_its_audit(made: audit.Audit, page: str) -> None:
    alone = both.check(page.encode())

    assert (alone.ok, alone.exit_code) == (True, 3)
    assert "the page of the audit of study.ipynb" in alone.verdict
    assert paired(made, page) == verify.check(made.text.encode())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("patients.csv", "patient5.csv"),
        ("1000 patients.csv", "9 patients.csv"),
        ("US_SSN", "nothing"),
        ("NEVER RAN", "✓ ran"),
        ("CONSISTENT, SIGNER NOT CONFIRMED", "HOLDS"),
        ("</main>", "<p>Approved.</p></main>"),
        ("--ink: #111", "--ink: #fff"),
    ],
)
def test_an_edited_page_is_named_alone_and_beside_its_audit(
    made: audit.Audit, page: str, before: str, after: str
) -> None:
    assert before in page
    edited = page.replace(before, after, 1)

    assert both.check(edited.encode()).problems == ("The page was changed after signing.",)
    assert refused(made, edited) == "study.audit.html does not hold: The page was changed after signing."


def test_the_page_of_another_audit_is_named(
    made: audit.Audit, notebook: Any, log: MemoryLog, signer: LocalSigner
) -> None:
    Story(log, run="later")
    other = audit.make(audit.Source(notebook=notebook, name="study.ipynb", saved_at=START), log, signer, run=RUN)
    page = pairing.signed_page(other.text.encode(), signer)

    assert refused(made, page) == "study.audit.html is the page of another audit than the audit."


def test_a_page_that_tells_another_story_is_named_even_when_its_signer_signs_it(
    made: audit.Audit, page: str, signer: LocalSigner
) -> None:
    said = signedpage.opened(page.encode()).said
    lying = page.replace("NEVER RAN", "ran well")
    bare = signedpage._FOUND.sub(b"", lying.encode()).decode()
    again = signedpage.signed(bare, said.audit, said.notebook, said.run, pairing.renderers(), signer)

    assert both.check(again.encode()).ok
    assert refused(made, again) == "study.audit.html does not show what the audit says."


def test_a_page_drawn_by_other_versions_is_said_not_to_be_compared(
    made: audit.Audit, page: str, signer: LocalSigner
) -> None:
    said = signedpage.opened(page.encode()).said
    bare = signedpage._FOUND.sub(b"", page.encode()).decode()
    again = signedpage.signed(bare, said.audit, said.notebook, said.run, {"mistune": "1"}, signer)

    assert "drawn by other versions" in paired(made, again).not_seen[-1]


def test_a_page_signed_anew_by_a_stranger_is_named(made: audit.Audit, tmp_path: Path) -> None:
    page = pairing.signed_page(made.text.encode(), local_signer(tmp_path / "stranger"))

    assert "is signed by another key than the audit" in refused(made, page)


@pytest.mark.parametrize("envelope", [b"", b"e30=", b"bm8=", b"A"])
def test_an_attestation_that_is_none_is_named(page: str, envelope: bytes) -> None:
    found = both.check(signedpage._FOUND.sub(signedpage._MARK + envelope + b'">', page.encode()))

    assert (found.ok, found.exit_code) == (False, 1)
    assert "attestation" in found.problems[0]


def test_a_page_with_its_attestation_taken_out_or_doubled_is_named(page: str) -> None:
    mark = signedpage._FOUND.search(page.encode())
    assert mark is not None

    assert "no attestation" in both.check(page.encode().replace(mark.group(), b"")).problems[0]
    assert "two attestations" in both.check(page.encode().replace(mark.group(), mark.group() * 2)).problems[0]


def test_an_audits_own_attestation_is_no_pages(made: audit.Audit, page: str) -> None:
    envelope = json.loads(made.text)["metadata"]["mlsec"]["attestation"]
    moved = signedpage._MARK + base64.b64encode(json.dumps(envelope).encode()) + b'">'

    assert "not in the form we write" in both.check(signedpage._FOUND.sub(moved, page.encode())).problems[0]


def test_the_command_takes_a_page_alone_and_beside_its_audit(
    made: audit.Audit, page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.ipynb").write_text(made.text, encoding="utf-8")
    Path("a.html").write_text(page, encoding="utf-8")
    Path("b.html").write_text(page.replace("patients", "innocent"), encoding="utf-8")
    trust = ["--trust", "keys/signer.pub"]

    assert main(["verify", "a.html", *trust]) == 0
    assert main(["verify", "a.ipynb", "--page", "a.html", *trust]) == 0
    assert main(["verify", "a.ipynb", "--page", "b.html", *trust]) == 1
    assert main(["verify", "a.html", "--against", "a.ipynb"]) == 2


def test_a_page_is_not_compared_with_an_older_audit(made: audit.Audit, page: str, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(page, encoding="utf-8")

    with pytest.raises(UsageError, match="only an audit notebook can be compared"):
        verify.verify(tmp_path / "a.html", against=tmp_path / "a.html")
