"""What a watched function does besides itself: build the Operation, pass the gate, and step aside when inside one."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
import types
import weakref
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from jupyter_mlsec.controls.contract import Call
from jupyter_mlsec.gate import Gate, Scope
from jupyter_mlsec.gate.scope import inside
from jupyter_mlsec.interception.callers import is_users, own_files
from jupyter_mlsec.interception.naming import deed_of
from jupyter_mlsec.interception.tripwire import Tripwire
from jupyter_mlsec.protocol.errors import MlsecError
from jupyter_mlsec.protocol.records import Operation
from jupyter_mlsec.protocol.watch import Watch

SKIPPED_BY_WARNINGS = "<importlib._bootstrap: jupyter_mlsec>"
"""`warnings.warn(stacklevel=n)` does not count frames whose file holds both words (CPython: is_internal_frame)."""
_MAIN_THREAD = threading.main_thread().ident
_MOVES = frozenset({"read", "write", "connect"})


class Post(Protocol):
    """Where handlers report: one gate, one scope, the project root for resource names, and fresh operation ids."""

    gate: Gate
    scope: Scope
    root: str
    tripwire: Tripwire

    @property
    def activations(self) -> bool:
        """Whether the policy asks for functional activations too."""

    @property
    def passes(self) -> str:
        """Of how many forward passes activations are looked at: `some`, `all` or `none`."""

    @property
    def keeps_tensors(self) -> bool:
        """Whether what is looked at is to be kept in full."""

    def fresh_id(self) -> str: ...


class Handler:
    """Stands behind one swapped or patched function. `original` is that function as it was, for the trampoline.

    One that has free variables is not kept here (see codeswap): only its defaults are. A handler that gives None
    from `enter` is out of the way; else it gives something with a `call`, and hears how that ended.
    """

    __slots__ = ("defaults", "kwdefaults", "original")

    def __init__(self, original: Callable[..., Any]) -> None:
        closes_over = getattr(original, "__closure__", None) is not None
        self.original = _gone if closes_over else original
        self.defaults = getattr(original, "__defaults__", None)
        self.kwdefaults = getattr(original, "__kwdefaults__", None)

    def enter(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What is known of this call before it, or None when it is none of ours."""
        raise NotImplementedError

    def leave(self, passage: Any, value: Any, before: bool = False) -> Any:
        """The user's value after it was seen. `before`: what `inside` goes back to."""
        del passage
        inside.set(before)
        return value

    def fail(self, passage: Any, error: BaseException, before: bool = False) -> None:
        """The original raised; one entry of ours stays in the traceback. Never raises itself."""
        del passage
        _drop_nested(error.__traceback__)
        inside.set(before)

    def pause(self) -> None:
        """A generator hands control back between its pieces: what runs meanwhile is the user's own."""
        inside.set(False)

    def resume(self) -> bool:
        """A generator ends, perhaps inside another watched call: gives what `leave` or `fail` goes back to."""
        before = inside.get()
        inside.set(True)
        return before

    def __reduce__(self) -> tuple[Any, ...]:
        # A function of the user's own class travels to a worker by value, and this constant with it. There it must
        # do nothing and not even need us: `enter` becomes a callable that takes two arguments and gives None.
        kept = {"original": self.original, "defaults": self.defaults, "kwdefaults": self.kwdefaults}
        return types.SimpleNamespace, (), {"enter": contextlib.nullcontext().__exit__, **kept}


