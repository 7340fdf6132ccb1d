"""One load under way: each name it asks for is let through, or the load ends before the name is looked up."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from jupyter_mlsec.controls.contract import Call
from jupyter_mlsec.controls.loading import callers, wording
from jupyter_mlsec.controls.loading.classes import Kept, kept
from jupyter_mlsec.controls.loading.listed import listed
from jupyter_mlsec.controls.loading.machine import Findings, Name
from jupyter_mlsec.controls.loading.names import Names, spellings
from jupyter_mlsec.controls.loading.origins import Origins
from jupyter_mlsec.controls.loading.source import Source
from jupyter_mlsec.protocol.commands import line
from jupyter_mlsec.protocol.errors import Denied
from jupyter_mlsec.protocol.records import Effect, Finding, Operation

_RUN_CODE = frozenset(
    {"os", "posix", "nt", "subprocess", "_posixsubprocess", "pty", "popen2", "commands", "sys", "shutil", "socket"}
    | {"runpy", "code", "codeop", "importlib", "imp", "pkgutil", "ctypes", "_ctypes", "webbrowser", "multiprocessing"}
    | {"asyncio", "platform", "pdb", "bdb", "cProfile", "profile", "timeit", "doctest", "pydoc", "urllib", "http"}
    | {"ftplib", "smtplib", "requests", "httpx", "tempfile", "glob", "pip", "ensurepip", "venv", "types", "ast"}
    | {"IPython", "marshal", "signal", "threading", "_thread", "concurrent", "io", "_io", "linecache", "zipimport"}
)
_BUILTINS = frozenset(
    {"eval", "exec", "compile", "open", "__import__", "getattr", "setattr", "delattr", "input", "map"}
)


Asks = Callable[[Operation | None, Finding], None]
"""How a reading has the gate judge what it found: raises Denied unless the load may go on."""


class Reading:
    """One watched load. Names that are free cost a look into a set; anything else has the bytes followed once."""

    def __init__(
        self,
        operation: Operation,
        call: Call,
        names: Names,
        origins: Origins,
        asks: Asks,
        effect: Effect,
        ours: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self.operation = operation
        self._call = call
        self._source = Source(call.resource)
        self._names, self._origins, self._asks, self._effect, self._ours = names, origins, asks, effect, ours
        self._is_open = False
        """Whether all names pass: the file is ours, or what it wanted was told and let through."""
        self._refusal: Denied | None = None
        self._kept: dict[tuple[str, str], Kept | None] = {}
        self._found: Findings | None = None
        self._trusted: frozenset[str] | None = None
        self.let_in: list[str] = []

    def judge(self, module: str, name: str) -> None:
        """Let the name pass, or raise what the gate says."""
        if self._refusal is not None:  # the library caught it and goes on
            raise self._refusal
        if self._is_open:
            return
        grade = self._names.grade(module, name)
        if grade != "unknown":
            self._keep(module, name)
        if grade == "free":
            return
        wanted = Name(module, name)
        with self._ours():
            if self._is_known() or self._is_between_processes():
                self._is_open = True
                return
            if str(wanted) in self._trusts():
                return
            if grade == "careful" and self._fits(wanted):
                if not _is_listed(wanted):
                    self.let_in.append(str(wanted))
                return
            if self._is_handed_out(wanted):
                self.let_in.append(str(wanted))
                return
            finding = self._finding(wanted)
        try:
            self._asks(self.operation, finding)
        except Denied as refusal:
            self._refusal = refusal
            raise
        self._is_open = True  # it was reported or allowed, with all it wants

    def _keep(self, module: str, name: str) -> None:
        """Remember how it is before the file gets hold of it."""
        if (module, name) not in self._kept:
            self._kept[module, name] = kept(module, name)

    def changed(self) -> list[str]:
        """What the file changed of the classes and functions it named; all of it is put back."""
        if self._is_open:
            return []
        before, self._kept = self._kept, {}
        return [
            f"{module}.{name}.{attribute}"
            for (module, name), each in before.items()
            if each is not None
            for attribute in each.restore()
        ]

    def _is_known(self) -> bool:
        """Whether the file is one that was written here."""
        source = self._source
        if self._origins.is_written_here(source.path, source.state):
            return True
        if source.path is None and self._origins.is_made_here(self._digest):
            return True
        if not self._origins.digests():
            return False
        return self._digest() in self._origins.digests()

    def _is_between_processes(self) -> bool:
        """Whether a library reads what another of its processes wrote: through a pipe, never from a file."""
        return self._source.path is None and callers.is_exempt(callers.caller())

    def _digest(self) -> str:
        return self._source.digest() or ""

    def _trusts(self) -> frozenset[str]:
        if self._trusted is None:
            trusted = self._origins.trusted()
            found = trusted.get(self._digest()) if trusted else None
            self._trusted = frozenset(found.names) if found else frozenset()
        return self._trusted

    def _followed(self) -> Findings:
        """What the bytes want, all of it; followed once, when the first name is not free."""
        if self._found is None:
            source = self._source.now(self._call.resource)
            with source.content() as content:
                if content is None:
                    self._found = Findings()
                    self._found.unclear = "its bytes cannot be looked at a second time"
                else:
                    from jupyter_mlsec.controls.loading.containers import followed  # with all kinds of archives

                    self._found = followed(*content)
            if not source.is_unchanged():
                self._found.unclear = "it changed while it was loaded"
        return self._found

    def _fits(self, name: Name) -> bool:
        found = self._followed()
        if found.unclear is not None or found.computed or name not in found.uses:
            return False
        return self._names.fits(name, found.uses[name])

    def _is_handed_out(self, name: Name) -> bool:
        """Whether bytes in memory are this one name and no more, and it is there: nothing is imported or called."""
        if self.operation.resource.kind != "buffer":
            return False
        found = self._followed()
        is_alone = found.unclear is None and found.streams == 1 and found.whole == name and set(found.uses) == {name}
        return is_alone and not found.uses[name] and name.module in sys.modules and not runs_code(name)

    def _finding(self, wanted: Name) -> Finding:
        found = self._followed()
        others = [name for name in found.uses if name != wanted and not self.passes(name, found)]
        wants = [wanted, *others]
        return finding_of(wording.said_of(self.operation.resource), wants, found, self._effect, self._trust_command())

    def passes(self, name: Name, found: Findings) -> bool:
        """Whether this name, used as it is there, would be let in."""
        return passes(self._names, name, found) or str(name) in self._trusts()

    def _trust_command(self) -> str | None:
        resource = self.operation.resource
        if resource.kind != "file" or resource.name.startswith("..."):
            return None
        return line("trust", resource.name, after='--reason "..."')


def passes(names: Names, name: Name, found: Findings) -> bool:
    """Whether a name that was found by following is let in there without more."""
    if any(use.how == "changed" for use in found.uses[name]):
        return False
    grade = names.grade(*name)
    if grade != "careful":
        return grade == "free"
    return found.unclear is None and not found.computed and names.fits(name, found.uses[name])


def finding_of(
    what: str, wants: Sequence[Name], found: Findings | None, effect: Effect, trust: str | None = None
) -> Finding:
    """The sentence on what a file wants that is not let in, and what may help."""
    shown = [str(name) for name in wants]
    return wording.refused(
        what,
        shown,
        runs_code=any(runs_code(name) for name in wants),
        why=_why(wants, found),
        fix=_fix(wants, trust),
        effect=effect,
    )


def runs_code(name: Name) -> bool:
    """Whether the name is known to run code, start programs, or reach files and the network."""
    for module, text in spellings(*name):
        package = module.partition(".")[0]
        if package in _RUN_CODE or (package in ("builtins", "__builtin__") and text.partition(".")[0] in _BUILTINS):
            return True
    return False


def _why(wants: Sequence[Name], found: Findings | None) -> str:
    """Half a sentence behind the names."""
    package = wants[0].module.partition(".")[0]
    version = listed().unlisted_version(package)
    if found is not None and found.unclear is not None:
        return f"and what it does with that cannot be told: {found.unclear}"
    if found is not None and found.computed:
        return "and calls what it makes itself"
    if found is not None and wants[0] not in found.uses:
        return "which is not in the bytes that were looked at"
    if version is not None:
        return f"and {version} is a version whose names are not listed"
    return ""


def _fix(wants: Sequence[Name], trust: str | None) -> str | None:
    """A cell to mend it: the imports that may be missing, or the trust."""
    missing = [name.module for name in wants if name.module not in sys.modules]
    are_users = [name for name in missing if name.partition(".")[0] not in sys.stdlib_module_names]
    if missing and len(are_users) == len(wants) and all(part.isidentifier() for m in missing for part in m.split(".")):
        lines = "\n".join(f"import {module}" for module in dict.fromkeys(missing))
        return f"{lines}  # if it is code that you trust; then load again"
    return trust


def _is_listed(name: Name) -> bool:
    return tuple(name) in listed().careful
