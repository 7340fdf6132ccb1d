"""The two deeds on a call: hand it something that seals in place of its path, or the plain bytes of what is sealed."""

from __future__ import annotations

import contextlib
import errno
import os
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

from jupyter_mlsec.controls.contract import Call
from jupyter_mlsec.controls.encryption import assets, carriers, sources, target, workbook
from jupyter_mlsec.controls.encryption.adapting import adapt, database_in_memory
from jupyter_mlsec.host import memfd, memory_folder
from jupyter_mlsec.protocol.errors import VaultError
from jupyter_mlsec.protocol.facts import SealedFor
from jupyter_mlsec.vault.files import Sealed
from jupyter_mlsec.vault.keys import Recipient
from jupyter_mlsec.vault.reader import AgeReader

Makes = Callable[[Path, Sequence[Recipient]], carriers.Out]
_OUT: dict[str, Makes] = {
    "sink": carriers.SinkOut,
    "path": carriers.PathOut,
    "lasting": carriers.PathOut,
    "folder": carriers.FolderOut,
}
Done = Callable[[Sequence[Sealed]], None]


class Sealing:
    """A save on its way into sealed files. Nothing is in their places before `complete`."""

    def __init__(
        self, call: Call, path: Path, recipients: tuple[Recipient, ...], done: Done, makes: Makes | None = None
    ) -> None:
        """`makes`: what the saver is handed in place of what its kind takes."""
        if str(call.argument("mode")).startswith("x") and path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), os.fspath(path))
        if call.argument("mkdir") is True:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._call, self._done, self._path = call, done, path
        self._named = call.resource
        self._finish: Callable[[], None] = _nothing
        self._hide: Callable[[], Callable[[], None]] = lambda: _nothing
        """Begins what must hold while a saver that takes more first is closed; gives what ends that."""
        self._out = (makes or _out(call))(path, recipients)
        try:
            adapt(call, path)
            if call.watch.format == "excel":
                self._hide = workbook.hiding(call, path)
                self._finish = _nothing if call.watch.finished_by is not None else self._hide()
            elif call.watch.format == "keras":
                self._finish = _entered(assets.in_memory())
            _put(call, self._named, self._out.given)
        except BaseException:
            self.abandon()
            raise

    def complete(self, value: Any) -> Any:
        """Finish the files, put them in their places, and tell who wants to know; or wait until the saver is closed."""
        ends = self._call.watch.finished_by
        if ends is not None:
            self._wait(self._call.args[0] if value is None else value, ends)
            return value
        self._end()
        if self._call.watch.format == "joblib":
            return [os.fspath(self._named)]  # what joblib.dump gives for a path
        return value

    def _end(self) -> None:
        try:
            self._finish()
            sealed = self._out.finish()
        except BaseException:
            self._out.drop()
            raise
        self._done(sealed)

    def _wait(self, saver: Any, ends: str) -> None:
        """The saver takes more first: what closes it ends the save. One that is dropped unclosed leaves no file."""
        close, saved = getattr(type(saver), ends), False
        # One that closes itself when it is dropped does that as early as without us: nothing of ours keeps it.
        known: Callable[[], Any] = weakref.ref(saver) if hasattr(saver, "__del__") else lambda: saver

        def closing(*args: Any, **kwargs: Any) -> Any:
            nonlocal saved
            if (mine := known()) is None:  # dropped, and so closed, in the moment that this was called
                return None
            ends_hiding = self._hide()
            try:
                value = close(mine, *args, **kwargs)
            except BaseException:
                self._out.drop()
                raise
            finally:
                ends_hiding()
            if not saved:
                saved = True
                self._end()
            return value

        setattr(saver, ends, closing)
        weakref.finalize(saver, self._out.drop).atexit = False

    def abandon(self, error: BaseException | None = None) -> None:
        """The old files stay, and no temp."""
        self._finish()
        self._out.drop()
        _name_again(error, self._out.given, self._path)


def _nothing() -> None:
    """Where there is nothing to end."""


def _entered(manager: contextlib.AbstractContextManager[None]) -> Callable[[], None]:
    """Enter it now; gives what leaves it."""
    stack = contextlib.ExitStack()
    stack.enter_context(manager)
    return stack.close


def _out(call: Call) -> Makes:
    way = target.way_of(call)
    if way == "folder" and not memory_folder.is_available():
        raise VaultError("Nothing was saved: this saver makes files of its own, and this system has no memory folder.")
    if way == "path" and not memfd.is_available():
        raise VaultError("Nothing was saved: this saver takes only paths, and this system has no files in memory.")
    return _OUT[way]


