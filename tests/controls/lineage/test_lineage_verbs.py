"""What `%mlsec lineage` answers: forwards too, what is stale, what is not reproducible, a script."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from lineage_notebook import Notebook, folder

from jupyter_mlsec.protocol.errors import UsageError


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


def made_by_script(text: str, name: str, place: Path) -> str:
    """The representation of a name after the script ran in a process of its own."""
    script = place / "made.py"
    script.write_text(f"{text}\nopen('made.txt', 'w').write(repr({name}))\n")
    subprocess.run([sys.executable, script], check=True, cwd=place, capture_output=True)
    return (place / "made.txt").read_text()


def test_a_value_is_stale_when_what_it_was_computed_from_changed(notebook: Notebook) -> None:
    for cell in ("rows = [1, 2]", "total = sum(rows)", "double = total * 2", "rows.append(3)"):
        notebook.run(cell)

    (said,) = notebook.control.slice("double").stale

    assert "In[2]) from rows, which In[4] changed since" in said
    assert notebook.control.slice("rows").stale == ()


def test_a_value_computed_again_is_stale_no_longer(notebook: Notebook) -> None:
    for cell in ("rows = [1, 2]", "total = sum(rows)", "rows.append(3)", "total = sum(rows)"):
        notebook.run(cell)

    assert notebook.control.slice("total").stale == ()


def test_a_deleted_cell_whose_effect_lives_is_told(notebook: Notebook) -> None:
    notebook.run("k = 1", cell="first")
    notebook.run("y = k", cell="second", deleted=["first"])

    (said,) = notebook.control.slice("y").doubts

    assert said.startswith("In[1] was deleted")


@pytest.mark.parametrize("identity", ["one", None])
def test_an_edited_cell_is_told_with_ids_and_without(notebook: Notebook, identity: str | None) -> None:
    notebook.run("rate = 0.2  # of the year", cell=identity)
    notebook.run("y = rate * 3", cell=identity and "two")
    notebook.run("rate = 0.25  # of the year", cell=identity)

    (said,) = notebook.control.slice("y").doubts

    assert said.startswith("In[1] was edited and run again as In[3]")


def test_a_cell_that_ran_twice_on_the_way_is_told(notebook: Notebook) -> None:
    for cell in ("n = 1", "n = n * 2", "n = n * 2"):
        notebook.run(cell)

    assert "In[2], In[3]" in notebook.control.slice("n").doubts[0]


def test_cells_that_never_ran_in_the_order_they_stand_in(
    notebook: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = [{"id": each, "cell_type": "code", "source": []} for each in ("use", "make")]
    (tmp_path / "one.ipynb").write_text(json.dumps({"cells": cells}))
    monkeypatch.setenv("JPY_SESSION_NAME", "/somewhere/one.ipynb")
    notebook.run("k = 1", cell="make")
    notebook.run("y = k", cell="use")
    with folder(tmp_path):
        said = notebook.says("y").text

    assert "never ran in the order they stand in: top to bottom they are In[2], In[1]" in said


def test_what_a_file_touches_is_named_forwards(notebook: Notebook) -> None:
    notebook.run("import pandas as pd")
    notebook.run("df = pd.DataFrame({'a': [1, 2]})")
    notebook.shell.user_ns["load"] = lambda table: notebook.loads(table, "d.csv")
    notebook.run("load(df)\nkept = df")
    notebook.run("total = kept['a'].sum()")
    notebook.run("other = 5")

    data = notebook.says("--forward", "d.csv").data

    assert data["names"] == ["kept", "total"]
    assert data["executions"] == [3, 4]


def test_what_a_name_touches_is_named_forwards(notebook: Notebook) -> None:
    for cell in ("k = 1", "m, other = 2, 3", "y = k + m", "z = y"):
        notebook.run(cell)

    assert notebook.says("--forward", "m").data["names"] == ["m", "y", "z"]


def test_a_graph_comes_as_text_and_as_a_picture_without_scripts(notebook: Notebook) -> None:
    for cell in ("a = 1", "b = '<x>'", "c = a, b"):
        notebook.run(cell)

    answer = notebook.says("c", "--graph")

    assert answer.text.splitlines()[-1] == "In[1], In[2] -> In[3]  c = a, b"
    assert answer.html is not None
    assert "&lt;x&gt;" in answer.html
    assert answer.html.count("<path d=") == 3
    assert "<script" not in answer.html


def test_a_script_of_plain_cells_makes_the_same_value(notebook: Notebook, tmp_path: Path) -> None:
    cells = ("import math", "noise = 9", "def area(r):\n    return math.floor(r * r * k)", "k = 3", "v = []")
    for cell in (*cells, "v.append(area(4))\nv.append(noise * 0)", "v += [k]", "w = v"):
        notebook.run(cell)
    with folder(tmp_path):
        answer = notebook.says("w", "--script", ">", "w.py")

    text = (tmp_path / "w.py").read_text()

    assert answer.text == "w.py: 8 cells that make w."
    assert "IPython" not in text
    assert made_by_script(text, "w", tmp_path) == repr(notebook.shell.user_ns["w"])


def test_a_script_of_cells_with_magics_awaits_and_errors_makes_the_same_value(
    notebook: Notebook, tmp_path: Path
) -> None:
    cells = ("5", "%%time\na = Out[1] * 2", "v = [a]\nmissing_name", "import asyncio", "await asyncio.sleep(0)\nb = 3")
    for cell in (*cells, "word = !echo {b}", "text = 'a\\n\"b\"'", "y = v, str(word), text"):
        notebook.run(cell)

    text = notebook.says("y", "--script").text

    assert made_by_script(text, "y", tmp_path) == repr(notebook.shell.user_ns["y"])


@pytest.mark.parametrize("words", [["--forward"], ["a", "--code", "--graph"], ["a", ">", "x.py"], ["--forward", "zz"]])
def test_words_that_mean_nothing_are_refused_with_the_usage(notebook: Notebook, words: list[str]) -> None:
    notebook.run("a = 1")

    with pytest.raises(UsageError, match="Without NAME"):
        notebook.says(*words)
