"""Unix sockets that only this user can reach: made, asked who is at the other end, and where they belong."""

from __future__ import annotations

import os
import socket
import stat
import struct
import sys
from pathlib import Path

from jupyter_mlsec.host.modes import PRIVATE_FOLDER, own_user

HAS_UNIX = hasattr(socket, "AF_UNIX")
PATH_LIMIT = 100
"""The shortest limit of a socket's path among the systems we know is 103 bytes."""
_LOCAL_PEERCRED = 1  # macOS: struct xucred begins with a version and the user's number


def runtime_folder() -> Path:
    """This user's own folder for what lasts as long as a process, made 0700. Raises PermissionError if not ours."""
    from jupyter_core.paths import jupyter_runtime_dir

    folder = Path(jupyter_runtime_dir()) / "jupyter_mlsec"
    folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    require_private(folder)
    return folder


def require_private(folder: Path) -> None:
    """Raise PermissionError unless the folder is this user's and closed to all others."""
    status = folder.stat()
    if not own_user(status) or (hasattr(os, "getuid") and status.st_mode & 0o077):
        mode = stat.S_IMODE(status.st_mode)
        raise PermissionError(f"{folder} is open to others (mode {mode:04o}). Run: chmod 700 {folder}")


def listen(path: Path, backlog: int = 64) -> socket.socket:
    """A listening socket at `path`, mode 0600. Raises OSError, FileExistsError when somebody listens there already."""
    if not HAS_UNIX:
        raise OSError("this system has no Unix sockets")
    if path.is_socket():
        if answers(path):
            raise FileExistsError(f"{path} is in use")
        path.unlink()
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)  # there is no moment in which others could reach it
    try:
        made.bind(os.fspath(path))
        made.listen(backlog)
    except BaseException:
        made.close()
        raise
    finally:
        os.umask(before)
    return made


def connect(path: Path, timeout: float) -> socket.socket:
    """A connection to the process of this user that listens at `path`. Raises OSError, PermissionError if not ours."""
    if not HAS_UNIX:
        raise OSError("this system has no Unix sockets")
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        made.settimeout(timeout)
        made.connect(os.fspath(path))
        if not is_same_user(made):
            raise PermissionError("another user listens there")
    except BaseException:
        made.close()
        raise
    return made


def answers(path: Path) -> bool:
    """Whether anybody listens at `path`."""
    try:
        connect(path, 1.0).close()
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def is_same_user(connection: socket.socket) -> bool:
    """Whether the process at the other end is this user's. False where the system does not tell."""
    uid = _peer(connection)
    return uid is not None and uid == os.getuid()


def _peer(connection: socket.socket) -> int | None:
    if hasattr(socket, "SO_PEERCRED"):
        size = struct.calcsize("3i")
        _, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
        return int(uid)
    if sys.platform == "darwin":
        _, uid = struct.unpack("II", connection.getsockopt(0, _LOCAL_PEERCRED, 76)[:8])
        return int(uid)
    return None
