"""The words an interceptor file is written in: a Library, and what it reads, writes, fits and predicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, TypedDict, Unpack

import msgspec

from jupyter_mlsec.protocol.records import ResourceKind
from jupyter_mlsec.protocol.watch import Loading, Notice, Pieces, Sealing, Spelling, Watch

Declared = Watch | Pieces | Notice


class Details(TypedDict, total=False):
    """What more a declaration may say; the fields of a Watch."""

    value: str
    format: str
    sealing: Sealing
    loading: Loading
    by_path_if: str
    finished_by: str
    spelling: Spelling
    compression: str
    kind: ResourceKind
    mode: str
    whole: bool
    keeps: Callable[[Any], frozenset[str] | str]
    optional: bool
    only_if: str
    from_code: bool
    completes: bool
    parameters: tuple[str, ...]
    found_by: Callable[[Any], Any]
    compiled: bool
    observed_by: Callable[..., Any]


class Library(msgspec.Struct, frozen=True, kw_only=True):
    """One library: which module's arrival to wait for, which versions are known, and what to watch.

    versions: `(from, below)`; outside of it the interceptor stands down and says so.
    distribution: the installed package that tells the version, where the module has no `__version__`.
    estimators: dotted base class; then `watches` name methods of it and of every class that derives from it.
    relays: functions by which work of a watched call reaches its own threads; it stays inside that call.
    callers: how the library finds its caller for a warning. `by-count` (a number of frames, the rule) or
    `by-file` (it walks out of its own folder, as pandas does); the extra frame hides from either.
    from_code: only calls from the user's own code count: other libraries use these functions on their own behalf.
    through_itself: then calls count, too, that come from there by way of the library's other functions.
    """

    name: str
    module: str
    distribution: str | None = None
    versions: tuple[str, str]
    watches: tuple[Declared, ...]
    estimators: str | None = None
    relays: tuple[str, ...] = ()
    callers: Literal["by-count", "by-file"] = "by-count"
    from_code: bool = False
    through_itself: bool = False

    def by_module(self) -> Iterator[tuple[str, tuple[Declared, ...]]]:
        """What to watch in each module that is awaited by itself, the library's own first."""
        awaited: dict[str, list[Declared]] = {self.module: []}
        for watch in self.watches:
            awaited.setdefault(module_of(self, watch), []).append(watch)
        yield from ((module, tuple(watches)) for module, watches in awaited.items())


def module_of(library: Library, watch: Declared) -> str:
    """The module whose arrival makes the target reachable."""
    below, colon, _ = watch.target.partition(":")
    return f"{library.module}.{below}" if colon else library.module


def reads(target: str, *, resource: str | None = None, **more: Unpack[Details]) -> Watch:
    """`target` reads the resource named by its parameter `resource`."""
    return Watch(target=target, action="read", resource=resource, **more)


def writes(target: str, *, resource: str | None = None, **more: Unpack[Details]) -> Watch:
    """`target` writes its parameter `value` (a method's own object, if not named) to its parameter `resource`."""
    details: Details = {"value": "self", **more}
    return Watch(target=target, action="write", resource=resource, **details)


def connects(target: str, *, resource: str | None = None, **more: Unpack[Details]) -> Watch:
    """`target` opens a way to the resource; what flows over it later is another call, or not seen."""
    return Watch(target=target, action="connect", resource=resource, **more)


def queries(target: str, *, resource: str | None = None, **more: Unpack[Details]) -> Watch:
    """`target` runs the SQL statement named by its parameter `resource`, which tells whether it reads or writes."""
    details: Details = {"format": "sql", "kind": "database", **more}
    return Watch(target=target, action="read", resource=resource, statement=True, **details)


def fits(target: str, *, resource: str | None = "self", **more: Unpack[Details]) -> Watch:
    """`target` learns from its parameter `value` (`X`); the resource is the model, or None where that is returned."""
    details: Details = {"value": "X", **more}
    return Watch(target=target, action="fit", resource=resource, **details)


def predicts(target: str, *, resource: str | None = "self", **more: Unpack[Details]) -> Watch:
    """`target` answers for its parameter `value` (`X`); the resource is the model."""
    details: Details = {"value": "X", **more}
    return Watch(target=target, action="predict", resource=resource, **details)


def transforms(target: str, *, resource: str = "self", **more: Unpack[Details]) -> Watch:
    """`target` transforms its parameter `value` (`X`); the resource is the model."""
    details: Details = {"value": "X", **more}
    return Watch(target=target, action="transform", resource=resource, **details)


def hands_out(target: str, *, rest: bool = False, known_by: str | None = None) -> Pieces:
    """The method `target` of a stream that a watched call returned hands out its next piece, or all the `rest`."""
    return Pieces(target=target, rest=rest, known_by=known_by)


def holds(target: str) -> Pieces:
    """A stream that a watched call returned keeps the generator of its pieces in the attribute `target`."""
    return Pieces(target=target, held=True)


def takes_in(target: str, *, value: str) -> Pieces:
    """The method `target` of a stream that a watched call opened for writing takes in the next piece, `value`."""
    return Pieces(target=target, value=value)


def closes(target: str) -> Pieces:
    """The method `target` ends a stream that a watched call returned."""
    return Pieces(target=target, ends=True)


def leaves_to(label: str, *targets: str, unless: str | None = None) -> tuple[Notice, ...]:
    """These functions hand work to where nothing is watched: workers, other processes. Not methods of an `unless`."""
    return tuple(Notice(target=target, label=label, unless=unless) for target in targets)
