"""HTML of audits and verdicts: whole, harmless, without network, and legible without colour."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlsec.protocol.errors import ExportError
from jupyter_mlsec.reports import audit, cleaning, html, verify
from jupyter_mlsec.vault.signing import LocalSigner
from tests.reports.stage import MemoryLog, Story

FETCHES = re.compile(r"""(?:src|href|url|@import)\s*[=(]\s*["']?\s*(?:https?:|//)""", re.IGNORECASE)


def test_the_page_shows_every_cell_with_its_evidence(made: audit.Audit) -> None:
    page = html.audit_page(made.text.encode())

    assert page.count('class="evidence') == 4
    assert "CONSISTENT, SIGNER NOT CONFIRMED" in page
    assert "NEVER RAN" in page
    assert "<svg" in page


def test_the_page_fetches_nothing_and_runs_nothing(
    notebook: Any, log: MemoryLog, story: Story, signer: LocalSigner
) -> None:
    notebook["cells"][0]["source"] = "![x](https://evil.example/a.png) <script>alert(1)</script> <img src=x onerror=y>"
    notebook["cells"][1]["outputs"][0]["data"]["text/html"] = (
        '<table onclick="x()"><script src="https://evil.example/x.js"></script><img src="//evil.example/p">'
        '<a href="javascript:alert(1)">a</a><style>@import "https://evil.example/s.css";</style></table>'
    )
    made = audit.make(audit.Source(notebook=notebook, name="study.ipynb"), log, signer)
    page = html.audit_page(made.text.encode())

    assert not FETCHES.search(page)
    assert not re.search(r"<script|onerror|onclick|javascript:", page, re.IGNORECASE)
    assert "default-src 'none'" in page


@given(st.text(st.sampled_from("<>/='\" abionscript:&#;x!-"), max_size=80))
def test_cleaning_leaves_no_script_and_no_handler(text: str) -> None:
    tags = re.findall(r"<\s*([a-zA-Z0-9]+)([^>]*)>", cleaning.cleaned(text))

    assert all(name in cleaning.TAGS for name, _ in tags)
    assert not any(re.search(r"\son\w+\s*=", words) for _, words in tags)


def test_cleaning_closes_what_was_left_open() -> None:
    assert cleaning.cleaned("<div><b>x</div>y</b>") == "<div><b>x</b></div>y"


def test_the_verdict_page_of_a_broken_audit_names_the_problem(made: audit.Audit) -> None:
    content = made.text.replace("patients.csv", "patient5.csv", 1).encode()
    page = html.verdict_page(verify.check(content, "a.ipynb"), content)

    assert "DOES NOT HOLD" in page
    assert "changed after signing" in page
    assert "Data and models" not in page


def test_no_page_is_made_of_an_audit_that_does_not_hold(made: audit.Audit) -> None:
    with pytest.raises(ExportError, match="No HTML was made"):
        html.audit_page(made.text.replace("patients.csv", "patient5.csv", 1).encode())


def test_the_verdict_page_of_no_audit_says_so() -> None:
    assert "UNREADABLE" in html.verdict_page(verify.check(b"nothing", "a.ipynb"))
