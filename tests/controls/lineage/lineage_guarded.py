"""A real IPython shell under the whole guard, for what only watched calls of real libraries can show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from IPython.utils.capture import capture_output
from lineage_notebook import fresh_shell

from jupyter_mlsec.controls.lineage.slices import Slice
from jupyter_mlsec.protocol.entries import Recorded
from jupyter_mlsec.protocol.facts import Fact, Label, Labels
from jupyter_mlsec.session import running


class Guarded:
    """Runs cells in a fresh shell with the extension loaded, in a folder that is a project. `close` unloads it."""

    def __init__(self, project: Path) -> None:
        (project / ".git").mkdir(exist_ok=True)
        self.shell = fresh_shell()
        self.entries: list[Recorded] = []
        self.shell.run_line_magic("load_ext", "jupyter_mlsec")
        running.the_house().journal.listen(self._hear)

    def _hear(self, entry: Any) -> None:
        if isinstance(entry, Recorded):
            self.entries.append(entry)

    def close(self) -> None:
        self.shell.run_line_magic("unload_ext", "jupyter_mlsec")
        fresh_shell()

    def run(self, source: str) -> Any:
        with capture_output():
            result = self.shell.run_cell(source, store_history=True)
        result.raise_error()
        return result.result

    def slice(self, name: str) -> Slice:
        control: Any = running.the_house().controls["lineage"]
        found: Slice = control.slice(name)
        return found

    def told(self, name: str, column: str) -> tuple[set[str], str]:
        """The sources of one column of a name, and the evidence."""
        found = self.slice(name)
        return found.columns[column], found.evidence[column]

    def fact(self, function: str, kind: type[Fact]) -> Any:
        """The fact of the last recorded call of that function."""
        entry = next(each for each in reversed(self.entries) if each.operation.function.endswith(function))
        return next((each for each in entry.facts if isinstance(each, kind)), None)

    def labels(self, function: str) -> dict[tuple[str, str], Label]:
        """The labels that the last call of that function was recorded with."""
        found = self.fact(function, Labels)
        return {(each.column, each.type): each for each in found.labels} if found is not None else {}
