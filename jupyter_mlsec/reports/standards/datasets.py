"""What an operation read and made, as datasets with a namespace and a name (OpenLineage's rules for naming them)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple, TypeVar

from jupyter_mlsec.protocol.entries import Recorded
from jupyter_mlsec.protocol.facts import AnyFact, Fact, Fingerprint, Origin, SealedFor
from jupyter_mlsec.protocol.records import Resource, ResourceKind

_SQL = frozenset(("select", "with", "insert", "update", "delete", "create", "copy", "from", "values", "pragma"))
_NAMELESS: frozenset[ResourceKind] = frozenset(("buffer", "cell", "unknown"))
F = TypeVar("F", bound=Fact)


class Dataset(NamedTuple):
    """One dataset: `file://PROJECT` and a path in it, `s3://BUCKET` and a key, `sql://PROJECT` and a statement."""

    namespace: str
    name: str


class Flow(NamedTuple):
    """What one operation read and made. `made_from`: what the made ones descend from, as far as lineage knows."""

    read: tuple[Dataset, ...] = ()
    made: tuple[Dataset, ...] = ()
    made_from: tuple[Dataset, ...] = ()


def flow(entry: Recorded, project: str) -> Flow:
    """The data an operation moved. What was denied or failed moved none; a buffer has no name to be known again by."""
    if entry.outcome not in ("done", "interrupted"):
        return Flow()
    operation = entry.operation
    action = operation.action
    if action == "execute" or action == "connect":
        return Flow()
    named = _of_all((operation.resource, *operation.others), project)
    if action in ("read", "predict", "transform"):
        return Flow(read=named)
    origin = fact(entry.facts, Origin)
    sources = tuple(dataset(name, project) for name in origin.resources) if origin else ()
    return Flow(made=named, made_from=tuple(each for each in sources if each not in named))


def _of_all(resources: Iterable[Resource], project: str) -> tuple[Dataset, ...]:
    """A statement gives way to the files it names, which say more."""
    listed = [each for each in resources if each.kind not in _NAMELESS]
    if len(listed) > 1 and listed[0].kind == "database":
        listed = listed[1:]
    return tuple(dict.fromkeys(dataset(each.name, project, each.kind) for each in listed))


@lru_cache(maxsize=4096)
def dataset(name: str, project: str, kind: ResourceKind | None = None) -> Dataset:
    """The dataset a resource's name stands for; without a kind, as its spelling tells."""
    if kind == "model":
        return Dataset(f"model://{project}", name)
    if kind in (None, "url") and "://" in name:
        scheme, _, rest = name.rpartition("::")[2].partition("://")
        host, slash, path = rest.partition("/")
        key = slash + path if scheme in ("http", "https", "hdfs") else path
        return Dataset(f"{scheme}://{host}", name if "::" in name else key or name)
    if kind == "database" or (kind is None and name.partition(" ")[0].lower() in _SQL and " " in name):
        return Dataset(f"sql://{project}", name)
    return Dataset(f"file://{project}", name)


def fact(facts: Iterable[AnyFact], kind: type[F]) -> F | None:
    """The fact of that kind, if it was learned."""
    for each in facts:
        if type(each) is kind:
            return each
    return None


def digest_of(entry: Recorded) -> str | None:
    """The digest of the bytes on disk, where it is known: the state of the dataset that was read or made."""
    return digest_in(entry.facts) or entry.operation.resource.digest


def digest_in(facts: Iterable[Fact]) -> str | None:
    """What facts say of the bytes of the resource itself; not of its values, and not of others it came with."""
    for each in facts:
        if type(each) is SealedFor and each.digest:
            return each.digest
        if type(each) is Fingerprint and each.of == "resource" and each.resource is None:
            return each.digest
    return None
