"""Files that hold a secret: made 0600, never over another file, and read only while nobody else can get at them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from jupyter_mlsec.host.modes import PRIVATE, exposure
from jupyter_mlsec.protocol.errors import NoIdentity
from jupyter_mlsec.vault import atomic
from jupyter_mlsec.vault.hidden import HiddenBytes

SIZE_LIMIT = 1 << 16
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)


def read(path: Path, *, follow: bool = False, foreign: bool = False) -> HiddenBytes:
    """The file's bytes, if it is safe. Raises NoIdentity with what to do.

    follow: a symbolic link is all right, and so is a folder that others may change (the user named this file).
    foreign: any mode is all right too (a copy on a stick that knows no modes).
    """
    flags = os.O_RDONLY | _NONBLOCK | (0 if follow else _NOFOLLOW)
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        raise NoIdentity(
            f"There is no identity in {path}. Make one (%mlsec keys init) or put your backup there "
            "(%mlsec keys import PATH)."
        ) from None
    except OSError as error:
        what = "is a symbolic link" if error.errno == errno.ELOOP else f"cannot be read ({error.strerror})"
        raise NoIdentity(f"The identity {path} was not used: it {what}.") from None
    with os.fdopen(descriptor, "rb") as file:
        why = exposure(os.fstat(descriptor), any_mode=foreign)
        if why is not None:
            raise NoIdentity(f"The identity {path} was not used: {why}. Run: chmod 600 {path}")
        if not follow:
            check_folder(path.parent)
        content = HiddenBytes(file.read(SIZE_LIMIT + 1))
    if len(content) > SIZE_LIMIT:
        raise NoIdentity(f"The identity {path} was not used: it is longer than any identity file (64 KiB).")
    return content


def write(path: Path, content: bytes) -> None:
    """A new file of mode 0600, whole or not at all. Raises FileExistsError, also for a dangling symbolic link."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOFOLLOW, PRIVATE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    atomic.sync_folder(path.parent)


def check_folder(folder: Path) -> None:
    """Raises NoIdentity when others can change what lies in the folder."""
    if hasattr(os, "getuid") and folder.stat().st_mode & 0o022:
        raise NoIdentity(f"{folder} can be changed by others, so no key is kept there. Run: chmod 700 on it.")


def _ignores_all(folder: Path) -> bool:
    """Whether a .gitignore there keeps all that is in the folder out of git."""
    try:
        return "*" in (folder / ".gitignore").read_text(encoding="utf-8", errors="replace").split()
    except OSError:
        return False


def published(folder: Path, project: Path | None = None) -> str:
    """Why a key in this folder would end up published, as half a sentence; empty if nothing says so."""
    place = folder.resolve()
    above = [place, *place.parents]
    work_tree = next((number for number, parent in enumerate(above) if (parent / ".git").exists()), None)
    if work_tree is not None and not any(_ignores_all(parent) for parent in above[:work_tree]):
        return "that is inside a git work tree, where keys end up published"
    if project is None:
        return ""
    root, home = project.resolve(), Path.home().resolve()
    # A notebook that lies in the home folder itself makes all of home its project: that says nothing about keys.
    if place.is_relative_to(root) and not home.is_relative_to(root):
        return f"that is inside the project {root}, which is passed on with all that is in it"
    return ""
