"""What must never be in the repository, and what must never go stale."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from tests.architecture.house import ROOT, tracked

# Spelled in pieces, or this file would name what it looks for.
MACHINE = re.compile(r"(?<![\w.~])/(?:home|Users|root|work|workspace|mnt|tmp)/(?!\.\.\.)[\w.-]+/[\w./-]+")
BINARY = {".png", ".jpg", ".parquet", ".age", ".ico", ".woff2", ".pkl", ".joblib", ".xlsx", ".db"}
LOCK = ROOT / "labextension" / "package-lock.json"


def test_the_lock_names_no_registry() -> None:
    lock = json.loads(LOCK.read_text("utf-8"))

    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []


def test_no_file_holds_a_path_of_the_machine_it_was_made_on() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        # Tests feed invented absolute paths to what must take them out.
        if path.suffix not in BINARY and path != LOCK and "tests" not in path.relative_to(ROOT).parts[:1]
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1)
        if MACHINE.search(line)
    }

    assert found == set()


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "jupyter_mlsec.protocol.publish", "--check"],
        ["docs/generate.py", "--check"],
        ["changes/collect.py", "--check"],
        ["-m", "jupyter_mlsec.reports.onefile.build", "--check"],
    ],
    ids=["protocol", "docs", "changelog", "verifier"],
)
def test_generated_files_are_fresh(command: list[str]) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, f"{done.stdout}{done.stderr}\nrun: make generate"


def test_no_two_test_files_are_one_module_to_pytest() -> None:
    """Outside of packages pytest knows a test file by its name alone, and takes only the first of that name."""
    names = [path.stem for path in (ROOT / "tests").rglob("test_*.py") if not (path.parent / "__init__.py").exists()]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def test_every_script_of_ci_can_be_run() -> None:
    listed = subprocess.run(["git", "ls-files", "--stage", ".ci"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert [line for line in listed.stdout.splitlines() if not line.startswith("100755")] == []


def test_every_command_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z-]+)\b", (ROOT / "README.md").read_text("utf-8")))

    assert named, "the README shows no make command"
    assert named <= targets
