"""`%load_ext jupyter_mlsec` and `%unload_ext`: the house, joined to one IPython shell."""

from __future__ import annotations

import atexit
import os
import sys
from pathlib import Path
from typing import Any, Literal

from jupyter_mlsec.host import places
from jupyter_mlsec.interceptors import LIBRARIES
from jupyter_mlsec.protocol.entries import Entry, Recorded
from jupyter_mlsec.protocol.errors import UsageError
from jupyter_mlsec.protocol.messages import EntryWritten, GuardState
from jupyter_mlsec.protocol.records import Finding
from jupyter_mlsec.protocol.resources import relative_name
from jupyter_mlsec.session import running
from jupyter_mlsec.session.cells import Cells
from jupyter_mlsec.session.channel import Channel
from jupyter_mlsec.session.display import Display
from jupyter_mlsec.session.house import House, quietly_stop
from jupyter_mlsec.session.magics import complete, magic_for

_NAMED = 4
"""Libraries that the greeting names; `%mlsec status` tells all."""


class Extension:
    """One loaded guard in one shell."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.house = House(notebook=_notebook_name(), raise_ours=bool(os.environ.get("JUPYTER_MLSEC_RAISE_OURS")))
        self.display = Display(self._write, self._is_known)
        self.cells = Cells(self.house, shell)
        self.channel = Channel.connect(shell, self.house.run)
        self._counts = {"findings": 0, "denied": 0, "sealed": 0}
        self._shown: GuardState | None = None

    def load(self) -> None:
        """Watch, listen, and say one line."""
        journal = self.house.journal
        journal.listen(self.display.hear)
        journal.listen(self._count)
        if self.channel is not None:
            channel = self.channel
            journal.listen(lambda entry: channel.publish(EntryWritten(entry=entry)))
        self.house.keeping.on_fold = self._publish_state
        for stream in (sys.stdout, sys.stderr):
            self.house.tripwire.threads.echo(getattr(stream, "watch_fd_thread", None))
        self.house.start()
        self.shell.events.register("pre_run_cell", self.cells.before)
        self.shell.events.register("post_run_cell", self._after_cell)
        self.shell.ast_transformers.append(self.cells)
        self.shell.register_magic_function(magic_for(self), "line_cell", "mlsec")
        self.cells.outputs.open()
        self.shell.set_hook("complete_command", complete, str_key="%mlsec")
        atexit.register(quietly_stop, self.house)
        running.house, running.display = self.house, self.display
        self.display.say(self._greeting())
        self._notices()
        self._publish_state()

    def unload(self) -> None:
        """Take everything back, and say what stays on disk."""
        self.withdraw()
        self.display.say(self._farewell())

    def withdraw(self) -> None:
        """Take back whatever is there, also after a load that failed half-way."""
        for event, callback in (("pre_run_cell", self.cells.before), ("post_run_cell", self._after_cell)):
            if callback in self.shell.events.callbacks[event]:
                self.shell.events.unregister(event, callback)
        if self.cells in self.shell.ast_transformers:
            self.shell.ast_transformers.remove(self.cells)
        self.cells.outputs.close()
        self.house.stop()
        self._publish_state()
        if self.channel is not None:
            self.channel.close()
        atexit.unregister(quietly_stop)
        self.shell.magics_manager.magics["line"].pop("mlsec", None)
        self.shell.magics_manager.magics["cell"].pop("mlsec", None)
        hooks = self.shell.strdispatchers.get("complete_command")
        chain = [] if hooks is None else getattr(hooks.strs.get("%mlsec"), "chain", [])
        chain[:] = [entry for entry in chain if getattr(entry[1], "__func__", entry[1]) is not complete]
        if running.house is self.house:
            running.house = running.display = None

    def state(self) -> GuardState:
        """What the guard is doing now."""
        house = self.house
        now: Literal["on", "paused", "off"] = "off" if house.keeping.is_closed else "paused"
        if house.scope.active:
            now = "on"
        checkpoint = house.keeping.checkpoint()
        return GuardState(
            state=now,
            profile=house.policy.profile,
            watching=tuple(house.interception.watching),
            off=house.off(),
            recorded=house.journal.recorded,
            checkpoint=None if checkpoint is None else checkpoint.short,
            unexplained=house.seen.unexplained,
            unexplained_last=house.seen.last,
            unobserved=house.seen.elsewhere,
            cost=house.gate.own_nanoseconds // 1_000_000,
            may_switch=house.may_choose,
            **self._counts,
        )

    def _after_cell(self, result: Any) -> None:
        self.cells.after(result)
        if not self.house.scope.cells:
            self.house.note_environment()
            self._notices()
            self.display.flush()
            self._publish_state()
            if self.channel is not None:
                self.channel.flush()
            self.house.keeping.fold_soon()

    def _is_known(self, finding: Finding, resource: str) -> bool:
        return self.house.allowances.covering(finding, resource) is not None

    def _write(self, line: str) -> None:
        """A line of ours, on a line of its own."""
        if sys.stdout is not None:
            sys.stdout.write(f"\n{line}\n" if self.cells.outputs.is_within_line() else f"{line}\n")

    def _notices(self) -> None:
        said, self.house.keeping.said = self.house.keeping.said, []
        for line in (*self.house.fresh_notices(), *said):
            self.display.say(line)

    def _publish_state(self) -> None:
        if self.channel is None:
            return
        with self.house.keeping.apart():  # it may open the ledger, which is no database of the user's
            state = self.state()
        if state != self._shown:
            self._shown = state
            self.channel.publish(state)

    def _count(self, entry: Entry) -> None:
        if not isinstance(entry, Recorded):
            return
        self._counts["findings"] += sum(one.level != "note" for one in entry.decision.findings)
        self._counts["denied"] += entry.outcome == "denied" and entry.operation.action != "execute"
        self._counts["sealed"] += any(one.deed == "seal" for one in entry.decision.obligations)

    def _greeting(self) -> str:
        house = self.house
        foreign = {each.name for each in LIBRARIES if each.module.partition(".")[0] not in sys.stdlib_module_names}
        here = [name for name in house.interception.watching if name in foreign][:_NAMED]
        more = len(LIBRARIES) - len(here)
        watching = f"Watching {', '.join(here)}, and {more} more" if here else f"Watching {more} libraries"
        return f"on, profile {house.policy.profile}. {watching} once imported. %mlsec help"

    def _farewell(self) -> str:
        state = self.house.root_path / ".mlsec"
        if not state.is_dir():
            return "off. Nothing of it is left in this project."
        shown = os.path.relpath(state)
        return f"off. What it kept stays in {shown}/ (policy, schemas, ledger); delete that folder to remove it."


def _notebook_name() -> str | None:
    """The notebook, project-relative, as Jupyter Server tells its kernels (they run in its folder); None elsewhere."""
    session = os.environ.get("JPY_SESSION_NAME")
    if not session:
        return None
    return relative_name(Path(session).name, str(places.project_root(Path.cwd())))


def load_ipython_extension(shell: Any) -> None:
    """IPython's door in. Loading twice changes nothing."""
    if running.extension is not None:
        running.extension.display.say("is on already.")
        return
    if running.house is not None and running.house.is_inherited:  # a kernel that a guarded one started
        quietly_stop(running.house)
        running.house = None
    if running.house is not None:
        raise UsageError("A guard is on already in this process (`with guard():`): %load_ext was not followed.")
    running.extension = extension = Extension(shell)
    try:
        extension.load()
    except BaseException:
        running.extension = None
        extension.withdraw()
        raise


def unload_ipython_extension(shell: Any) -> None:  # noqa: ARG001  # IPython's signature
    """IPython's door out."""
    extension, running.extension = running.extension, None
    if extension is not None:
        extension.unload()