def _put(call: Call, named: Any, given: Any) -> None:
    spelling = call.watch.spelling
    if spelling is not None:
        text = target.statement_of(named) or ""
        given = spelling.put(text, {str(spelling.written(text)): given})
    call.replace(str(call.watch.resource), given)


class Opening:
    """A load from sealed files. `file`: the user's own open file, which is left where its reading got to."""

    def __init__(
        self,
        call: Call,
        source: sources.Source | None,
        opens: carriers.Opens,
        file: IO[bytes] | None = None,
        reader: AgeReader | None = None,
    ) -> None:
        self._call, self._source, self._opens = call, source, opens
        self._file, self._reader = file, reader
        self._plain: carriers.Plain | None = None
        self._folder: Path | None = None
        self._given: Any = None
        self._finish = _entered(assets.in_memory()) if call.watch.format == "keras" else lambda: None
        if source is None or source.kind == "path":
            self._open_one(source)
        else:
            self._open_several(source)

    def _open_several(self, source: sources.Source) -> None:
        def tree(of: sources.Source) -> str:
            self._given = folder = carriers.tree(of.root, of.sealed, of.others, self._opens)
            return folder

        def place(path: Path) -> str:
            self._given = plain = carriers.LASTING.path_of(path, self._opens)
            return plain

        self._call.replace(str(self._call.watch.resource), sources.stand_in(self._call, source, place, tree))

    def _open_one(self, source: sources.Source | None) -> None:
        call = self._call
        if source is not None:
            adapt(call, source.sealed[0])
        if source is None or not _needs_path(call):
            self._reader = self._reader or self._opens(source.sealed[0])  # type: ignore[union-attr]  # one of them is
            self._given = self._reader
        else:
            self._given = self._path_for(source.sealed[0])
        if call.watch.format == "sqlite":
            self._given = database_in_memory(call)
        call.replace(str(call.watch.resource), self._given)

    def _path_for(self, path: Path) -> str:
        way = self._call.watch.sealing
        if way == "lasting":
            return carriers.LASTING.path_of(path, self._opens)
        if way == "folder":
            here = carriers.plain_file(path, self._opens)
            self._folder = here.parent
            return os.fspath(here)
        with self._opens(path) as reader:
            self._plain = carriers.Plain(path, reader)
        return self._plain.path

    def complete(self, value: Any) -> Any:
        """A lazy value may read later: what it reads from lives as long as it does."""
        if self._file is not None and self._reader is not None and not self._file.closed:
            self._file.seek(self._reader.source_position())
        if self._call.watch.format == "sqlite" and self._reader is not None:
            value.deserialize(self._reader.read())
            value.execute("PRAGMA query_only = ON").close()
        self._finish()
        if self._plain is not None:
            _tie(self._call.args[0] if value is None and self._call.args else value, self._plain)
            self._plain = None
        self._forget_folder()
        return value

    def _forget_folder(self) -> None:
        if self._folder is not None:
            memory_folder.remove(self._folder)
            self._folder = None

    def abandon(self, error: BaseException | None = None) -> None:
        """Close what we opened."""
        self._finish()
        if self._file is None and self._reader is not None:
            self._reader.close()
        if self._plain is not None:
            self._plain.close()
            self._plain = None
        self._forget_folder()
        if self._source is not None:
            last = self._source.parts[-1][1] if self._source.parts else self._source
            _name_again(error, self._given, last.root if last.kind == "tree" else last.sealed[-1])


def _needs_path(call: Call) -> bool:
    by = call.watch.by_path_if
    return call.watch.sealing != "sink" or (by is not None and bool(call.argument(by)))


def _tie(value: Any, plain: carriers.Plain) -> None:
    """What was read at once needs it no more; what takes no weak reference is no reader."""
    with contextlib.suppress(TypeError):
        weakref.finalize(value, plain.close)
        return
    plain.close()


def _name_again(error: BaseException | None, given: Any, real: Path) -> None:
    """The loader's or saver's own error speaks of the path the user knows."""
    if not isinstance(given, str):
        return
    for _ in range(5):
        if error is None:
            return
        with contextlib.suppress(AttributeError, TypeError):  # an exception of the user's own kind may refuse
            error.args = tuple(
                arg.replace(given, os.fspath(real)) if isinstance(arg, str) else arg for arg in error.args
            )
            if isinstance(error, OSError) and error.filename == given:
                error.filename = os.fspath(real)
        error = error.__cause__ or error.__context__


def fact_of(sealed: Sequence[Sealed]) -> SealedFor:
    """What was written, for the record: of several files together their number of bytes and no digest."""
    digest = sealed[0].digest if len(sealed) == 1 else ""
    return SealedFor(recipients=sealed[0].recipients, digest=digest, size=sum(each.size for each in sealed))
