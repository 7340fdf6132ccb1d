"""The demo runs the product's main job for real, keeps to its folder, and never overwrites what it did not make."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from jupyter_mlsec.demo.folder import MARK, NOTEBOOK, lay_out
from jupyter_mlsec.demo.tour import Surprise, check_ending, plain_lines, tell_heading
from jupyter_mlsec.protocol.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]
MAIN = "import sys; from jupyter_mlsec.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """One run of `jupyter mlsec demo` with an empty home: what it said, and where."""
    home = tmp_path_factory.mktemp("home")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON", "MLSEC"))}
    done = subprocess.run(
        [sys.executable, "-c", MAIN, "demo", "--into", "tour"],
        cwd=home,
        env={**kept, "HOME": str(home), "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    return SimpleNamespace(home=home, folder=home / "tour", code=done.returncode, text=done.stdout + done.stderr)


def test_the_demo_ends_well_and_names_the_next_command(told: SimpleNamespace) -> None:
    assert told.code == 0, told.text
    assert told.text.rstrip().splitlines()[-1].startswith("Next: ")


def test_the_demo_shows_a_denial_and_what_the_rule_wants(told: SimpleNamespace) -> None:
    assert "Denied (schema." in told.text
    assert "%mlsec allow" in told.text


def test_the_demo_seals_a_table_that_still_reads_back(told: SimpleNamespace) -> None:
    assert (told.folder / "customers.parquet").read_bytes().startswith(b"age-encryption.org/v1\n")
    assert "(400, 9)" in told.text


def test_the_demo_verifies_the_audit_and_refuses_one_changed_byte(told: SimpleNamespace) -> None:
    whole = (told.folder / "01-guarded-notebook.audit.ipynb").read_bytes()
    damaged = (told.folder / "damaged.audit.ipynb").read_bytes()

    assert len(whole) == len(damaged)
    assert sum(one != other for one, other in zip(whole, damaged, strict=True)) == 1
    assert "HOLDS" in told.text.split("one byte")[0]


def test_the_demo_leaves_the_home_alone(told: SimpleNamespace) -> None:
    demos = {told.folder, told.folder.with_name(f".{told.folder.name}-jupyter")}
    ours = [path for path in told.home.rglob("*mlsec*") if demos.isdisjoint((path, *path.parents))]

    assert ours == []


def test_the_notebook_prints_no_warning_that_is_not_a_finding(told: SimpleNamespace) -> None:
    notebook = json.loads((told.folder / NOTEBOOK).read_text("utf-8"))
    errors = [
        "".join(output["text"])
        for cell in notebook["cells"]
        for output in cell.get("outputs", ())
        if output.get("name") == "stderr"
    ]

    assert errors == []


def test_a_folder_with_other_files_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")

    with pytest.raises(UsageError, match="--into"):
        lay_out(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_second_demo_starts_afresh(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "demo")
    (folder.path / "customers.parquet").write_bytes(b"old")

    again = lay_out(tmp_path / "demo")

    assert not (again.path / "customers.parquet").exists()
    assert (again.path / MARK).exists()


def test_the_demos_keys_are_apart_from_the_users(tmp_path: Path) -> None:
    environment = lay_out(tmp_path / "demo").environment()

    apart = [environment[name] for name in ("JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR")]
    assert all(Path(place).is_relative_to(tmp_path) for place in apart)


KEY_ERROR = {"output_type": "error", "ename": "KeyError", "evalue": "", "traceback": []}


def cell(*outputs: dict[str, object], tags: tuple[str, ...] = ()) -> nbformat.NotebookNode:
    made = [nbformat.from_dict(output) for output in outputs]
    return nbformat.v4.new_code_cell("x", outputs=made, metadata={"tags": tags})


def test_an_error_nobody_told_of_stops_the_demo() -> None:
    with pytest.raises(Surprise, match="KeyError"):
        check_ending(cell(KEY_ERROR))


@pytest.mark.parametrize("outputs", [[], [KEY_ERROR]])
def test_a_denial_that_does_not_come_stops_the_demo(outputs: list[dict[str, object]]) -> None:
    with pytest.raises(Surprise, match="was to be denied"):
        check_ending(cell(*outputs, tags=("raises-exception",)))


def test_a_complaint_of_the_kernel_stops_the_demo() -> None:
    with pytest.raises(Surprise, match="There is no verb"):
        check_ending(cell({"output_type": "stream", "name": "stderr", "text": "UsageError: There is no verb 'schem'."}))


def test_outputs_are_told_without_terminal_colours() -> None:
    output = SimpleNamespace(output_type="error", traceback=["\x1b[31mDenied\x1b[0m: no", "way on"])

    assert list(plain_lines(output)) == ["Denied: no", "way on"]


def test_only_the_first_paragraph_of_the_prose_is_told() -> None:
    said: list[str] = []

    tell_heading("## A title\n\nFirst.\n\nSecond.", said.append)

    assert said == ["\n== A title ==", "First."]
