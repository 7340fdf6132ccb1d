"""What a lineage collector is told: events of the specification, a cell's data both ways, its columns."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator, FormatChecker

from jupyter_mlsec.reports.standards import Around, Told, export, openlineage
from tests.reports.stage import MemoryLog, Story
from tests.reports.told import AROUND, FACTS, OPENED, arounds, entries, recorded

SCHEMA = Path(__file__).resolve().parents[1] / "data" / "standards" / "openlineage-2-0-2.json"
VALID = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")), format_checker=FormatChecker())


def told(entry: Told, around: Around = AROUND) -> list[dict[str, Any]]:
    return [json.loads(line) for line in openlineage.encode(entry, around).splitlines()]


@given(entries, arounds)
def test_every_entry_makes_events_that_the_specification_takes(entry: Told, around: Around) -> None:
    events = told(entry, around)

    assert events
    assert [error.message for event in events for error in VALID.iter_errors(event)] == []
    assert all(uuid.UUID(event["run"]["runId"]) for event in events)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda event: event.pop("producer"),
        lambda event: event["run"].update(runId="no uuid"),
        lambda event: event["outputs"][0]["facets"]["columnLineage"].pop("fields"),
        lambda event: event["outputs"][0]["facets"]["schema"].update(_schemaURL="another"),
        lambda event: event["outputs"][0].update(rows=[1, 2]),
    ],
)
def test_an_event_that_is_spoiled_is_refused(spoil: Any) -> None:
    (event,) = told(recorded("write", "out.parquet", facts=FACTS))
    spoil(event)

    assert not VALID.is_valid(event)


def test_a_write_says_what_it_was_made_from_column_by_column() -> None:
    (event,) = told(recorded("write", "out.parquet", facts=FACTS))

    (source,), (made,) = event["inputs"], event["outputs"]
    assert (source["namespace"], source["name"], made["name"]) == ("file://study", "patients.csv", "out.parquet")
    columns = made["facets"]["columnLineage"]["fields"]
    assert {name: each["inputFields"][0]["field"] for name, each in columns.items()} == {"age": "age", "code": "zip"}
    assert columns["code"]["inputFields"][0]["transformations"][0]["subtype"] == "TRANSFORMATION"
    assert made["facets"]["schema"]["fields"][0] == {"name": "age", "type": "int64"}


def test_a_read_says_which_checks_its_table_failed() -> None:
    (event,) = told(recorded("read", "patients.csv", facts=FACTS))

    checks = event["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert [(check["assertion"], check["success"]) for check in checks] == [
        ("learned schema", False),
        ("ge(0)", False),
    ]
    assert checks[1]["params"] == {"failures": 3}


def test_a_cell_begins_and_ends_its_own_run_under_the_notebooks() -> None:
    begun, ended = told(recorded("execute", "In[3]", kind="cell", outcome="failed", error="KeyError"))

    assert (begun["eventType"], ended["eventType"]) == ("START", "FAIL")
    assert begun["run"]["runId"] == ended["run"]["runId"] == told(recorded("read", "a.csv"))[0]["run"]["runId"]
    assert begun["job"]["name"] == "study.ipynb.cell-save"
    assert ended["run"]["facets"]["errorMessage"]["message"] == "KeyError"
    (notebook,) = told(OPENED)
    assert ended["run"]["facets"]["parent"]["run"]["runId"] == notebook["run"]["runId"]


@pytest.mark.parametrize("outcome", ["denied", "failed"])
def test_what_did_not_happen_moves_no_data(outcome: Any) -> None:
    (event,) = told(recorded("write", "out.parquet", outcome=outcome, facts=FACTS))

    assert (event["inputs"], event["outputs"]) == ([], [])


def test_the_event_that_ends_a_cell_repeats_its_data_for_collectors_that_read_no_other(
    log: MemoryLog, story: Story
) -> None:
    log.append(recorded("read", "more.csv"))
    log.append(recorded("write", "out.parquet", facts=FACTS))
    log.append(recorded("execute", "In[3]", kind="cell"))

    events = [json.loads(line) for line in export(log.leaves, "openlineage", "study")]

    kinds = [event["eventType"] for event in events[-4:]]
    assert kinds == ["START", "RUNNING", "RUNNING", "COMPLETE"]
    assert [each["name"] for each in events[-1]["inputs"]] == ["more.csv", "patients.csv"]
    assert [each["name"] for each in events[-1]["outputs"]] == ["out.parquet"]
    assert [error.message for event in events for error in VALID.iter_errors(event)] == []


def test_a_cell_that_never_ended_loses_none_of_its_events(log: MemoryLog, story: Story) -> None:
    log.append(recorded("read", "more.csv"))

    events = [json.loads(line) for line in export(log.leaves, "openlineage", "study")]

    assert events[-1]["inputs"][0]["name"] == "more.csv"
