"""A ledger's entries, written line by line in one of the shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from jupyter_mlsec.reports.standards import cyclonedx, ocsf, openlineage, otlp, prov, syslog
from jupyter_mlsec.reports.standards.source import Around, Told, told

FORMATS: dict[str, str] = {
    "openlineage": "OpenLineage 2-0-2 run events, one a line",
    "prov": "one W3C PROV-JSON document",
    "ocsf": f"OCSF {ocsf.SCHEMA} events, one a line",
    "otlp": "OpenTelemetry logs as OTLP/JSON, one a line",
    "syslog": "RFC 5424 syslog, one a line",
    "cyclonedx": f"one CycloneDX {cyclonedx.SCHEMA} document (ML-BOM)",
}


def export(entries: Iterable[bytes], format: str, project: str) -> Iterator[bytes]:
    """Lines without their ends, for the exact JSON of entries in a ledger's order. Raises KeyError for no format."""
    return _WAYS[format](told(entries, project))


def _each(encode: Callable[[Told, Around], bytes]) -> Callable[[Iterable[tuple[Told, Around]]], Iterator[bytes]]:
    return lambda entries: (encode(entry, around) for entry, around in entries)


_WAYS: dict[str, Callable[[Iterable[tuple[Told, Around]]], Iterator[bytes]]] = {
    "openlineage": openlineage.gather,
    "prov": prov.documents,
    "ocsf": _each(ocsf.encode),
    "otlp": _each(otlp.encode),
    "syslog": _each(syslog.encode),
    "cyclonedx": cyclonedx.documents,
}
