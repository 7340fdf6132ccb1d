"""Teaches fsspec `compression="age"` and the ending `.age`. fsspec is not imported here before the user does.

What is written is sealed for this user, what is read is opened with this user's identities.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, BinaryIO

NAME = "age"
"""What fsspec calls it: the compression, and the ending it is inferred from."""


def register() -> None:
    """Teach fsspec `compression="age"` in this process, for good: for workers and scripts without a guard."""
    from fsspec import available_protocols, compression, register_implementation

    teach(compression)
    if NAME not in available_protocols():  # installed, the package's entry point has done that
        register_implementation(NAME, "jupyter_mlsec.vault.sealedfs.SealedFileSystem")


def dask_setup(worker: object) -> None:  # noqa: ARG001  # dask's signature
    """The same for a dask worker: `dask worker --preload jupyter_mlsec.vault.filesystems`."""
    register()


def teach(compression: ModuleType) -> bool:
    """Register with `fsspec.compression`; whether it was not there yet. What others named `age` stays theirs."""
    from fsspec.utils import compressions

    if NAME in compression.compr:
        return False
    compression.register_compression(NAME, wrap, () if NAME in compressions else NAME)
    return True


def forget() -> None:
    """Take the registration back, if it is ours."""
    from fsspec.compression import compr
    from fsspec.utils import compressions

    if compr.get(NAME) is wrap:
        del compr[NAME]
        if compressions.get(NAME) == NAME:
            del compressions[NAME]


def wrap(file: Any, mode: str = "rb") -> BinaryIO:  # Any: each file system has file types of its own
    """The plain side of fsspec's open file: seekable for reading, or a writer that seals. It owns `file`.

    Raises SealedFileError, NoIdentity or UsageError naming the file; `file` is closed then.
    """
    from jupyter_mlsec.vault import remote

    name = remote.name_of(file)
    return remote.opened(file, name) if mode in ("r", "rb") else remote.sealing(file, name, mode)


def is_ours(resource: object, options: object) -> bool:
    """Whether fsspec will seal or open by itself what a call names: `age::` before the URL, or compression="age"."""
    chained = isinstance(resource, str) and resource.startswith(f"{NAME}::")
    return chained or (isinstance(options, dict) and options.get("compression") == NAME)
