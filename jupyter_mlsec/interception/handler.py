"""What a watched function does besides itself: build the Operation, pass the gate, and step aside when inside one."""

from __future__ import annotations

import contextlib
import threading
import time
import types
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from jupyter_mlsec.controls.contract import Call
from jupyter_mlsec.gate import Gate, Passage, Scope
from jupyter_mlsec.gate.scope import inside
from jupyter_mlsec.protocol.errors import MlsecError
from jupyter_mlsec.protocol.records import Operation, Resource
from jupyter_mlsec.protocol.resources import resource_of
from jupyter_mlsec.protocol.watch import Watch

SKIPPED_BY_WARNINGS = "<importlib._bootstrap: jupyter_mlsec>"
"""`warnings.warn(stacklevel=n)` does not count frames whose file holds both words (CPython: is_internal_frame)."""
_MAIN_THREAD = threading.main_thread().ident


class Post(Protocol):
    """Where handlers report: one gate, one scope, the project root for resource names, and fresh operation ids."""

    gate: Gate
    scope: Scope
    root: str

    def fresh_id(self) -> str: ...


class Handler:
    """Stands behind one watched function. `original` is that function as it was, to be called by the trampoline.

    One that has free variables is not kept here (see codeswap): only its defaults are.
    """

    __slots__ = ("_post", "defaults", "function", "kwdefaults", "library", "original", "positions", "watch")

    def __init__(
        self, post: Post, library: str, watch: Watch, original: Callable[..., Any], positions: Mapping[str, int]
    ) -> None:
        self._post = post
        self.library = library
        self.function = watch.target
        self.watch = watch
        closes_over = getattr(original, "__closure__", None) is not None
        self.original = _gone if closes_over else original
        self.defaults = getattr(original, "__defaults__", None)
        self.kwdefaults = getattr(original, "__kwdefaults__", None)
        self.positions = positions

    def enter(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Passage | None:
        """A Passage for this call, or None when it is not to be watched. Raises only what the gate means to raise."""
        post = self._post
        if not post.scope.active or inside.get():
            return None
        try:
            inside.set(True)
            call = Call(self.watch, args, kwargs, self.positions)
            return post.gate.enter(self._operation(call), call)
        except BaseException as error:  # an interrupt too: whoever stays inside is never watched again
            inside.set(False)
            if isinstance(error, MlsecError | OSError) or not isinstance(error, Exception):
                raise
            post.gate.trouble(f"interception of {self.function}", error)
            return None

    def pause(self) -> None:
        """A generator hands control back between its pieces: what runs meanwhile is the user's own."""
        inside.set(False)

    def resume(self) -> bool:
        """A generator ends, perhaps inside another watched call: gives what `leave` or `fail` goes back to."""
        before = inside.get()
        inside.set(True)
        return before

    def leave(self, passage: Passage, value: Any, before: bool = False) -> Any:
        """The user's value after the gate has seen it."""
        try:
            return self._post.gate.leave(passage, value)
        finally:
            inside.set(before)

    def fail(self, passage: Passage, error: BaseException, before: bool = False) -> None:
        """The original raised: record it, and leave one entry of ours in the traceback. Never raises itself."""
        try:
            _drop_nested(error.__traceback__)
            self._post.gate.fail(passage, error)
        except Exception as ours:
            with contextlib.suppress(Exception):
                self._post.gate.trouble(f"recording a failure of {self.function}", ours)
        finally:
            inside.set(before)

    def _operation(self, call: Call) -> Operation:
        post, watch = self._post, self.watch
        return Operation(
            id=post.fresh_id(),
            action=watch.action,
            subject=post.scope.subject,
            resource=self._resource(call),
            cell=post.scope.cell,
            library=self.library,
            function=self.function,
            at=time.time_ns(),
            thread=None if threading.get_ident() == _MAIN_THREAD else f"thread-{threading.get_native_id()}",
        )

    def _resource(self, call: Call) -> Resource:
        if self.watch.resource == "self":
            return Resource(kind="model", name=type(call.args[0]).__name__ if call.args else "model")
        try:
            return resource_of(call.resource, self._post.root, self.watch.format)
        except Exception:  # the user's own object refuses to say its name: the call is watched all the same
            return Resource(kind="unknown", name=type(call.resource).__name__, format=self.watch.format)

    def __reduce__(self) -> tuple[Any, ...]:
        # A function of the user's own class travels to a worker by value, and this constant with it. There it must
        # do nothing and not even need us: `enter` becomes a callable that takes two arguments and gives None.
        kept = {"original": self.original, "defaults": self.defaults, "kwdefaults": self.kwdefaults}
        return types.SimpleNamespace, (), {"enter": contextlib.nullcontext().__exit__, **kept}


_gone: Callable[..., Any] = object  # pickles by name, and is never called


def _drop_nested(entry: types.TracebackType | None) -> None:
    """Take the trampolines below the first one out: watched functions that a watched function called."""
    while entry is not None:
        below = entry.tb_next
        while below is not None and is_trampoline(below.tb_frame.f_code):
            below = below.tb_next
        entry.tb_next = below
        entry = below


def is_trampoline(code: types.CodeType) -> bool:
    """Whether this code is one of ours that stands around a watched function."""
    if "__tracebackhide__" not in code.co_varnames:
        return False
    return code.co_filename is SKIPPED_BY_WARNINGS or any(isinstance(one, Handler) for one in code.co_consts)
