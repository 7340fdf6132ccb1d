"""Cells whose hooks do not come in pairs: empty ones, nested ones, awaited ones that are interrupted."""

from __future__ import annotations

import threading
from types import SimpleNamespace

from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell

from jupyter_mlsec.controls.contract import Quiet
from jupyter_mlsec.gate.scope import inside
from jupyter_mlsec.session.cells import Cells
from tests.interception.posts import Post


class House(Post):
    cells = 0
    family = SimpleNamespace(show=lambda: None)


def joined(*controls):
    shell = InteractiveShell()
    house = House(*controls)
    cells = Cells(house, shell)
    shell.events.register("pre_run_cell", cells.before)
    shell.events.register("post_run_cell", cells.after)
    return shell, house


def ended(house):
    return [(entry.outcome, entry.error) for entry in house.recorded]


def test_an_empty_cell_inside_a_cell_does_not_end_the_outer_one(capsys):
    shell, house = joined()
    shell.user_ns["shell"] = shell
    shell.run_cell("shell.run_cell(''); shell.run_cell('  '); 1 / 0")
    assert ended(house) == [("failed", "ZeroDivisionError")]
    assert house.scope.cells == []
    assert "Error in callback" not in capsys.readouterr().out


def test_a_cell_that_another_cell_runs_ends_by_itself():
    shell, house = joined()
    shell.user_ns["shell"] = shell
    shell.run_cell("shell.run_cell('1 / 0')")
    assert ended(house) == [("failed", "ZeroDivisionError"), ("done", None)]


def test_a_cell_started_without_its_second_hook_does_not_stay_open():
    shell, house = joined()
    shell.user_ns["shell"] = shell
    shell.run_cell("await shell.run_cell_async('x = 1', transformed_cell='x = 1')")
    assert shell.user_ns["x"] == 1
    assert ended(house) == [("done", None)]
    assert house.scope.cells == []


def test_an_interrupt_while_a_cell_is_being_judged_keeps_the_hooks_in_step():
    class Interrupted(Quiet):
        name = "interrupted"
        armed = True

        def before(self, operation, call, facts):
            if self.armed:
                raise KeyboardInterrupt
            return ()

    control = Interrupted()
    shell, house = joined(control)
    shell.run_cell("x = 1")
    control.armed = False
    shell.run_cell("x = 2")
    assert house.scope.cells == []
    assert ended(house) == [("interrupted", "KeyboardInterrupt"), ("done", None)]


def test_whoever_was_left_inside_is_outside_again_with_the_next_cell():
    shell, house = joined()
    inside.set(True)
    try:
        shell.run_cell("x = 1")
        assert ended(house) == [("done", None)]
    finally:
        inside.set(False)


def test_an_awaited_cell_that_is_cancelled_brings_no_result_and_is_recorded_all_the_same(capsys):
    shell, house = joined()
    info = ExecutionInfo("await x", True, False, True, None, {})
    shell.events.trigger("pre_run_cell", info)
    shell.events.trigger("post_run_cell", None)  # what ipykernel does then
    assert ended(house) == [("interrupted", "CancelledError")]
    assert house.scope.cells == []
    assert "Error in callback" not in capsys.readouterr().out


def test_cells_of_two_subshells_end_each_by_itself():
    shell, house = joined()
    first, second = (ExecutionInfo(source, True, False, True, None, {}) for source in ("a", "b"))
    shell.events.trigger("pre_run_cell", first)
    other = threading.Thread(target=shell.events.trigger, args=("pre_run_cell", second))
    other.start()
    other.join()
    shell.events.trigger("post_run_cell", ExecutionResult(first))
    failed = ExecutionResult(second)
    failed.error_in_exec = ValueError()
    shell.events.trigger("post_run_cell", failed)
    assert ended(house) == [("done", None), ("failed", "ValueError")]
    assert house.scope.cells == []
