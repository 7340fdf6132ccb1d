"""Sealing and opening files as age v1, and the keys for it. The only door to `cryptography`, loaded at first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from jupyter_mlsec.vault.format import is_sealed

if TYPE_CHECKING:
    from jupyter_mlsec.vault import atomic, files, keys
    from jupyter_mlsec.vault.files import open_sealed, seal_file
    from jupyter_mlsec.vault.identities import Durability, Identities, IdentityInfo
    from jupyter_mlsec.vault.reader import AgeReader
    from jupyter_mlsec.vault.writer import AgeWriter

_HOMES = {
    "AgeReader": "reader",
    "AgeWriter": "writer",
    "Durability": "identities",
    "Identities": "identities",
    "IdentityInfo": "identities",
    "open_sealed": "files",
    "seal_file": "files",
}
_ROOMS = ("atomic", "files", "keys", "signing")

__all__ = [
    "AgeReader",
    "AgeWriter",
    "Durability",
    "Identities",
    "IdentityInfo",
    "atomic",
    "files",
    "is_sealed",
    "keys",
    "open_sealed",
    "seal_file",
]


def __getattr__(name: str) -> Any:  # Any: modules and classes alike (PEP 562)
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    if name in _ROOMS:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
