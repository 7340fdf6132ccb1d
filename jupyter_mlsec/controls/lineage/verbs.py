"""What `%mlsec lineage` says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from jupyter_mlsec.controls.contract import Answer, Verb
from jupyter_mlsec.controls.lineage import graph, order, wording
from jupyter_mlsec.controls.lineage.script import script
from jupyter_mlsec.controls.lineage.slices import Slice
from jupyter_mlsec.protocol.errors import UsageError

if TYPE_CHECKING:
    from jupyter_mlsec.controls.lineage.control import Lineage

_NOT_DATA = (type, ModuleType, FunctionType)
_USAGE = """lineage [NAME] [--code | --graph | --script [> FILE]] [--json]
lineage --forward NAME | FILE | FILE:COLUMN [--json]

Without NAME: each resource and the names made of it. --script: the cells as a script that makes NAME again.
--forward: what was made of a name, a file that was read, or a column of it."""
_SHAPES = ("--code", "--graph", "--script", "--forward")


def verbs(control: Lineage) -> tuple[Verb, ...]:
    """The one verb of lineage."""

    def run(arguments: Sequence[str], namespace: Mapping[str, Any]) -> Answer:
        words, target = _redirected([word for word in arguments if not word.startswith("--")])
        options = {word for word in arguments if word.startswith("--")}
        shapes = [each for each in _SHAPES if each in options]
        if options - {"--json", *_SHAPES} or len(words) > 1 or len(shapes) > 1 or (shapes and not words):
            raise UsageError(f"lineage does not take these words. {_USAGE}")
        if target is not None and shapes != ["--script"]:
            raise UsageError(f"Only a script is written to a file. {_USAGE}")
        if not words:
            return _overview(control, namespace)
        if shapes == ["--forward"]:
            return _forward(control, words[0], namespace)
        try:
            found = control.slice(words[0])
        except KeyError:
            raise UsageError(f"There is no name {words[0]!r} in this notebook. {_USAGE}") from None
        return _shaped(control, found, shapes[0] if shapes else "", target)

    return (
        Verb(
            name="lineage", summary="where a name comes from, cell by cell and column by column", usage=_USAGE, run=run
        ),
    )


def _redirected(words: list[str]) -> tuple[list[str], str | None]:
    """The words before `>` and the file after it."""
    if ">" in words[:-1]:
        place = words.index(">")
        return words[:place] + words[place + 2 :], words[place + 1]
    glued = next((word for word in words if word.startswith(">") and len(word) > 1), None)
    return [word for word in words if word != glued], glued[1:] if glued else None


def _shaped(control: Lineage, found: Slice, shape: str, target: str | None) -> Answer:
    history = control.cells.history
    numbers = history.of_name(found.name)
    if shape == "--code":
        return _code(found)
    if shape == "--graph":
        steps = graph.steps_of(history, numbers)
        svg = graph.as_svg(steps, f"The cells {found.name} was made by") if steps else None
        return Answer(text=graph.as_text(steps) or _nothing(found.name), html=svg, data=_data(found))
    if shape == "--script":
        return _script(script(found.name, [history.nodes[number] for number in numbers]), found, target)
    standing = order.out_of_order(history, numbers, order.cells_as_saved())
    return _slice(found, (wording.never_in_order(standing),) if standing else ())


def _script(text: str, found: Slice, target: str | None) -> Answer:
    if target is None:
        return Answer(text=text.rstrip("\n"), data=_data(found))
    try:
        Path(target).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{target} was not written: {error.strerror}. Name another file.") from None
    return Answer(text=f"{target}: {len(found.executions)} cells that make {found.name}.", data=_data(found))


def _slice(found: Slice, more: tuple[str, ...] = ()) -> Answer:
    if not found.executions:
        return Answer(text=_nothing(found.name), data=_data(found))
    lines = [f"{found.name} was made by cells {_numbers(found.executions)}"]
    if found.resources:
        lines.append(f"  from {', '.join(found.resources)}")
    for column, sources in found.columns.items():
        exact = found.evidence[column] != "assumed"
        shown = ", ".join(sorted(sources)) if exact or len(sources) <= 3 else f"any of {len(sources)} columns"
        shown = shown or "no loaded column"
        lines.append(f"  {column} <- {shown} ({found.evidence[column]})")
    if found.unobserved:
        lines.append(f"  not seen into: {', '.join(found.unobserved)}")
    lines += [f"  stale: {each}" for each in found.stale]
    lines += [f"  not reproducible as it stands: {each}" for each in (*found.doubts, *more)]
    return Answer(text="\n".join(lines), data={**_data(found), "doubts": [*found.doubts, *more]})


def _nothing(name: str) -> str:
    return f"{name}: no watched cell made it (it was there before the guard, or came by a way not seen)."


def _code(found: Slice) -> Answer:
    parts = [f"# In [{number}]\n{source}" for number, source in zip(found.executions, found.code, strict=True)]
    return Answer(text="\n\n".join(parts), data=_data(found))


def _data(found: Slice) -> dict[str, Any]:
    return {
        "name": found.name,
        "executions": list(found.executions),
        "resources": list(found.resources),
        "columns": {column: sorted(sources) for column, sources in found.columns.items()},
        "evidence": dict(found.evidence),
        "unobserved": list(found.unobserved),
        "stale": list(found.stale),
        "doubts": list(found.doubts),
    }


def _forward(control: Lineage, what: str, namespace: Mapping[str, Any]) -> Answer:
    """What was made of a name, a resource, or a column of one."""
    history = control.cells.history
    resource, column = what, None
    start, beside = history.of_resource(resource), set[int]()
    if not start and ":" in what:
        resource, _, column = what.rpartition(":")
        start = history.of_resource(resource)
    if not start and what in namespace:
        start = list(history.names.get(what, ()))
        beside = set(start)  # what else the cells made that made the name does not come from it
    if not start:
        raise UsageError(f"No watched cell made or read {what!r}. {_USAGE}")
    numbers = history.forward(start)
    inside = set(numbers) - beside
    reached = (name for name in _data_names(control, namespace) if not inside.isdisjoint(history.names[name]))
    names = [*([what] if beside else []), *(name for name in reached if name != what)]
    if column is not None:
        names = [name for name in names if _holds(control.slice(name), f"{resource}:{column}")]
    executions = [history.nodes[number].cell.execution for number in numbers]
    written = list(dict.fromkeys(each for number in numbers for each in history.nodes[number].written))
    lines = [f"{what} reached cells {_numbers(executions)}"]
    lines += [f"  names: {', '.join(names)}"] if names else []
    lines += [f"  files: {', '.join(written)}" + (" (any column)" if column else "")] if written else []
    data = {"of": what, "executions": executions, "names": names, "written": written}
    return Answer(text="\n".join(lines), data=data)


def _holds(found: Slice, source: str) -> bool:
    """Whether any of its columns holds or may hold that one; what has no columns may."""
    return not found.columns or any(source in sources for sources in found.columns.values())


def _data_names(control: Lineage, namespace: Mapping[str, Any]) -> list[str]:
    return [
        name
        for name in control.cells.history.names
        if not name.startswith("_") and name in namespace and not isinstance(namespace[name], _NOT_DATA)
    ]


def _overview(control: Lineage, namespace: Mapping[str, Any]) -> Answer:
    history = control.cells.history
    found: dict[str, list[str]] = {}
    for name in _data_names(control, namespace):
        for resource in history.resources(history.of_name(name)):
            found.setdefault(resource, []).append(name)
    lines = [f"{resource} -> {', '.join(names)}" for resource, names in found.items()]
    return Answer(text="\n".join(lines) or "No watched resource was read so far.", data=found)


def _numbers(executions: Sequence[int]) -> str:
    return ", ".join(map(str, executions))
