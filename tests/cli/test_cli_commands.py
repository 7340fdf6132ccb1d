"""The shell commands on a real project: a real ledger, real keys, a home of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyter_mlsec import cli
from jupyter_mlsec.host import places
from jupyter_mlsec.ledger import Ledger
from jupyter_mlsec.vault.signing import local_signer
from tests.reports.stage import RUN, SSN, Story, read, study, told_run

Project = Path


class Feeding:
    """A real ledger that takes entries as the tests' story tells them."""

    def __init__(self, ledger: Ledger) -> None:
        self.append = ledger.append


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A folder with a notebook that was run under the guard, and this user's keys somewhere else."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path))
    root = tmp_path / "project"
    root.mkdir()
    (root / ".git").mkdir()
    monkeypatch.chdir(root)
    (root / "study.ipynb").write_text(nbformat.writes(nbformat.from_dict(study())), encoding="utf-8")
    data = places.data_folder()
    ledger = Ledger(places.state_folder(root).path / "ledger", lambda: local_signer(data), mirror=data / "checkpoints")
    told_run(Feeding(ledger))  # type: ignore[arg-type]
    ledger.fold()
    ledger.close()
    return root


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = cli.main([str(word) for word in words])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def audit(project: Project, capsys: pytest.CaptureFixture[str]) -> Path:
    assert run(capsys, "export", "study.ipynb", "-o", "a.ipynb")[0] == 0
    return project / "a.ipynb"


@pytest.fixture
def key(project: Project, capsys: pytest.CaptureFixture[str]) -> Path:
    assert run(capsys, "keys", "signer", "-o", "signer.pub")[0] == 0
    return project / "signer.pub"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--help")

    assert code == 0
    assert all(word in out for word in ("demo", "verify", "export", "open", "seal", "keys", "ledger", "scan", "policy"))


def test_help_is_instant_and_loads_nothing_heavy() -> None:
    listed = "import sys; from jupyter_mlsec.cli import main; main(['--help']); print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", listed], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())

    assert not loaded & {"msgspec", "cryptography", "pyarrow", "nbformat", "argparse", "sqlite3", "IPython"}


@pytest.mark.parametrize(
    "word", ["verify", "export", "ledger", "scan", "policy", "open", "seal", "keys", "demo", "enable"]
)
def test_every_command_explains_itself(project: Project, capsys: pytest.CaptureFixture[str], word: str) -> None:
    code, out, _ = run(capsys, word, "--help")

    assert code == 0
    assert len(out) > 20


