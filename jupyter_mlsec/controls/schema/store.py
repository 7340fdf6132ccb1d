"""Where schemas are kept: learned ones in `.mlsec/learned/` (ignored by git), approved ones in `.mlsec/schemas/`.

Both come from a project folder, so a file is input like any other: size and shape are checked, links not followed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import msgspec

from jupyter_mlsec.controls.schema import written
from jupyter_mlsec.controls.schema.families import Families, agrees, skeleton
from jupyter_mlsec.controls.schema.spec import Schema
from jupyter_mlsec.policy import trust
from jupyter_mlsec.protocol.errors import SchemaError
from jupyter_mlsec.vault import atomic

_LARGEST = 4 << 20
_MEMBERS = 500
"""Members of a family that are known by name; older ones are recognized again."""


def safe_name(resource: str) -> str:
    """A file name for a resource: readable, and different for the same file name in two folders.

    All patterns of one family (`data/2024-*.csv`, `data/*-*.csv`) have one.
    """
    same = (skeleton(resource) or resource) if "*" in resource else resource
    digest = hashlib.sha256(same.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(same).name.replace("*", "N")).strip(".-")[:60]
    return f"{readable or 'schema'}-{digest}"


def _before(path: Path, ending: str) -> str:
    """The name under which what was in an approved file's place before is kept, for its undoing."""
    return f"{path.stem}.before{ending}"


class Approved(msgspec.Struct, frozen=True, kw_only=True):
    """An approved schema, the digest of its file, and whether this user approved those very bytes."""

    schema: Schema
    digest: str
    is_mine: bool


