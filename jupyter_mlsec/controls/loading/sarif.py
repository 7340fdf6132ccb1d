"""Scanned files as SARIF 2.1.0, which code hosts and editors show (OASIS, Static Analysis Results Interchange)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any  # JSON

from jupyter_mlsec._version import __version__
from jupyter_mlsec.controls.loading.scanning import Scanned
from jupyter_mlsec.controls.loading.wording import RULES

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def log_of(scanned: Iterable[Scanned]) -> dict[str, Any]:
    """One run with a result for each file that the guard would say something of."""
    results = [_result(each) for each in scanned if each.finding is not None]
    driver = {"name": "jupyter-mlsec", "version": __version__, "rules": [_rule(rule) for rule in RULES]}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def _rule(rule: Any) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.what},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.fix} {rule.way_on}"},
        "defaultConfiguration": {"level": rule.level},
        "properties": {"tags": [rule.safeguard]},
    }


def _result(each: Scanned) -> dict[str, Any]:
    assert each.finding is not None
    place = {"artifactLocation": {"uri": PurePath(each.file).as_posix()}}
    found: dict[str, Any] = {
        "ruleId": each.finding.rule,
        "level": each.finding.level,
        "message": {"text": each.finding.message},
        "locations": [{"physicalLocation": place}],
        "properties": {"names": list(each.refused)},
    }
    if each.digest is not None:
        found["partialFingerprints"] = {"sha256/v1": each.digest}
    return found
