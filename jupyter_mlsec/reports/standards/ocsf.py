"""One entry as one OCSF 1.8.0 event: class by what happened, the security_control profile for what was decided.

Datastore Activity (6005) for data read, written or connected to and for files sealed or opened; API Activity (6003)
for cells and models; Application Lifecycle (6002) for the guard itself; Application Error (6008) for its troubles;
Data Security Finding (2006) for what was found later; Entity Management (3004) for a rule that was gone past; Base
Event (0) for all else.
"""

from __future__ import annotations

from typing import Any

import msgspec

from jupyter_mlsec.protocol.entries import Allowed, Amended, Closed, Did, Opened, Recorded, Switched, Troubled
from jupyter_mlsec.protocol.facts import Fingerprint, SealedFor
from jupyter_mlsec.protocol.records import Action, Level, Resource
from jupyter_mlsec.reports.standards.datasets import dataset, fact
from jupyter_mlsec.reports.standards.source import PRODUCT, VERSION, Around, Told, json, within
from jupyter_mlsec.reports.standards.summary import Summary, summarise

SCHEMA = "1.8.0"
Json = dict[str, Any]
"""Builtins, as JSON takes them."""

_SEVERITY: dict[Level, int] = {"note": 1, "warning": 3, "error": 4}
_STATUS = {"done": 1, "denied": 2, "failed": 2, "interrupted": 99}
_DATA: dict[Action, int] = {"read": 1, "write": 5, "connect": 3}
_CALLED: dict[Action, int] = {"fit": 3, "predict": 2, "transform": 2}
_LIFE = {"paused": 7, "resumed": 6, "policy": 8, "unloaded": 4}
_BUCKETS = {"s3": 1, "s3a": 1, "gs": 3, "gcs": 3, "abfs": 2, "abfss": 2, "az": 2}
_MOST = 2**53 - 1
_PRODUCT = msgspec.Raw(json({"name": PRODUCT, "vendor_name": PRODUCT, "version": VERSION}))


def encode(entry: Told, around: Around) -> bytes:
    """The event, as one line of JSON."""
    said = summarise(entry, around)
    uid, activity, name, more = _of(entry, around, said)
    event: Json = {
        "class_uid": uid,
        "category_uid": uid // 1000,
        "activity_id": activity,
        "type_uid": uid * 100 + activity,
        "severity_id": _SEVERITY[said.level],
        "time": within(entry.at) // 1_000_000,
        "message": said.sentence,
        "metadata": _metadata(entry, around, controlled="action_id" in more),
        **more,
    }
    if name:
        event["activity_name"] = name
    if said.outcome:
        event["status_id"] = status = _STATUS[said.outcome]
        if status == 99:
            event["status"] = said.outcome
    if said.error:
        event["status_code"] = said.error
    if said.rules:
        event["unmapped"] = {"rules": said.rules}
    return json(event)


def _of(entry: Told, around: Around, said: Summary) -> tuple[int, int, str, Json]:
    """Class, activity, the activity's name where OCSF has none, and what the class asks for."""
    if isinstance(entry, Recorded):
        return _recorded(entry, around, said)
    if isinstance(entry, Opened):
        return 6002, 3, "", _app(around)
    if isinstance(entry, Closed):
        return 6002, 4, "", _app(around)
    if isinstance(entry, Switched):
        return 6002, _LIFE[entry.to], "", _app(around)
    if isinstance(entry, Troubled):
        return 6008, 1, "", {}
    if isinstance(entry, Amended) and entry.findings:
        return 2006, 1, "", {"finding_info": {"uid": f"{entry.run}/{entry.number}", "title": said.rules[0]}}
    if isinstance(entry, Allowed):
        return 3004, 12, "", {"entity": {"uid": entry.rule, "name": entry.rule, "type": "rule"}, **_acting(said)}
    if isinstance(entry, Did) and entry.verb in ("sealed", "opened"):
        kept = Resource(kind="file", name=entry.subject)
        return 6005, 9 if entry.verb == "sealed" else 10, "", {**_acting(said), **_from(), **_store(kept, around)}
    return 0, 99, said.action or said.kind, {}


