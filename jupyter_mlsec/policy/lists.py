"""The project's lists of readers, `.mlsec/recipients/ROLE.txt`: they count only as this user approved them.

An approval is of a list's name and bytes: an edit ends it, and so does a newer approval of the same list, so that an
older version with a reader who has left cannot be put back.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import msgspec

from jupyter_mlsec.host import places
from jupyter_mlsec.policy import trust
from jupyter_mlsec.policy.layer import read_bytes

FOLDER = "recipients"
_ROLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class ReaderList(msgspec.Struct, frozen=True, kw_only=True):
    """One list as it is now: its role, where it lies, its bytes, and the digest by which it is approved."""

    role: str
    path: Path
    raw: bytes
    digest: str


def path_of(root: Path, role: str) -> Path:
    """Where the list of a role is, or would be."""
    return root / places.MARK / FOLDER / f"{role}.txt"


def is_role(text: str) -> bool:
    """Whether this can be a role's name: letters, digits, - and _, so no path."""
    return bool(_ROLE.fullmatch(text))


def read(root: Path, role: str) -> ReaderList | None:
    """The list of a role, None when there is none. PolicyError when it cannot be read or is no plain, small file."""
    path = path_of(root, role)
    if not is_role(role) or places.distrusted(root / places.MARK) or path.is_symlink() or path.parent.is_symlink():
        return None
    raw = read_bytes(path)
    if raw is None:
        return None
    digest = hashlib.sha256(f"{FOLDER}/{role}\0".encode("ascii") + raw).hexdigest()
    return ReaderList(role=role, path=path, raw=raw, digest=digest)


def is_trusted(found: ReaderList, data: Path) -> bool:
    """Whether this user approved the list as it is."""
    return trust.is_trusted(found.digest, data)


def approve_all(root: Path, data: Path) -> list[str]:
    """Approve every list of the project as it is now; a line for each that was not approved before."""
    lines = []
    folder = root / places.MARK / FOLDER
    for path in sorted(folder.glob("*.txt")) if folder.is_dir() and not folder.is_symlink() else []:
        found = read(root, path.stem)
        if found is not None and not is_trusted(found, data):
            trust.approve(found.path, found.digest, data)
            count = sum(line.strip().startswith(b"age1") for line in found.raw.splitlines())
            lines.append(f"{FOLDER}/{path.name}: {count} recipients count as {found.role}")
    return lines
