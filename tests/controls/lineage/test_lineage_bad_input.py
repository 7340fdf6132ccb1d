"""Odd cells and hostile objects: the user's cell does what it would do without us, and no code of theirs is run."""

from __future__ import annotations

import time
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lineage_notebook import Notebook, folder

from jupyter_mlsec.controls.lineage.reading import read
from jupyter_mlsec.protocol.facts import Coverage, Elsewhere

HOSTILE = """
calls = []
class Hostile:
    def _fail(self, *a, **k):
        calls.append(1)
        raise RuntimeError('touched')
    __eq__ = __hash__ = __len__ = __iter__ = __reduce__ = __getattr__ = __repr__ = __bool__ = __str__ = _fail
"""


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


def test_no_method_of_a_hostile_object_is_called(notebook: Notebook) -> None:
    notebook.run(HOSTILE)
    notebook.run("h = Hostile(); box = [h, {'k': h}]")
    assert notebook.run("box.append(h)")

    assert notebook.shell.user_ns["calls"] == []
    assert notebook.slice("box") == [1, 2, 3]


def test_a_structure_that_holds_itself_is_followed_once(notebook: Notebook) -> None:
    notebook.run("a = []; a.append(a)")
    notebook.run("a.append(1)")

    assert notebook.slice("a") == [1, 2]


@pytest.mark.parametrize(
    "text", ["x = (", "%%", "%%nosuchmagic\nx", "\x00", "!", "?", "%", "x = !", "é = 1", "if:", ""]
)
def test_a_cell_that_is_no_python_is_survived(notebook: Notebook, text: str) -> None:
    notebook.run("k = 1")
    notebook.run(text)
    notebook.run("y = k")

    assert 1 in notebook.slice("y")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_reading_never_raises(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read(text)


def test_a_deep_expression_is_survived() -> None:
    assert read("x = " + "(" * 3000 + ")" * 3000).readable is False


def test_a_cell_that_deletes_half_the_names(notebook: Notebook) -> None:
    notebook.run("a = 1; b = 2; c = 3; d = 4")
    notebook.run("for n in ['a', 'c']: del globals()[n]")
    notebook.run("y = b + d")

    assert notebook.slice("y") == [1, 3]
    with pytest.raises(KeyError):
        notebook.slice("a")


def test_a_rebound_builtin_is_only_a_name(notebook: Notebook) -> None:
    notebook.run("len = lambda v: 7")
    notebook.run("y = len([])")

    assert notebook.slice("y") == [1, 2]


def test_a_cell_run_inside_a_cell_belongs_to_the_outer_one(notebook: Notebook) -> None:
    notebook.run("k = 2")
    notebook.run("get_ipython().run_cell('inner = k')\nafterwards = inner")

    assert notebook.slice("afterwards")[-1] == 2


def test_a_guard_paused_inside_a_cell_does_not_swallow_the_next(notebook: Notebook) -> None:
    notebook.run("k = 1")
    cells = notebook.control.cells
    cells.running.append(cells.begin("x = 1", notebook.shell.user_ns, notebook.control.cells.history.nodes[0].cell))
    notebook.run("y = k")

    assert notebook.slice("y") == [1, 2]


def test_an_old_value_is_freed_while_the_cell_still_runs(notebook: Notebook) -> None:
    notebook.run("import weakref\nclass Big:\n    pass\nbig = Big()\nref = weakref.ref(big)")
    notebook.run("big = None\nfreed = ref() is None")

    assert notebook.shell.user_ns["freed"] is True


def test_a_huge_list_is_followed_in_part_and_said_so(notebook: Notebook) -> None:
    notebook.run("v = list(range(300_000))")
    notebook.run("v.append(1)")
    notebook.run("w = 1")

    assert notebook.slice("v") == [1, 2]
    assert [[each.rule for each in said] for said in notebook.said[1:]] == [["lineage.partial"], []]


def test_a_huge_nested_object_is_followed_in_part_and_said_so(notebook: Notebook) -> None:
    notebook.run("tree = {n: [{'deep': [n, [n]]}] for n in range(20_000)}")
    notebook.run("tree[19_999][0]['deep'][1].append(5)")
    notebook.run("y = len(tree)")

    assert notebook.slice("y") == [1, 2, 3]
    (said,) = notebook.said[1]
    assert (said.rule, said.places[0].count) == ("lineage.partial", 1)


def test_an_error_before_running_leaves_no_write(notebook: Notebook) -> None:
    notebook.run("x = 1")
    notebook.run("x = 2 +")

    assert notebook.slice("x") == [1]


def test_many_names_cost_little(notebook: Notebook) -> None:
    for number in range(20_000):
        notebook.shell.user_ns[f"name{number}"] = number
    notebook.run("pass")
    began = time.process_time()
    for _ in range(20):
        notebook.run("pass")

    assert (time.process_time() - began) / 20 < 0.1


def test_facts_tell_reads_writes_and_uses(notebook: Notebook) -> None:
    notebook.run("a = 1")
    notebook.run("b = a + 1")

    facts = notebook.facts[-1]

    assert (facts.reads, facts.writes, facts.uses) == (("a",), ("b",), (1,))


def test_a_slice_tells_what_ran_elsewhere_in_its_cells(notebook: Notebook) -> None:
    notebook.coverage = Coverage(unobserved=(Elsewhere(kind="subprocess", program="git"), Elsewhere(kind="shell")))
    notebook.run("x = 1")
    notebook.coverage = Coverage()
    notebook.run("y = x")
    notebook.run("z = 1")

    assert notebook.control.slice("y").unobserved == ("subprocess (git)", "shell")
    assert notebook.control.slice("z").unobserved == ()


def test_a_file_opened_by_a_name_made_while_running_joins_its_cells(notebook: Notebook, tmp_path: Path) -> None:
    write = "for k in range(2):\n    open('part' + str(k), 'w').write(str(k + 5))"
    with folder(tmp_path):
        notebook.coverage = Coverage(opened=("part0", "part1"))
        notebook.run(write)
        notebook.run("y = sum(int(open('part' + str(k)).read()) for k in range(2))")
        notebook.coverage = Coverage()
        notebook.run("z = 1")

    assert notebook.slice("y") == [1, 2]
    assert notebook.slice("z") == [3]
