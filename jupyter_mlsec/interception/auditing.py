"""What CPython's audit events tell: files opened from Python, and programs and processes started (PEP 578).

A hook stays as long as the process, so there is one, added at most once, that does nothing while nobody listens. It is
called for every event there is, `id()` included: the first thing it does is one look into a set.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, Protocol

from jupyter_mlsec.protocol.facts import Elsewhere

_NAMED = "pickle.find_class"
_OPENS = frozenset({"open", "sqlite3.connect"})
_EVENTS = _OPENS | {
    _NAMED,
    "import",  # with a path: a compiled module is loaded
    "subprocess.Popen",
    "os.system",
    "os.fork",
    "os.forkpty",  # all that `!command` raises
    "os.posix_spawn",
    "os.spawn",
    "os.exec",
}
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "fish", "csh", "tcsh", "cmd", "cmd.exe", "powershell", "pwsh"})
_STARTERS = ("popen_spawn_posix", "popen_forkserver", "popen_loky_posix")
"""Modules of multiprocessing and loky that start a process by a call no event tells of, and then open a pipe to it."""


class Listener(Protocol):
    """Hears of what was opened while it `listens`, and of what was started while it `measures`."""

    listens: bool
    measures: bool

    def opened(self, path: str) -> None:
        """Python opened a file at that path, which need not be absolute."""

    def started(self, what: Elsewhere) -> None:
        """A program or process was started."""


_listener: Listener | None = None
_judge: Callable[[str, str], None] | None = None
_is_added = False


def listen(listener: Listener) -> None:
    """Tell this listener, and only this one, from now on."""
    global _listener
    _listener = listener
    _add()


def judge_names(judge: Callable[[str, str], None]) -> None:
    """Ask this judge, and only this one, of each (module, name) that an unpickler is about to look up.

    What it raises ends the load: CPython asks before it imports the module.
    """
    global _judge
    _judge = judge
    _add()


def judge_no_more(judge: Callable[[str, str], None]) -> None:
    """Ask this judge nothing more."""
    global _judge
    if _judge == judge:
        _judge = None


def _add() -> None:
    global _is_added
    if not _is_added:
        _is_added = True
        sys.addaudithook(_hook)


def is_heard(listener: Listener) -> bool:
    """Whether it is this one that is told."""
    return _listener is listener


def stop(listener: Listener) -> None:
    """Tell this listener nothing more."""
    global _listener
    if _listener is listener:
        _listener = None


def _hook(event: str, args: tuple[Any, ...]) -> None:  # Any: each event has arguments of its own
    if event not in _EVENTS:
        return
    if event == _NAMED:
        if _judge is not None:
            _judge(*args)
        return
    listener = _listener
    if listener is None or not listener.measures:
        return
    try:
        if event in _OPENS:
            _opened(listener, args[0])
        elif event == "import":
            if args[1] is not None and listener.listens:
                listener.opened(os.fsdecode(args[1]))
        else:
            _started(listener, event, args)
    except Exception:  # noqa: S110  # raised here it would be the user's own call that fails
        pass


def _opened(listener: Listener, path: Any) -> None:
    if isinstance(path, int):
        if _called_by(_STARTERS, sys._getframe(2)):
            listener.started(Elsewhere(kind="process"))
    elif not listener.listens:
        pass
    elif isinstance(path, str):
        listener.opened(path)
    elif path is not None:
        listener.opened(os.fsdecode(path))


def _started(listener: Listener, event: str, args: tuple[Any, ...]) -> None:
    if event in ("os.system", "os.forkpty"):
        listener.started(Elsewhere(kind="shell"))
    elif event == "os.fork":
        listener.started(Elsewhere(kind="process"))
    elif event == "subprocess.Popen":
        program = program_of(args[0] or args[1])
        listener.started(Elsewhere(kind="shell" if program in _SHELLS else "subprocess", program=program))
    elif event != "os.posix_spawn" or not _called_by(("subprocess",), sys._getframe(2)):  # that one was told already
        listener.started(Elsewhere(kind="program", program=program_of(args[1] if event == "os.spawn" else args[0])))


def program_of(command: Any) -> str:
    """The program's own name in a path or a list of words; never a word after the first."""
    first = command
    if not isinstance(command, str | bytes | os.PathLike):
        first = next(iter(command), "")
    elif not isinstance(command, os.PathLike) and not os.path.exists(command):  # noqa: PTH110  # Windows: a line
        first = (os.fsdecode(command).split(None, 1) or [""])[0].strip("\"'")
    return os.path.basename(os.fsdecode(first))  # noqa: PTH119  # a name of any system


def _called_by(modules: tuple[str, ...], frame: FrameType | None) -> bool:
    """Whether the event was raised in one of these modules, or through `os.fdopen` from one."""
    for _ in range(2):
        if frame is None:
            return False
        if str(frame.f_globals.get("__name__")).rpartition(".")[2] in modules:
            return True
        frame = frame.f_back
    return False