def _recorded(entry: Recorded, around: Around, said: Summary) -> tuple[int, int, str, Json]:
    operation = entry.operation
    decided = 2 if said.effect == "deny" else 4 if entry.decision.obligations else 1
    more: Json = {
        "action_id": decided,
        "disposition_id": 2 if decided == 2 else 1,
        "is_alert": said.level != "note",
        **_acting(said),
        **_from(),
    }
    if around.opened is not None:
        more["policy"] = {"name": around.opened.profile, "uid": around.opened.policy}
    if operation.action in _DATA:
        more.update(_store(operation.resource, around, entry))
        return 6005, _DATA[operation.action], "", more
    more["api"] = {"operation": operation.function, "service": {"name": operation.library or "python"}}
    resource = {"name": operation.resource.name or "unknown", "type": operation.resource.kind}
    more["resources"] = [{**resource, "uid": said.model} if said.model else resource]
    if operation.action in _CALLED:
        return 6003, _CALLED[operation.action], "", more
    return 6003, 99, "Execute", more


def _store(resource: Resource, around: Around, entry: Recorded | None = None) -> Json:
    """Where the data lies: a bucket or the project's folder with the file in it, or a database."""
    name = resource.name or "unknown"
    if resource.kind == "database":
        return {
            "type_id": 1,
            "database": {"name": name, "type_id": 0},
            "query_info": {"query_string": name, "uid": entry.operation.id if entry is not None else name},
        }
    place = dataset(name, around.project, resource.kind)
    scheme, _, host = place.namespace.partition("://")
    path = place.name
    file: Json = {"name": path.rpartition("/")[2] or path, "path": path, "type_id": 1}
    if entry is not None:
        file.update(_bytes(entry))
    bucket: Json = {"name": host or scheme, "type_id": _BUCKETS.get(scheme, 99), "file": file}
    if bucket["type_id"] == 99:
        bucket["type"] = "Folder" if scheme == "file" else scheme
    return {"type_id": 2, "databucket": bucket}


def _bytes(entry: Recorded) -> Json:
    sealed = fact(entry.facts, SealedFor)
    if sealed is not None:
        return {"size": _fit(sealed.size), "hashes": [_hash("sha256", sealed.digest)], "is_encrypted": True}
    print_ = fact(entry.facts, Fingerprint)
    if print_ is None or print_.of != "resource":
        return {}
    size = {} if print_.size is None else {"size": _fit(print_.size)}
    return {**size, "hashes": [_hash(print_.algorithm, print_.digest)]}


def _hash(algorithm: str, digest: str) -> Json:
    if algorithm == "sha256":
        return {"algorithm_id": 3, "algorithm": "SHA-256", "value": digest}
    return {"algorithm_id": 99, "algorithm": algorithm, "value": digest}


def _fit(number: int) -> int:
    return min(max(number, 0), _MOST)


def _acting(said: Summary) -> Json:
    return {"actor": {"user": {"name": said.subject}} if said.subject else {"app_name": PRODUCT}}


def _from() -> Json:
    """The class asks for an endpoint; no host or address is recorded."""
    return {"src_endpoint": {"svc_name": "jupyter-kernel"}}


def _app(around: Around) -> Json:
    return {"app": {"name": PRODUCT, "version": VERSION, "uid": around.notebook}}


def _metadata(entry: Told, around: Around, *, controlled: bool) -> Json:
    return {
        "version": SCHEMA,
        "product": _PRODUCT,
        "uid": f"{entry.run}/{entry.number}",
        "correlation_uid": entry.run.partition("/")[0],
        "log_name": around.notebook,
        "sequence": _fit(entry.number),
        **({"profiles": ["security_control"]} if controlled else {}),
    }
