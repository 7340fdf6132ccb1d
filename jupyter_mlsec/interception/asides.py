"""Handlers that make no Operation: pieces of streams, work that leaves for workers, work handed to own threads."""

from __future__ import annotations

import functools
import inspect
import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from jupyter_mlsec.gate import outcome_of
from jupyter_mlsec.gate.scope import inside
from jupyter_mlsec.interception.codeswap import unseen
from jupyter_mlsec.interception.handler import CallHandler, Handler, Post
from jupyter_mlsec.interception.positions import positions_of
from jupyter_mlsec.interception.streams import Flow, Streams, awaiting, flowing, is_generator
from jupyter_mlsec.protocol.watch import Notice


class _Bare:
    """A call that is passed on as it came."""

    __slots__ = ("args", "kwargs")

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.args = args
        self.kwargs = kwargs


class _Aside:
    """What these handlers know between `enter` and `leave`."""

    __slots__ = ("call", "flow", "work")

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any], flow: Flow | None = None) -> None:
        self.call = _Bare(args, kwargs)
        self.flow = flow
        self.work: AbstractContextManager[None] | None = None
        if flow is not None:
            self.work = flow.working()
            self.work.__enter__()

    def end(self) -> None:
        if self.work is not None:
            self.work.__exit__(None, None, None)


class PieceHandler(Handler):
    """Stands behind a method that hands out pieces of a stream, or (`ends`) closes it.

    One that hands out an iterator of them, or what is to be awaited, is out of the way and follows what it gave.
    """

    __slots__ = ("_ends", "_follows", "_post", "_rest", "_streams")

    def __init__(
        self, post: Post, original: Callable[..., Any], streams: Streams, *, ends: bool, rest: bool = False
    ) -> None:
        super().__init__(original)
        self._post = post
        self._streams = streams
        self._ends = ends
        self._rest = rest
        self._follows = True
        if inspect.isgeneratorfunction(original):
            self.original = _following(original, streams, flowing)
        elif getattr(original, "__name__", "") == "__await__":
            self.original = _following(original, streams, awaiting)
        else:
            self._follows = False

    def enter(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Aside | None:
        if self._follows or not args or not self._post.scope.active or inside.get():
            return None
        flow = self._streams.flow_of(args[0])
        return None if flow is None else _Aside(args, kwargs, flow)

    def leave(self, passage: _Aside, value: Any, before: bool = False) -> Any:
        del before
        flow = passage.flow
        assert flow is not None
        try:
            if self._ends:
                flow.complete(flow.if_closed)
                return value
            if is_generator(value):
                return flowing(value, flow)
            value = flow.hand(value)
            if self._rest or value is None or (type(value) is list and not value):  # cursors say so that all is read
                flow.complete()
            return value
        finally:
            passage.end()

    def fail(self, passage: _Aside, error: BaseException, before: bool = False) -> None:
        super().fail(passage, error, before)
        passage.end()
        if passage.flow is not None and isinstance(error, StopIteration):
            passage.flow.complete()


class IntakeHandler(PieceHandler):
    """Stands behind a method that takes in pieces of a stream opened for writing: the gate sees each before it goes."""

    __slots__ = ("_name", "_position")

    def __init__(self, post: Post, original: Callable[..., Any], streams: Streams, name: str) -> None:
        super().__init__(post, original, streams, ends=False)
        self._name = name
        self._position = positions_of(original).get(name, 1)  # Cython tells no positions: the first after `self`

    def enter(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Aside | None:
        passage = super().enter(args, kwargs)
        if passage is None or passage.flow is None:
            return None
        try:
            self._take(passage.call, passage.flow)
        except BaseException:  # refused, or broken off: nothing is written
            passage.end()
            raise
        return passage

    def leave(self, passage: _Aside, value: Any, before: bool = False) -> Any:
        del before
        if passage.flow is not None:
            args, kwargs = passage.call.args, passage.call.kwargs
            passage.flow.count(kwargs.get(self._name, args[self._position] if self._position < len(args) else None))
        passage.end()
        return value

    def _take(self, call: _Bare, flow: Flow) -> None:
        """Put the piece as the gate lets it through in its place."""
        if self._name in call.kwargs:
            call.kwargs = {**call.kwargs, self._name: flow.see(call.kwargs[self._name])}
        elif self._position < len(call.args):
            seen = flow.see(call.args[self._position])
            call.args = (*call.args[: self._position], seen, *call.args[self._position + 1 :])


def _following(original: Callable[..., Any], streams: Streams, follow: Callable[[Any, Flow], Any]) -> Any:
    """The original, what it gives followed if it is asked of a stream."""

    @unseen
    @functools.wraps(original)
    def followed(stream: Any, *args: Any, **kwargs: Any) -> Any:
        flow = None if inside.get() else streams.flow_of(stream)
        pieces = original(stream, *args, **kwargs)
        return pieces if flow is None else follow(pieces, flow)

    return followed


class CompletingHandler(CallHandler):
    """A watched call that, asked of a stream another one returned, hands out all of that and completes its record.

    Asked again, it is a call of its own: the data flows again. What it returns may be a stream in its turn.
    """

    __slots__ = ()

    def enter(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        flow = self.streams.flow_of(args[0]) if self.streams and args and not inside.get() else None
        if flow is None or flow.is_taken or not self._post.scope.active:
            return super().enter(args, kwargs)
        flow.is_taken = True
        return _Aside(args, kwargs, flow)

    def leave(self, passage: Any, value: Any, before: bool = False) -> Any:
        if not isinstance(passage, _Aside) or passage.flow is None:
            return super().leave(passage, value, before)
        flow = passage.flow
        try:
            if self.streams is not None and self.streams.is_stream(value):
                return self.streams.carried(value, flow)
            value = flow.hand(value)
            flow.complete()
            return value
        finally:
            passage.end()

    def fail(self, passage: Any, error: BaseException, before: bool = False) -> None:
        if isinstance(passage, _Aside):
            Handler.fail(self, passage, error, before)
            passage.end()
            if passage.flow is not None:
                passage.flow.complete(outcome_of(error))
        else:
            super().fail(passage, error, before)


class NoticeHandler(Handler):
    """Notes that work goes where nothing is watched, and is out of the way."""

    __slots__ = ("_label", "_post", "_unless")

    def __init__(self, post: Post, original: Callable[..., Any], notice: Notice) -> None:
        super().__init__(original)
        self._post = post
        self._label = notice.label
        self._unless = notice.unless

    def enter(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        del kwargs
        if self._post.scope.active and not (args and self._unless and _is_a(args[0], self._unless)):
            self._post.tripwire.notice(self._label)


def _is_a(thing: Any, name: str) -> bool:
    """Whether the thing's class, or one it derives from, has that name."""
    return any(kind.__name__ == name for kind in type(thing).__mro__)


class RelayHandler(Handler):
    """Stands behind what a library's own threads run for a watched call: it was made inside, so it runs inside."""

    __slots__ = ("_made",)

    made: weakref.WeakSet[Any] = weakref.WeakSet()

    def __init__(self, original: Callable[..., Any]) -> None:
        super().__init__(original)
        self._made = original.__name__ == "__init__"

    def enter(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Aside | None:
        if self._made:
            if inside.get() and args:
                RelayHandler.made.add(args[0])
            return None
        if inside.get() or not args or args[0] not in RelayHandler.made:
            return None
        inside.set(True)
        return _Aside(args, kwargs)
