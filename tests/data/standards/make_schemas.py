"""Writes the schemas beside it, from the packages that publish them. Run in its own environment; see README.md."""

from __future__ import annotations

import importlib
import json
import types
import typing
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FACETS = {
    "run": {
        "parent": "parent_run.ParentRunFacet",
        "errorMessage": "error_message_run.ErrorMessageRunFacet",
        "processing_engine": "processing_engine_run.ProcessingEngineRunFacet",
    },
    "job": {"jobType": "job_type_job.JobTypeJobFacet"},
    "dataset": {
        "version": "dataset_version_dataset.DatasetVersionDatasetFacet",
        "schema": "schema_dataset.SchemaDatasetFacet",
        "tags": "tags_dataset.TagsDatasetFacet",
        "columnLineage": "column_lineage_dataset.ColumnLineageDatasetFacet",
    },
    "input": {
        "inputStatistics": "input_statistics_input_dataset.InputStatisticsInputDatasetFacet",
        "dataQualityAssertions": "data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet",
    },
    "output": {"outputStatistics": "output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet"},
}
CLASSES = {
    "datastore_activity": ["security_control"],
    "api_activity": ["security_control"],
    "application_lifecycle": [],
    "application_error": [],
    "data_security_finding": [],
    "entity_management": [],
    "base_event": [],
}
SIMPLE = {str: "string", bool: "boolean", int: "integer", float: "number"}


class Client:
    """The classes that OpenLineage's own client is generated with, as a JSON schema; nothing undeclared is let in."""

    def __init__(self) -> None:
        self.defs: dict[str, Any] = {}

    def schema(self) -> dict[str, Any]:
        """Of a RunEvent with the facets that are used here."""
        base = importlib.import_module("openlineage.client.generated.base")
        root = self.of(base.RunEvent)
        for holder, place in (("Run", "run"), ("Job", "job")):
            self.defs[f"base.{holder}"]["properties"]["facets"] = self.facets(place)
        for holder, place in (("InputDataset", "input"), ("OutputDataset", "output")):
            self.defs[f"base.{holder}"]["properties"]["facets"] = self.facets("dataset")
            self.defs[f"base.{holder}"]["properties"][f"{place}Facets"] = self.facets(place)
        self.defs["base.RunEvent"]["properties"]["eventTime"]["format"] = "date-time"
        self.defs["base.RunEvent"]["properties"]["producer"]["format"] = "uri"
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **root, "$defs": self.defs}

    def facets(self, place: str) -> dict[str, Any]:
        """A map of facets: the specification's are held to theirs, others to a producer and the address of a schema."""
        known = {}
        for key, where in FACETS[place].items():
            module, name = where.split(".")
            known[key] = self.of(getattr(importlib.import_module(f"openlineage.client.generated.{module}"), name))
        other = {"type": "object", "required": ["_producer", "_schemaURL"]}
        return {"type": "object", "properties": known, "additionalProperties": other}

    def of(self, cls: type) -> dict[str, Any]:
        """A reference to the schema of one class."""
        import attr

        name = f"{cls.__module__.rpartition('.')[2]}.{cls.__name__}"
        if name not in self.defs:
            made = self.defs[name] = {"type": "object", "properties": {}, "additionalProperties": False}
            hints = typing.get_type_hints(cls)
            needed = []
            for field in cls.__attrs_attrs__:  # type: ignore[attr-defined]  # an attrs class
                made["properties"][field.name] = self.kind(hints[field.name])
                if field.default is attr.NOTHING:
                    needed.append(field.name)
            for address in ("_schemaURL", "schemaURL"):
                if address in made["properties"]:
                    made["properties"][address] = {"const": cls._get_schema()}  # type: ignore[attr-defined]
                    needed += [address, address.replace("schemaURL", "producer")]
            if "runId" in made["properties"]:
                made["properties"]["runId"]["format"] = "uuid"
            made["required"] = sorted(needed)
        return {"$ref": f"#/$defs/{name}"}

    def kind(self, hint: Any) -> dict[str, Any]:
        """The schema of one annotation."""
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if origin in (typing.Union, types.UnionType):
            return self.kind(next(each for each in arguments if each is not type(None)))
        if origin is list:
            return {"type": "array", "items": self.kind(arguments[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.kind(arguments[1])}
        if hint in SIMPLE:
            return {"type": SIMPLE[hint]}
        if hasattr(hint, "__members__"):
            return {"enum": [member.value for member in hint]}
        return self.of(hint) if hasattr(hint, "__attrs_attrs__") else {}


def ocsf() -> dict[str, Any]:
    """The classes that are used here, each a schema by itself, without titles."""
    import ocsf_json_schema

    embedded = ocsf_json_schema.OcsfJsonSchemaEmbedded(ocsf_json_schema.get_ocsf_schema("1.8.0"))
    return {name: bare(embedded.get_class_schema(name, profiles)) for name, profiles in CLASSES.items()}


def bare(node: Any, *, names: bool = False) -> Any:
    """A schema without titles; `names` says that the keys are names of properties."""
    if isinstance(node, list):
        return [bare(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        key: bare(value, names=not names and key in ("properties", "$defs"))
        for key, value in node.items()
        if names or key not in ("title", "description")
    }


if __name__ == "__main__":
    for name, made in (("openlineage-2-0-2", Client().schema()), ("ocsf-1.8.0", ocsf())):
        (HERE / f"{name}.json").write_text(json.dumps(made, separators=(",", ":"), sort_keys=True) + "\n", "utf-8")
