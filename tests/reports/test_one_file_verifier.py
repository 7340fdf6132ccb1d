"""The one-file verifier: on a machine that has Python and cryptography it says what the package's command says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_mlsec.cli import main
from jupyter_mlsec.reports import audit
from jupyter_mlsec.reports.onefile import build
from tests.reports.both import bare, bare_folder

WORDS = {"whole": (), "trusted": ("--trust", "keys/signer.pub"), "json": ("--json",), "bad key": ("--trust", "none")}


@pytest.fixture
def folder(tmp_path: Path, made: audit.Audit, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "a.audit.ipynb").write_text(made.text, encoding="utf-8")
    (tmp_path / "edited.audit.ipynb").write_text(made.text.replace("patients.csv", "innocent.csv", 1), encoding="utf-8")
    (tmp_path / "other.ipynb").write_text("{}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    return tmp_path


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
@pytest.mark.parametrize("file", ["a.audit.ipynb", "edited.audit.ipynb", "other.ipynb", "nowhere.ipynb"])
def test_it_says_the_same_with_the_same_exit_code(
    folder: Path, file: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    there = bare(file, *words, cwd=folder)
    code = main(["verify", file, *words])
    here = capsys.readouterr()

    assert (there.returncode, there.stdout, there.stderr) == (code, here.out, here.err)
    assert here.out or here.err


def test_all_four_exit_codes_are_given(folder: Path) -> None:
    files = ("a.audit.ipynb", "edited.audit.ipynb", "other.ipynb")

    assert [bare(file, cwd=folder).returncode for file in files] == [3, 1, 2]
    assert bare("a.audit.ipynb", *WORDS["trusted"], cwd=folder).returncode == 0


def test_the_verdicts_page_is_the_same(folder: Path) -> None:
    bare("a.audit.ipynb", "--html", "there.html", cwd=folder)
    main(["verify", "a.audit.ipynb", "--html", "here.html"])

    assert (folder / "there.html").read_text("utf-8") == (folder / "here.html").read_text("utf-8")


def test_a_pinned_key_is_trusted_from_then_on(folder: Path) -> None:
    assert bare("a.audit.ipynb", "--pin", cwd=folder).returncode == 0
    assert bare("a.audit.ipynb", cwd=folder).returncode == 0
    assert (bare_folder() / "home/.local/share/jupyter/jupyter_mlsec/pins.json").is_file()


def test_without_cryptography_it_says_what_to_install(folder: Path) -> None:
    command = [sys.executable, "-S", "-I", bare_folder() / "verify_audit.py", "a.audit.ipynb"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert done.stderr == "verify_audit.py needs the package cryptography: pip install cryptography\n"


def test_nothing_is_imported_but_cryptography_and_the_standard_library(folder: Path) -> None:
    look = (
        "import runpy, sys; made = runpy.run_path(sys.argv[1]); made['main'](sys.argv[2:]);"
        "print(*{name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names)"
    )
    environment = {"PYTHONPATH": str(bare_folder() / "site"), "HOME": str(folder), "PATH": os.defpath}
    command = [sys.executable, "-S", "-c", look, bare_folder() / "verify_audit.py", "a.audit.ipynb"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)

    ours = {"jupyter_mlsec", "msgspec", "jupyter_core", "__main__"}
    theirs = {"cryptography", "cffi", "_cffi_backend", "pycparser", "_openssl"}
    assert set(done.stdout.splitlines()[-1].split()) - ours <= theirs


def test_the_file_in_the_docs_is_the_one_these_sources_make() -> None:
    assert build.main(["--check"]) == 0
