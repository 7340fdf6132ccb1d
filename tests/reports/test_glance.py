"""A run at a glance: the same sections as the panel's, as text and as HTML, for any front end."""

from __future__ import annotations

import re

from jupyter_mlsec.protocol.entries import Amended, AnyEntry, Recorded
from jupyter_mlsec.protocol.facts import CellFacts, Fact, Label, Labels, ModelFacts, SealedFor, Shape
from jupyter_mlsec.protocol.records import Action, Cell, Decision, Finding, Operation, Resource, Subject
from jupyter_mlsec.reports.glance import MOST, as_html, as_text, glance

EVIL = "<script>alert(1)</script>"


def recorded(name: str, action: Action, *facts: Fact, execution: int = 1, finding: str = "") -> Recorded:
    operation = Operation(
        id=f"{name} {action} {execution}",
        action=action,
        subject=Subject(name="someone"),
        resource=Resource(kind="model" if action in ("fit", "predict") else "file", name=name),
        cell=Cell(execution=execution),
        library="pandas",
        function="f",
        at=1,
    )
    findings = (Finding(control="pii", rule="pii.email", message=finding),) if finding else ()
    decision = Decision(effect="permit", findings=findings)
    return Recorded(run="r", number=1, at=1, operation=operation, decision=decision, outcome="done", facts=facts)


def test_every_section_tells_what_was_done() -> None:
    labels = Labels(labels=(Label(column="mail", type="EMAIL", score=0.9),))
    entries: list[AnyEntry] = [
        recorded("a.csv", "read", Shape(rows=1200, columns=("mail",)), labels, finding="a.csv: mail EMAIL 100 %."),
        recorded("Forest", "fit", ModelFacts(model="Forest", rows=1200, features=1), execution=2),
        recorded("b.csv", "write", SealedFor(recipients=("age1x",), digest="d", size=9), execution=3),
        recorded("In[3]", "execute", CellFacts(uses=(1, 2)), execution=3),
    ]

    text = as_text(glance(entries))

    assert "a.csv: mail EMAIL 100 %." in text
    assert "1,200 rows x 1  mail EMAIL" in text
    assert "b.csv  sealed  age1x" in text
    assert "Forest  fit  1,200 x 1" in text
    assert re.search(r"\[In\[3\]\] -> b\.csv +\(uses In\[1\], In\[2\]\)", text)


def test_what_was_learned_later_is_told_of_the_operation_it_amends() -> None:
    later = Amended(
        run="r", number=2, at=2, amends="a.csv read 1", control="pii", facts=(Shape(rows=7, columns=("x",)),)
    )

    assert "7 rows x 1" in as_text(glance([recorded("a.csv", "read"), later]))


def test_names_are_text_in_the_page_and_nothing_is_fetched() -> None:
    page = as_html(glance([recorded(EVIL, "write", execution=4, finding=EVIL)]), EVIL)

    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 3
    assert not re.search(r"(?:src|href)=|url\((?!#)", page)


def test_a_long_run_is_cut_and_says_so() -> None:
    text = as_text(glance([recorded(f"{n}.csv", "write", execution=n) for n in range(1, MOST + 12)]))

    assert "and 11 more: %mlsec ledger show" in text
    assert f"{MOST + 11}.csv" in text
