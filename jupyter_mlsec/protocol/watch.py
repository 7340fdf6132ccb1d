"""What a declaration says of one function of one library: enough to watch it, hardly any behaviour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from jupyter_mlsec.protocol.records import Action, ResourceKind

Sealing = Literal["sink", "path", "lasting", "folder", "none"]
"""How this saver or loader takes the plain bytes of what is sealed.

`sink`: as a file object. `path`: from a file in memory, by its path. `lasting`: the same, kept until the process ends,
for what is read later through objects nobody can follow. `folder`: from a named file in a folder in memory, for what
resolves links, renames, or makes several files. `none`: not at all.
"""


Loading = Literal["names", "own", "none"]
"""Whether what this loader reads may hold code, as a pickle does.

`names`: each name it looks up is judged first. `own`: it lets in only what it knows, or the call names. `none`: it
cannot.
"""


class Spelling(msgspec.Struct, frozen=True, kw_only=True):
    """How files are named inside a resource that is more than a path: an SQL statement."""

    read: Callable[[Any], tuple[str, ...]]
    """The files it reads."""
    written: Callable[[Any], str | None]
    """The file it writes; empty where it writes one (or several) that cannot be told."""
    opened: Callable[[Any], tuple[str, ...]]
    """The databases it opens so that they can be changed; empty names for those that cannot be told."""
    put: Callable[[Any, Mapping[str, str]], Any]
    """The same with other files named in their place."""
    rows: Callable[[Any], tuple[str, str] | None]
    """A query for the rows that are copied into the one file it writes, and what follows them (`TO 'file' (...)`);
    None for a statement that is more than that."""


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """One watched function. `target` is dotted inside the library's module: `read_csv`, `DataFrame.to_csv`.

    A target of a module that is imported apart names it first: `csv:read_csv` below pyarrow is `pyarrow.csv.read_csv`.
    """

    target: str
    action: Action
    resource: str | None = None
    """The parameter that names the resource (a path, URL, buffer or connection), or `parameter.attribute` of it."""
    value: str | None = None
    """The parameter (or `parameter.attribute`) that holds what is written or fed in; `self` for a method's object."""
    format: str | None = None
    sealing: Sealing = "none"
    loading: Loading = "none"
    by_path_if: str | None = None
    """The parameter that, when given, has the file mapped: then a file object is not enough, and it takes a path."""
    finished_by: str | None = None
    """The method of the returned (or made) object that ends a save which only begins with this call."""
    spelling: Spelling | None = None
    """How the resource names files, where it is no path itself."""
    compression: str | None = None
    """The parameter by which a compression is chosen, when it is guessed from the path's ending otherwise."""
    kind: ResourceKind | None = None
    """What the resource is, where its name alone would mislead (a model served elsewhere)."""
    mode: str | None = None
    """The parameter (or `parameter.attribute`) that says whether the call reads or writes, as `open` or HTTP does."""
    statement: bool = False
    """Whether the resource is an SQL statement: it tells what is done, and which files it names.

    A query's result is a resource of its own, named by the statement; where it names a file, it is not that file's."""
    whole: bool = True
    """Whether the value read is the resource itself; False for the result of a query or plan over it."""
    keeps: Callable[[Any], frozenset[str] | str] | None = None
    """Where it is not: gives, for a Call, the columns that are computed when all else is some of the resource's rows,
    or why nothing of the result can be told to be the resource's."""
    optional: bool = False
    """Whether versions of the library inside the declared range lack it."""
    from_code: bool = False
    """Whether only calls from the user's own code count: libraries call this on their own behalf."""
    completes: bool = False
    """Whether it may be asked of what another watched call returned (a lazy scan): then it hands out all of that."""
    only_if: str | None = None
    """The parameter without which nothing leaves or enters: a call that does not pass it is not watched."""
    parameters: tuple[str, ...] = ()
    """The parameters that may be passed by position, for a C function that does not tell."""
    compiled: bool = False
    """Whether torch compiles the function's own code: while it does, it must meet nothing of ours in it."""
    observed_by: Callable[..., Any] | None = None
    """Gives, for a Call that is watched, an observer for its length: its `close` gives a fact, or None."""
    found_by: Callable[[Any], Any] | None = None
    """Gives, for a Call, what it acts on (or a list of it) where no parameter names that; None: on nothing outside."""


class Pieces(msgspec.Struct, frozen=True, kw_only=True):
    """A method that hands out pieces of a stream that a watched call returned; `ends` is one that closes it.

    `rest`: it hands out all that is left.
    `known_by`: the dotted attribute by which a stream is known that takes no weak reference itself.
    `held`: no method, but the attribute in which the stream's object keeps the generator of its pieces.
    `value`: the parameter of a method that takes pieces in instead, to write them.
    """

    target: str
    ends: bool = False
    rest: bool = False
    held: bool = False
    known_by: str | None = None
    value: str | None = None


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A function that hands work to where nothing is watched: it is noted as unobserved, under that label."""

    target: str
    label: str
    unless: str | None = None
    """A class by name: objects of it (or of one derived from it) hand their work to threads, which are watched."""
