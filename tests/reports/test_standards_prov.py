"""What an archive is told in PROV-JSON: who did what with which data, each thing under one name."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given

from jupyter_mlsec.protocol.facts import CellFacts
from jupyter_mlsec.reports.standards import Around, Told, export, prov
from tests.reports.stage import MemoryLog, Story
from tests.reports.told import AROUND, FACTS, OPENED, arounds, entries, recorded

QUALIFIED = re.compile(r"(?P<prefix>mlsec|data):(?:[A-Za-z0-9/._~-]|%[0-9A-F]{2})+")
THINGS = ("entity", "activity", "agent")
ENDS = {
    "used": ("prov:activity", "prov:entity"),
    "wasGeneratedBy": ("prov:entity", "prov:activity"),
    "wasDerivedFrom": ("prov:generatedEntity", "prov:usedEntity"),
    "wasAssociatedWith": ("prov:activity", "prov:agent"),
    "wasInformedBy": ("prov:informed", "prov:informant"),
    "wasStartedBy": ("prov:activity", "prov:starter"),
    "specializationOf": ("prov:specificEntity", "prov:generalEntity"),
    "actedOnBehalfOf": ("prov:delegate", "prov:responsible"),
}


def told(entry: Told, around: Around = AROUND) -> dict[str, Any]:
    return json.loads(prov.encode(entry, around))  # type: ignore[no-any-return]


def pairs(document: dict[str, Any], relation: str) -> set[tuple[str, str]]:
    one, other = ENDS[relation]
    return {(each[one], each[other]) for each in document.get(relation, {}).values()}


@given(entries, arounds)
def test_every_entry_is_a_document_of_known_relations_and_well_formed_names(entry: Told, around: Around) -> None:
    document = told(entry, around)

    assert set(document) <= {"prefix", *THINGS, *ENDS}
    assert document["activity"]
    named = {name for kind in THINGS for name in document.get(kind, {})}
    named |= {name for relation in ENDS for pair in pairs(document, relation) for name in pair}
    assert [name for name in named if QUALIFIED.fullmatch(name) is None] == []


def test_a_write_generates_the_state_that_its_sources_led_to() -> None:
    document = told(recorded("write", "out.parquet", facts=FACTS))

    made = "data:file%3A//study/out.parquet/by/op-write"
    assert pairs(document, "wasGeneratedBy") == {(made, "mlsec:operation/op-write")}
    assert pairs(document, "wasDerivedFrom") == {(made, "data:file%3A//study/patients.csv")}
    assert pairs(document, "specializationOf") == {(made, "data:file%3A//study/out.parquet")}
    assert ("mlsec:operation/op-write", "mlsec:operation/op-1") in pairs(document, "wasInformedBy")
    assert pairs(document, "wasAssociatedWith") == {("mlsec:operation/op-write", "mlsec:agent/uid-1000")}


def test_an_operation_is_started_by_its_cell_and_a_cell_informed_by_those_before() -> None:
    read = told(recorded("read", "patients.csv"))
    cell = told(recorded("execute", "In[3]", kind="cell", facts=(CellFacts(uses=(1,)),)))

    run = f"mlsec:{OPENED.run}/cell"
    assert pairs(read, "wasStartedBy") == {("mlsec:operation/op-read", f"{run}/3")}
    assert pairs(read, "used") == {("mlsec:operation/op-read", "data:file%3A//study/patients.csv")}
    assert pairs(cell, "wasInformedBy") == {(f"{run}/3", f"{run}/1")}


def test_the_guard_acts_for_the_user_under_its_policy() -> None:
    document = told(OPENED)

    assert pairs(document, "actedOnBehalfOf") == {("mlsec:guard", "mlsec:agent/uid-1000")}
    assert {each.get("prov:plan") for each in document["wasAssociatedWith"].values()} == {
        None,
        f"mlsec:policy/{OPENED.policy}",
    }


def test_a_run_is_one_document_in_which_every_name_of_data_is_described(log: MemoryLog, story: Story) -> None:
    (line,) = export(log.leaves, "prov", "study")

    document = json.loads(line)
    used = {entity for _, entity in pairs(document, "used")} | {made for made, _ in pairs(document, "wasGeneratedBy")}
    assert used
    assert used <= set(document["entity"])
    assert {starter for _, starter in pairs(document, "wasStartedBy")} <= set(document["activity"])
