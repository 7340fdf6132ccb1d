"""mlflow's autolog beside the guard, put on before it and after it: both see what they saw alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("mlflow")

CELL = """
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2
with mlflow.start_run() as run:
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    answers = model.predict(X)
"""
NOTEBOOK = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
steps = {
    "guard": "%load_ext jupyter_mlsec",
    "autolog": "import mlflow; mlflow.set_tracking_uri('sqlite:///runs.db'); mlflow.autolog(silent=True, log_models=0)",
}
for step in sys.argv[2:]:
    shell.run_cell(steps[step], store_history=True).raise_error()
shell.run_cell(sys.argv[1], store_history=True).raise_error()
logged = shell.user_ns["mlflow"].get_run(shell.user_ns["run"].info.run_id).data
print("LOGGED", json.dumps([logged.params, logged.metrics, shell.user_ns["answers"].tolist()]))
shell.run_cell("get_ipython().extension_manager.unload_extension('jupyter_mlsec')").raise_error()
"""


def run(folder: Path, *steps: str) -> tuple[list[object], Counter[tuple[str, str]]]:
    """What mlflow logged, and what the guard recorded of the pipeline, with these two put on in that order."""
    folder.mkdir()
    ended = subprocess.run(
        [sys.executable, "-c", NOTEBOOK, CELL, *steps],
        cwd=folder,
        env={**os.environ, "HOME": str(folder), "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    logged = next(line for line in ended.stdout.splitlines() if line.startswith("LOGGED "))
    return json.loads(logged.removeprefix("LOGGED ")), recorded(folder)


def recorded(folder: Path) -> Counter[tuple[str, str]]:
    shown = subprocess.run(
        [sys.executable, "-c", "from jupyter_mlsec.cli import main; main()", "ledger", "show", "--json"],
        cwd=folder,
        env={**os.environ, "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    entries = [json.loads(line) for line in shown.stdout.splitlines()]
    operations = [entry["operation"] for entry in entries if entry["entry"] == "Recorded"]
    return Counter((one["action"], one["function"]) for one in operations if one["resource"]["name"] == "Pipeline")


@pytest.mark.timeout(600)
def test_autolog_and_the_guard_see_the_same_in_either_order(tmp_path):
    alone, _ = run(tmp_path / "alone", "autolog")
    first, seen_first = run(tmp_path / "first", "guard", "autolog")
    last, seen_last = run(tmp_path / "last", "autolog", "guard")
    assert first == last == alone
    assert seen_first == seen_last
    assert seen_first["fit", "fit"] == seen_first["predict", "predict"] == 1