class Store:
    """The schemas of one project. Files that did not change are read once."""

    def __init__(
        self, state: Path, data: Path, project: Path | None = None, families: Mapping[str, bool] | None = None
    ) -> None:
        self._project = project
        self._families = Families(families)
        self._learned = state / "learned"
        self._approved = state / "schemas"
        self._data = data
        self._read: dict[Path, tuple[tuple[int, int, int], Any]] = {}

    def learned(self, resource: str) -> Schema | None:
        """What was learned of the resource or its family; None when nothing was, or the file is damaged."""
        found = self._taught(safe_name(resource))
        if found is None or found.resource != resource:
            family = self._family(resource)
            found = family if family is not None and resource in (family.resource, *family.members) else found
        return found

    def knows(self, resource: str) -> bool:
        """Whether a schema of the resource, or of its family, was learned or approved."""
        return self.learned(resource) is not None or bool(self._approved_paths(resource))

    def recognized(self, resource: str, columns: Collection[str]) -> tuple[Schema, str] | None:
        """What was learned of a resource seen for the first time, under another name, and that name.

        A file that is numbered like others, lies beside them and has their columns is one of them. One with the name
        and the columns of a file that is gone is that file, moved. None for a stranger.
        """
        family, key = self._family(resource), self._families.key(resource)
        if family is not None and key is not None:
            theirs = [column.name for column in family.columns]
            if self._families.is_named(key) or agrees(columns, theirs, members=len(family.members)):
                name = self._families.joined(family.resource, resource)
                members = (*family.members, resource)[-_MEMBERS:]
                joined = msgspec.structs.replace(family, resource=name, members=members)
                self.keep(joined)
                return joined, name
        return self._moved(resource, columns)

    def _moved(self, resource: str, columns: Collection[str]) -> tuple[Schema, str] | None:
        key = self._families.key(resource) or resource
        found = []
        for path in self._learned.glob(f"{safe_name(key)[:-9]}-????????.json"):
            schema = self._taught(path.stem)
            if schema is not None and self._has_moved(schema, resource, columns):
                found.append((path, schema))
        if len(found) != 1:
            return None  # a stranger, or it could be either
        path, schema = found[0]
        there = msgspec.structs.replace(schema, resource=resource, members=())
        self.keep(there)
        path.unlink()
        return there, schema.resource

    def _has_moved(self, schema: Schema, resource: str, columns: Collection[str]) -> bool:
        """Whether a resource has the name and the columns of a file, or a member of a family, that is gone.

        Of files outside of the project nothing is known.
        """
        names = schema.members or (schema.resource,)
        if self._project is None or any(name.startswith(".../") or "://" in name for name in names):
            return False
        if resource in names or Path(resource).name not in {Path(name).name for name in names}:
            return False
        has_columns = agrees(columns, [one.name for one in schema.columns], members=1)
        return has_columns and not any((self._project / name).exists() for name in names)

    def _taught(self, name: str) -> Schema | None:
        path = self._learned / f"{name}.json"
        try:
            found = self._cached(path, lambda raw: msgspec.json.decode(raw, type=Schema))
        except (SchemaError, msgspec.MsgspecError):
            return None  # damaged: learn anew
        return found if isinstance(found, Schema) else None

    def _family(self, resource: str) -> Schema | None:
        key = self._families.key(resource)
        return None if key is None else self._taught(safe_name(key))

    def approved(self, resource: str) -> Approved | None:
        """The approved schema. SchemaError names file and key when it cannot be followed."""
        for path in self._approved_paths(resource):
            return self.approved_in(path, resource)
        return None

    def approved_in(self, path: Path, resource: str) -> Approved:
        """The approved schema in this file. SchemaError names line and key when it cannot be followed."""
        found = self._cached(path, lambda raw: _parse(raw, path))
        if found is None:
            raise SchemaError(f"{path.name} is gone.")
        schema, digest = found
        is_mine = trust.is_trusted(digest, self._data)
        schema = msgspec.structs.replace(schema, resource=resource, is_trusted=is_mine)
        return Approved(schema=schema, digest=digest, is_mine=is_mine)

    def approved_files(self, resource: str, columns: Collection[str] = ()) -> tuple[Path, ...]:
        """Every file that is an approved schema of the resource; more than one when a second was laid beside it.

        One of a file that is gone is still one of the file with its name and these columns, wherever that was moved.
        """
        return self._approved_paths(resource) or (self._approved_elsewhere(resource, columns) if columns else ())

    def _approved_elsewhere(self, resource: str, columns: Collection[str]) -> tuple[Path, ...]:
        found = []
        for path in self._approved.glob(f"{safe_name(resource)[:-9]}-????????.*"):
            try:
                parsed = self._cached(path, lambda raw, path=path: _parse(raw, path))
            except SchemaError:
                continue  # whose it is cannot be told
            if parsed is not None and self._has_moved(parsed[0], resource, columns):
                found.append(path)
        return tuple(found) if len(found) == 1 else ()

    def keep(self, schema: Schema) -> None:
        """Remember a learned schema: the first of its kind as what a family may grow from."""
        family, key = self._family(schema.resource), self._families.key(schema.resource)
        if key is not None and (family is None or schema.resource in (family.resource, *family.members)):
            members = schema.members or (family.members if family else (schema.resource,))
            self._write(self._learned, f"{safe_name(key)}.json", _encoded(schema, members))
        elif key is not None and schema.members:  # one more joins
            self._write(self._learned, f"{safe_name(key)}.json", _encoded(schema, schema.members))
        else:
            self._write(self._learned, f"{safe_name(schema.resource)}.json", _encoded(schema, ()))

    def approve(self, resource: str) -> dict[str, str]:
        """Write the learned schema as the approved one, confirm one that came with the project, and say which.

        The details are what `withdraw` needs to take it back.
        """
        learned = self.learned(resource)
        current = self._approved_path(resource)
        if learned is None and current is None:
            raise SchemaError(f"Nothing was approved: no schema of {resource} is known. Load it once, then approve.")
        if current is not None and (learned is None or not self._is_mine(current)):
            digest = trust.trust(current, self._data)
            return {"file": current.name, "digest": digest, "made": ""}
        assert learned is not None
        resource = learned.resource  # a member approves its family
        before = current.read_bytes() if current else b""
        path = self._write(self._approved, f"{safe_name(resource)}.yaml", written.to_yaml(learned))
        if current is not None:
            self._write(self._learned, _before(path, current.suffix), before)
        if current is not None and current != path:
            current.unlink()
        return {"file": path.name, "digest": trust.trust(path, self._data), "made": "again" if before else "new"}

    def rewrite(self, resource: str, content: bytes) -> dict[str, str]:
        """Put other content into the approved file, as this user's own. The details are what `withdraw` needs."""
        current = self._approved_path(resource)
        if current is None:
            raise SchemaError(f"Nothing was written: no schema of {resource} is approved.")
        self._write(self._learned, _before(current, current.suffix), current.read_bytes())
        path = self._write(self._approved, f"{current.stem}.yaml", content)  # of a family, which its members share
        if current != path:
            current.unlink()
        return {"file": path.name, "digest": trust.trust(path, self._data), "made": "again"}

    def withdraw(self, resource: str, details: dict[str, str]) -> str:
        """Reverse `approve`: forget it, and put back or remove the file when it is still what was approved."""
        trust.forget(details.get("digest", ""), self._data)
        path = self._approved_path(resource)
        if path is None or not details.get("made"):
            return f"{resource} is no longer approved by you."
        if trust.digest_of(path.read_bytes()) != details.get("digest"):
            return f"{resource} is no longer approved by you. {path.name} was edited since and stays."
        kept = [one for one in self._learned.glob(_before(path, ".*")) if one.suffix in written.ENDINGS]
        if details["made"] == "again" and len(kept) == 1 and kept[0].is_file() and not kept[0].is_symlink():
            back = self._write(self._approved, f"{path.stem}{kept[0].suffix}", kept[0].read_bytes())
            if back != path:
                path.unlink()
            trust.trust(back, self._data)
            return f"{resource} has its earlier approved schema again."
        path.unlink()
        return f"{resource} is no longer approved; .mlsec/schemas/{path.name} was removed."

    def reset(self, resource: str) -> bool:
        """Forget what was learned of a resource, and of the family it is one of. False when nothing was."""
        known = self.learned(resource)
        key = self._families.key(resource) if known is not None and known.members else None
        path = self._learned / f"{safe_name(key or resource)}.json"
        if not path.is_file():
            return False
        path.unlink()
        return True

    def resources(self) -> dict[str, str]:
        """Every resource with a schema -> `learned`, `approved`, or `approved (not by you)`."""
        found: dict[str, str] = {}
        for path in sorted(self._learned.glob("*.json")) if self._learned.is_dir() else ():
            if not path.name.endswith(".before.json"):
                schema = self._taught(path.stem)
                if schema is not None:
                    many = len(schema.members) > 1
                    found[schema.resource] = f"learned ({len(schema.members)} files)" if many else "learned"
        for path in sorted(self._approved.glob("*.*")) if self._approved.is_dir() else ():
            try:
                parsed = self._cached(path, lambda raw, path=path: _parse(raw, path))
            except SchemaError:
                found[path.name] = "cannot be read"
                continue
            if parsed is not None:
                found[parsed[0].resource] = "approved" if self._is_mine(path) else "approved (not by you)"
        return found

    def _approved_path(self, resource: str) -> Path | None:
        return next((path for path in self._approved_paths(resource) if not path.is_symlink()), None)

    def _approved_paths(self, resource: str) -> tuple[Path, ...]:
        key = self._families.key(resource)
        names = [safe_name(resource)]
        names += [safe_name(key)] if key is not None and safe_name(key) != names[0] else []
        paths = [self._approved / f"{name}{ending}" for name in names for ending in written.ENDINGS]
        there = [path for path in paths if path.is_symlink() or path.exists()]
        return tuple(path for path in there if path.stem == names[0] or self._speaks_of(path, resource))

    def _speaks_of(self, path: Path, resource: str) -> bool:
        """Whether a family's approved file is about this member; one that cannot be read may be."""
        try:
            found = self._cached(path, lambda raw: _parse(raw, path))
        except SchemaError:
            return True
        return found is not None and self._families.covers(found[0].resource, resource)

    def _is_mine(self, path: Path) -> bool:
        return trust.is_trusted(trust.digest_of(path.read_bytes()), self._data)

    def _cached(self, path: Path, parse: Any) -> Any:
        """The parsed file, None when there is none."""
        try:
            status = path.lstat()
        except OSError:
            return None
        if path.is_symlink() or path.parent.is_symlink() or not path.is_file():
            raise SchemaError(f"{path.name} is a link or no plain file, it is not followed.")
        if status.st_size > _LARGEST:
            raise SchemaError(f"{path.name} is larger than 4 MiB, it is not read.")
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        known = self._read.get(path)
        if known is None or known[0] != stamp:
            known = self._read[path] = (stamp, parse(path.read_bytes()))
        return known[1]

    def _write(self, folder: Path, name: str, content: bytes) -> Path:
        if folder.is_symlink():
            raise SchemaError(f"{folder.name} in .mlsec is a link; nothing was written through it.")
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        if path.is_symlink():
            path.unlink()
        with atomic.replacing(path) as sink:
            sink.write(content)
        return path


def _encoded(schema: Schema, members: tuple[str, ...]) -> bytes:
    return msgspec.json.encode(msgspec.structs.replace(schema, members=members))


def _parse(raw: bytes, path: Path) -> tuple[Schema, str]:
    """An approved file's schema and its digest."""
    return written.read(raw, path.name), trust.digest_of(raw)
