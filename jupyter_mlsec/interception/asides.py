"""Handlers that make no Operation: pieces of streams, work that leaves for workers, work handed to own threads."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from jupyter_mlsec.gate.scope import inside
from jupyter_mlsec.interception.handler import CallHandler, Handler, Post
from jupyter_mlsec.interception.streams import Flow, Streams


class _Bare:
    """A call that is passed on as it came."""

    __slots__ = ("args", "kwargs")

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.args = args
        self.kwargs = kwargs


class _Aside:
    """What these handlers know between `enter` and `leave`."""

    __slots__ = ("call", "flow")

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any], flow: Flow | None = None) -> None:
        self.call = _Bare(args, kwargs)
        self.flow = flow


class PieceHandler(Handler):
    """Stands behind a method that hands out pieces of a stream, or (`ends`) closes it."""

    __slots__ = ("_ends", "_post", "_streams")

    def __init__(self, post: Post, original: Callable[..., Any], streams: Streams, *, ends: bool) -> None:
        super().__init__(original)
        self._post = post
        self._streams = streams
        self._ends = ends

    def enter(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Aside | None:
        if not args or not self._post.scope.active or inside.get():
            return None
        flow = self._streams.flow_of(args[0])
        if flow is None:
            return None
        inside.set(True)
        return _Aside(args, kwargs, flow)

    def leave(self, passage: _Aside, value: Any, before: bool = False) -> Any:
        flow = passage.flow
        try:
            if flow is None:
                return value
            if self._ends:
                flow.complete()
                return value
            return flow.hand(value)
        finally:
            inside.set(before)

    def fail(self, passage: _Aside, error: BaseException, before: bool = False) -> None:
        super().fail(passage, error, before)
        if passage.flow is not None and isinstance(error, StopIteration):
            passage.flow.complete()


class CompletingHandler(CallHandler):
    """A watched call that, asked of a stream another one returned, hands out all of that and completes its record."""

    __slots__ = ()

    def enter(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        flow = self.streams.flow_of(args[0]) if self.streams and args and not inside.get() else None
        if flow is None or not self._post.scope.active:
            return super().enter(args, kwargs)
        inside.set(True)
        return _Aside(args, kwargs, flow)

    def leave(self, passage: Any, value: Any, before: bool = False) -> Any:
        if not isinstance(passage, _Aside) or passage.flow is None:
            return super().leave(passage, value, before)
        try:
            value = passage.flow.hand(value)
            passage.flow.complete()
            return value
        finally:
            inside.set(before)

    def fail(self, passage: Any, error: BaseException, before: bool = False) -> None:
        if isinstance(passage, _Aside):
            Handler.fail(self, passage, error, before)
        else:
            super().fail(passage, error, before)


class NoticeHandler(Handler):
    """Notes that work goes where nothing is watched, and is out of the way."""

    __slots__ = ("_label", "_post")

    def __init__(self, post: Post, original: Callable[..., Any], label: str) -> None:
        super().__init__(original)
        self._post = post
        self._label = label

    def enter(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        del args, kwargs
        if self._post.scope.active:
            self._post.tripwire.notice(self._label)


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
