"""Which resources are one and the same to a schema: a family of numbered files, a file outside of the project.

`data/2024-01.csv` and `data/2024-02.csv` are `data/2024-*.csv`: one folder, one name but for its numbers, and the
same columns. `a/x.csv` and `b/x.csv` are two resources. Folders written `year=2024` are partitions, not folders.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase
from typing import Any

_NUMBER = re.compile(r"[0-9]+|\*")
_FILE = re.compile(r"[^?\n]*[^?\n/ ]\.[A-Za-z][A-Za-z0-9.]{0,15}")
_STATEMENT = re.compile(r"\s*(?:select|with|insert|update|delete|create|copy|from|values|pragma|call)\b", re.I)
_PARTITION = re.compile(r"[\w.-]+=.*")
_ALIKE = 0.75
"""The share of columns a file must have in common with a family of several to be a member that lost or won some."""


def skeleton(name: str) -> str | None:
    """The name with `*` for each number that may vary within a family; None when it holds none, or is no file's name.

    A name in which a family's `*` stand already has the same skeleton.
    """
    if _STATEMENT.match(name) or not _FILE.fullmatch(name):
        return None
    *folders, last = name.split("/")
    parts = [_NUMBER.sub("*", part) if _PARTITION.fullmatch(part) else part for part in folders]
    stem, dot, ending = last.partition(".")
    if not stem:
        return None
    while dot and re.match(r"[0-9*]", ending):  # 2024.01.02.csv: numbers up to the real ending belong to the stem
        more, dot, ending = ending.partition(".")
        stem = f"{stem}.{more}"
    found = "/".join([*parts, _NUMBER.sub("*", stem) + dot + ending])
    return found if "*" in found else None


def pattern(family: str, name: str) -> str:
    """A family's name after one more member: where the members' numbers differ stands `*`.

    Both must have one skeleton: then numbers stand at the same places.
    """
    bone = skeleton(name) or ""
    theirs, ours = (iter(_numbers(bone, one)) for one in (family, name))
    return re.sub(r"\*", lambda _: _same(next(theirs), next(ours)), bone)


def _same(one: str, other: str) -> str:
    return one if one == other else "*"


def _numbers(bone: str, name: str) -> list[str]:
    """What stands in a name at the places of its skeleton's stars."""
    found = re.fullmatch("([0-9]+|\\*)".join(map(re.escape, bone.split("*"))), name)
    return list(found.groups()) if found else []


def is_among(name: str, family: str) -> bool:
    """Whether a name is what the family's pattern says."""
    digits = re.fullmatch("(?:[0-9]+|\\*)".join(map(re.escape, family.split("*"))), name)
    return bool(digits) or name == family


class Families:
    """The families a policy names, and otherwise those that names give away.

    `named`: a pattern to true (its files are one family) or false (each stands for itself).
    """

    def __init__(self, named: Mapping[str, bool] | None = None) -> None:
        self._named = dict(named or {})

    def key(self, name: str) -> str | None:
        """What all members of a name's family share; None for a resource that stands alone."""
        for glob, is_one in self._named.items():
            if name == glob or fnmatchcase(name, glob):
                return glob if is_one else None
        return skeleton(name)

    def is_named(self, key: str) -> bool:
        """Whether the policy made this family: then its columns need not agree."""
        return self._named.get(key, False)

    def covers(self, family: str, name: str) -> bool:
        """Whether a pattern, as an approved file says it, speaks of this name."""
        return is_among(name, family) or (self.is_named(family) and fnmatchcase(name, family))

    def joined(self, family: str, name: str) -> str:
        """The family's name with one more member."""
        key = self.key(name)
        return key if key is not None and self.is_named(key) else pattern(family, name)


def agrees(columns: Collection[str], others: Collection[str], *, members: int) -> bool:
    """Whether a file's columns are a family's: the same, or nearly where more than one member taught what is usual."""
    mine, theirs = set(columns), set(others)
    if mine == theirs:
        return True
    return members > 1 and len(mine & theirs) >= _ALIKE * len(mine | theirs)


def outside(name: str, value: Any, root: str) -> str:
    """The name of a file outside of the project, with a digest of where it lies seen from the project.

    Records say only `.../x.csv`; two folders' `x.csv` must not share a schema. The digest names no folder.
    """
    try:
        path = os.fspath(value) if isinstance(value, str | bytes | os.PathLike) else getattr(value, "name", None)
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if not name.startswith(".../") or not isinstance(path, str):
            return name
        folder = os.path.relpath(os.path.dirname(os.path.abspath(os.path.expanduser(path))), root)  # noqa: PTH100,PTH111,PTH120  # no resolving
    except (OSError, ValueError):
        return name
    digest = hashlib.sha256(folder.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f".../~{digest}/{name.removeprefix('.../')}"
