"""The set-up says what is missing, by the name under which it can be had."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.architecture.house import ROOT

SYSTEM_PATH = "/usr/bin:/bin"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    folder = tmp_path / "programs"
    folder.mkdir()
    return folder


def put(folder: Path, name: str, script: str) -> None:
    """A program of that name, as a POSIX shell script."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def run(script: str, *words: str, programs: Path, path: str = SYSTEM_PATH) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / ".ci" / script), *words],
        env={"PATH": f"{programs}:{path}", "HOME": str(programs)},
        cwd=programs,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_python_without_ensurepip_names_debians_package(programs: Path) -> None:
    # Answers the version questions and fails to import ensurepip, as Debian's python3 does without python3-venv.
    put(programs, "python3", 'case "$2" in *ensurepip*) exit 1;; *print*) echo 3.11;; esac')

    done = run("make-venv", "venv", "", programs=programs)

    assert done.returncode == 1
    assert "apt-get install python3-venv" in done.stderr
    assert not (programs / "venv").exists()


def test_an_old_python_alone_is_refused_with_the_version_wanted(programs: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("sh", "rm"):
        (tools / tool).symlink_to(f"/bin/{tool}")
    put(programs, "python3", "exit 1")

    done = run("make-venv", "venv", "", programs=programs, path=str(tools))

    assert done.returncode == 1
    assert "No Python >= 3.11" in done.stderr


def test_a_newer_python_is_found_under_its_own_name(programs: Path) -> None:
    put(programs, "python3", "exit 1")
    put(programs, "python3.14", 'if [ "$1" = -m ]; then mkdir "$3"; fi')

    assert run("make-venv", "venv", "", programs=programs).returncode == 0
    assert (programs / "venv").is_dir()


def test_a_python_to_test_on_that_is_not_there_is_said_and_fails_nothing(programs: Path) -> None:
    put(programs, "python3.99", 'echo "pyenv: python3.99: command not found" >&2; exit 127')  # a shim

    done = run("test-pythons", "3.99", programs=programs)

    assert done.returncode == 0
    assert done.stdout == "Python 3.99: not found on PATH or in pyenv, nothing was run\n"


@pytest.mark.parametrize(
    ("version", "taken"), [("18.20.4", 1), ("20.18.0", 1), ("20.19.0", 0), ("22.11.0", 1), ("24.1.0", 0)]
)
def test_only_a_node_that_the_builder_takes_is_used(version: str, taken: int, programs: Path) -> None:
    node = next((found for name in os.environ["PATH"].split(":") if (found := Path(name) / "node").exists()), None)
    if node is None:
        pytest.skip("no node to answer with")
    put(programs, "npm", "exit 0")
    # The real node evaluates the condition; only the version that it reports is another.
    put(
        programs,
        "node",
        f"shift; exec {node} -e \"Object.defineProperty(process.versions, 'node', {{value: '{version}'}}); $1\"",
    )

    assert run("find-node", "none", programs=programs).returncode == taken


def test_a_chromium_on_the_path_is_found(programs: Path) -> None:
    put(programs, "chromium", "exit 0")

    done = run("find-chromium", programs=programs, path="/bin")

    assert done.returncode == 0
    assert done.stdout.strip() == str(programs / "chromium")
