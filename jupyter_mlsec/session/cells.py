"""Every cell is an operation too: it enters the gate before it runs and leaves it afterwards."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import threading
import time
import types
from typing import Any, Protocol, cast

from jupyter_mlsec.controls.contract import Call
from jupyter_mlsec.gate import Passage
from jupyter_mlsec.gate.gate import outcome_of as how_it_ended
from jupyter_mlsec.gate.scope import inside
from jupyter_mlsec.interception.tripwire import Measure
from jupyter_mlsec.protocol.entries import Outcome
from jupyter_mlsec.protocol.errors import Denied, MlsecError
from jupyter_mlsec.protocol.records import Cell, Operation, Resource
from jupyter_mlsec.protocol.watch import Watch
from jupyter_mlsec.session.house import House
from jupyter_mlsec.session.outputs import Outputs

CELL = Watch(target="cell", action="execute", value="source")
_POSITIONS = {"source": 0}
_NO_RESULT = types.SimpleNamespace(success=False, result=None, error_before_exec=None, error_in_exec=None)


class Marks(Protocol):
    """A control that follows a cell by marks in its code."""

    def mark(self, tree: ast.Module, namespace: dict[str, Any]) -> ast.Module: ...


class Running:
    """One cell between the two hooks. `passage` is None while it is not watched."""

    __slots__ = ("info", "measure", "passage", "thread")

    def __init__(self, info: Any) -> None:
        self.info = info
        self.passage: Passage | None = None
        self.measure: Measure | None = None
        self.thread = threading.get_ident()


class Cells:
    """IPython's pre_run_cell and post_run_cell, paired. Magics run cells inside cells, so pairs nest.

    The hooks do not always come in pairs: an empty cell has only the second, one run by `run_cell_async` only the
    first, and a cell with `await` that was interrupted brings no result.
    """

    def __init__(self, house: House, shell: Any) -> None:
        self._house = house
        self._shell = shell
        self.outputs = Outputs(house, shell)
        self._open: list[Running] = []

    def before(self, info: Any) -> None:
        """A cell is about to run."""
        house = self._house
        source = info.raw_cell if isinstance(info.raw_cell, str) else ""
        cell = Cell(
            execution=self._execution() if info.store_history else 0,
            id=getattr(info, "cell_id", None),
            digest=hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest(),
        )
        if not self._open:
            inside.set(False)  # an interrupt may have hit between two instructions of ours
            self.outputs.begin()
        running = Running(info)
        self._open.append(running)
        house.scope.cells.append(cell)
        house.family.show()
        if house.scope.active and not inside.get():
            running.passage = self._enter(cell, source, getattr(info, "cell_meta", None))
            house.tripwire.threads.history(getattr(self._shell.history_manager, "save_thread", None))
            running.measure = house.tripwire.begin_cell()

    def visit(self, tree: ast.Module) -> ast.Module:
        """IPython's AST transformer: a watched cell's tree, with the marks of the controls that set some."""
        if self._open and self._open[-1].passage is not None and not inside.get():
            for control in self._house.controls.values():
                if hasattr(control, "mark"):  # asking isinstance would take 75 us a cell
                    tree = cast("Marks", control).mark(tree, self._shell.user_ns)
        return tree

    def _execution(self) -> int:
        """The running cell's number. IPython 9.18 counts up before this hook, older ones after; the prompt knows."""
        prompt = getattr(self._shell.displayhook, "prompt_count", None)
        return int(prompt if prompt is not None else self._shell.execution_count)

    def _enter(self, cell: Cell, source: str, told: Any) -> Passage | None:
        """Let the gate see the cell. `told` is what JupyterLab says with it: which cells were deleted."""
        house = self._house
        deleted = told.get("deletedCells") if isinstance(told, dict) else None
        given = {"deleted": tuple(map(str, deleted))} if isinstance(deleted, list) and deleted else {}
        operation = Operation(
            id=house.fresh_id(),
            action="execute",
            subject=house.scope.subject,
            resource=Resource(kind="cell", name=f"In[{cell.execution}]"),
            cell=cell,
            library="ipython",
            function="run_cell",
            at=time.time_ns(),
        )
        try:
            return house.gate.enter(operation, Call(CELL, (source,), given, _POSITIONS, self._shell.user_ns))
        except MlsecError:
            return None  # recorded; IPython's hook cannot stop a cell, so a denial of one only shows as a finding

    def after(self, result: Any) -> None:
        """A cell has run, whether it succeeded or not."""
        house = self._house
        place = self._place(result)
        if place is None:
            return  # the very cell that loaded us, or an empty one
        running = self._open[place]
        passage = running.passage
        try:
            if running.measure is not None:
                coverage = house.tripwire.end_cell(running.measure)
                running.measure = None
                if passage is not None:
                    passage.facts.add(coverage)
            if passage is not None and house.scope.active:
                house.cells += 1
                self._leave(passage, result)
        finally:
            self._close(place)

    def _close(self, place: int) -> None:
        """Forget that cell and those inside it that never ended; the cells of other threads (subshells) go on."""
        thread = self._open[place].thread
        for later in reversed(range(place, len(self._open))):
            if self._open[later].thread == thread:
                measure = self._open[later].measure
                if measure is not None:
                    self._house.tripwire.drop(measure)
                del self._open[later], self._house.scope.cells[later]
        self._house.family.show()

    def _place(self, result: Any) -> int | None:
        """Which of the open cells has run; None when it is none of them."""
        if result is None:
            return len(self._open) - 1 if self._open else None
        return next((place for place, one in enumerate(self._open) if one.info is result.info), None)

    def _leave(self, passage: Passage, result: Any) -> None:
        outcome, error = outcome_of(result)
        if len(self._open) == 1:
            passage.call.shown = self.outputs.shown()
        if outcome == "interrupted":
            self._house.gate.broken_off(passage.operation.cell)
        with contextlib.suppress(MlsecError):
            self._house.gate.leave(passage, result or _NO_RESULT, outcome, error)


def outcome_of(result: Any) -> tuple[Outcome, str | None]:
    """How a cell ended, and the type of its error. Without a result its task was cancelled."""
    if result is None:
        return "interrupted", "CancelledError"
    error = result.error_before_exec or result.error_in_exec
    if error is None:
        return "done", None
    if isinstance(error, Denied):
        return "denied", type(error).__name__
    return how_it_ended(error), type(error).__name__
