"""Stands by while pickles are read, and ends a load that asks for what is not known to be harmless."""

from __future__ import annotations

import os
import sys
import threading
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from jupyter_mlsec.controls.contract import NOTHING, Answer, Call, Judgement, Quiet, Site, Verb
from jupyter_mlsec.controls.loading import callers, wording
from jupyter_mlsec.controls.loading.origins import FORMATS, Origins
from jupyter_mlsec.controls.loading.settings import Settings
from jupyter_mlsec.controls.loading.source import path_of
from jupyter_mlsec.protocol.entries import Entry
from jupyter_mlsec.protocol.facts import Facts
from jupyter_mlsec.protocol.records import Effect, Operation

# What judges pickles is read when the first one comes: a notebook opens sooner by as much.
if TYPE_CHECKING:
    from jupyter_mlsec.controls.loading.names import Names
    from jupyter_mlsec.controls.loading.reading import Reading

_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


class _Current(threading.local):
    """The load that runs in this thread, if any; whether it is to be refused whatever the policy says."""

    reading: Reading | None = None
    is_safe: bool = False


class Loading(Quiet):
    """Nothing is checked before a load: each name is judged at the moment it would be looked up, by the very reader."""

    name = "loading"

    def __init__(self, site: Site) -> None:
        self._site = site
        self._settings: Settings = site.settings
        self.may_deny = self._settings.unknown == "refuse"
        self.origins = Origins(site.data)
        self._current = _Current()

    # -- asked by the gate ------------------------------------------------------------------------------------
    def before(self, operation: Operation, call: Call, facts: Facts) -> Iterable[Judgement]:
        del facts
        if call.watch.loading == "names":
            from jupyter_mlsec.controls.loading.reading import Reading

            self._conclude()
            self._current.reading = Reading(
                operation, call, self.names, self.origins, self._site.interject, self._effect(), self._site.ours
            )
        return NOTHING

    def after(self, operation: Operation, call: Call, value: object, facts: Facts) -> Iterable[Judgement]:
        del facts
        if operation.action == "execute":
            self._conclude()
            self.origins.end_cell()
            return NOTHING
        if operation.action == "write" and operation.resource.format in FORMATS:
            if type(value) is bytes and operation.resource.kind == "buffer":
                self.origins.made(value)
            else:
                self._wrote(call)
            return NOTHING
        reading = self._current.reading
        if reading is None or reading.operation.id != operation.id:
            return NOTHING
        self._current.reading = None
        changed = reading.changed()
        if changed:
            return (wording.changes(wording.said_of(operation.resource), changed, self._effect()),)
        return (wording.let_in(wording.said_of(operation.resource), reading.let_in),) if reading.let_in else NOTHING

    @cached_property
    def names(self) -> Names:
        """What the names in pickles are, to this user."""
        from jupyter_mlsec.controls.loading.names import Names

        return Names(self._is_own, imported=self._settings.imported)

    def _conclude(self) -> None:
        """Put back what a load changed that failed, and so was not heard of again."""
        reading, self._current.reading = self._current.reading, None
        if reading is not None and not self._site.is_under_way(reading.operation.id):
            changed = reading.changed()
            if changed:
                finding = wording.changes(wording.said_of(reading.operation.resource), changed, "permit")
                self._site.amend(reading.operation, findings=(finding,))
        elif reading is not None:
            self._current.reading = reading

    def _wrote(self, call: Call) -> None:
        resource = call.resource
        path = path_of(resource)
        if path is not None:
            self.origins.wrote(path, is_complete=isinstance(resource, str | bytes | os.PathLike))

    def _effect(self) -> Effect:
        return "deny" if self.may_deny or self._current.is_safe else "permit"

    # -- asked by whatever reads a pickle ---------------------------------------------------------------------
    def named(self, module: str, name: str) -> None:
        """A pickle that is read now names this. Raises Denied when it may not."""
        reading = self._current.reading
        if reading is not None and self._site.is_under_way(reading.operation.id):
            reading.judge(module, name)
            return
        self._conclude()
        if self._settings.elsewhere:
            self._judge_elsewhere(module, name)

    def _judge_elsewhere(self, module: str, name: str) -> None:
        """A load that no watch knows of. There are only its names, and who loads."""
        grade = self.names.grade(module, name)
        if grade == "free" or (grade == "careful" and self._settings.imported):
            return
        by = callers.caller()
        package = by.partition(".")[0]
        if callers.is_exempt(by):
            return
        # Here, in the reader's own call, only for what may be refused: at the end of a process nothing can be imported.
        from jupyter_mlsec.controls.loading.machine import Name
        from jupyter_mlsec.controls.loading.reading import finding_of

        wanted = Name(module, name)
        if package != "__main__" and module.partition(".")[0] == package and self.names.is_class(wanted):
            return  # a library that loads its own
        what = "A pickle" if package == "__main__" else f"What {wording.shown_name(by)} loads"
        self._site.interject(None, finding_of(what, [wanted], None, self._effect()))

    @contextmanager
    def safely(self) -> Iterator[None]:
        """Within it, what is unknown is refused in this thread, also where the policy only reports it."""
        before, self._current.is_safe = self._current.is_safe, True
        try:
            yield
        finally:
            self._current.is_safe = before

    # -- what belongs to the user -----------------------------------------------------------------------------
    def _is_own(self, module: types.ModuleType) -> bool:
        if module.__name__ == "__main__" or module is sys.modules.get("__main__"):
            return True
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or any(folder in file for folder in _INSTALLED):
            return False
        root = str(self._site.project()) + os.sep
        return file.startswith(root) and module.__name__.partition(".")[0] != __name__.partition(".")[0]

    # -- verbs and entries ------------------------------------------------------------------------------------
    def heard(self, entry: Entry) -> None:
        """Remember the digests of what this run wrote."""
        self.origins.heard(entry)

    def verbs(self) -> Sequence[Verb]:
        from jupyter_mlsec.controls.loading import verbs

        return verbs.verbs_of(self, self._site)

    def undo(self, details: Mapping[str, str]) -> Answer:
        """Take back the trust in a file's names."""
        taken = self.origins.distrust(details.get("sha256", ""))
        name = details.get("file", "the file")
        text = f"{name} is no longer trusted." if taken else f"{name} was not trusted any more."
        return Answer(text=text, data={"file": name, "taken": taken})
