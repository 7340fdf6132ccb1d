"""`%mlsec schema`: see, approve, relax, edit, have as code, reset and check."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from jupyter_mlsec import frames
from jupyter_mlsec.controls.contract import Answer, Verb
from jupyter_mlsec.controls.schema import beyond, changing, report, wording
from jupyter_mlsec.controls.schema.beyond import judge
from jupyter_mlsec.controls.schema.learn import learn
from jupyter_mlsec.controls.schema.modelcode import code
from jupyter_mlsec.controls.schema.spec import Schema, document
from jupyter_mlsec.protocol.errors import SchemaError, UsageError

if TYPE_CHECKING:
    from jupyter_mlsec.controls.schema.control import SchemaControl

USAGE = """schema                       every resource with a schema, and its state
schema show RESOURCE         what is expected of its table
schema show NAME             what would be learned of the table in that variable
schema approve RESOURCE      from now on a load that violates it is denied; writes .mlsec/schemas (commit it)
schema relax RESOURCE        the smallest change that would admit the last load that did not fit, as a diff
schema relax NAME RESOURCE   the same for the table in that variable; either is made with --yes
schema edit RESOURCE         where the approved file lies, and whether it can be followed as it is now
schema code RESOURCE         the schema as a pandera DataFrameModel
schema reset RESOURCE        forget what was learned; the next load learns anew
schema check RESOURCE        what failed in the last load that did not fit
schema check NAME RESOURCE   check the table in that variable against a resource's schema"""
_WORDS = ("show", "approve", "relax", "edit", "code", "reset", "check")


def verbs(control: SchemaControl) -> tuple[Verb, ...]:
    """The verbs of one schema control."""

    def run(arguments: Sequence[str], namespace: Mapping[str, Any]) -> Answer:
        return _run(control, list(arguments), namespace)

    return (Verb(name="schema", summary="what tables are expected to be", usage=USAGE, run=run),)


def _run(control: SchemaControl, words: list[str], namespace: Mapping[str, Any]) -> Answer:
    if not words or words == ["list"]:
        return _list(control)
    if len(words) == 1 and words[0] not in _WORDS:
        words = ["show", *words]
    agreed = "--yes" in words
    words = [word for word in words if word != "--yes"]
    if len(words) > 1 and words[0] in _WORDS:
        words[-1] = _full_name(control, words[-1])
    if len(words) == 2 and words[0] == "show":
        return _show(control, words[1], namespace)
    if words[0] == "relax" and len(words) in (2, 3):
        return changing.relax(control, words[-1], _given(words, namespace), agreed=agreed)
    if agreed:
        raise UsageError(f"schema takes --yes with relax only:\n{USAGE}")
    if len(words) == 2 and words[0] in _ONE:
        return _ONE[words[0]](control, words[1])
    if len(words) == 3 and words[0] == "check":
        return _check(control, words[1], words[2], namespace)
    raise UsageError(f"schema takes:\n{USAGE}")


def _given(words: list[str], namespace: Mapping[str, Any]) -> frames.Frame | None:
    """The table named before the resource, if one was."""
    return _table(words[1], namespace) if len(words) == 3 else None


def _full_name(control: SchemaControl, given: str) -> str:
    """The resource as records name it, where it was given as it is loaded here, or by the end of its path.

    The word as given when no resource, or more than one, is meant.
    """
    store = control.store
    known = store.resources()
    if given in known or store.knows(given):
        return given
    here = Path(os.path.relpath(Path.cwd() / given, control.site.project())).as_posix()
    if store.knows(here):
        return here
    ending = [name for name in (*known, *control.failed) if name.endswith(f"/{given}")]
    return ending[0] if len(set(ending)) == 1 else given


def _list(control: SchemaControl) -> Answer:
    known = control.store.resources()
    if not known:
        return Answer(text="No schema is known yet: the first load of a resource teaches one.", data={})
    width = max(map(len, known))
    return Answer(text="\n".join(f"{name:<{width}}  {state}" for name, state in known.items()), data=known)


def _show(control: SchemaControl, name: str, namespace: Mapping[str, Any]) -> Answer:
    known = control.store.resources()
    if name not in known and name in namespace:
        schema = learn(_table(name, namespace), name)
        return Answer(text=f"{name}, as it would be learned:\n{_lines(schema)}", data=_data(schema))
    schema, state = _known(control, name)
    return Answer(text=f"{schema.resource}, {state}:\n{_lines(schema)}", data={**_data(schema), "state": state})


