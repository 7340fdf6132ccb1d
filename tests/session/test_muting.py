"""What the user says is known: recorded, told no more, taken back; and names that are only names."""

from __future__ import annotations

import re

import pytest

from jupyter_mlsec.session.display import Display
from tests.session.test_display import recorded

ROWS = "\n".join(f"{n},anna{n}@example.org" for n in range(60))


@pytest.fixture
def mails(guarded, project):
    """A guarded kernel, and three tables with mail addresses beside it."""
    for name in ("a.csv", "b.csv", "c.csv"):
        (project / name).write_text(f"n,mail\n{ROWS}\n")
    return guarded


def test_a_finding_that_is_known_is_kept_but_not_said():
    lines: list[str] = []
    display = Display(lines.append, lambda finding, resource: (finding.rule, resource) == ("pii.email", "a.csv"))

    display.hear(recorded("a.csv"))
    display.hear(recorded("b.csv"))
    display.flush()

    assert lines == ["mlsec: b.csv: pii.email. %mlsec why"]
    assert len(display.findings) == 2


def test_what_is_muted_is_not_told_until_it_is_taken_back(mails):
    said = mails.run("%mlsec allow pii.email '--reason=all invented' --resource=[ab].csv").text
    assert "EMAIL" not in mails.run("t = pd.read_csv('a.csv')").text

    identifier = re.search(r"--end (\w+)", said).group(1)
    assert "no longer" in mails.run(f"%mlsec allow --end {identifier}").text

    assert "EMAIL" in mails.run("t = pd.read_csv('b.csv')").text
    assert f"ended an allowance {identifier}" in mails.run("%mlsec ledger show").text


def test_an_allowance_that_does_not_exist_cannot_be_ended(guarded):
    assert "nothing was ended" in guarded.run("%mlsec allow --end 12345678").text


def test_braces_in_a_name_are_not_run(guarded):
    ran = guarded.run('%mlsec allow pii.email \'--reason={open("ran", "w")} $HOME\' --resource=x')

    assert "is allowed" in ran.text
    assert guarded.run("import os; os.path.exists('ran')").text.strip() == "False"
