"""What the control says and labels, and that it never says a value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pytest

from jupyter_mlsec.controls.contract import Call, Site
from jupyter_mlsec.controls.pii import RULES, Settings, build
from jupyter_mlsec.controls.pii.detection import TYPES
from jupyter_mlsec.controls.pii.settings import Mute
from jupyter_mlsec.protocol.errors import UsageError
from jupyter_mlsec.protocol.facts import Facts, Label, Labels
from jupyter_mlsec.protocol.records import Cell, Operation, Resource, Subject
from jupyter_mlsec.protocol.watch import Watch

FRAME = pd.DataFrame({"ssn": [f"{200 + i}-{10 + i % 80}-{1000 + i}" for i in range(150)], "n": range(150)})
TOKEN = "ghp_" + "mK1Ox0CgycKCwMnQSGhOUIq5reHMoU3NyHvA"


def _control(settings: Settings | None = None) -> Any:
    return build(
        Site(
            settings=settings or Settings(), profile="guard", project=Path, state=Path, data=Path,
            amend=lambda operation, **_: None, record=lambda *_: None,
        )
    )  # fmt: skip


def _operation(action: str, kind: str = "file") -> Operation:
    return Operation(
        id="1", action=action, subject=Subject(name="u"), resource=Resource(kind=kind, name="patients.csv"),
        cell=Cell(execution=1),
        library="pandas", function="read_csv", at=0,
    )  # fmt: skip


def _call(value: object = None) -> Call:
    return Call(Watch(target="f", action="read", value="value"), (), {"value": value}, {})


def test_a_read_is_labelled_and_told_in_one_line() -> None:
    facts = Facts()
    (finding,) = _control().after(_operation("read"), _call(), FRAME, facts)
    assert finding.message == "patients.csv: ssn US_SSN 100 %."
    assert (finding.rule, finding.level) == ("pii.us-ssn", "warning")
    assert finding.places[0].count == 150
    labels = facts.find(Labels)
    assert labels is not None
    assert [(label.column, label.type, label.certain) for label in labels.labels] == [("ssn", "US_SSN", True)]


def test_the_same_table_read_again_is_only_noted() -> None:
    control = _control()
    control.after(_operation("read"), _call(), FRAME, Facts())
    (again,) = control.after(_operation("read"), _call(), FRAME, Facts())
    assert again.level == "note"


def test_a_write_keeps_the_labels_it_came_with() -> None:
    facts = Facts()
    facts.add(Labels(labels=(Label(column="n", type="HEALTH_ID", score=1.0, certain=True, source="user"),)))
    _control().before(_operation("write"), _call(FRAME), facts)
    assert {(x.column, x.type) for x in facts.find(Labels).labels} == {("n", "HEALTH_ID"), ("ssn", "US_SSN")}


def test_what_was_told_when_it_was_loaded_is_only_noted_when_it_is_saved() -> None:
    control = _control()
    (saved,) = control.before(_operation("write"), _call(FRAME), Facts())
    assert saved.level == "warning"
    control = _control()
    control.after(_operation("read"), _call(), FRAME, Facts())
    (saved,) = control.before(_operation("write"), _call(FRAME.rename(columns={"n": "m"})), Facts())
    assert saved.level == "note"


def test_a_credential_in_a_cell_is_told_without_its_text() -> None:
    source = f'import os\nkey = "{TOKEN}"\n'
    (finding,) = _control().before(_operation("execute", "cell"), _call(source), Facts())
    assert finding.rule == "pii.credential-in-source"
    assert TOKEN[4:] not in msgspec.json.encode(finding).decode()


@pytest.mark.parametrize(
    "source",
    ["x = 1", 'key = os.environ["API_KEY"]', "tokens = tokenizer.encode(text)", 'password = getpass("password: ")'],
)
def test_clean_sources_are_passed_over(source: str) -> None:
    assert list(_control().before(_operation("execute", "cell"), _call(source), Facts())) == []


def test_findings_never_hold_a_value() -> None:
    frame = pd.DataFrame({"mail": [f"canary{i}@example.org" for i in range(20)]})
    facts = Facts()
    found = list(_control().after(_operation("read"), _call(), frame, facts))
    assert b"canary" not in msgspec.json.encode([found, list(facts)])


def test_muted_and_unwanted_types_are_not_told() -> None:
    mute = Mute(type="US_SSN", reason="test data", column="ssn")
    for settings in (Settings(types=("EMAIL",)), Settings(on=False)):
        assert list(_control(settings).after(_operation("read"), _call(), FRAME, Facts())) == []
    facts = Facts()
    (noted,) = _control(Settings(mute=(mute,))).after(_operation("read"), _call(), FRAME, facts)
    assert (noted.rule, noted.level) == ("pii.muted", "note")
    assert facts.find(Labels) is None


def test_looser_settings_are_named() -> None:
    looser = Settings(on=False, score=0.9, types=("EMAIL",), mute=(Mute(type="EMAIL", reason="r"),))
    assert set(looser.loosened(Settings())) == {"on", "score", "types", "mute"}
    assert Settings().loosened(looser) == ()


def test_every_type_has_a_rule() -> None:
    assert {rule.id for rule in RULES} >= {f"pii.{kind.lower().replace('_', '-')}" for kind in TYPES}


def test_the_verb_shows_and_masks() -> None:
    (verb,) = _control().verbs()
    namespace: dict[str, Any] = {"df": FRAME}
    answer = verb.run(["df", "--mask"], namespace)
    assert "US_SSN" in answer.text
    assert answer.data["columns"]["ssn"][0]["type"] == "US_SSN"
    assert set(namespace["df_masked"]["ssn"]) == {"[US_SSN]"}
    with pytest.raises(UsageError):
        verb.run(["nothing_here"], namespace)
