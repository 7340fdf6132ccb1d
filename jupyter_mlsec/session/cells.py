"""Every cell is an operation too: it enters the gate before it runs and leaves it afterwards."""

from __future__ import annotations

import contextlib
import hashlib
import time
from typing import Any

from jupyter_mlsec.controls.contract import Call
from jupyter_mlsec.gate import Passage
from jupyter_mlsec.gate.scope import inside
from jupyter_mlsec.protocol.entries import Outcome
from jupyter_mlsec.protocol.errors import Denied, MlsecError
from jupyter_mlsec.protocol.records import Cell, Operation, Resource
from jupyter_mlsec.protocol.watch import Watch
from jupyter_mlsec.session.house import House

CELL = Watch(target="cell", action="execute", value="source")
_POSITIONS = {"source": 0}


class Cells:
    """IPython's pre_run_cell and post_run_cell, paired. Magics run cells inside cells, so pairs nest."""

    def __init__(self, house: House, shell: Any) -> None:
        self._house = house
        self._shell = shell
        self._open: list[Passage | None] = []

    def before(self, info: Any) -> None:
        """A cell is about to run."""
        house = self._house
        source = info.raw_cell if isinstance(info.raw_cell, str) else ""
        cell = Cell(
            execution=self._execution() if info.store_history else 0,
            id=getattr(info, "cell_id", None),
            digest=hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest(),
        )
        house.scope.cells.append(cell)
        passage = None
        if house.scope.active and not inside.get():
            passage = self._enter(cell, source)
        self._open.append(passage)

    def _execution(self) -> int:
        """The running cell's number. IPython 9.18 counts up before this hook, older ones after; the prompt knows."""
        prompt = getattr(self._shell.displayhook, "prompt_count", None)
        return int(prompt if prompt is not None else self._shell.execution_count)

    def _enter(self, cell: Cell, source: str) -> Passage | None:
        house = self._house
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
            return house.gate.enter(operation, Call(CELL, (source,), {}, _POSITIONS, self._shell.user_ns))
        except MlsecError:
            return None  # recorded; IPython's hook cannot stop a cell, so a denial of one only shows as a finding

    def after(self, result: Any) -> None:
        """A cell has run, whether it succeeded or not."""
        if not self._open:
            return  # the very cell that loaded us
        house = self._house
        passage = self._open.pop()
        try:
            if passage is not None and house.scope.active:
                house.cells += 1
                self._leave(passage, result)
        finally:
            if house.scope.cells:
                house.scope.cells.pop()

    def _leave(self, passage: Passage, result: Any) -> None:
        error = result.error_before_exec or result.error_in_exec
        outcome: Outcome = "done"
        if error is not None:
            outcome = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
        if isinstance(error, Denied):
            outcome = "denied"
        with contextlib.suppress(MlsecError):
            self._house.gate.leave(passage, result, outcome, None if error is None else type(error).__name__)