def _data(schema: Schema) -> dict[str, Any]:
    """The schema in pandera's shape, with the habits and what pandera judges beside it."""
    more: dict[str, Any] = {} if schema.habits is None else {"habits": msgspec.to_builtins(schema.habits)}
    return {**document(schema), **more, **({} if schema.beyond is None else {"beyond": schema.beyond})}


def _approve(control: SchemaControl, resource: str) -> Answer:
    details = control.store.approve(resource)
    control.record("schema", resource, {"deed": "approve", "resource": resource, **details})
    learned = control.store.learned(resource)
    name = resource if learned is None else learned.resource  # of a family, if it is one of some
    text = f"{name} is approved: a load that violates .mlsec/schemas/{details['file']} is denied. Commit that file."
    return Answer(text=f"{text} To take it back: %mlsec undo", data=details)


def _reset(control: SchemaControl, resource: str) -> Answer:
    if not control.store.reset(resource):
        raise SchemaError(f"Nothing was reset: nothing was learned of {resource}. Known: {_names(control)}.")
    control.record("schema", resource, {"deed": "reset", "resource": resource})
    text = f"What was learned of {resource} is forgotten; the next load learns anew."
    return Answer(text=text, data={"resource": resource})


def _last(control: SchemaControl, resource: str) -> Answer:
    """The report of the last load that did not fit."""
    failed = control.failed.find(resource)
    if failed is None:
        raise SchemaError(f"No load of {resource} failed in this session. Known: {_names(control)}.")
    text = f"{resource} was not what its {failed.state} schema says.\n{failed.report}"
    return Answer(text=text, data={"resource": resource, "state": failed.state, "report": failed.report}, ok=False)


def _code(control: SchemaControl, resource: str) -> Answer:
    schema, _ = _known(control, resource)
    source = code(schema)
    return Answer(text=source, data={"resource": resource, "code": source})


def _check(control: SchemaControl, name: str, resource: str, namespace: Mapping[str, Any]) -> Answer:
    schema, state = _known(control, resource)
    frame = _table(name, namespace)
    verdict = judge(frame, schema, namespace[name])
    found = [{"column": one.column, "check": one.check, "count": one.count} for one in verdict.failures]
    data = {"ok": verdict.ok, "failures": found, "unchecked": list(verdict.unchecked), "state": state}
    if verdict.ok:
        text = f"{name} is what the {state} schema of {resource} says."
    else:
        text = f"{name} is not what the {state} schema of {resource} says: {wording.failures(verdict)}."
        cases = report.cases(frame, schema, verdict, labelled=control.labelled(resource))
        text += f"\n{report.lines(cases, frame.rows, len(verdict.failures))}\n"
    if verdict.unchecked:
        text += f" Not judged: {', '.join(verdict.unchecked)}."
    return Answer(text=text, data=data, ok=verdict.ok)


def _known(control: SchemaControl, resource: str) -> tuple[Schema, str]:
    approved = control.store.approved(resource)
    if approved is not None:
        return approved.schema, "approved" if approved.is_mine else "approved, though not by you"
    learned = control.store.learned(resource)
    if learned is None:
        raise SchemaError(f"No schema of {resource} is known. Known: {_names(control)}.")
    return learned, "learned"


def _names(control: SchemaControl) -> str:
    return ", ".join(control.store.resources()) or "none yet"


def _table(name: str, namespace: Mapping[str, Any]) -> frames.Frame:
    frame = frames.view(namespace.get(name))
    if frame is None:
        raise UsageError(f"{name} is no table in this notebook.")
    return frame


def _lines(schema: Schema) -> str:
    """A column a line: type, missing values, checks; then what holds for the table, and what pandera judges."""
    width = max((len(column.name) for column in schema.columns), default=0)
    lines = []
    for column in schema.columns:
        checks = [f"{check.name}({', '.join(map(str, check.statistics.values()))})" for check in column.checks]
        missing = ["may miss"] if column.nulls else []
        said = [column.type, *missing, *(["unique"] if column.unique else []), *checks]
        lines.append(f"  {column.name:<{width}}  {', '.join(said)}")
    lines += ["  no other columns"] if schema.strict else []
    if schema.habits is not None:
        lines += [
            "The table as a whole (learned; never approved):",
            *(f"  {one}" for one in wording.habits(schema.habits)),
        ]
    if schema.beyond is not None:
        state = "judged by pandera" if schema.is_trusted else "not judged until you approve the file"
        lines.append(f"Beyond that, {state}: {', '.join(beyond.parts(schema.beyond))}")
    return "\n".join(lines)


_ONE = {"approve": _approve, "reset": _reset, "check": _last, "code": _code, "edit": changing.edit}
