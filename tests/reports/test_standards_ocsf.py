"""What a SIEM is told in OCSF: an event of a class of 1.8.0 for every entry, with what was decided."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from jupyter_mlsec.protocol.entries import Did
from jupyter_mlsec.protocol.facts import SealedFor
from jupyter_mlsec.protocol.records import Action, Decision, ResourceKind
from jupyter_mlsec.reports.standards import Around, Told, ocsf
from tests.reports.stage import SSN
from tests.reports.told import AROUND, FACTS, NAMES, OPENED, arounds, entries, recorded

CLASSES = json.loads(
    (Path(__file__).resolve().parents[1] / "data" / "standards" / "ocsf-1.8.0.json").read_text("utf-8")
)


@cache
def validator(uid: int) -> Draft202012Validator:
    (schema,) = (each for each in CLASSES.values() if each["properties"]["class_uid"]["const"] == uid)
    return Draft202012Validator(schema)


def told(entry: Told, around: Around = AROUND) -> dict[str, Any]:
    return json.loads(ocsf.encode(entry, around))  # type: ignore[no-any-return]


@given(entries, arounds)
def test_every_entry_is_an_event_of_its_class(entry: Told, around: Around) -> None:
    event = told(entry, around)

    assert [error.message for error in validator(event["class_uid"]).iter_errors(event)] == []
    assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]


@pytest.mark.parametrize("action", get_args(Action))
@pytest.mark.parametrize("kind", get_args(ResourceKind))
def test_every_action_on_every_kind_of_resource_is_one(action: str, kind: str) -> None:
    for name in NAMES:
        event = told(recorded(action, name, kind=kind, facts=FACTS))

        assert [error.message for error in validator(event["class_uid"]).iter_errors(event)] == []


@pytest.mark.parametrize("lost", ["actor", "src_endpoint", "databucket", "metadata", "time"])
def test_an_event_that_lacks_what_its_class_asks_for_is_refused(lost: str) -> None:
    event = told(recorded("read", "patients.csv"))
    del event[lost]

    assert not validator(6005).is_valid(event)


def test_a_denial_is_told_as_one() -> None:
    event = told(recorded("read", "model.pkl", outcome="denied", decision=Decision(effect="deny", findings=(SSN,))))

    assert (event["action_id"], event["disposition_id"], event["status_id"]) == (2, 2, 2)
    assert (event["severity_id"], event["is_alert"]) == (4, True)
    assert event["unmapped"]["rules"] == ["pii.us-ssn"]


def test_a_sealed_write_names_its_file_and_the_digest_on_disk() -> None:
    sealed = SealedFor(recipients=("age1x",), digest="cd" * 32, size=2048)
    event = told(recorded("write", "out/a.parquet", facts=(sealed,)))

    file = event["databucket"]["file"]
    assert (event["class_uid"], event["activity_id"]) == (6005, 5)
    assert (file["name"], file["path"], file["is_encrypted"]) == ("a.parquet", "out/a.parquet", True)
    assert file["hashes"][0]["value"] == "cd" * 32


def test_sealing_a_file_is_an_encryption() -> None:
    event = told(Did(run=OPENED.run, number=4, at=OPENED.at, verb="sealed", subject="a.csv"))

    assert (event["class_uid"], event["activity_id"]) == (6005, 9)
