"""The file system `age::`: the files of another file system, sealed. fsspec finds it by its entry point.

    pd.read_csv("age::s3://bucket/rows.csv")
    dask_frame.to_parquet("age::file:///data/parts")

Names and places are those of the other file system. A file is written there only once all of it is sealed.
"""

from __future__ import annotations

import shutil
import tempfile
from typing import Any, BinaryIO, cast

import fsspec
from fsspec.implementations.chained import ChainedFileSystem
from fsspec.implementations.local import LocalFileSystem
from fsspec.utils import mirror_from

from jupyter_mlsec.vault import filekey, remote
from jupyter_mlsec.vault.atomic import Replacement
from jupyter_mlsec.vault.filesystems import NAME
from jupyter_mlsec.vault.format import PREFIX_SIZE, is_sealed, read_header
from jupyter_mlsec.vault.stream import Layout

Info = dict[str, Any]
_AS_THERE = ("ls", "created", "modified", "mkdir", "makedirs", "rmdir", "rm_file", "rm", "cp_file", "mv", "sep")
"""What has to do with names and places only: left to the other file system. A copy of a sealed file is sealed."""


@mirror_from("fs", _AS_THERE)
class SealedFileSystem(ChainedFileSystem):  # type: ignore[misc]  # fsspec has no types
    """Opens and seals the files of `fs`, or of the file system that `target_protocol` and `target_options` make."""

    protocol = NAME
    _strip_tokenize_options = ("fo",)

    def __init__(
        self,
        target_protocol: str | None = None,
        target_options: dict[str, Any] | None = None,
        fs: Any = None,
        fo: str | None = None,  # noqa: ARG002  # where fsspec's chain begins; each call names its path
        **storage_options: Any,
    ) -> None:
        super().__init__(**storage_options)
        self.fs = fs if fs is not None else fsspec.filesystem(target_protocol or "file", **(target_options or {}))
        self._strip_protocol = self._stripped

    def _stripped(self, path: Any) -> Any:  # Any: a path or a list of them
        """Any spelling of a path as the other file system names it."""
        if isinstance(path, list):
            return [self._stripped(each) for each in path]
        return self.fs._strip_protocol(str(path).removeprefix(f"{NAME}::").removeprefix(f"{NAME}://"))

    def unstrip_protocol(self, name: str) -> str:
        """The path as a chained URL."""
        return f"{NAME}::{self.fs.unstrip_protocol(self._stripped(name))}"

    def info(self, path: str, **options: Any) -> Info:
        """What the other file system says, with the plain size. `ls` and `find` give sizes as they are there."""
        found: Info = dict(self.fs.info(self._stripped(path), **options))
        if found.get("type") == "file":
            found["size"] = self._plain_size(found["name"], found["size"])
        return found

    def _plain_size(self, path: str, size: int) -> int:
        with self.fs.open(path, "rb") as file:
            if not is_sealed(file.read(PREFIX_SIZE)):
                return size
            file.seek(0)
            return Layout(size - read_header(file).size - filekey.NONCE_SIZE).plain

    def _open(self, path: str, mode: str = "rb", **options: Any) -> BinaryIO:  # noqa: ARG002  # block sizes and caches
        path = self._stripped(path)
        name = self.fs.unstrip_protocol(path).removeprefix("file://")
        if mode == "rb":
            file = self.fs.open(path, "rb")
            return remote.opened(file, remote.name_of(file))
        if mode not in remote.WRITES:
            raise remote.not_in_part(name)
        if "x" in mode and self.fs.exists(path):
            raise FileExistsError(f"{name} exists already")
        if isinstance(self.fs, LocalFileSystem):
            made = Replacement(path)
            return cast(BinaryIO, remote.Sealing(made.sink, name, made.commit, made.discard))
        return self._upload(path, name)

    def _upload(self, path: str, name: str) -> BinaryIO:
        """Sealed into an unnamed temporary file first, and sent once it is complete."""
        spool = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115  # closed when it was sent, or dropped

        def send() -> None:
            spool.seek(0)
            with self.fs.open(path, "wb") as target:
                shutil.copyfileobj(spool, target, 1 << 20)
            spool.close()

        return cast(BinaryIO, remote.Sealing(spool, name, send, spool.close))
