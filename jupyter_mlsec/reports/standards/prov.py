"""Entries as W3C PROV-JSON (member submission of 2013): who did what with which data, and what came of what.

Operations are activities, started by the activity of their cell. A file's state is an entity of its own, by the digest
of its bytes or else by the write that made it, and a specialization of the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from jupyter_mlsec.protocol.entries import Did, Opened, Recorded
from jupyter_mlsec.protocol.facts import CellFacts, Origin
from jupyter_mlsec.reports.standards.datasets import Dataset, dataset, digest_of, fact, flow
from jupyter_mlsec.reports.standards.source import PRODUCT, VERSION, Around, Told, json, moment
from jupyter_mlsec.reports.standards.summary import summarise

Json = dict[str, Any]
"""Builtins, as JSON takes them."""

PREFIX = {"mlsec": "https://jupyter-mlsec.dev/prov/v1#", "data": "urn:jupyter-mlsec:data:"}
_SOFTWARE = "mlsec:guard"
_MILLION = 1_000_000


def encode(entry: Told, around: Around) -> bytes:
    """One PROV-JSON document that tells of this entry alone, on one line."""
    return json({"prefix": PREFIX, **records(entry, around)})


def records(entry: Told, around: Around) -> dict[str, Json]:
    """The entry's records, by their kind and identifier. The same thing has the same identifier in every entry."""
    said = summarise(entry, around)
    if isinstance(entry, Recorded):
        return _operation(entry, around)
    identifier = f"mlsec:{_safe(entry.run)}/entry/{entry.number}"
    told: Json = {"prov:startTime": moment(entry.at), "prov:endTime": moment(entry.at), "mlsec:entry": said.kind}
    if said.action:
        told["mlsec:action"] = said.action
    if said.rules:
        told["mlsec:rule"] = list(said.rules)
    found: dict[str, Json] = {"activity": {identifier: told}}
    if said.subject or isinstance(entry, Opened):
        _acted(found, identifier, said.subject)
    if isinstance(entry, Did):
        _used(found, identifier, _place(dataset(entry.subject, around.project)), entry.subject, {})
    if isinstance(entry, Opened):
        found["agent"][_SOFTWARE] = {"prov:type": _name("prov:SoftwareAgent"), "prov:label": f"{PRODUCT} {VERSION}"}
        plan = f"mlsec:policy/{_safe(entry.policy)}"
        found["entity"] = {plan: {"prov:type": _name("prov:Plan"), "mlsec:profile": entry.profile}}
        by = {"prov:activity": identifier, "prov:agent": _SOFTWARE, "prov:plan": plan}
        found["wasAssociatedWith"][f"_:by-{identifier}"] = by
        acted = {"prov:delegate": _SOFTWARE, "prov:responsible": _agent(entry.subject.name)}
        found["actedOnBehalfOf"] = {f"_:for-{identifier}": acted}
    return found


def documents(entries: Iterable[tuple[Told, Around]]) -> Iterator[bytes]:
    """One document of all entries. Records of the same thing that say different things are all kept."""
    whole: dict[str, Json] = {}
    for entry, around in entries:
        for kind, found in records(entry, around).items():
            section = whole.setdefault(kind, {})
            for identifier, record in found.items():
                known = section.setdefault(identifier, record)
                if known != record and not (isinstance(known, list) and record in known):
                    section[identifier] = [*(known if isinstance(known, list) else (known,)), record]
    yield json({"prefix": PREFIX, **whole})


