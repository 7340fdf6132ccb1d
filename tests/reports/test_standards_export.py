"""A ledger exported whole: nothing said that entries do not say, nothing lost that is not understood."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from jupyter_mlsec.cli import standards as command
from jupyter_mlsec.protocol.entries import Allowed, Did, Recorded, Switched, Troubled
from jupyter_mlsec.protocol.records import Decision, Finding
from jupyter_mlsec.reports.standards import FORMATS, Other, export, read
from tests.reports.stage import MemoryLog, Story
from tests.reports.told import OPENED, recorded

FUTURE = (
    b'{"entry":"Foreseen","run":"a1b2c3d4e5f60718","number":9,"at":1790000000000000000,"secret":"4111111111111111"}'
)
EVENTS = tuple(each for each in FORMATS if each != "cyclonedx")
"""The shapes that tell of each entry; a bill of materials tells of things."""
CANARY = "Jane Doe 078-05-1120"


def exported(leaves: list[bytes], format: str) -> bytes:
    return b"\n".join(export(leaves, format, "study"))


def test_the_command_offers_what_can_be_encoded() -> None:
    assert set(command.FORMATS) == set(FORMATS)


@pytest.mark.parametrize("format", EVENTS)
def test_an_entry_of_a_later_version_is_told_by_its_head_alone(format: str) -> None:
    told = exported([msgspec.json.encode(OPENED), FUTURE], format)

    assert b"Foreseen" in told or b"foreseen" in told
    assert b"4111111111111111" not in told


def test_a_known_kind_with_content_this_version_cannot_read_is_told_by_its_head() -> None:
    assert read(b'{"entry":"Closed","run":"r","number":2,"at":3,"recorded":"many"}') == Other(
        kind="Closed", run="r", number=2, at=3
    )


@pytest.mark.parametrize("damaged", [b"", b"{", b"[]", b'{"entry":"Closed"}', b"\xff\xfe", b'{"entry":1,"run":2}'])
def test_what_is_no_entry_is_passed_over(damaged: bytes) -> None:
    assert exported([damaged], "syslog") == b""


@pytest.mark.parametrize("format", FORMATS)
def test_what_a_user_wrote_stays_in_the_ledger(format: str) -> None:
    run: dict[str, Any] = {"run": OPENED.run, "at": OPENED.at}
    finding = Finding(
        control="pii", rule="pii.us-ssn", message=f"found {CANARY}", fix=f"df = df[df.name != '{CANARY}']"
    )
    told = [
        OPENED,
        Allowed(id="1", number=2, rule="pii.us-ssn", reason=f"asked {CANARY}", **run),
        Switched(number=3, to="paused", reason=CANARY, **run),
        Did(number=4, verb="schema", subject="patients.csv", details={"note": CANARY}, **run),
        Troubled(number=5, where="pii", error="ValueError", **run),
        recorded("read", "patients.csv", decision=Decision(effect="permit", findings=(finding,))),
    ]

    lines = exported([msgspec.json.encode(each) for each in told], format)

    assert b"pii.us-ssn" in lines or format not in EVENTS
    assert b"Jane" not in lines
    assert b"078-05" not in lines


def test_a_child_process_is_told_in_the_run_of_its_parent() -> None:
    child = msgspec.structs.replace(recorded("read", "part.csv"), run=f"{OPENED.run}/4711")
    leaves = [msgspec.json.encode(each) for each in (OPENED, child)]

    first, later = (json.loads(line) for line in export(leaves, "openlineage", "study"))

    assert later["run"]["facets"]["parent"]["run"]["runId"] == first["run"]["runId"]
    assert later["job"]["name"].startswith("study.ipynb.")


def test_two_runs_in_turn_keep_their_own_notebooks(log: MemoryLog) -> None:
    one, other = Story(log, run="1" * 16, notebook="one.ipynb"), Story(log, run="2" * 16, notebook="two.ipynb")
    one.cell(1, "1 + 1", id="a")
    other.cell(1, "2 + 2", id="a")

    lines = [json.loads(line) for line in export(log.leaves, "ocsf", "study")]

    assert [line["metadata"]["log_name"] for line in lines] == ["one.ipynb", "two.ipynb"] * 2


def test_the_same_ledger_gives_the_same_bytes(log: MemoryLog, story: Story) -> None:
    for format in FORMATS:
        assert exported(log.leaves, format) == exported(log.leaves, format)
    assert isinstance(read(log.leaves[1]), Recorded)
