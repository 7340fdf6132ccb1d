"""Files at hand are compared with an audit: another file, or an earlier state of one, is named."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from jupyter_mlsec import cli
from jupyter_mlsec.reports import audit
from jupyter_mlsec.vault.signing import LocalSigner
from tests.reports.stage import RUN, START, MemoryLog, Story, code_cell, notebook_of
from tests.reports.test_audit_files import digest, moved

CONTENTS = {"in.csv": b"a\n1\n", "sub/out.csv": b"b\n2\n"}


def of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def file(log: MemoryLog, signer: LocalSigner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "home"))
    read, out = CONTENTS
    deeds = (
        moved("read", read, digest(of(CONTENTS[read]))),
        moved("write", out, digest(of(b"draft"))),
        moved("read", ".../elsewhere.csv", digest("ab" * 32)),
        moved("read", "../up.csv", digest("ab" * 32)),
    )
    told = Story(log)
    told.cell(1, "x", id="a", deeds=deeds)
    told.cell(2, "y", id="b", deeds=(moved("write", out, digest(of(CONTENTS[out]))),))
    notebook = audit.plain(notebook_of(code_cell("a", "x", 1), code_cell("b", "y", 2)))
    made = audit.make(audit.Source(notebook=notebook, name="n.ipynb", saved_at=START), log, signer, run=RUN)
    (tmp_path / "n.audit.ipynb").write_text(made.text)
    (tmp_path / "up.csv").write_text("never looked at")
    return tmp_path / "n.audit.ipynb"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in CONTENTS.items():
        path = tmp_path / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "files"


def asked(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    code = cli.main(["verify", *map(str, words)])
    said = capsys.readouterr()
    return code, said.out + said.err


def test_the_files_of_the_run_are_counted_and_none_is_looked_for_outside_the_folder(
    file: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = asked(capsys, file, "--files", folder)

    assert code == 3
    assert "Files: 2 of 4 are here, and are those of the run; not here: .../elsewhere.csv, ../up.csv." in said


def test_another_file_of_the_same_name_is_named(file: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "in.csv").write_bytes(b"a\n9\n")

    code, said = asked(capsys, file, "--files", folder)
    assert (code, said.startswith(f"DOES NOT HOLD: in.csv in {folder} is not the file of the run")) == (1, True)


def test_an_earlier_state_of_what_was_written_is_named(
    file: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "sub" / "out.csv").write_bytes(b"draft")

    code, said = asked(capsys, file, "--files", folder)
    assert (code, "is not what the run left, but an earlier state of it" in said) == (1, True)


def test_what_is_no_folder_is_refused(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(capsys, file, "--files", file)[0] == 2