def _operation(entry: Recorded, around: Around) -> dict[str, Json]:
    operation, whole = entry.operation, entry.run.partition("/")[0]
    cell = f"mlsec:{_safe(whole)}/cell/{operation.cell.execution}"
    is_cell = operation.action == "execute"
    identifier = cell if is_cell else f"mlsec:operation/{_safe(operation.id)}"
    told: Json = {
        "prov:startTime": moment(operation.at),
        "prov:endTime": moment(max(entry.at, operation.at)),
        "mlsec:action": operation.action,
        "mlsec:function": f"{operation.library}.{operation.function}",
        "mlsec:outcome": entry.outcome,
        "mlsec:effect": entry.decision.effect,
    }
    if operation.cell.digest:
        told["mlsec:code"] = operation.cell.digest
    if entry.error:
        told["mlsec:error"] = entry.error
    if entry.decision.findings:
        told["mlsec:rule"] = sorted({finding.rule for finding in entry.decision.findings})
    found: dict[str, Json] = {"activity": {identifier: told}}
    _acted(found, identifier, operation.subject.name)
    if is_cell:
        facts = fact(entry.facts, CellFacts)
        before = [f"mlsec:{_safe(whole)}/cell/{count}" for count in facts.uses] if facts else []
        _informed(found, identifier, before)
        return found
    if operation.cell.execution:
        found["wasStartedBy"] = {f"_:in-{identifier}": {"prov:activity": identifier, "prov:starter": cell}}
    _data(found, identifier, entry, around)
    return found


def _data(found: dict[str, Json], identifier: str, entry: Recorded, around: Around) -> None:
    moved = flow(entry, around.project)
    digest = digest_of(entry) if len(moved.read) + len(moved.made) == 1 else None
    marks = {"mlsec:digest": digest} if digest else {}
    for each in moved.read:
        state = _state(found, each, digest)
        _used(found, identifier, state, each.name, marks)
    made = [(_state(found, each, digest or f"by/{entry.operation.id}"), each) for each in moved.made]
    for state, each in made:
        found.setdefault("entity", {})[state] = {"prov:label": each.name, **marks}
        generated = {"prov:entity": state, "prov:activity": identifier, "prov:time": moment(entry.at)}
        found.setdefault("wasGeneratedBy", {})[f"_:made-{state}-{identifier}"] = generated
    for source in moved.made_from:
        place = _place(source)
        found.setdefault("entity", {})[place] = {"prov:label": source.name}
        for state, _ in made:
            derived = {"prov:generatedEntity": state, "prov:usedEntity": place}
            found.setdefault("wasDerivedFrom", {})[f"_:from-{place}-{state}"] = derived
    origin = fact(entry.facts, Origin)
    if origin is not None:
        _informed(found, identifier, [f"mlsec:operation/{_safe(each)}" for each in origin.operations])


def _state(found: dict[str, Json], each: Dataset, mark: str | None) -> str:
    """The entity of a dataset in one state; the dataset itself where the state is not known."""
    place = _place(each)
    if mark is None:
        return place
    state = f"{place}/{_safe(mark[:80])}"
    found.setdefault("entity", {})[place] = {"prov:label": each.name}
    between = {"prov:specificEntity": state, "prov:generalEntity": place}
    found.setdefault("specializationOf", {})[f"_:is-{state}"] = between
    return state


def _used(found: dict[str, Json], activity: str, entity: str, label: str, marks: Json) -> None:
    found.setdefault("entity", {})[entity] = {"prov:label": label, **marks}
    used = {"prov:activity": activity, "prov:entity": entity}
    found.setdefault("used", {})[f"_:used-{activity}-{entity}"] = used


def _informed(found: dict[str, Json], activity: str, before: Iterable[str]) -> None:
    for each in before:
        informed = {"prov:informed": activity, "prov:informant": each}
        found.setdefault("wasInformedBy", {})[f"_:after-{each}-{activity}"] = informed


def _acted(found: dict[str, Json], activity: str, name: str) -> None:
    agent = _agent(name)
    found["agent"] = {agent: {"prov:type": _name("prov:Person"), "prov:label": name}}
    found["wasAssociatedWith"] = {f"_:who-{activity}": {"prov:activity": activity, "prov:agent": agent}}


def _agent(name: str) -> str:
    return f"mlsec:agent/{_safe(name)}"


@lru_cache(maxsize=4096)
def _place(each: Dataset) -> str:
    return f"data:{_safe(each.namespace)}/{_safe(each.name)}"


@lru_cache(maxsize=4096)
def _safe(text: str) -> str:
    """Text as part of a qualified name: what a URI may hold, all else percent-encoded."""
    return quote(text, safe="/-._~", errors="replace") or "-"


def _name(qualified: str) -> Json:
    return {"$": qualified, "type": "prov:QUALIFIED_NAME"}
