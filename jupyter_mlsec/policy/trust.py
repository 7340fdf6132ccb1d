"""Which policy files this user has approved: digests of their bytes, in the user's own data folder, 0600."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import msgspec

from jupyter_mlsec.protocol.errors import PolicyError

_FILE = "trusted-policies.json"


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """One approved file: where it lay and when (seconds since the epoch)."""

    path: str
    at: int


def digest_of(raw: bytes) -> str:
    """The SHA-256 by which a policy file is trusted."""
    return hashlib.sha256(raw).hexdigest()


def trust(path: Path, data: Path, digest: str | None = None) -> str:
    """Approve the file as it is now and return its digest.

    With `digest`, only when the file still has that digest: what was shown is what gets approved.
    """
    try:
        found = digest_of(path.read_bytes())
    except OSError as error:
        raise PolicyError(f"{path.name} was not trusted: it cannot be read ({error.strerror}).") from error
    if digest is not None and found != digest:
        raise PolicyError(f"{path.name} was not trusted: it changed while it was looked at. Look again.")
    approvals = _approvals(data)
    approvals[found] = Approval(path=str(path.resolve()), at=int(time.time()))
    _keep(approvals, data)
    return found


def approve(path: Path, digest: str, data: Path) -> None:
    """Approve what has this digest as the one version of `path` that counts: earlier ones no longer do."""
    place = str(path.resolve())
    approvals = {known: kept for known, kept in _approvals(data).items() if kept.path != place}
    approvals[digest] = Approval(path=place, at=int(time.time()))
    _keep(approvals, data)


def forget(digest: str, data: Path) -> bool:
    """Take an approval back. False when there was none."""
    approvals = _approvals(data)
    if approvals.pop(digest, None) is None:
        return False
    _keep(approvals, data)
    return True


def is_trusted(digest: str, data: Path) -> bool:
    """Whether this user approved a file with these bytes."""
    return digest in _approvals(data)


def _approvals(data: Path) -> dict[str, Approval]:
    """All approvals; none when the file is damaged or others could have written it."""
    path = data / _FILE
    try:
        status = path.lstat()
        if os.name == "posix" and (path.is_symlink() or status.st_uid != os.getuid() or status.st_mode & 0o022):
            return {}
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Approval])
    except (OSError, msgspec.MsgspecError):
        return {}


def _keep(approvals: dict[str, Approval], data: Path) -> None:
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = data / _FILE
    beside = path.with_name(f"{_FILE}.{os.getpid()}.{time.monotonic_ns()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(approvals))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
