"""`jupyter mlsec enable` and `disable` change one entry of one file, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_mlsec.cli import enable


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    return tmp_path / "profile_default" / "ipython_config.json"


def test_enable_twice_writes_one_entry(config: Path) -> None:
    assert enable.run([]) == 0
    assert enable.run(["--user"]) == 0

    assert json.loads(config.read_text()) == {"InteractiveShellApp": {"extensions": ["jupyter_mlsec"]}}


def test_disable_leaves_no_file_that_only_we_had_written(config: Path) -> None:
    enable.run([])

    assert enable.run_disable([]) == 0

    assert not config.exists()
    assert list(config.parent.iterdir()) == []


def test_other_words_of_the_file_stay(config: Path) -> None:
    config.parent.mkdir(parents=True)
    mine = {"TerminalInteractiveShell": {"colors": "linux"}, "InteractiveShellApp": {"extensions": ["autoreload"]}}
    config.write_text(json.dumps(mine))

    enable.run([])
    assert json.loads(config.read_text())["InteractiveShellApp"]["extensions"] == ["autoreload", "jupyter_mlsec"]
    enable.run_disable([])

    assert json.loads(config.read_text()) == mine


@pytest.mark.parametrize("content", ["{", "[]", '{"InteractiveShellApp": {"extensions": "autoreload"}}'])
def test_a_file_that_cannot_be_read_is_left_alone(
    config: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config.parent.mkdir(parents=True)
    config.write_text(content)

    assert enable.run([]) == 1

    assert config.read_text() == content
    assert "Nothing was changed" in capsys.readouterr().out


def test_a_list_set_in_the_users_script_is_not_overruled(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.parent.mkdir(parents=True)
    config.with_suffix(".py").write_text("c = get_config()\nc.InteractiveShellApp.extensions = ['autoreload']\n")

    assert enable.run([]) == 1

    assert not config.exists()
    assert "add 'jupyter_mlsec' to that list" in capsys.readouterr().out


def test_a_commented_line_in_the_users_script_does_no_harm(config: Path) -> None:
    config.parent.mkdir(parents=True)
    config.with_suffix(".py").write_text("# c.InteractiveShellApp.extensions = []\n")

    assert enable.run([]) == 0


def test_the_system_place_is_one_that_ipython_reads() -> None:
    from IPython.core.application import ENV_CONFIG_DIRS

    assert str(enable.config_path(system=True).parent) in ENV_CONFIG_DIRS


def test_ipython_loads_what_enable_wrote(config: Path) -> None:
    enable.run([])
    # A stand-in of the same name: this promise is about the configuration, not about what the guard then does.
    stand_in = config.parent.parent / "elsewhere"
    stand_in.mkdir()
    (stand_in / "jupyter_mlsec.py").write_text("def load_ipython_extension(shell):\n    print('LOADED')\n")

    done = subprocess.run(
        [sys.executable, "-m", "IPython", "-c", "pass"],
        env={**os.environ, "PYTHONPATH": str(stand_in)},
        cwd=stand_in,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "LOADED" in done.stdout
