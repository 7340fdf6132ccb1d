"""Digests of what models are given and answer: xxh3-128 of the values, keyed with a secret of this user's.

Without the key a digest of one row would tell whoever can list the likely rows which it was.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

_FILE = "digest.key"
_LENGTH = 32
_MOST_ITEMS = 100_000
_ODD = (TypeError, ValueError, AttributeError, RuntimeError, NotImplementedError, KeyError, OverflowError, OSError)
"""What looking at a stranger's value may raise: then it has no digest."""


class Digests:
    """Makes digests under one secret, kept in the user's own folder; of this process where that takes none."""

    def __init__(self, folder: Callable[[], Path], limit: int) -> None:
        self._folder = folder
        self._limit = max(1, limit)
        self._secret: bytes | None = None

    def of(self, value: Any) -> tuple[str | None, bool]:
        """The digest in hex (None for what has none: a generator, a client's stream), and whether rows were left out.

        What could be used up by looking at it is not looked at.
        """
        try:
            found, is_cut = _content(value, self._limit)
        except _ODD:
            return None, False
        if found is None:
            return None, False
        if self._secret is None:
            self._secret = secret(self._folder)
        return hashlib.blake2b(found, key=self._secret, digest_size=16).hexdigest(), is_cut


def secret(folder: Callable[[], Path]) -> bytes:
    """This user's secret for digests, made at first use; one of this process only where the folder takes no file."""
    try:
        place = folder() / "models" / _FILE
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not place.exists():
            _make(place)
        found = place.read_bytes()
    except OSError:
        found = b""
    return found if len(found) == _LENGTH else secrets.token_bytes(_LENGTH)


def _make(place: Path) -> None:
    """Put a new secret there, whole; of two processes at once the first one's stays."""
    beside = place.with_name(f".{place.name}-{secrets.token_hex(8)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_LENGTH))
        place.hardlink_to(beside)  # unlike rename, never replaces
    except FileExistsError:
        pass
    finally:
        beside.unlink()


def _content(value: Any, limit: int) -> tuple[bytes | None, bool]:
    if value is None:
        return None, False
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.ndarray | numpy.generic):
        return _array(numpy, value, limit)
    torch: Any = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return _tensor(torch, value, limit)
    if type(value).__module__.startswith("scipy.sparse"):
        return _sparse(numpy, value, limit)
    if isinstance(value, list | tuple | dict | str | bytes | int | float | bool):
        return _plain(value)
    dump = getattr(value, "model_dump_json", None)  # an answer of a client of a served model
    if dump is not None:
        return _hashed(b"json", dump().encode()), False
    return _table(value, limit)


def _array(numpy: Any, value: Any, limit: int) -> tuple[bytes | None, bool]:
    if value.dtype.hasobject:
        return _plain(value.reshape(-1)[:: value.size // _MOST_ITEMS + 1].tolist())
    said = f"{value.dtype.str} {value.shape}".encode()
    is_cut = value.ndim > 0 and value.nbytes > limit
    if is_cut:
        value = value.reshape(len(value), -1)[:: value.nbytes // limit + 1]
    flat = numpy.ascontiguousarray(value).reshape(-1)
    return _hashed(said, flat.view("u1").data if flat.size else b""), is_cut


def _tensor(torch: Any, value: Any, limit: int) -> tuple[bytes | None, bool]:
    said, size = f"{value.dtype} {tuple(value.shape)}".encode(), value.numel() * value.element_size()
    with torch.no_grad(), torch._C.DisableTorchFunction():
        flat = value.detach().reshape(-1)[:: size // limit + 1].cpu().contiguous().view(torch.uint8)
        return _hashed(said, flat.numpy().data if size else b""), size > limit


def _sparse(numpy: Any, value: Any, limit: int) -> tuple[bytes | None, bool]:
    found = [
        _array(numpy, part, limit)
        for part in map(vars(value).get, ("data", "indices", "indptr", "coords"))
        if isinstance(part, numpy.ndarray)
    ]
    if not found:
        return None, False
    return _hashed(f"sparse {value.shape}".encode(), b"".join(each or b"" for each, _ in found)), any(
        is_cut for _, is_cut in found
    )


def _plain(value: Any) -> tuple[bytes | None, bool]:
    is_cut = isinstance(value, list | tuple) and len(value) > _MOST_ITEMS
    if is_cut:
        value = value[:: len(value) // _MOST_ITEMS + 1]
    return _hashed(b"json", msgspec.json.encode(value, enc_hook=_item, order="deterministic")), is_cut


def _item(value: Any) -> Any:
    """What JSON does not know: a number of numpy's, an array, an object that shows itself as a dict."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(type(value).__name__)


def _table(value: Any, limit: int) -> tuple[bytes | None, bool]:
    from jupyter_mlsec import frames
    from jupyter_mlsec.frames.fingerprint import of_column, of_table

    frame = frames.view(value)
    if frame is None:
        return None, False
    most = max(1, limit // (8 * max(1, len(frame.columns))))
    if frame.rows <= most:
        return frame.fingerprint().encode(), False
    sample = {name: of_column(array) for name, array in frame.sample(most).items()}
    return of_table(frame.rows, sample).encode(), True


def _hashed(said: bytes, content: Any) -> bytes:
    import xxhash

    made = xxhash.xxh3_128(said + b"\0")
    made.update(content)
    return bytes(made.digest())
