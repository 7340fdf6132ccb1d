"""Where things live: the project's root, its `.mlsec/` folder, and this user's own folder for keys and trust."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

MARK = ".mlsec"
_IGNORED = (
    "# Made by jupyter-mlsec: what is learned and recorded here stays out of git.\nlearned/\nledger/\ncheckpoint\n"
)


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A project's root, and the `.mlsec` folders above the start that were passed over, each with its reason."""

    root: Path
    passed_over: tuple[str, ...] = ()


class StatePlace(msgspec.Struct, frozen=True, kw_only=True):
    """The folder state goes to. `reason` says why it is a stand-in, and is empty when it is the project's own."""

    path: Path
    reason: str = ""


def project_root(start: Path) -> Path:
    """The nearest parent with a `.mlsec` of ours, else the git root, else the start folder."""
    return find_project(start).root


def find_project(start: Path) -> Project:
    """As `project_root`, and says which planted `.mlsec` folders were passed over.

    Never looks above the home folder (when the start lies in it) or beyond a file-system border.
    """
    first = start if start.is_dir() else start.parent
    first = first.resolve()
    git: Path | None = None
    passed_over: list[str] = []
    for folder in _upwards(first):
        mark = folder / MARK
        if mark.is_symlink() or mark.is_dir():
            reason = distrusted(mark)
            if not reason:
                return Project(root=folder, passed_over=tuple(passed_over))
            passed_over.append(f"{mark} was passed over: {reason}.")
        if git is None and (folder / ".git").exists():
            git = folder
    return Project(root=git or first, passed_over=tuple(passed_over))


def state_folder(root: Path) -> StatePlace:
    """The project's `.mlsec/`, made now, with a `.gitignore` inside for what must not be committed.

    A stand-in in this user's data folder, with the reason, when the project cannot be written or its
    `.mlsec` is not ours.
    """
    mark = root / MARK
    reason = distrusted(mark) if mark.is_symlink() or mark.exists() else ""
    if not reason:
        try:
            mark.mkdir(exist_ok=True)
            _ignore_inside(mark)
            if os.access(mark, os.W_OK | os.X_OK):
                return StatePlace(path=mark)
            reason = "it cannot be written"
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
    key = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]
    stand_in = data_folder() / "state" / key
    stand_in.mkdir(parents=True, exist_ok=True, mode=0o700)
    return StatePlace(
        path=stand_in, reason=f"State is kept in {stand_in}, because {MARK} in the project is not used: {reason}."
    )


def data_folder() -> Path:
    """This user's own folder in Jupyter's data directory, made 0700 when missing and set back to it when wider.

    Where it cannot be made (a home that cannot be written) there is nothing in it, and whoever writes there is told.
    """
    from jupyter_core.paths import jupyter_data_dir

    folder = Path(jupyter_data_dir()) / "jupyter_mlsec"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (folder / ".gitignore").exists():  # a home folder that is a git work tree must not publish keys
            (folder / ".gitignore").write_text("*\n", encoding="ascii")
    except OSError:
        return folder
    if os.name == "posix" and folder.stat().st_mode & 0o077:
        folder.chmod(0o700)
    return folder


def shown(path: Path) -> str:
    """A path as a user may read it in a notebook that is passed on: from here, or from home, not from the root."""
    for base, mark in ((Path.cwd(), ""), (Path.home(), "~/")):
        if path.is_relative_to(base):
            return mark + path.relative_to(base).as_posix()
    return str(path)


def _upwards(first: Path) -> Iterator[Path]:
    """The folder and its parents, up to and including home, on one file system. Never the root folder itself."""
    home = Path.home().resolve()
    try:
        device = first.stat().st_dev
    except OSError:
        return
    for folder in (first, *first.parents):
        if folder == Path(folder.anchor) or folder.stat().st_dev != device:
            return
        yield folder
        if folder == home:
            return


def distrusted(mark: Path) -> str:
    """Why this `.mlsec` is not to be used; empty when it is this user's own folder."""
    if mark.is_symlink():
        return "it is a link"
    if not mark.is_dir():
        return "it is not a folder"
    if os.name != "posix":
        return ""
    status = mark.stat()
    if status.st_uid != os.getuid():
        return f"it belongs to another user (uid {status.st_uid})"
    return "anyone may write in it" if status.st_mode & 0o002 else ""


def _ignore_inside(mark: Path) -> None:
    try:
        with (mark / ".gitignore").open("x", encoding="utf-8") as file:  # "x" follows no planted link
            file.write(_IGNORED)
    except FileExistsError:
        pass
