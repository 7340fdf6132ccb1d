"""Where schemas are kept: learned ones in `.mlsec/learned/` (ignored by git), approved ones in `.mlsec/schemas/`.

Both come from a project folder, so a file is input like any other: size and shape are checked, links not followed.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import msgspec

from jupyter_mlsec.controls.schema import written
from jupyter_mlsec.controls.schema.spec import Schema
from jupyter_mlsec.policy import trust
from jupyter_mlsec.protocol.errors import SchemaError
from jupyter_mlsec.vault import atomic

_LARGEST = 4 << 20


def safe_name(resource: str) -> str:
    """A file name for a resource: readable, and different for the same file name in two folders."""
    digest = hashlib.sha256(resource.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(resource).name).strip(".-")[:60]
    return f"{readable or 'schema'}-{digest}"


def _before(resource: str, path: Path | None) -> str:
    """The name under which what an approval replaced is kept, for its undoing."""
    return f"{safe_name(resource)}.before{path.suffix if path else '.yaml'}"


class Approved(msgspec.Struct, frozen=True, kw_only=True):
    """An approved schema, the digest of its file, and whether this user approved those very bytes."""

    schema: Schema
    digest: str
    is_mine: bool


class Store:
    """The schemas of one project. Files that did not change are read once."""

    def __init__(self, state: Path, data: Path) -> None:
        self._learned = state / "learned"
        self._approved = state / "schemas"
        self._data = data
        self._read: dict[Path, tuple[tuple[int, int, int], Any]] = {}

    def learned(self, resource: str) -> Schema | None:
        """What was learned of the resource; None when nothing was, or the file is not ours to read any more."""
        path = self._learned / f"{safe_name(resource)}.json"
        try:
            found = self._cached(path, lambda raw: msgspec.json.decode(raw, type=Schema))
        except (SchemaError, msgspec.MsgspecError):
            return None  # damaged: learn anew
        return found if isinstance(found, Schema) else None

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
        schema = msgspec.structs.replace(schema, resource=resource)
        return Approved(schema=schema, digest=digest, is_mine=trust.is_trusted(digest, self._data))

    def approved_files(self, resource: str) -> tuple[Path, ...]:
        """Every file that is an approved schema of the resource; more than one when a second was laid beside it."""
        return self._approved_paths(resource)

    def keep(self, schema: Schema) -> None:
        """Remember a learned schema."""
        self._write(self._learned, f"{safe_name(schema.resource)}.json", msgspec.json.encode(schema))

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
        before = current.read_bytes() if current else b""
        path = self._write(self._approved, f"{safe_name(resource)}.yaml", written.to_yaml(learned))
        if before:
            self._write(self._learned, _before(resource, current), before)
        if current is not None and current != path:
            current.unlink()
        return {"file": path.name, "digest": trust.trust(path, self._data), "made": "again" if before else "new"}

    def rewrite(self, resource: str, content: bytes) -> dict[str, str]:
        """Put other content into the approved file, as this user's own. The details are what `withdraw` needs."""
        current = self._approved_path(resource)
        if current is None:
            raise SchemaError(f"Nothing was written: no schema of {resource} is approved.")
        self._write(self._learned, _before(resource, current), current.read_bytes())
        path = self._write(self._approved, f"{safe_name(resource)}.yaml", content)
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
        kept = [one for one in self._learned.glob(f"{safe_name(resource)}.before.*") if one.suffix in written.ENDINGS]
        if details["made"] == "again" and len(kept) == 1 and kept[0].is_file() and not kept[0].is_symlink():
            back = self._write(self._approved, f"{safe_name(resource)}{kept[0].suffix}", kept[0].read_bytes())
            if back != path:
                path.unlink()
            trust.trust(back, self._data)
            return f"{resource} has its earlier approved schema again."
        path.unlink()
        return f"{resource} is no longer approved; .mlsec/schemas/{path.name} was removed."

    def reset(self, resource: str) -> bool:
        """Forget what was learned. False when nothing was."""
        path = self._learned / f"{safe_name(resource)}.json"
        if not path.is_file():
            return False
        path.unlink()
        return True

    def resources(self) -> dict[str, str]:
        """Every resource with a schema -> `learned`, `approved`, or `approved (not by you)`."""
        found: dict[str, str] = {}
        for path in sorted(self._learned.glob("*.json")) if self._learned.is_dir() else ():
            if not path.name.endswith(".before.json"):
                schema = self._cached_or_none(path)
                if schema is not None:
                    found[schema.resource] = "learned"
        for path in sorted(self._approved.glob("*.*")) if self._approved.is_dir() else ():
            try:
                parsed = self._cached(path, lambda raw, path=path: _parse(raw, path))
            except SchemaError:
                found[path.name] = "cannot be read"
                continue
            if parsed is not None:
                found[parsed[0].resource] = "approved" if self._is_mine(path) else "approved (not by you)"
        return found

    def _cached_or_none(self, path: Path) -> Schema | None:
        try:
            found = self._cached(path, lambda raw: msgspec.json.decode(raw, type=Schema))
        except (SchemaError, msgspec.MsgspecError):
            return None
        return found if isinstance(found, Schema) else None

    def _approved_path(self, resource: str) -> Path | None:
        return next((path for path in self._approved_paths(resource) if not path.is_symlink()), None)

    def _approved_paths(self, resource: str) -> tuple[Path, ...]:
        paths = (self._approved / f"{safe_name(resource)}{ending}" for ending in written.ENDINGS)
        return tuple(path for path in paths if path.is_symlink() or path.exists())

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


def _parse(raw: bytes, path: Path) -> tuple[Schema, str]:
    """An approved file's schema and its digest."""
    return written.read(raw, path.name), trust.digest_of(raw)
