"""In what shape the plain bytes reach a saver or loader, and never a disk: a file object, or a path in memory."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from jupyter_mlsec.host import memfd, memory_folder
from jupyter_mlsec.host.interrupts import postponed
from jupyter_mlsec.protocol.errors import VaultError
from jupyter_mlsec.vault.files import Sealed, SealedFile
from jupyter_mlsec.vault.keys import Recipient
from jupyter_mlsec.vault.reader import AgeReader

_STEP = 1 << 20
_MOST_OPEN = 100
"""Plain forms kept under a descriptor each: a process has about 1,000 of those, for everything."""
Opens = Callable[[Path], AgeReader]


class Out(Protocol):
    """What a saver writes to. `finish` puts the sealed form in its place, `drop` leaves no trace."""

    given: Any
    """What the saver is handed in place of its path."""

    def finish(self) -> list[Sealed]: ...

    def drop(self) -> None: ...


class File(Protocol):
    """A file that takes its place when it is closed; `require_finished` raises where it did not."""

    @property
    def sealed(self) -> Sealed: ...

    def write(self, data: bytes, /) -> int: ...

    def require_finished(self) -> None: ...

    def close(self) -> None: ...

    def abandon(self) -> None: ...


Makes = Callable[[Path, Sequence[Recipient]], File]
"""What is written to for a path: the sealed file, unless a saver encrypts by itself."""


class SinkOut:
    """A file object that seals as it is written to."""

    def __init__(self, path: Path, recipients: Sequence[Recipient], makes: Makes = SealedFile) -> None:
        self.given = makes(path, recipients)

    def finish(self) -> list[Sealed]:
        """Finish the file and put it in its place."""
        self.given.close()
        self.given.require_finished()
        return [self.given.sealed]

    def drop(self) -> None:
        """The old file stays."""
        self.given.abandon()


class PathOut:
    """A file in memory with a path, sealed when the saver is done with it."""

    def __init__(self, path: Path, recipients: Sequence[Recipient]) -> None:
        self._file = SealedFile(path, recipients)
        self._memory: int | None = memfd.create("mlsec-save")
        self._named = Named(path.name, self._memory)
        self.given = self._named.path

    def finish(self) -> list[Sealed]:
        """Seal what was written, and put it in its place."""
        assert self._memory is not None
        with open(self._memory, "rb", closefd=False) as plain:  # a descriptor has no Path
            plain.seek(0)
            _copy(plain, self._file)
        self._file.close()
        self._forget()
        return [self._file.sealed]

    def _forget(self) -> None:
        memory, self._memory = self._memory, None
        if memory is not None:
            self._named.drop()
            os.close(memory)

    def drop(self) -> None:
        """The old file stays."""
        self._forget()
        self._file.abandon()


class FolderOut:
    """A folder in memory for a saver that makes its own files, or a whole folder of them: each is sealed in the end."""

    def __init__(self, path: Path, recipients: Sequence[Recipient], makes: Makes = SealedFile) -> None:
        self._path, self._recipients, self._makes = path, recipients, makes
        self._folder = memory_folder.create()
        self.given = os.fspath(self._folder / path.name)

    def finish(self) -> list[Sealed]:
        """Seal each file that was made, all of them before the first takes its place."""
        if not Path(self.given).exists():
            self.drop()
            raise VaultError(f"{self._path} was not saved: its saver made no file of the name it was given.")
        files: list[File] = []
        try:
            for made in sorted(self._made()):
                target = self._path / made.relative_to(self.given) if made != Path(self.given) else self._path
                target.parent.mkdir(parents=True, exist_ok=True)
                with postponed():
                    files.append(self._makes(target, self._recipients))
                with made.open("rb") as plain:
                    _copy(plain, files[-1])
            for file in files:
                file.close()
        except BaseException:
            for file in files:
                file.abandon()
            raise
        finally:
            self.drop()
        return [file.sealed for file in files]

    def _made(self) -> Iterator[Path]:
        made = Path(self.given)
        if made.is_file():
            yield made
        else:
            yield from (each for each in made.rglob("*") if each.is_file())

    def drop(self) -> None:
        """Forget what was made."""
        memory_folder.remove(self._folder)


class Named:
    """A file in memory under a path that ends as the user's does: many libraries go by the ending."""

    def __init__(self, name: str, memory: int) -> None:
        self.path = memfd.path_of(memory)
        self._folder: Path | None = None
        with contextlib.suppress(OSError):  # no such folder: then the path has no telling name
            folder = memory_folder.create()
            # By this process's number: in a child that a plan or a data set is sent to, `self` is another.
            (folder / name).symlink_to(f"/proc/{os.getpid()}/fd/{memory}")
            self.path, self._folder = os.fspath(folder / name), folder

    def drop(self) -> None:
        """Take the name away; the file lives as long as its descriptor."""
        if self._folder is not None:
            memory_folder.remove(self._folder)
            self._folder = None


