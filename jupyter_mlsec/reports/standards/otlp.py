"""One entry as OTLP/JSON logs (opentelemetry-proto 1.x): a line that the collector's OTLP JSON file receiver reads."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

import msgspec

from jupyter_mlsec.protocol.records import Level
from jupyter_mlsec.reports.standards.source import PRODUCT, VERSION, Around, Told, json, within
from jupyter_mlsec.reports.standards.summary import summarise

_SEVERITY: dict[Level, tuple[int, str]] = {"note": (9, "INFO"), "warning": (13, "WARN"), "error": (17, "ERROR")}
_MOST = 2**63 - 1
_LATEST = 2**64 - 1
"""Times are fixed64: they end in the year 2554."""


def encode(entry: Told, around: Around) -> bytes:
    """One LogsData with one record. Its trace is the run's, so that a viewer shows a run's records together."""
    said = summarise(entry, around)
    severity, name = _SEVERITY[said.level]
    time = str(min(within(entry.at), _LATEST))
    attributes = [
        _text("mlsec.run", entry.run),
        {"key": "mlsec.number", "value": {"intValue": str(min(max(entry.number, 0), _MOST))}},
        _text("mlsec.entry", said.kind),
    ]
    for key, value in (
        ("mlsec.action", said.action),
        ("mlsec.resource", said.resource),
        ("mlsec.outcome", said.outcome),
        ("mlsec.effect", said.effect),
        ("mlsec.operation", said.operation),
        ("mlsec.model", said.model),
        ("error.type", said.error),
        ("user.name", said.subject),
    ):
        if value:
            attributes.append(_text(key, value))
    if said.rules:
        rules = [{"stringValue": rule} for rule in said.rules]
        attributes.append({"key": "mlsec.rules", "value": {"arrayValue": {"values": rules}}})
    record = {
        "timeUnixNano": time,
        "observedTimeUnixNano": time,
        "severityNumber": severity,
        "severityText": name,
        "eventName": f"mlsec.{said.kind.lower()}",
        "body": {"stringValue": said.sentence},
        "attributes": attributes,
        "traceId": _trace(entry.run.partition("/")[0]),
    }
    scope = {"scope": {"name": "jupyter_mlsec", "version": VERSION}, "logRecords": [record]}
    return json({"resourceLogs": [{"resource": _resource(around), "scopeLogs": [scope]}]})


def _text(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


@lru_cache(maxsize=256)
def _trace(run: str) -> str:
    return hashlib.sha256(run.encode()).hexdigest()[:32]


def _resource(around: Around) -> msgspec.Raw:
    opened = around.opened
    if opened is None:
        return _described(around.project, None, "", "", "")
    return _described(around.project, opened.notebook, opened.run, opened.profile, opened.policy)


@lru_cache(maxsize=256)
def _described(project: str, notebook: str | None, run: str, profile: str, policy: str) -> msgspec.Raw:
    told = {
        "service.name": PRODUCT,
        "service.version": VERSION,
        "service.namespace": project,
        "service.instance.id": run,
        "mlsec.notebook": notebook or "",
        "mlsec.profile": profile,
        "mlsec.policy": policy,
    }
    return msgspec.Raw(json({"attributes": [_text(key, value) for key, value in told.items() if value]}))
