"""What `import jupyter_mlsec` and `%load_ext jupyter_mlsec` may not bring with them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.house import PACKAGE

HEAVY = {
    "cryptography",
    "hyperscan",
    "joblib",
    "nbconvert",
    "nbformat",
    "numpy",
    "pandas",
    "pandera",
    "phonenumbers",
    "polars",
    "pyarrow",
    "requests",
    "scipy",
    "sklearn",
    "stdnum",
    "torch",
}

LOAD = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
before = set(sys.modules)
shell.run_line_magic("load_ext", "jupyter_mlsec")
"""
REPORT = "\nimport sys\nprint('MODULES', *sorted({name.split('.')[0] for name in set(sys.modules) - before}))"


def brought(code: str, tmp_path: Path) -> set[str]:
    """The top-level modules that the code adds, in a fresh interpreter with an empty home."""
    done = subprocess.run(
        [sys.executable, "-c", "import sys\nbefore = set(sys.modules)\n" + code + REPORT],
        cwd=tmp_path,
        env={
            "HOME": str(tmp_path),
            "PATH": "",
            "PYTHONPATH": str(PACKAGE.parent),
            "IPYTHONDIR": str(tmp_path / "ipython"),
            "JUPYTER_DATA_DIR": str(tmp_path / "data"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("MODULES"))
    return set(line.split()[1:])


def test_importing_the_package_brings_nothing_heavy(tmp_path: Path) -> None:
    assert brought("import jupyter_mlsec", tmp_path) & (HEAVY | {"IPython", "msgspec"}) == set()


@pytest.mark.skipif(not (PACKAGE / "session" / "extension.py").exists(), reason="the extension is not there")
def test_loading_the_guard_brings_nothing_heavy(tmp_path: Path) -> None:
    assert brought(LOAD, tmp_path) & HEAVY == set()


def test_the_demos_data_is_no_part_of_a_load(tmp_path: Path) -> None:
    assert "faker" not in brought("import jupyter_mlsec.demo", tmp_path)