class CallHandler(Handler):
    """Makes each call of a watched function an Operation that passes the gate."""

    __slots__ = (
        "_from_code",
        "_given",
        "_makes",
        "_moves",
        "_post",
        "function",
        "library",
        "positions",
        "streams",
        "watch",
    )

    def __init__(
        self,
        post: Post,
        library: str,
        watch: Watch,
        original: Callable[..., Any],
        positions: Mapping[str, int],
        *,
        streams: Any = None,  # Any: streams.Streams, which stands above us
        from_code: bool = False,
        through: str = "",
    ) -> None:
        super().__init__(original)
        self._post = post
        self.library = library
        self.function = watch.target.rpartition(":")[2]
        self.watch = watch
        self.positions = positions
        self.streams = streams if watch.action in ("read", "write", "predict") else None
        self._makes = self.function.endswith(".__init__")
        self._from_code = own_files(through) if from_code or watch.from_code else ""
        self._moves = watch.action in _MOVES
        self._given = {} if watch.mode is None else _defaults_of(self.defaults, self.kwdefaults, positions)

    def enter(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A Passage for this call, or None when it is not to be watched. Raises only what the gate means to raise."""
        post = self._post
        if not post.scope.active or inside.get():
            return None
        if self._from_code and not is_users(sys._getframe(1).f_back, self._from_code):
            return None
        call = Call(self.watch, args, kwargs, self.positions)
        if self.watch.only_if is not None and call.argument(self.watch.only_if) is None:
            return None
        mark = None
        try:
            inside.set(True)
            if self._moves:
                mark = post.tripwire.begin()
            operation = self._operation(call)
            if operation is not None:
                passage = post.gate.enter(operation, call)
                passage.mark = mark
                if self.watch.observed_by is not None:
                    passage.observer = self._observer(call)
                return passage
        except BaseException as error:  # an interrupt too: whoever stays inside is never watched again
            inside.set(False)
            post.tripwire.explain(mark)
            if isinstance(error, MlsecError | OSError) or not isinstance(error, Exception):
                raise
            post.gate.trouble(f"interception of {self.function}", error)
            return None
        inside.set(False)
        post.tripwire.explain(mark)
        return None

    def leave(self, passage: Any, value: Any, before: bool = False) -> Any:
        """The user's value after the gate has seen it."""
        try:
            if passage.observer is not None:
                self._conclude(passage)
            value = self._post.gate.leave(passage, value)
            if self.streams is None:
                return value
            if self._makes:  # what flows, flows through the object that was made
                self.streams.followed(passage.call.args[0], passage)
                _loosen(passage.call)
                return value
            return self.streams.followed(value, passage)
        finally:
            inside.set(before)
            if passage.mark is not None:
                self._post.tripwire.explain(passage.mark)

    def fail(self, passage: Any, error: BaseException, before: bool = False) -> None:
        """The original raised: record it, and leave one entry of ours in the traceback. Raises a Denied it hid."""
        try:
            _drop_nested(error.__traceback__)
            if passage.observer is not None:
                self._conclude(passage)
            self._post.gate.fail(passage, error)
        except MlsecError:
            raise
        except Exception as ours:
            with contextlib.suppress(Exception):
                self._post.gate.trouble(f"recording a failure of {self.function}", ours)
        finally:
            inside.set(before)
            if passage.mark is not None:
                self._post.tripwire.explain(passage.mark)

    def _observer(self, call: Call) -> Any:
        try:
            post = self._post
            how = {"functional": post.activations, "passes": post.passes, "keeps": post.keeps_tensors}
            return self.watch.observed_by(call, **how)  # type: ignore[misc]
        except Exception as error:
            self._post.gate.trouble(f"looking on at {self.function}", error)
            return None

    def _conclude(self, passage: Any) -> None:
        observer, passage.observer = passage.observer, None
        try:
            fact = observer.close()
            if fact is not None:
                passage.facts.add(fact)
        except Exception as error:
            self._post.gate.trouble(f"looking on at {self.function}", error)

    def _operation(self, call: Call) -> Operation | None:
        post = self._post
        deed = deed_of(call, self._given, post.root)
        if deed is None:
            return None
        action, resource, others = deed
        return Operation(
            id=post.fresh_id(),
            action=action,
            subject=post.scope.subject,
            resource=resource,
            cell=post.scope.cell,
            library=self.library,
            function=self.function.removesuffix(".__init__").removesuffix(".__new__"),
            at=time.time_ns(),
            thread=None if threading.get_ident() == _MAIN_THREAD else f"thread-{threading.get_native_id()}",
            others=others,
            whole=self.watch.whole and not (self.watch.statement and resource.kind == "file"),
        )


_gone: Callable[..., Any] = object  # pickles by name, and is never called


def _defaults_of(
    defaults: tuple[Any, ...] | None, kwdefaults: dict[str, Any] | None, positions: Mapping[str, int]
) -> dict[str, Any]:
    """The default of each parameter that has one."""
    names = sorted(positions, key=positions.__getitem__)
    given = dict(zip(reversed(names), reversed(defaults or ()), strict=False))
    return {**given, **(kwdefaults or {})}


def _loosen(call: Call) -> None:
    """Let the object that a call made be dropped when its user drops it: the call is remembered as long as it."""
    with contextlib.suppress(TypeError):  # it takes no weak reference: then nothing follows it either
        call.args = (weakref.proxy(call.args[0]), *call.args[1:])


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
