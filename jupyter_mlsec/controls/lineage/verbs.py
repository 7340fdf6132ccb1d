"""What `%mlsec lineage` says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from jupyter_mlsec.controls.contract import Answer, Verb
from jupyter_mlsec.controls.lineage.slices import Slice
from jupyter_mlsec.protocol.errors import UsageError

if TYPE_CHECKING:
    from jupyter_mlsec.controls.lineage.control import Lineage

_NOT_DATA = (type, ModuleType, FunctionType)
_USAGE = "lineage [NAME] [--code] [--json]   without NAME: each resource and the names made of it"


def verbs(control: Lineage) -> tuple[Verb, ...]:
    """The one verb of lineage."""

    def run(arguments: Sequence[str], namespace: Mapping[str, Any]) -> Answer:
        words = [word for word in arguments if not word.startswith("--")]
        options = {word for word in arguments if word.startswith("--")}
        if options - {"--json", "--code"} or len(words) > 1:
            raise UsageError(f"lineage does not take these words. {_USAGE}")
        if not words:
            return _overview(control, namespace)
        try:
            found = control.slice(words[0])
        except KeyError:
            raise UsageError(f"There is no name {words[0]!r} in this notebook. {_USAGE}") from None
        return _code(found) if "--code" in options else _slice(found)

    return (
        Verb(
            name="lineage", summary="where a name comes from, cell by cell and column by column", usage=_USAGE, run=run
        ),
    )


def _slice(found: Slice) -> Answer:
    if not found.executions:
        text = f"{found.name}: no watched cell made it (it was there before the guard, or came by a way not seen)."
    else:
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
        text = "\n".join(lines)
    return Answer(text=text, data=_data(found))


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
    }


def _overview(control: Lineage, namespace: Mapping[str, Any]) -> Answer:
    history = control.cells.history
    found: dict[str, list[str]] = {}
    for name in history.names:
        if name.startswith("_") or name not in namespace or isinstance(namespace[name], _NOT_DATA):
            continue
        for resource in history.resources(history.of_name(name)):
            found.setdefault(resource, []).append(name)
    lines = [f"{resource} -> {', '.join(names)}" for resource, names in found.items()]
    return Answer(text="\n".join(lines) or "No watched resource was read so far.", data=found)


def _numbers(executions: Sequence[int]) -> str:
    return ", ".join(map(str, executions))
