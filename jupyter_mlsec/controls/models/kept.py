"""What a model was asked and answered, kept in full where the policy says so: in a sealed file, or not at all.

One file a call, `.mlsec/models/kept/OPERATION.zip.age`: arrays as npy, tables as Arrow (feather), all else as JSON.
"""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from jupyter_mlsec.controls.models.answers import array_of

_FOLDER = "kept"
_ODD = (TypeError, ValueError, AttributeError, RuntimeError, NotImplementedError, OverflowError)


class Keeper:
    """Seals what it is given for this user. Nothing is written plain, not even for a moment."""

    def __init__(self, state: Callable[[], Path], limit: int) -> None:
        self._state = state
        self._limit = limit

    def keep(self, operation: str, parts: Mapping[str, Any]) -> str | None:
        """The name of the file; None where there is nothing that can be written, or too much of it.

        Raises NoIdentity where there is nobody to seal for, OSError where the folder takes no file.
        """
        content = packed(parts, self._limit)
        if content is None:
            return None
        from jupyter_mlsec.vault.files import SealedFile, choose_recipients, own_identities

        recipients = choose_recipients((), own_identities())
        folder = self._state() / "models" / _FOLDER
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ignored = folder.parent / ".gitignore"
        if not ignored.exists():
            ignored.write_text("*\n")
        name = f"{operation.replace('/', '-')}.zip.age"
        with SealedFile(folder / name, recipients) as sink:
            sink.write(content)
        return name


def packed(parts: Mapping[str, Any], limit: int) -> bytes | None:
    """The parts as one zip; those that cannot be written are left out. None for none, and beyond the limit."""
    sink = io.BytesIO()
    count = 0
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for name, value in parts.items():
            try:
                ending, content = _written(value)
            except _ODD:
                continue
            archive.writestr(f"{name}.{ending}", content)
            count += 1
            if sink.tell() > limit:
                return None
    return sink.getvalue() if count else None


def _written(value: Any) -> tuple[str, bytes]:
    from jupyter_mlsec import frames

    sink = io.BytesIO()
    frame = frames.view(value)
    if frame is not None:
        import pyarrow as pa
        from pyarrow import feather

        feather.write_feather(pa.table({name: frame.column(name) for name in frame.columns}), sink)
        return "feather", sink.getvalue()
    array = array_of(value)
    if array is not None:
        numpy: Any = sys.modules["numpy"]
        numpy.lib.format.write_array(sink, numpy.asarray(array), allow_pickle=False)
        return "npy", sink.getvalue()
    dump = getattr(value, "model_dump_json", None)
    if dump is not None:
        return "json", dump().encode()
    if not isinstance(value, list | tuple | dict | str | int | float):
        raise TypeError(type(value).__name__)
    return "json", msgspec.json.encode(value)
