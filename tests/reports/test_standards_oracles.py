"""The official libraries read what is exported, and the specifications' own schemas take it."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

from jupyter_mlsec.reports.standards import Around, Told, export, openlineage, otlp, prov
from tests.reports.stage import MemoryLog, Story
from tests.reports.told import FACTS, arounds, entries, recorded

FACET_CLASSES = {
    "parent": "parent_run.ParentRunFacet",
    "errorMessage": "error_message_run.ErrorMessageRunFacet",
    "processing_engine": "processing_engine_run.ProcessingEngineRunFacet",
    "jobType": "job_type_job.JobTypeJobFacet",
    "version": "dataset_version_dataset.DatasetVersionDatasetFacet",
    "schema": "schema_dataset.SchemaDatasetFacet",
    "tags": "tags_dataset.TagsDatasetFacet",
    "columnLineage": "column_lineage_dataset.ColumnLineageDatasetFacet",
    "inputStatistics": "input_statistics_input_dataset.InputStatisticsInputDatasetFacet",
    "dataQualityAssertions": "data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet",
    "outputStatistics": "output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet",
}
SPECIFICATION = Path(__file__).parents[1] / "data" / "standards" / "openlineage"
"""`OpenLineage.json` and `facets/`, of the specification's own repository."""


@given(entries, arounds)
@settings(deadline=None)
def test_openlineages_own_classes_take_every_event(entry: Told, around: Around) -> None:
    pytest.importorskip("openlineage.client")
    from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState

    for line in openlineage.encode(entry, around).splitlines():
        event = json.loads(line)
        taken = RunEvent(
            eventTime=event["eventTime"],
            producer=event["producer"],
            eventType=RunState[event["eventType"]],
            run=Run(runId=event["run"]["runId"], facets=facets(event["run"]["facets"])),
            job=Job(**{**event["job"], "facets": facets(event["job"]["facets"])}),
            inputs=[InputDataset(**dataset(each)) for each in event["inputs"]],
            outputs=[OutputDataset(**dataset(each)) for each in event["outputs"]],
        )
        assert taken.schemaURL == event["schemaURL"]


def dataset(told: dict[str, Any]) -> dict[str, Any]:
    return {key: facets(value) if key.endswith(("facets", "Facets")) else value for key, value in told.items()}


def facets(told: dict[str, Any]) -> dict[str, Any]:
    """As the client's classes, which refuse fields they do not know and lack none that they need."""
    made = {}
    for key, fields in told.items():
        if key in FACET_CLASSES:
            module, name = FACET_CLASSES[key].split(".")
            cls = getattr(importlib.import_module(f"openlineage.client.generated.{module}"), name)
            one = cls(**{name: value for name, value in fields.items() if not name.startswith("_")})
            assert one._get_schema() == fields["_schemaURL"]
            made[key] = one
    return made


@given(entries, arounds)
@settings(deadline=None)
def test_the_specifications_schemas_take_every_event(entry: Told, around: Around) -> None:
    validate = specification()

    for line in openlineage.encode(entry, around).splitlines():
        event = json.loads(line)
        assert validate("https://openlineage.io/spec/2-0-2/OpenLineage.json", event) == []
        holders = [event["run"], event["job"], *event["inputs"], *event["outputs"]]
        for holder in holders:
            for group in ("facets", "inputFacets", "outputFacets"):
                for key, facet in holder.get(group, {}).items():
                    if key in FACET_CLASSES:
                        assert validate(facet["_schemaURL"].partition("#")[0], {key: facet}) == []


def specification() -> Any:
    """A function that lists what the schema at an address has against an instance; nothing is fetched."""
    paths = (SPECIFICATION / "OpenLineage.json", *SPECIFICATION.glob("facets/*.json"))
    schemas = [json.loads(path.read_text("utf-8")) for path in paths]
    known = Registry().with_resources([(each["$id"], Resource.from_contents(each)) for each in schemas])
    by_id = {
        each["$id"]: Draft202012Validator(each, registry=known, format_checker=FormatChecker()) for each in schemas
    }
    return lambda address, instance: [error.message for error in by_id[address].iter_errors(instance)]


@given(entries, arounds)
@settings(deadline=None)
def test_the_prov_library_reads_every_document_and_writes_the_same(entry: Told, around: Around) -> None:
    model = pytest.importorskip("prov.model")

    read = model.ProvDocument.deserialize(content=prov.encode(entry, around).decode(), format="json")

    assert read == model.ProvDocument.deserialize(content=read.serialize(format="json"), format="json")
    told = json.loads(prov.encode(entry, around))
    assert len(read.get_records()) == sum(len(found) for kind, found in told.items() if kind != "prefix")


def test_the_prov_library_reads_a_whole_run(log: MemoryLog, story: Story) -> None:
    model = pytest.importorskip("prov.model")
    log.append(recorded("write", "out.parquet", facts=FACTS))

    (line,) = export(log.leaves, "prov", "study")
    read = model.ProvDocument.deserialize(content=line.decode(), format="json")

    assert {type(each).__name__ for each in read.get_records()} >= {
        "ProvEntity",
        "ProvActivity",
        "ProvAgent",
        "ProvUsage",
        "ProvGeneration",
        "ProvDerivation",
        "ProvAssociation",
    }


@given(entries, arounds)
@settings(deadline=None)
def test_the_protocols_own_classes_take_every_record(entry: Told, around: Around) -> None:
    logs = pytest.importorskip("opentelemetry.proto.logs.v1.logs_pb2")
    json_format = pytest.importorskip("google.protobuf.json_format")

    # OTLP's JSON has ids in hex, protobuf's own in base64: the one field in which they differ.
    told = json.loads(otlp.encode(entry, around))
    trace = told["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0].pop("traceId")
    read = json_format.ParseDict(told, logs.LogsData())

    record = read.resource_logs[0].scope_logs[0].log_records[0]
    assert len(bytes.fromhex(trace)) == 16
    assert record.event_name.startswith("mlsec.")
    assert record.severity_number in logs.SeverityNumber.values()