class Plain:
    """The plain bytes of one sealed file in memory, unchangeable, under a path; closed once."""

    def __init__(self, path: Path, reader: AgeReader) -> None:
        self._memory: int | None = memfd.create("mlsec-load")
        try:
            with open(self._memory, "wb", closefd=False) as plain:  # a descriptor has no Path
                _copy(reader, plain)
            memfd.freeze(self._memory)
            self._named = Named(path.name, self._memory)
        except BaseException:
            os.close(self._memory)
            raise
        self.path = self._named.path

    def close(self) -> None:
        """Let go of it: what was opened or mapped before stays readable."""
        memory, self._memory = self._memory, None
        if memory is not None:
            self._named.drop()
            os.close(memory)


class PlainFile:
    """The same as a file in a folder in memory: for many at once, as it takes no descriptor."""

    def __init__(self, path: Path, reader: AgeReader) -> None:
        self._file = memory_folder.create() / path.name
        try:
            with self._file.open("xb") as plain:
                _copy(reader, plain)
        except BaseException:
            self.close()
            raise
        self.path = os.fspath(self._file)

    def close(self) -> None:
        """Take it away: what was opened or mapped before stays readable."""
        memory_folder.remove(self._file.parent)


class Lasting:
    """The plain forms that something may open later, by path, through objects nobody can follow: kept to the end.

    Of one content there is one, however often it is loaded.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[int, ...], Plain | PlainFile] = {}
        self._trees: dict[tuple[object, ...], Path] = {}
        self._lock = threading.Lock()

    def path_of(self, path: Path, opens: Opens) -> str:
        """The path in memory of that sealed file's plain form."""
        status = path.stat()
        key = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, os.getpid())
        with self._lock:
            if key not in self._kept:
                with opens(path) as reader:
                    many = len(self._kept) >= _MOST_OPEN and memory_folder.is_available()
                    self._kept[key] = PlainFile(path, reader) if many else Plain(path, reader)
            return self._kept[key].path

    def tree_of(self, root: Path, links: Mapping[Path, str]) -> str:
        """A folder in memory named as `root`, with these links below it."""
        key = (os.getpid(), root.absolute(), *links.items())
        with self._lock:
            if key not in self._trees:
                self._trees[key] = folder = memory_folder.create() / root.name
                for path, to in links.items():
                    here = folder / path.relative_to(root)
                    here.parent.mkdir(parents=True, exist_ok=True)
                    here.symlink_to(to)
            return os.fspath(self._trees[key])

    def close(self) -> None:
        """Let go of all of them."""
        with self._lock:
            kept, self._kept = self._kept, {}
            trees, self._trees = self._trees, {}
            for plain in kept.values():
                plain.close()
            for folder in trees.values():
                memory_folder.remove(folder.parent)


LASTING = Lasting()


def tree(root: Path, sealed: Sequence[Path], others: Sequence[Path], opens: Opens) -> str:
    """A folder in memory that looks as `root` does, its sealed files opened, the others linked to where they are."""
    opened = {path: LASTING.path_of(path, opens) for path in sealed}
    return LASTING.tree_of(root, opened | {path: os.fspath(path.absolute()) for path in others})


def plain_file(path: Path, opens: Opens) -> Path:
    """A file of that name in a folder in memory: for what resolves links. The caller removes its parent folder."""
    folder = memory_folder.create()
    here = folder / path.name
    with opens(path) as reader, here.open("xb") as plain:
        _copy(reader, plain)
    return here


def _copy(source: IO[bytes] | AgeReader, sink: IO[bytes] | File) -> None:
    while piece := source.read(_STEP):
        try:
            sink.write(piece)
        except OSError as error:
            if not isinstance(source, AgeReader):
                raise
            raise VaultError(
                f"{source.name} was not opened: its plain form does not fit into memory ({error.strerror})."
            ) from None
