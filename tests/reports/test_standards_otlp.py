"""What an OpenTelemetry collector is told: the JSON of logs.proto for every entry."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given

from jupyter_mlsec.protocol.records import Decision
from jupyter_mlsec.reports.standards import Around, Told, otlp
from tests.reports.stage import SSN
from tests.reports.told import AROUND, OPENED, arounds, entries, recorded

RECORD = {
    "timeUnixNano",
    "observedTimeUnixNano",
    "severityNumber",
    "severityText",
    "eventName",
    "body",
    "attributes",
    "traceId",
}
INT64 = re.compile(r"\d{1,19}")


def told(entry: Told, around: Around = AROUND) -> dict[str, Any]:
    (of_resource,) = json.loads(otlp.encode(entry, around))["resourceLogs"]
    (of_scope,) = of_resource["scopeLogs"]
    (record,) = of_scope["logRecords"]
    return {**record, "resource": of_resource["resource"]}


def values(attributes: list[dict[str, Any]]) -> dict[str, Any]:
    """By key; a value is of one kind, and an integer a string of digits, as protobuf's JSON has it."""
    found = {}
    for each in attributes:
        ((kind, value),) = each["value"].items()
        assert kind in ("stringValue", "intValue", "arrayValue")
        assert kind != "intValue" or INT64.fullmatch(value)
        found[each["key"]] = value
    assert len(found) == len(attributes)
    return found


@given(entries, arounds)
def test_every_entry_is_one_record_of_the_protocol(entry: Told, around: Around) -> None:
    record = told(entry, around)

    assert set(record) == RECORD | {"resource"}
    assert 0 <= int(record["timeUnixNano"]) < 2**64
    assert re.fullmatch(r"[0-9a-f]{32}", record["traceId"])
    assert values(record["attributes"])["mlsec.run"] == entry.run
    assert values(record["resource"]["attributes"])["service.name"] == "jupyter-mlsec"


def test_a_finding_is_a_warning_that_names_its_rule() -> None:
    record = told(recorded("read", "patients.csv", decision=Decision(effect="permit", findings=(SSN,))))

    assert (record["severityNumber"], record["severityText"]) == (13, "WARN")
    assert values(record["attributes"])["mlsec.rules"] == {"values": [{"stringValue": "pii.us-ssn"}]}
    assert record["body"]["stringValue"] == "read patients.csv: done [pii.us-ssn]"


def test_the_records_of_a_run_share_its_trace_and_its_resource() -> None:
    first, later = told(OPENED), told(recorded("read", "patients.csv"))

    assert first["traceId"] == later["traceId"]
    assert values(first["resource"]["attributes"])["mlsec.notebook"] == "study.ipynb"
    assert first["resource"] == later["resource"]
