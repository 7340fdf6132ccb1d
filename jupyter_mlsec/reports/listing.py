"""The ledger's entries as rows: for people one line each, for programs one JSON object each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from jupyter_mlsec.reports.pages import moment


def rows(entries: Iterator[tuple[int, bytes]]) -> Iterator[dict[str, Any]]:
    """Entries as they are in the ledger, each with its index, and with action and resource lifted to the top."""
    for index, raw in entries:
        entry = json.loads(raw)
        operation = entry.get("operation") if isinstance(entry.get("operation"), dict) else {}
        resource = operation.get("resource", {}).get("name") or entry.get("subject") or entry.get("resource")
        yield {
            "index": index,
            **entry,
            "action": operation.get("action") or entry.get("verb") or entry.get("to"),
            "resource": resource if isinstance(resource, str) else None,
        }


def line(row: dict[str, Any]) -> str:
    """One row for people: index, time (UTC), what happened to which resource, how it ended, which rules spoke."""
    at = moment(row["at"])
    decision = row.get("decision") or {}
    rules = sorted({finding["rule"] for finding in decision.get("findings", ())})
    words = [row["entry"].lower(), row["action"] or "", row["resource"] or "", row.get("outcome", ""), " ".join(rules)]
    return " ".join([f"{row['index']:>6} {at}", *(word for word in words if word)])
