"""What a watched call returned and is still to flow: chunked readers and generators pass each piece to the gate."""

from __future__ import annotations

import weakref
from collections.abc import Generator
from typing import Any

from jupyter_mlsec.gate import Gate, Passage
from jupyter_mlsec.gate.scope import inside
from jupyter_mlsec.interception.codeswap import unseen
from jupyter_mlsec.protocol.facts import Shape


class Flow:
    """One stream: the passage of the call that opened it, and what came of it so far."""

    __slots__ = ("_gate", "_is_over", "_passage", "_rows")

    def __init__(self, gate: Gate, passage: Passage) -> None:
        self._gate = gate
        self._passage = passage
        self._rows: int | None = 0
        self._is_over = False

    def hand(self, piece: Any) -> Any:
        """The piece, after the gate has seen it. Raises Denied for one that is refused."""
        piece = self._gate.during(self._passage, piece)
        shape = getattr(piece, "shape", None)
        if self._rows is not None:
            self._rows = self._rows + shape[0] if type(shape) is tuple and shape else None
        return piece

    def complete(self) -> None:
        """The stream has ended: the record of the call learns how much came. Once; never raises."""
        if self._is_over:
            return
        self._is_over = True
        seen = self._passage.facts.find(Shape)
        if self._rows is not None:
            columns, types = (seen.columns, seen.types) if seen else ((), ())
            shape = Shape(rows=self._rows, columns=columns, types=types)
            self._gate.amend(self._passage.operation, facts=(shape,))


class Streams:
    """The streams of one run by the object that hands their pieces out; none is kept alive."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._flows: dict[int, tuple[weakref.ref[Any], Flow]] = {}
        self.kinds: set[type] = set()
        """The types whose methods are watched for pieces."""

    def flow_of(self, stream: Any) -> Flow | None:
        """The flow of this very object, if a watched call returned it."""
        found = self._flows.get(id(stream))
        return found[1] if found is not None and found[0]() is stream else None

    def followed(self, value: Any, passage: Passage) -> Any:
        """The value a watched call returned, its pieces to be seen if it is a stream."""
        kind = type(value)
        if kind is _GENERATOR:
            return _flowing(value, Flow(self._gate, passage))
        if kind in self.kinds or not self.kinds.isdisjoint(kind.__mro__):
            identity, flows = id(value), self._flows
            reference = weakref.ref(value, lambda _: flows.pop(identity, None))
            flows[identity] = reference, Flow(self._gate, passage)
        return value


def _plain() -> Generator[None]:
    yield


_GENERATOR = type(_plain())


@unseen
def _flowing(pieces: Generator[Any, Any, Any], flow: Flow) -> Generator[Any, Any, Any]:
    """A generator in a generator's place: each piece passes the gate on its way to the user."""
    try:
        for piece in pieces:
            inside.set(True)
            try:
                piece = flow.hand(piece)
            finally:
                inside.set(False)
            yield piece
    finally:
        pieces.close()
        flow.complete()
