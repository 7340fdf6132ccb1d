"""What lies outside of names and that cells change and find: files, attributes of modules, random generators."""

from __future__ import annotations

import sys
from types import FunctionType, ModuleType
from typing import Any

from jupyter_mlsec.controls.lineage import files, imprint
from jupyter_mlsec.controls.lineage.before import Before
from jupyter_mlsec.controls.lineage.history import NONE, History, Nodes

_RELOADS = "IPython.extensions.autoreload"


def files_of(history: History, before: Before, namespace: dict[str, Any], uses: set[int], own: Nodes) -> None:
    """Files the cell read or wrote."""
    known = history.files
    read, written = before.candidates.sorted_out(history.states)
    if known and files.lists_folders(before.resolved.attributes):
        read += [path for path in known if path not in written]
    if known and _RELOADS in sys.modules:
        read += _sources(before, namespace)
    for path in read:
        uses |= known.get(path, NONE)
    for path in written:
        appends = not {"a", "ab", "a+", "at"}.isdisjoint(before.reading.words)
        known[path] = known.get(path, NONE) | own if appends else own


def _sources(before: Before, namespace: dict[str, Any]) -> list[str]:
    """The files of modules whose code the cell may run: what is changed in them is loaded again before each cell."""
    values = (namespace.get(event.name) for event in before.resolved.events if event.kind == "read")
    names = {
        value.__name__ if type(value) is ModuleType else value.__module__
        for value in values
        if type(value) in (ModuleType, FunctionType, type)
    }
    return [str(getattr(sys.modules.get(name), "__file__", "")) for name in names if name is not None]


def modules_of(history: History, before: Before, namespace: dict[str, Any], uses: set[int], own: Nodes) -> None:
    """What cells set in modules, and what later ones that use the same attribute found there."""
    known = history.modules
    used = {event.name for event in before.resolved.events}
    modules = {name: where for name in used if (where := _holder(namespace.get(name)))}
    attributes = before.resolved.attributes | ({"environ"} if "getenv" in before.resolved.attributes else set())
    for module in set(modules.values()):
        for attribute in attributes:
            uses |= known.get((module, attribute), NONE)
    for name, attribute in before.reading.parts:
        if name in modules:
            place = modules[name], attribute
            known[place] = known.get(place, NONE) | own


def draws_of(history: History, before: Before, uses: set[int], own: Nodes) -> None:
    """Global random generators, from the moment somebody seeded them."""
    if not (before.random or history.random_states):
        return
    now = dict(imprint.random_state())
    same = now == before.random  # seeded to where it was: no telling which one, so all of them
    for name, state in now.items():
        if before.random and (same or before.random.get(name) != state):
            history.random[name] = own
            history.random_states[name] = state
        elif name in history.random_states and history.random_states[name] != state:
            uses |= history.random[name]
            history.random[name] |= own
            history.random_states[name] = state


def _holder(value: Any) -> str:
    """What attributes are kept under that cells set on a module or on a function of the notebook."""
    if type(value) is ModuleType:
        return value.__name__
    return f"function {id(value)}" if type(value) is FunctionType else ""