@pytest.mark.parametrize("words", [["verfy"], ["verify"], ["ledger"], ["ledger", "burn"], ["scan"], ["policy", "obey"]])
def test_words_it_does_not_take_end_with_2(
    project: Project, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    code, out, err = run(capsys, *words)

    assert code == 2
    assert err
    assert not out


def test_verify_ends_with_3_until_the_key_is_confirmed(
    audit: Path, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = run(capsys, "verify", audit)
    trusted = run(capsys, "verify", audit, "--trust", key)

    assert unknown[0] == 3
    assert "SHA256:" in unknown[1]
    assert trusted[0] == 0
    assert trusted[1].startswith("HOLDS: 4 cells, 7 entries, policy 7f3a")
    assert "Not seen: 1 shell command." in trusted[1]


def test_verify_ends_with_0_once_the_key_is_pinned(audit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "verify", audit, "--pin")[0] == 0
    assert run(capsys, "verify", audit)[0] == 0


def test_verify_ends_with_1_and_names_what_was_changed(
    audit: Path, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    audit.write_text(audit.read_text(encoding="utf-8").replace("1000 patients", "9000 patients"), encoding="utf-8")
    code, out, _ = run(capsys, "verify", audit, "--trust", key)

    assert code == 1
    assert out.startswith("DOES NOT HOLD: The outputs of cell 2 were changed after signing.")


@pytest.mark.parametrize("name", ["nowhere.ipynb", "study.ipynb", "."])
def test_verify_ends_with_2_for_what_is_no_audit(
    project: Project, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    code, out, _ = run(capsys, "verify", name)

    assert code == 2
    assert out.startswith("UNREADABLE: ")


def test_verify_needs_no_ledger_no_ipython_and_no_socket(audit: Path, key: Path, tmp_path: Path) -> None:
    away = tmp_path / "elsewhere"
    away.mkdir()
    (away / "a.ipynb").write_bytes(audit.read_bytes())
    (away / "key.pub").write_bytes(key.read_bytes())
    script = """
import socket, sys
def refuse(*_, **__): raise SystemExit("a socket was opened")
socket.socket.connect = refuse; socket.create_connection = refuse; socket.getaddrinfo = refuse
from jupyter_mlsec.cli import main
code = main(["verify", "a.ipynb", "--trust", "key.pub"])
bad = {"IPython", "nbformat", "nbconvert", "pyarrow", "pandas", "pandera"} & set(sys.modules)
sys.exit(f"loaded {bad}" if bad else code)
"""
    environment = {"PATH": "/usr/bin", "HOME": str(away), "JUPYTER_DATA_DIR": str(away / "data")}
    environment["PYTHONPATH"] = str(Path(cli.__file__).parents[2])
    done = subprocess.run([sys.executable, "-c", script], cwd=away, env=environment, capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("HOLDS")


def test_verify_answers_in_json(audit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(run(capsys, "verify", audit, "--json")[1])

    assert (found["ok"], found["trusted"], found["exit"], found["problems"]) == (True, False, 3, [])
    assert found["not_seen"] == ["1 shell command"]


def test_verify_writes_a_verdict_page_and_never_over_the_audit(
    audit: Path, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "verify", audit, "--trust", key, "--html", "verdict.html")[0] == 0
    assert run(capsys, "verify", audit, "--html", audit)[0] == 2

    assert "HOLDS" in audit.with_name("verdict.html").read_text(encoding="utf-8")
    assert run(capsys, "verify", audit, "--trust", key)[0] == 0


def test_export_writes_html_beside_the_audit(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "export", "study.ipynb", "--html", "a.html")

    assert code == 0
    assert "study.audit.ipynb: 4 cells, 7 entries" in out
    assert "Audit of study.ipynb" in (project / "a.html").read_text(encoding="utf-8")


def test_export_outside_any_project_says_there_is_no_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "home"))
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "n.ipynb").write_text(nbformat.writes(nbformat.v4.new_notebook()), encoding="utf-8")
    code, _, err = run(capsys, "export", bare / "n.ipynb")

    assert code == 1
    assert "There is no ledger" in err
    assert [each.name for each in bare.iterdir()] == ["n.ipynb"]


def test_ledger_show_gives_one_object_a_line_with_its_resource(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "ledger", "show", "--json")
    rows = [json.loads(line) for line in out.splitlines()]

    assert code == 0
    assert [row["index"] for row in rows] == list(range(7))
    assert [row["resource"] for row in rows if row["action"] == "read"] == ["patients.csv"]


def test_ledger_show_can_be_cut_to_the_newest_and_to_a_run(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(run(capsys, "ledger", "show", "--last", "2")[1].splitlines()) == 2
    assert len(run(capsys, "ledger", "show", "--run", RUN)[1].splitlines()) == 7
    assert run(capsys, "ledger", "show", "--run", "nowhere")[1] == ""


def test_ledger_verify_holds_and_agrees_with_the_audit(audit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "ledger", "verify", "--against", audit)

    assert code == 0
    assert out.startswith("HOLDS: 8 entries")  # that the audit left is one of them
    assert "The audit's checkpoint is part of it." in out


def test_a_ledger_set_back_behind_an_audit_is_found(
    project: Project, audit: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import shutil

    folder = project / ".mlsec" / "ledger"
    earlier = project / "earlier"
    shutil.copytree(folder, earlier)
    data = places.data_folder()
    ledger = Ledger(folder, lambda: local_signer(data), mirror=data / "checkpoints")
    Story(Feeding(ledger), run="later").cell(1, "x", deeds=(read("more.csv", SSN),))  # type: ignore[arg-type]
    ledger.fold()
    ledger.close()
    assert run(capsys, "export", "study.ipynb", "-o", "newer.ipynb", "--run", "later")[0] == 0
    shutil.rmtree(folder)
    shutil.move(earlier, folder)
    shutil.rmtree(data / "checkpoints")
    for kept in (project / ".mlsec").glob("checkpoint*"):
        kept.unlink()

    assert run(capsys, "ledger", "verify")[0] == 0
    code, out, _ = run(capsys, "ledger", "verify", "--against", "newer.ipynb")
    assert code == 1
    assert "older than it was" in out


def test_a_ledger_is_not_compared_with_a_broken_audit(audit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    audit.write_text(audit.read_text(encoding="utf-8").replace("1000 patients", "9000 patients"), encoding="utf-8")
    code, _, err = run(capsys, "ledger", "verify", "--against", audit)

    assert code == 1
    assert "was not compared" in err


def test_a_file_is_sealed_and_opened_and_both_are_recorded(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "notes.txt").write_text("hello")
    assert run(capsys, "keys", "init", "--yes", "--fleeting")[0] == 0
    assert run(capsys, "seal", "notes.txt")[0] == 0
    assert (project / "notes.txt").read_bytes().startswith(b"age-encryption.org/v1")
    assert run(capsys, "open", "notes.txt", "-o", "plain.txt")[0] == 0

    assert (project / "plain.txt").read_text() == "hello"
    rows = [json.loads(line) for line in run(capsys, "ledger", "show", "--json")[1].splitlines()]
    assert any(row["entry"] == "Did" and row["resource"] == "notes.txt" for row in rows[7:])


def test_scan_counts_personal_data_without_quoting_it(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "\n".join(f"{n},user{n}@example.org" for n in range(50))
    (project / "people.csv").write_text("id,contact\n" + rows + "\n")
    (project / "letter.txt").write_text("Write to someone@example.org.")
    code, out, _ = run(capsys, "scan", "--personal", project)

    assert code == 0
    assert "contact EMAIL" in out
    assert "letter.txt: EMAIL x1" in out
    assert "@example.org" not in out


def test_scan_says_what_it_did_not_search(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "x.parquet").write_bytes(b"PAR1")
    found: dict[str, Any] = json.loads(run(capsys, "scan", "--personal", "x.parquet", "--json")[1])

    assert found["skipped"]


def test_policy_show_check_and_trust(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    file = project / ".mlsec" / "policy.toml"
    file.write_text('profile = "observe"\n')
    assert "profile guard" in run(capsys, "policy", "show")[1]
    assert run(capsys, "policy", "check")[0] == 0
    assert run(capsys, "policy", "trust")[0] == 0
    assert "profile observe" in run(capsys, "policy", "show")[1]
    file.write_text('profile = "odd"\n')

    assert run(capsys, "policy", "check")[0] == 1
