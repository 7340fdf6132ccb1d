"""`jupyter mlsec ledger export --format` on a real ledger."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from tests.cli.test_cli_commands import Project, project, run
from tests.reports.stage import RUN

__all__ = ["project"]


@pytest.mark.parametrize("format", ["openlineage", "prov", "ocsf", "otlp"])
def test_the_output_is_json_and_nothing_else(project: Project, capfd: pytest.CaptureFixture[str], format: str) -> None:
    code, out, _ = run(capfd, "ledger", "export", "--format", format)

    assert code == 0
    assert all(isinstance(json.loads(line), dict) for line in out.splitlines())
    assert "patients.csv" in out


def test_a_file_is_readable_by_its_owner_alone(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "ledger", "export", "--format", "syslog", "--run", RUN, "-o", "audit.log")

    lines = Path("audit.log").read_text("utf-8").splitlines()
    assert (code, len(lines)) == (0, 7)
    assert out.startswith("audit.log: 7 lines of RFC 5424")
    assert os.name == "nt" or stat.S_IMODE(Path("audit.log").stat().st_mode) == 0o600


def test_a_namespace_names_the_project(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capfd, "ledger", "export", "--format", "openlineage", "--namespace", "cardiology")

    assert {json.loads(line)["job"]["namespace"] for line in out.splitlines()} == {"cardiology"}


def test_a_run_that_is_not_there_leaves_no_file(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "ledger", "export", "--format", "ocsf", "--run", "nobody", "-o", "x.jsonl")

    assert code != 0
    assert "nobody" in err
    assert not Path("x.jsonl").exists()
