"""What is known is not told again: comments, mutes with an end, and a list that counts only as it was approved."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pytest

from jupyter_mlsec.controls.contract import Call, Site
from jupyter_mlsec.controls.pii import Settings, build
from jupyter_mlsec.controls.pii.mutes import Mutes, in_comments
from jupyter_mlsec.controls.pii.settings import Mute
from jupyter_mlsec.protocol.errors import UsageError
from jupyter_mlsec.protocol.facts import Facts, Labels
from jupyter_mlsec.protocol.records import Cell, Finding, Operation, Resource, Subject
from jupyter_mlsec.protocol.watch import Watch

FRAME = pd.DataFrame({"notes": [f"anna{number}@example.org" for number in range(40)]})


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "state").mkdir()
    (tmp_path / "data").mkdir()
    return tmp_path / "state", tmp_path / "data"


def _control(folders: tuple[Path, Path], settings: Settings | None = None) -> Any:
    state, data = folders
    return build(
        Site(
            settings=settings or Settings(), profile="guard", project=Path, state=lambda: state, data=lambda: data,
            amend=lambda operation, **_: None, record=lambda *_: None,
        )
    )  # fmt: skip


def _operation(action: str, digest: str = "d") -> Operation:
    return Operation(
        id="1", action=action, subject=Subject(name="u"), resource=Resource(kind="file", name="p.csv"),
        cell=Cell(execution=1, digest=digest), library="pandas", function="read_csv", at=0,
    )  # fmt: skip


def _call(value: object = None) -> Call:
    return Call(Watch(target="f", action="read", value="value"), (), {"value": value}, {})


def _load(control: Any, facts: Facts | None = None, digest: str = "d", frame: pd.DataFrame = FRAME) -> list[Finding]:
    return list(control.after(_operation("read", digest), _call(), frame, Facts() if facts is None else facts))


@pytest.mark.parametrize(
    ("source", "mute"),
    [
        ("x = 1  # mlsec: allow EMAIL in notes -- test data", ("EMAIL", "notes", "test data", "")),
        ("# mlsec: allow EMAIL -- made up until 2027-01-31", ("EMAIL", "", "made up", "2027-01-31")),
        ("#mlsec:allow EMAIL in 'first name' -- ok", ("EMAIL", "first name", "ok", "")),
    ],
)
def test_a_comment_says_what_where_why_and_until_when(source: str, mute: tuple[str, ...]) -> None:
    (found,), odd = in_comments(f"import os\n{source}\ny = 2")

    assert (found.type, found.column, found.reason, found.until) == mute
    assert odd == 0


def test_a_comment_without_a_reason_or_a_known_type_mutes_nothing_and_is_told(folders: tuple[Path, Path]) -> None:
    source = "# mlsec: allow EMAIL in notes\n# mlsec: allow BEAUTY in notes -- it is"
    control = _control(folders)

    (told,) = control.before(_operation("execute"), _call(source), Facts())

    assert "2 of this cell's" in told.message
    assert [finding.rule for finding in _load(control)] == ["pii.email"]


def test_a_comment_holds_for_its_own_cell_alone(folders: tuple[Path, Path]) -> None:
    control, facts = _control(folders), Facts()
    control.before(_operation("execute", "mine"), _call("# mlsec: allow EMAIL in notes -- test data"), Facts())

    (noted,) = _load(control, facts, "mine")
    (told,) = _load(control, digest="another")

    assert (noted.rule, noted.level) == ("pii.muted", "note")
    assert facts.find(Labels) is None
    assert (told.rule, told.level) == ("pii.email", "warning")


def test_a_policy_can_say_that_comments_mute_nothing(folders: tuple[Path, Path]) -> None:
    control = _control(folders, Settings(comments=False))
    control.before(_operation("execute"), _call("# mlsec: allow EMAIL in notes -- test data"), Facts())

    assert [finding.rule for finding in _load(control)] == ["pii.email"]


def test_a_mute_ends_with_its_last_day_and_that_is_told_once() -> None:
    mute = Mute(type="EMAIL", column="notes", reason="r", until="2027-01-31")
    before = Mutes((mute,), lambda: dt.date(2027, 1, 31))
    after = Mutes((mute,), lambda: dt.date(2027, 2, 1))

    assert before.muting("EMAIL", "notes", "p.csv", None) == mute
    assert after.muting("EMAIL", "notes", "p.csv", None) is None
    assert [after.newly_over("EMAIL", "notes", "p.csv") for _ in range(2)] == [mute, None]


def test_a_listed_finding_is_labelled_and_noted_but_not_told(folders: tuple[Path, Path]) -> None:
    control = _control(folders)
    _load(control)
    (verb,) = control.verbs()
    verb.run(["--known", "made up"], {})

    facts = Facts()
    (noted,) = _load(_control(folders), facts)

    assert (noted.rule, noted.level) == ("pii.email", "note")
    assert facts.find(Labels) is not None
    assert '"reason": "made up"' in (folders[0] / "known.json").read_text()


def test_what_was_listed_and_why_is_in_the_ledger(folders: tuple[Path, Path]) -> None:
    deeds: list[tuple[str, str, dict[str, str]]] = []
    control = _control(folders)
    control._site = msgspec.structs.replace(control._site, record=lambda *deed: deeds.append(deed))
    _load(control)

    control.verbs()[0].run(["--known", "made up"], {})
    control.verbs()[0].run(["--trust-known"], {})

    assert deeds == [
        ("listed as known", ".mlsec/known.json", {"reason": "made up", "count": "1"}),
        ("trusted", ".mlsec/known.json", {"count": "1"}),
    ]


def test_what_spread_beyond_what_was_known_is_told_again(folders: tuple[Path, Path]) -> None:
    few = pd.DataFrame({"notes": [*FRAME["notes"][:4], *["nothing of interest"] * 60]})
    control = _control(folders)
    _load(control, frame=few)
    control.verbs()[0].run(["--known", "a few are all right"], {})

    (noted,), (told,) = _load(_control(folders), frame=few), _load(_control(folders))

    assert (noted.level, told.level) == ("note", "warning")


def test_a_list_that_somebody_else_changed_is_not_followed_until_it_was_read(folders: tuple[Path, Path]) -> None:
    control = _control(folders)
    _load(control)
    verb = control.verbs()[0]
    path = folders[0] / "known.json"
    verb.run(["--known", "made up"], {})
    listed = json.loads(path.read_text())
    path.write_text(json.dumps(listed | {"about": "changed"}))

    refused = _load(_control(folders))
    verb.run(["--trust-known"], {})
    (noted,) = _load(_control(folders))

    assert {finding.rule for finding in refused} == {"pii.known-unapproved", "pii.email"}
    assert noted.level == "note"


def test_a_broken_list_is_said_and_nothing_is_known(folders: tuple[Path, Path]) -> None:
    (folders[0] / "known.json").write_text("{")

    rules = {finding.rule for finding in _load(_control(folders))}

    assert rules == {"pii.known-unapproved", "pii.email"}
    with pytest.raises(UsageError, match="no option"):
        _control(folders).verbs()[0].run(["df", "--nothing"], {})


def test_why_shows_masked_examples_as_long_as_the_table_lives(folders: tuple[Path, Path]) -> None:
    control, frame = _control(folders), FRAME.copy()
    _load(control, frame=frame)

    shown = control.explain("1")
    del frame

    assert "a***@***.org" in shown
    assert "anna" not in shown
    assert "is gone" in control.explain("1")
    assert control.explain("2") is None
