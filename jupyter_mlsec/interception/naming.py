"""What a watched call acts on, and how: the Resources of a call, and whether it reads or writes them."""

from __future__ import annotations

import os
from typing import Any

from jupyter_mlsec.controls.contract import Call
from jupyter_mlsec.protocol.records import Action, Resource
from jupyter_mlsec.protocol.resources import resource_of
from jupyter_mlsec.protocol.watch import Watch

_MOST = 32
"""Resources of one call that are named; the rest of a long list of files is not."""
_LONGEST = 200
_SENDING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
"""The methods of HTTP by which data leaves."""
Deed = tuple[Action, Resource, tuple[Resource, ...]]


def deed_of(call: Call, defaults: dict[str, Any], root: str) -> Deed | None:
    """The action, the resource and the further resources of a call; None for one that touches nothing outside.

    Never raises: what refuses its name is unknown.
    """
    watch = call.watch
    if watch.resource == "self" and watch.found_by is None:
        return watch.action, Resource(kind="model", name=type(call.args[0]).__name__ if call.args else "model"), ()
    action = _by_mode(call, defaults) if watch.mode is not None else watch.action
    try:
        found = _found(call)
        if found is None and watch.found_by is not None:
            return None
        if watch.statement:
            return _stated(found, watch, root)
        if watch.kind == "model":
            return action, Resource(kind="model", name=str(found)[:_LONGEST], format=watch.format), ()
        return action, *_named(found, watch, root)
    except Exception:  # the user's own object refuses to say its name: the call is watched all the same
        return action, _nameless(call, watch), ()


def _found(call: Call) -> Any:
    """What the call acts on, as the user named it. What its parameter says, where finding out more fails."""
    watch = call.watch
    if watch.found_by is None:
        return call.resource
    try:
        return watch.found_by(call)
    except Exception:
        if watch.resource is None:
            raise
        return call.resource


def _nameless(call: Call, watch: Watch) -> Resource:
    if watch.resource is None:
        named = call.args[0] if call.args else None
    else:
        named = call.argument(watch.resource.partition(".")[0])
    return Resource(kind="unknown", name=type(named).__name__, format=watch.format)


def _by_mode(call: Call, defaults: dict[str, Any]) -> Action:
    """Read or write, as the mode says: `r+` mostly reads what is there. The mode of a request is its HTTP method."""
    name, dot, attribute = str(call.watch.mode).partition(".")
    mode = call.argument(name, defaults.get(name))
    mode = getattr(mode, attribute, None) if dot else mode
    if not isinstance(mode, str):
        return call.watch.action
    return "write" if mode[:1] in ("w", "a", "x") or mode.upper() in _SENDING else "read"


def _named(found: Any, watch: Watch, root: str) -> tuple[Resource, tuple[Resource, ...]]:
    if type(found) in (list, tuple, set) and found:
        first, *more = (_one(each, watch, root) for each in list(found)[:_MOST])
        return first, tuple(more)
    return _one(found, watch, root), ()


def _one(found: Any, watch: Watch, root: str) -> Resource:
    if isinstance(found, Resource):
        return found
    if watch.kind == "database" and found in (None, "", ":memory:", ":default:"):
        return Resource(kind="database", name="in memory", format=watch.format)
    resource = resource_of(found, root, watch.format)
    if watch.kind is None or resource.kind == watch.kind:
        return resource
    return Resource(kind=watch.kind, name=resource.name, format=resource.format)


def _stated(found: Any, watch: Watch, root: str) -> Deed:
    """What a statement does. One that names a file acts on that file; the statement itself comes after."""
    text = found if isinstance(found, str) else getattr(found, "text", None)
    if not isinstance(text, str):
        text = str(found) if hasattr(found, "compile") or isinstance(found, os.PathLike) else ""
    if not text:
        return watch.action, Resource(kind="database", name=type(found).__name__, format="sql"), ()
    from jupyter_mlsec.interception.statements import read_statement  # its patterns take 3 ms to compile

    statement = read_statement(text)
    files = [_file(name, root) for name in statement.sources[:_MOST]]
    if statement.target:
        return statement.action, _file(statement.target, root), tuple(files)
    database = resource_of(text, root, "sql")
    if files and statement.action == "read":
        return "read", files[0], (*files[1:], database)
    return statement.action, database, tuple(files)


def _file(name: str, root: str) -> Resource:
    """What a statement names by a literal; its format is what the name ends with, once secrets are out of it."""
    bare = resource_of(name, root)
    _, dot, ending = bare.name.rpartition(".")
    return resource_of(name, root, ending.lower()) if dot and ending.isalnum() and bare.kind != "database" else bare
