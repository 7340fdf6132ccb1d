"""What is remembered of each model: its last fit and how often it was asked. Models are not kept alive."""

from __future__ import annotations

import weakref
from typing import Any

import msgspec

from jupyter_mlsec.protocol.facts import Label, ModelFacts

_MOST = 1_000


class Features(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a model's input: names where it has them, and the count."""

    names: tuple[str, ...] | None
    count: int | None
    rows: int | None
    labels: Any = None
    """The labels of a pandas table's columns, a view of ours: those of its parts are told to be the same at once."""


class Card(msgspec.Struct, kw_only=True):
    """One model: class, parameters, what it was fitted on, and what it was asked."""

    model: str
    execution: int
    parameters: str | None = None
    features: Features | None = None
    labels: tuple[Label, ...] = ()
    resources: tuple[str, ...] = ()
    training: tuple[str, ...] = ()
    asked: dict[str, int] = msgspec.field(default_factory=dict)
    """Calls by function."""
    rows: int = 0
    """Rows it was asked about in all."""
    mismatches: int = 0
    nonfinite: int = 0
    state: str | None = None
    """SHA-256 of what it learned."""
    stamp: Any = None
    """What was seen of its attributes when that was taken."""
    schema: str | None = None
    """SHA-256 of the schema of its input, where one was learned."""
    scores: dict[str, float] = msgspec.field(default_factory=dict)
    """What its `score` gave, by how many rows it was asked about."""
    saved: dict[str, bool] = msgspec.field(default_factory=dict)
    """Where it was saved, and whether sealed."""
    expected: Any = None
    """What its answers are expected to be (`bounds.Expected`)."""
    said: set[str] = msgspec.field(default_factory=set)
    """Rules that have spoken of it once."""
    structure: Any = None
    """How the columns it learned from go together (`questions.Structure`), where that is looked at."""
    windows: dict[str, Any] = msgspec.field(default_factory=dict)
    """By subject: what was asked since questions were last judged."""
    passes: int = 0
    """Passes of a network whose activations could be looked at."""
    last: ModelFacts | None = None
    """What was said of the last answer that was not digested."""
    turns: dict[str, list[int]] = msgspec.field(default_factory=dict)
    """By function: the cell it was last asked in, and how often there."""

    def turn(self, function: str, execution: int) -> int:
        """The how manieth call of the function in this cell it is that begins now."""
        found = self.turns.get(function)
        if found is None or found[0] != execution:
            found = self.turns[function] = [execution, 0]
        found[1] += 1
        return found[1]


class Cards:
    """Cards by the model object, through weak references, or by the name of one that is served elsewhere."""

    def __init__(self) -> None:
        self.all: list[Card] = []
        self._by_id: dict[int, tuple[weakref.ref[Any], Card]] = {}
        self._by_name: dict[str, Card] = {}

    def of(self, model: Any) -> Card | None:
        """The card of this very object, or of the model of that name."""
        if type(model) is str:
            return self._by_name.get(model)
        found = self._by_id.get(id(model))
        return found[1] if found is not None and found[0]() is model else None

    def put(self, model: Any, card: Card) -> None:
        """A new card for a model, in place of an earlier one."""
        if type(model) is str:
            self._by_name[model] = card
        elif not self._put_object(model, card):
            return
        self.all.append(card)
        del self.all[:-_MOST]
        if len(self._by_name) > _MOST:
            del self._by_name[next(iter(self._by_name))]

    def _put_object(self, model: Any, card: Card) -> bool:
        """Whether it can be remembered: else it cannot be told from its successor at the same address."""
        identity = id(model)
        by_id = self._by_id
        try:
            reference = weakref.ref(model, lambda _: by_id.pop(identity, None))
        except TypeError:
            return False
        by_id[identity] = (reference, card)
        return True


def sizes_of(value: Any) -> tuple[int | None, int | None]:
    """Rows and columns of a model's input (frame, array, sparse matrix, lists); None for what cannot be told."""
    shape = getattr(value, "shape", None)
    if type(shape) is tuple and len(shape) == 2 and type(shape[0]) is int and type(shape[1]) is int:
        return shape
    if isinstance(shape, tuple) and shape and all(type(size) is int for size in shape):
        return shape[0], shape[1] if len(shape) > 1 else None
    if type(value) in (list, tuple):
        return len(value), len(value[0]) if value and type(value[0]) in (list, tuple) else None
    return None, None


def features_of(value: Any) -> Features:
    """Names, count and rows of a model's input, without looking at a value."""
    rows, count = sizes_of(value)
    columns = getattr(value, "columns", None)
    if columns is None:
        return Features(names=None, count=count, rows=rows)
    names = columns.tolist() if hasattr(columns, "tolist") else columns
    if type(names) is not list:
        return Features(names=None, count=count, rows=rows)
    labels = columns.view() if hasattr(columns, "is_") else None
    return Features(names=tuple(map(str, names)), count=len(names), rows=rows, labels=labels)


def is_alike(fitted: Features, asked: Any) -> bool:
    """Whether an input is seen at a glance to have the columns fitted on; False where they must be compared."""
    columns = getattr(asked, "columns", None)
    if columns is None:
        shape = getattr(asked, "shape", None)
        return type(shape) is tuple and len(shape) == 2 and fitted.count == shape[1]
    return fitted.labels is not None and hasattr(columns, "is_") and columns.is_(fitted.labels) is True


def difference(fitted: Features, asked: Features) -> str | None:
    """How an input differs from the one fitted on, in words; None when it does not."""
    if fitted.names is not None and asked.names is not None:
        if fitted.names == asked.names:
            return None
        missing = [name for name in fitted.names if name not in set(asked.names)]
        unknown = [name for name in asked.names if name not in set(fitted.names)]
        parts = [f"missing {_few(missing)}"] if missing else []
        parts += [f"not seen in training {_few(unknown)}"] if unknown else []
        return "; ".join(parts) or "the same columns in another order"
    if fitted.count is not None and asked.count is not None and fitted.count != asked.count:
        return "another number of columns"
    return None


def _few(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
