"""OpenLineage's facets, made of the facts an operation left. Versions are those of the specification 2-0-2."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from jupyter_mlsec.protocol.entries import Recorded
from jupyter_mlsec.protocol.facts import ColumnOrigins, Fingerprint, Labels, SchemaVerdict, SealedFor, Shape
from jupyter_mlsec.reports.standards.datasets import Dataset, dataset, digest_of, fact
from jupyter_mlsec.reports.standards.source import PRODUCT, VERSION, Around, json
from jupyter_mlsec.reports.standards.summary import Summary

Json = dict[str, Any]
"""Builtins, as JSON takes them."""

PRODUCER = f"https://jupyter-mlsec.dev/{VERSION}"
_SPEC = "https://openlineage.io/spec/facets"
_INT64 = 2**63 - 1


def facet(version: str, name: str, /, **fields: Any) -> Json:
    """One of the specification's facets."""
    return {"_producer": PRODUCER, "_schemaURL": f"{_SPEC}/{version}/{name}.json#/$defs/{name}", **fields}


def of_entry(number: int, said: Summary) -> Json:
    """Our own run facet: which entry the event was made of, and what was decided."""
    schema = "https://jupyter-mlsec.dev/openlineage/v1/EntryRunFacet.json"
    made: Json = {"_producer": PRODUCER, "_schemaURL": schema, "number": number, "entry": said.kind}
    for name, value in (
        ("action", said.action),
        ("resource", said.resource),
        ("outcome", said.outcome),
        ("effect", said.effect),
        ("operation", said.operation),
        ("subject", said.subject),
    ):
        if value:
            made[name] = value
    if said.rules:
        made["rules"] = said.rules
    return made


def error(name: str) -> Json:
    """The error's type; its text may hold data and was never recorded."""
    return facet("1-0-1", "ErrorMessageRunFacet", message=name, programmingLanguage="PYTHON")


def engine(around: Around) -> Json:
    """What ran the notebook."""
    versions = around.opened.versions if around.opened else {}
    name = "ipython" if "ipython" in versions else "python"
    told = facet("1-1-1", "ProcessingEngineRunFacet", version=versions.get(name, "unknown"), name=name)
    return {**told, "openlineageAdapterVersion": VERSION}


@lru_cache(maxsize=64)
def parent(run_id: str, project: str, notebook: str) -> msgspec.Raw:
    """The notebook's run, of which a cell's is a part."""
    of: Json = {"run": {"runId": run_id}, "job": {"namespace": project, "name": notebook}}
    return msgspec.Raw(json(facet("1-2-0", "ParentRunFacet", **of, root=of)))


def job_type(kind: str) -> msgspec.Raw:
    """What kind of job: a notebook or a cell."""
    return _JOB_TYPES[kind]


_JOB_TYPES = {
    kind: msgspec.Raw(
        json(facet("2-0-4", "JobTypeJobFacet", processingType="BATCH", integration=PRODUCT.upper(), jobType=kind))
    )
    for kind in ("NOTEBOOK", "CELL")
}


def described(entry: Recorded, around: Around, *, is_made: bool) -> Json:
    """The facets of the dataset an operation read or made, by the key of a dataset under which they go."""
    facets: Json = {}
    digest = digest_of(entry)
    if digest:
        facets["version"] = facet("1-0-1", "DatasetVersionDatasetFacet", datasetVersion=digest)
    shape, labels = fact(entry.facts, Shape), fact(entry.facts, Labels)
    if shape is not None and (is_made or entry.operation.whole):
        facets["schema"] = facet("1-2-0", "SchemaDatasetFacet", fields=_fields(shape))
    if labels is not None and labels.labels:
        facets["tags"] = facet("1-0-0", "TagsDatasetFacet", tags=_tags(labels))
    columns = fact(entry.facts, ColumnOrigins)
    if is_made and columns is not None and columns.columns:
        facets["columnLineage"] = facet("1-2-0", "ColumnLineageDatasetFacet", fields=_columns(columns, around.project))
    counted = _counted(entry, shape)
    if is_made:
        if counted:
            counts = facet("1-0-2", "OutputStatisticsOutputDatasetFacet", **counted)
            return {"facets": facets, "outputFacets": {"outputStatistics": counts}}
        return {"facets": facets}
    seen: Json = {}
    if counted:
        seen["inputStatistics"] = facet("1-0-0", "InputStatisticsInputDatasetFacet", **counted)
    verdict = fact(entry.facts, SchemaVerdict)
    if verdict is not None:
        said = _assertions(verdict)
        seen["dataQualityAssertions"] = facet("1-1-0", "DataQualityAssertionsDatasetFacet", assertions=said)
    return {"facets": facets, "inputFacets": seen} if seen else {"facets": facets}


def _fields(shape: Shape) -> list[Json]:
    if len(shape.types) == len(shape.columns):
        return [{"name": name, "type": kind} for name, kind in zip(shape.columns, shape.types, strict=True)]
    return [{"name": name} for name in shape.columns]


def _tags(labels: Labels) -> list[Json]:
    return [
        {
            "key": "personal-data",
            "value": label.type,
            "source": PRODUCT,
            **({"field": label.column} if label.column else {}),
        }
        for label in labels.labels
    ]


def _columns(origins: ColumnOrigins, project: str) -> Json:
    places: dict[str, Dataset] = {}
    fields: Json = {}
    for each in origins.columns:
        inputs = []
        for resource, column in each.sources:
            place = places.get(resource) or places.setdefault(resource, dataset(resource, project))
            how = _HOW.get(each.evidence, _HOW["operation"])
            inputs.append({"namespace": place[0], "name": place[1], "field": column, "transformations": how})
        fields[each.column] = {"inputFields": inputs}
    return fields


def _how(evidence: str) -> msgspec.Raw:
    """What holds another column's values is that column; what the code computes is made of it."""
    subtype = "TRANSFORMATION" if evidence in _COMPUTED else "IDENTITY"
    return msgspec.Raw(json([{"type": "DIRECT", "subtype": subtype, "description": f"evidence: {evidence}"}]))


_COMPUTED = frozenset({"plan", "operation", "assumed"})
_HOW = {evidence: _how(evidence) for evidence in ("fingerprint", "values", "name and values", *sorted(_COMPUTED))}


def _counted(entry: Recorded, shape: Shape | None) -> Json:
    counted: Json = {}
    if shape is not None and shape.rows is not None:
        counted["rowCount"] = min(shape.rows, _INT64)
    for each in entry.facts:
        if (type(each) is SealedFor or (type(each) is Fingerprint and each.of == "resource")) and each.size is not None:
            counted["size"] = min(each.size, _INT64)
    return counted


def _assertions(verdict: SchemaVerdict) -> list[Json]:
    whole = {"assertion": f"{verdict.state} schema", "success": verdict.ok, "name": verdict.schema}
    return [
        whole,
        *(
            {"assertion": check, "success": False, "column": column, "params": {"failures": count}}
            for column, check, count in verdict.failures
        ),
    ]
