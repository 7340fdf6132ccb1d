"""What a project's ledger holds of models, for the tests of models."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

Told = list[tuple[str, dict[str, Any]]]


def entries_of(project: Path) -> list[dict[str, Any]]:
    """All entries of the ledger, oldest first."""
    return [json.loads(line) for line in lines_of(project, "show", "--json")]


def bill_of(project: Path) -> dict[str, Any]:
    """The bill of materials of what the ledger tells."""
    (line,) = lines_of(project, "export", "--format", "cyclonedx")
    return dict(json.loads(line))


def lines_of(project: Path, *words: str) -> list[str]:
    """What `jupyter mlsec ledger` prints."""
    shown = subprocess.run(
        [str(Path(sys.executable).with_name("jupyter-mlsec")), "ledger", *words],
        cwd=project,
        env={**os.environ, "JUPYTER_DATA_DIR": str(project.parent / "home" / "data")},
        capture_output=True,
        text=True,
        check=True,
    )
    return shown.stdout.splitlines()


def facts_of(project: Path) -> Told:
    """The action and the ModelFacts of each recorded call of a model."""
    return [
        (entry["operation"]["action"], fact)
        for entry in entries_of(project)
        for fact in entry.get("facts", ())
        if fact.get("fact") == "ModelFacts" and "operation" in entry
    ]


def answers_told(told: Told, form: str) -> list[dict[str, Any]]:
    """Of those the answers whose form begins so."""
    return [facts for action, facts in told if action == "predict" and str(facts.get("outputs")).startswith(form)]
