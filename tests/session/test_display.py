"""One line per new finding, at the cell's end, and never a flood."""

from __future__ import annotations

import msgspec

from jupyter_mlsec.protocol.entries import Recorded
from jupyter_mlsec.protocol.facts import Label, Labels, SealedFor
from jupyter_mlsec.protocol.records import Cell, Decision, Finding, Operation, Resource, Subject
from jupyter_mlsec.session.display import Display


def recorded(resource="a.csv", rule="pii.email", level="warning", action="read", effect="permit", facts=()):
    operation = Operation(
        id="r.1",
        action=action,
        subject=Subject(name="uid-0"),
        resource=Resource(kind="file", name=resource),
        cell=Cell(execution=1),
        library="pandas",
        function="read_csv",
        at=1,
    )
    finding = Finding(control="pii", rule=rule, message=f"{resource}: {rule}.", level=level, effect=effect)
    decision = Decision(effect=effect, findings=(finding,) if rule else ())
    return Recorded(run="r", number=1, at=1, operation=operation, decision=decision, outcome="done", facts=facts)


def shown(*entries):
    lines = []
    display = Display(lines.append)
    for entry in entries:
        display.hear(entry)
    display.flush()
    return lines


def test_a_new_finding_is_said_once():
    assert shown(recorded(), recorded(), recorded()) == ["mlsec: a.csv: pii.email. %mlsec why"]


def test_notes_and_denials_are_not_printed():
    assert shown(recorded(level="note"), recorded(rule="schema.failed", effect="deny")) == []


def test_a_note_said_first_does_not_silence_the_warning():
    assert len(shown(recorded(level="note"), recorded())) == 1


def test_ten_thousand_findings_are_one_line_more():
    lines = shown(*(recorded(resource=f"{number}.csv") for number in range(10_000)))
    assert len(lines) == 4
    assert lines[-1] == "mlsec: and 9997 more. %mlsec findings lists them."


def test_a_seal_is_told_once_with_the_columns_it_is_for():
    facts = (
        Labels(labels=(Label(column="ssn", type="US_SSN", score=1.0, certain=True),)),
        SealedFor(recipients=("age1x",), digest="00", size=1),
    )
    sealed = recorded(resource="out.parquet", rule="", action="write", facts=facts)
    assert shown(sealed, sealed) == [
        "mlsec: out.parquet was sealed for you (holds ssn); it reads back as before. %mlsec undo"
    ]


def test_a_seal_and_what_it_holds_are_one_line():
    facts = (SealedFor(recipients=("age1x",), digest="00", size=1),)
    assert shown(recorded(resource="out.csv", action="write", facts=facts), recorded(rule="schema.learned")) == [
        "mlsec: out.csv was sealed for you (holds pii.email); it reads back as before. %mlsec undo",
        "mlsec: a.csv: schema.learned. %mlsec why",
    ]


def test_what_is_remembered_does_not_grow_with_the_calls():
    display = Display(lambda line: None)
    one = recorded()
    for number in range(3000):
        display.hear(msgspec.structs.replace(one, operation=msgspec.structs.replace(one.operation, id=f"r.{number}")))
    assert len(display.findings) == 1
    assert len(display._places) <= 1000
