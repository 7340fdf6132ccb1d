"""A CycloneDX 1.6 bill of materials (ML-BOM): the libraries, data and models of what the ledger tells.

A model has what it was fitted on, its scores, the digest of its state as a property, and as its hash that of the file
it was saved in. Data has the types of personal data that were found in it, never a value.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from jupyter_mlsec.protocol.entries import ENVIRONMENT, Amended, Did, Opened, Recorded
from jupyter_mlsec.protocol.facts import Labels, ModelFacts, Origin
from jupyter_mlsec.protocol.records import Operation
from jupyter_mlsec.reports.standards.datasets import digest_in, digest_of, fact
from jupyter_mlsec.reports.standards.source import PRODUCT, VERSION, Around, Told, json, moment

Json = dict[str, Any]
"""Builtins, as JSON takes them."""

SCHEMA = "1.6"
SAVED = "model-saved"
"""The verb of a Did that tells which model a file holds."""
_PROJECT = "project"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DATA = frozenset({"file", "url", "database"})


class _Bill:
    """What was found so far, by reference."""

    def __init__(self) -> None:
        self.libraries: dict[str, Json] = {}
        self.data: dict[str, Json] = {}
        self.models: dict[str, Json] = {}
        self.files: dict[str, Json] = {}
        self.needs: dict[str, dict[str, None]] = {}
        self.newest: dict[str, str] = {}
        """The reference of the data that was last read or written under a name."""
        self.digests: dict[str, str] = {}
        """The SHA-256 of the file last written under a name."""
        self.writes: dict[str, str] = {}
        self.saved: list[tuple[str, str]] = []
        """Files that hold a model, with the operation of its fit."""


def documents(entries: Iterable[tuple[Told, Around]]) -> Iterator[bytes]:
    """One document for all entries."""
    bill, at, project, seed = _Bill(), 0, _PROJECT, ""
    for entry, around in entries:
        at, project, seed = max(at, entry.at), around.project, f"{seed[-64:]}{entry.run}{entry.number}"
        if isinstance(entry, Recorded):
            _recorded(bill, entry)
        elif isinstance(entry, Amended) and entry.amends in bill.writes:
            _take_digest(bill, bill.writes[entry.amends], entry)
        elif isinstance(entry, Opened):
            _libraries(bill, entry.versions)
        elif isinstance(entry, Did) and entry.verb == ENVIRONMENT:
            _libraries(bill, entry.details)
        elif isinstance(entry, Did) and entry.verb == SAVED:
            bill.saved.append((entry.subject, entry.details.get("fit", "")))
    yield json(_document(bill, at, project, seed))


def _document(bill: _Bill, at: int, project: str, seed: str) -> Json:
    for name, fit in dict(bill.saved).items():  # the last save: what a file held before, it holds no more
        _file_of(bill, name, f"model:{fit}")
    found = (bill.libraries, bill.data, bill.models, bill.files)
    components = {reference: each for kind in found for reference, each in kind.items()}
    needs: list[Json] = [{"ref": _PROJECT, "dependsOn": list(components)}] if components else [{"ref": _PROJECT}]
    needs += [{"ref": reference, "dependsOn": list(on)} for reference, on in bill.needs.items()]
    return {
        "$schema": f"http://cyclonedx.org/schema/bom-{SCHEMA}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SCHEMA,
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, f'{project}/{seed}')}",
        "version": 1,
        "metadata": {
            "timestamp": moment(at),
            "tools": {"components": [{"type": "application", "name": PRODUCT, "version": VERSION}]},
            "component": {"type": "application", "bom-ref": _PROJECT, "name": project},
        },
        "components": list(components.values()),
        "dependencies": needs,
    }


def _libraries(bill: _Bill, versions: dict[str, str]) -> None:
    for name, version in versions.items():
        purl = f"pkg:pypi/{quote(name.lower().replace('_', '-'), safe='')}@{quote(version, safe='')}"
        component = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
        bill.libraries[purl] = component if name != "python" else {**component, "type": "platform"}
        if name == "python":
            del bill.libraries[purl]["purl"]


def _recorded(bill: _Bill, entry: Recorded) -> None:
    operation, done = entry.operation, entry.outcome == "done"
    told = fact(entry.facts, ModelFacts)
    if not done:
        return
    if told is not None and operation.action == "fit":
        _fitted(bill, entry, told)
    elif told is not None and told.score is not None and told.training:
        _scored(bill, f"model:{told.training[-1]}", told)
    elif operation.action == "read" and operation.resource.kind in _DATA:
        _read(bill, entry)
    elif operation.action == "write" and operation.resource.kind == "file":
        bill.writes[operation.id] = operation.resource.name
        _take_digest(bill, operation.resource.name, entry)


def _take_digest(bill: _Bill, name: str, entry: Recorded | Amended) -> None:
    digest = digest_of(entry) if isinstance(entry, Recorded) else digest_in(entry.facts)
    if digest is not None and _SHA256.fullmatch(digest):
        bill.digests[name] = digest


def _read(bill: _Bill, entry: Recorded) -> None:
    name, digest = entry.operation.resource.name, digest_of(entry)
    digest = digest if digest is not None and _SHA256.fullmatch(digest) else None
    reference = f"data:{name}:{digest or 'unknown'}"
    bill.newest[name] = reference
    labels = fact(entry.facts, Labels)
    types = sorted({label.type for label in labels.labels}) if labels else []
    about: Json = {"type": "dataset", "name": name or "unnamed"}
    if types:
        about["sensitiveData"] = types
    component: Json = {"type": "data", "bom-ref": reference, "name": name or "unnamed", "data": [about]}
    if digest:
        component["hashes"] = [_hash(digest)]
    bill.data[reference] = component


def _fitted(bill: _Bill, entry: Recorded, told: ModelFacts) -> None:
    operation = entry.operation
    reference = f"model:{operation.id}"
    origin = fact(entry.facts, Origin)
    sources = [bill.newest[name] for name in (origin.resources if origin else ()) if name in bill.newest]
    sources = list(dict.fromkeys(sources))
    parameters: Json = {
        "approach": {"type": "supervised" if told.target else "unsupervised"},
        "modelArchitecture": f"{operation.library} {told.model}",
        "inputs": [{"format": f"{_count(told.rows)} rows x {_count(told.features)} columns"}],
    }
    if sources:
        parameters["datasets"] = [{"ref": each} for each in sources]
        bill.needs[reference] = dict.fromkeys(sources)
    labels = fact(entry.facts, Labels)
    properties = {
        "state:sha256": told.state,
        "parameters:sha256": told.parameters,
        "columns": ", ".join(told.columns),
        "personal-data": ", ".join(sorted({label.type for label in labels.labels})) if labels else "",
        "fitted-in": _place(operation),
    }
    bill.models[reference] = {
        "type": "machine-learning-model",
        "bom-ref": reference,
        "name": told.model or "model",
        "modelCard": {"modelParameters": parameters},
        "properties": [{"name": f"{PRODUCT}:{name}", "value": said} for name, said in properties.items() if said],
    }


def _scored(bill: _Bill, reference: str, told: ModelFacts) -> None:
    model = bill.models.get(reference)
    if model is not None:
        analysis = model["modelCard"].setdefault("quantitativeAnalysis", {"performanceMetrics": []})
        metric = {"type": "score", "value": repr(told.score), "slice": f"{_count(told.rows)} rows"}
        if metric not in analysis["performanceMetrics"]:
            analysis["performanceMetrics"].append(metric)


def _file_of(bill: _Bill, name: str, model: str) -> None:
    reference = f"file:{name}"
    component: Json = {"type": "file", "bom-ref": reference, "name": name or "unnamed"}
    if name in bill.digests:
        component["hashes"] = [_hash(bill.digests[name])]
        if model in bill.models:
            bill.models[model]["hashes"] = [_hash(bill.digests[name])]
    bill.files[reference] = component
    if model in bill.models:
        bill.needs[reference] = {model: None}


def _hash(digest: str) -> Json:
    return {"alg": "SHA-256", "content": digest}


def _count(number: int | None) -> str:
    return "?" if number is None else str(number)


def _place(operation: Operation) -> str:
    return f"In[{operation.cell.execution}]" if operation.cell.execution else "script"
