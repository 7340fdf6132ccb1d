"""A real IPython shell in this process, its cells handed to the lineage control by the least of hooks."""

from __future__ import annotations

import ast
import hashlib
import os
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from msgspec.structs import replace

from jupyter_mlsec.controls.contract import Answer, Call
from jupyter_mlsec.controls.lineage.control import Lineage
from jupyter_mlsec.controls.lineage.settings import Settings
from jupyter_mlsec.protocol.facts import CellFacts, Coverage, Facts
from jupyter_mlsec.protocol.records import Cell, Operation, Resource, Subject
from jupyter_mlsec.protocol.watch import Watch

EXECUTE = Watch(target="run_cell", action="execute", value="source")


def operation(action: str, kind: str, name: str, execution: int, number: int = 0) -> Operation:
    return Operation(
        id=f"op-{execution}-{number}",
        action=action,  # type: ignore[arg-type]
        subject=Subject(name="tester"),
        resource=Resource(kind=kind, name=name),  # type: ignore[arg-type]
        cell=Cell(execution=execution),
        library="test",
        function=action,
        at=0,
    )


def fresh_shell() -> InteractiveShell:
    """The process's one shell as if just started: making a new one each time costs a fifth of a second."""
    shell = InteractiveShell.instance()
    shell.history_manager.enabled = False
    for event in ("pre_run_cell", "post_run_cell"):
        for callback in list(shell.events.callbacks[event]):
            if isinstance(getattr(callback, "__self__", None), Notebook):
                shell.events.unregister(event, callback)
    shell.ast_transformers[:] = []
    shell.reset(new_session=True)
    shell.execution_count = 1
    sys.modules["__main__"] = shell.user_module  # as it was when the shell was new
    return shell


class Notebook:
    """Runs cells in a fresh shell under the control."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.shell = fresh_shell()
        self.control = Lineage(settings or Settings())
        self.facts: list[CellFacts] = []
        self.said: list[list[Any]] = []
        """What the control found in each cell."""
        self.error: Exception | None = None
        """What the control raised."""
        self.coverage = Coverage()
        """What the session says of each cell."""
        self._open: list[tuple[Operation, Call, Facts]] = []
        self._number = 0
        self.shell.events.register("pre_run_cell", self._before)
        self.shell.events.register("post_run_cell", self._after)
        self.shell.ast_transformers.append(self)

    def _before(self, info: Any) -> None:
        text = info.raw_cell
        execution = self.shell.execution_count - 1  # IPython counts on before it runs the cell
        given = {"deleted": tuple(info.cell_meta["deletedCells"])} if info.cell_meta else {}
        call = Call(EXECUTE, (text,), given, {"source": 0}, namespace=self.shell.user_ns)
        self._number += 1
        one = operation("execute", "cell", f"cell {execution}", execution, self._number)
        one = replace(one, cell=replace(one.cell, id=info.cell_id))
        opened = (one, call, Facts())
        self.control.before(*opened)
        self._open.append(opened)

    def visit(self, tree: ast.Module) -> ast.Module:
        return self.control.mark(tree, self.shell.user_ns)

    def _after(self, result: Any) -> None:
        opened, call, facts = self._open.pop()
        facts.add(self.coverage)
        try:
            self.said.append(list(self.control.after(opened, call, result, facts)))
        except Exception as error:  # IPython would print it and go on
            self.error = error
        found = facts.find(CellFacts)
        if found is not None:
            self.facts.append(found)

    def run(self, source: str, cell: str | None = None, deleted: Sequence[str] = ()) -> bool:
        meta = {"deletedCells": list(deleted)} if deleted else None
        with capture_output():
            success = bool(self.shell.run_cell(source, store_history=True, cell_id=cell, cell_meta=meta).success)
        if self.error is not None:
            raise self.error
        return success

    def says(self, *words: str) -> Answer:
        """What `%mlsec lineage WORDS` answers."""
        return self.control.verbs()[0].run(words, self.shell.user_ns)

    def slice(self, name: str) -> list[int]:
        return list(self.control.slice(name).executions)

    def loads(self, value: Any, resource: str, number: int = 0) -> None:
        """Tell the control what a watched reader would: this value came from that resource."""
        self._number += 1
        read = operation("read", "file", resource, self.shell.execution_count, self._number)
        call = Call(Watch(target="read_csv", action="read", resource="path"), (resource,), {}, {"path": 0})
        facts = Facts()
        self.control.before(read, call, facts)
        self.control.after(read, call, value, facts)


@contextmanager
def folder(path: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(path)
    try:
        yield
    finally:
        os.chdir(before)


def digest(value: Any) -> str:
    """A digest of a plain value, frame or array, for deletion replay."""
    if hasattr(value, "to_csv"):
        value = value.to_csv()
    elif hasattr(value, "tolist"):
        value = value.tolist()
    return hashlib.sha256(repr(value).encode()).hexdigest()


def replayed(cells: Sequence[str], target: str, path: Path) -> list[int]:
    """The truth by deletion replay: the executions without which the target changes or cannot be made."""

    def outcome(skip: int | None, place: Path) -> str:
        place.mkdir()
        with folder(place):
            shell = fresh_shell()
            random.seed()
            if "numpy" in sys.modules:
                sys.modules["numpy"].random.seed()
            for number, source in enumerate(cells, 1):
                with capture_output():
                    if number == skip:
                        shell.execution_count += 1  # so that Out[n] and _n keep meaning the same cell
                    else:
                        shell.run_cell(source, store_history=True)
            return digest(shell.user_ns[target]) if target in shell.user_ns else "missing"

    full = outcome(None, path / "full")
    return [n for n in range(1, len(cells) + 1) if outcome(n, path / f"without{n}") != full]
