"""What a watched call returned and is still to flow: chunked readers and generators pass each piece to the gate."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import contextmanager
from types import AsyncGeneratorType, GeneratorType
from typing import Any

from jupyter_mlsec.gate import Passage, outcome_of
from jupyter_mlsec.gate.scope import inside
from jupyter_mlsec.interception.codeswap import unseen
from jupyter_mlsec.interception.handler import Post
from jupyter_mlsec.protocol.entries import Outcome
from jupyter_mlsec.protocol.facts import Shape


class Flow:
    """One stream: the passage of the call that opened it, and what came of it so far."""

    __slots__ = ("_is_over", "_passage", "_post", "_rows", "has_begun", "if_closed", "is_taken")

    def __init__(self, post: Post, passage: Passage) -> None:
        self._post = post
        self._passage = passage
        self._rows: int | None = 0
        self._is_over = False
        self.has_begun = False
        self.is_taken = False
        """Whether somebody asked for all of it at once."""
        self.if_closed: Outcome = "done"
        """How it ended when it is closed before anybody saw its end."""

    def hand(self, piece: Any) -> Any:
        """The piece, after the gate has seen it; of a list of tables each. Raises Denied for one that is refused."""
        if type(piece) is list and piece and hasattr(piece[0], "shape"):
            return [self.hand(one) for one in piece]
        piece = self.see(piece)
        self.count(piece)
        return piece

    def see(self, piece: Any) -> Any:
        """The piece, after the gate has seen it. Raises Denied for one that is refused."""
        self.has_begun = True
        return self._post.gate.during(self._passage, piece)

    def count(self, piece: Any) -> None:
        """Add the rows of what came or went."""
        if self._rows is not None:
            rows = _rows_of(piece)
            self._rows = None if rows is None else self._rows + rows

    def complete(self, outcome: Outcome = "done") -> None:
        """The stream has ended: the record of the call learns how, and how much came. Once; never raises."""
        if self._is_over:
            return
        self._is_over = True
        seen = self._passage.facts.find(Shape)
        shapes: tuple[Shape, ...] = ()
        if self._rows is not None:
            columns, types = (seen.columns, seen.types) if seen else ((), ())
            shapes = (Shape(rows=self._rows, columns=columns, types=types),)
        self._post.gate.end(self._passage, outcome, shapes)

    @contextmanager
    def working(self) -> Iterator[None]:
        """While a piece is made, and the gate sees it: what is called is not watched, what is read is explained."""
        before = inside.get()
        inside.set(True)
        mark = self._post.tripwire.begin()
        try:
            yield
        finally:
            inside.set(before)
            self._post.tripwire.explain(mark)

    def broken(self, error: BaseException) -> None:
        """The stream raised, or was left before its end."""
        self.complete(outcome_of(error))


def _rows_of(piece: Any) -> int | None:
    """How many rows a piece has: a table, a list of rows, one row, or a column (or a value) under each name."""
    shape = getattr(piece, "shape", None)
    if type(shape) is tuple and shape:
        return int(shape[0])
    if type(piece) is list:
        return len(piece)
    if piece is None:
        return 0
    if type(piece) is dict:
        return next((_rows_of(column) or 1 for column in piece.values()), 0)
    return 1 if isinstance(piece, tuple) else None


class Streams:
    """The streams of one run by the object that hands their pieces out; none is kept alive."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._flows: dict[int, tuple[weakref.ref[Any], Flow]] = {}
        self._left: deque[Flow] = deque()
        self.kinds: set[type] = set()
        """The types whose methods are watched for pieces."""
        self.held: dict[type, str] = {}
        """Of those, the types that keep the generator of their pieces in an attribute of this name."""
        self.known_by: dict[type, str] = {}
        """Of those, the types that take no weak reference: by which attribute each object is known."""

    def flow_of(self, stream: Any) -> Flow | None:
        """The flow of this very object, if a watched call returned it."""
        stream = self._known(stream)
        found = self._flows.get(id(stream))
        return found[1] if found is not None and found[0]() is stream else None

    def _known(self, stream: Any) -> Any:
        """The object itself, or the one it is known by."""
        if self.known_by:
            names = next((self.known_by[kind] for kind in type(stream).__mro__ if kind in self.known_by), "")
            for name in names.split(".") if names else ():
                stream = getattr(stream, name, None)
        return stream

    def followed(self, value: Any, passage: Passage) -> Any:
        """The value a watched call returned, its pieces to be seen if it is a stream."""
        if self._left:
            self.settle()
        return self.carried(value, Flow(self._post, passage)) if self.is_stream(value) else value

    def is_stream(self, value: Any) -> bool:
        """Whether pieces will come of this value."""
        kind = type(value)
        return is_generator(value) or kind in self.kinds or not self.kinds.isdisjoint(kind.__mro__)

    def carried(self, stream: Any, flow: Flow) -> Any:
        """The stream, its pieces those of that flow from now on."""
        if is_generator(stream):
            return flowing(stream, flow)
        known = self._known(stream)
        identity = id(known)
        try:
            reference = weakref.ref(known, lambda _: self._forget(identity))
        except TypeError:  # it cannot be told from the next one made at its address
            return stream
        self._flows[identity] = reference, flow
        for name in (self.held[base] for base in type(stream).__mro__ if base in self.held):
            self._hold(stream, name, flow)
        return stream

    def settle(self) -> None:
        """Streams that nobody holds any more have ended, seen to their end or not."""
        while self._left:
            flow = self._left.popleft()
            flow.complete(flow.if_closed)

    def _forget(self, identity: int) -> None:
        """Called wherever memory happens to be collected: nothing may be written here."""
        found = self._flows.pop(identity, None)
        if found is not None and found[1].has_begun:
            self._left.append(found[1])

    @staticmethod
    def _hold(stream: Any, name: str, flow: Flow) -> None:
        """Put a generator that shows each piece to the gate in the place of the one the stream keeps."""
        pieces = getattr(stream, name, None)
        if isinstance(pieces, GeneratorType):
            setattr(stream, name, flowing(pieces, flow))
        elif isinstance(pieces, AsyncGeneratorType):
            setattr(stream, name, _flowing_later(pieces, flow))
        flow.if_closed = "interrupted"


def is_generator(value: Any) -> bool:
    """Whether it is a generator: Python's, or one of Cython's, of which each version has a type of its own."""
    kind = type(value)
    return kind is GeneratorType or (kind.__name__ == "generator" and isinstance(value, Generator))


@unseen
def flowing(pieces: Generator[Any, Any, Any], flow: Flow) -> Generator[Any, Any, Any]:
    """A generator in a generator's place: each piece passes the gate on its way to the user."""
    try:
        while True:
            try:
                with flow.working():
                    piece = flow.hand(next(pieces))
            except StopIteration:
                break
            yield piece
        flow.complete()
    except BaseException as error:
        flow.broken(error)
        raise
    finally:
        pieces.close()


@unseen
def awaiting(steps: Generator[Any, Any, Any], flow: Flow) -> Generator[Any, Any, Any]:
    """What `await` waits for, in its place: what comes of it is all of the stream."""
    value = yield from steps
    with flow.working():
        value = flow.hand(value)
    flow.complete()
    return value


@unseen
async def _flowing_later(pieces: AsyncGenerator[Any, Any], flow: Flow) -> AsyncGenerator[Any, Any]:
    """The same for an asynchronous one."""
    try:
        async for piece in pieces:
            with flow.working():
                piece = flow.hand(piece)
            yield piece
        flow.complete()
    except BaseException as error:
        flow.broken(error)
        raise
    finally:
        await pieces.aclose()
