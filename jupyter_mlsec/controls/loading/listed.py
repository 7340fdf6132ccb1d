"""The names that honest files of known libraries use, by library and version, as `listing` found them by dumping."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

How = Literal["free", "careful"]
"""`free`: harmless however it is called. `careful`: only as its own library's files use it."""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What one version of one distribution was seen to write: each name, and how it was used if that matters."""

    distribution: str
    version: str
    packages: tuple[str, ...]
    free: tuple[str, ...]
    careful: dict[str, tuple[str, ...]]
    methods: tuple[str, ...] = ()
    """Methods that are looked up by their names, and called."""


class Listings(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, and the names of Python itself."""

    python: Listing
    libraries: tuple[Listing, ...]


@cache
def listings() -> Listings:
    """The list that came with this version of the guard."""
    raw = Path(__file__).with_name("listed.json").read_bytes()
    return msgspec.json.decode(raw, type=Listings)


class Listed:
    """The names that count here: of each library what its installed version, or else any listed one, writes."""

    def __init__(self) -> None:
        self.free: set[tuple[str, str]] = set()
        self.careful: dict[tuple[str, str], frozenset[str]] = {}
        self.methods: set[tuple[str, str]] = set()
        self._packages: dict[str, set[str]] = {}
        """The versions listed of the library that each package belongs to."""
        self._distributions: dict[str, str] = {}
        found = listings()
        for each in (found.python, *found.libraries):
            self.free.update(split(name) for name in each.free)
            self.methods.update(split(name) for name in each.methods)
            for name, uses in each.careful.items():
                key = split(name)
                self.careful[key] = self.careful.get(key, frozenset()) | frozenset(uses)
            for package in each.packages:
                self._packages.setdefault(package, set()).add(each.version)
                self._distributions[package] = each.distribution
        self.free -= self.careful.keys()

    def is_library(self, package: str) -> bool:
        """Whether names of this package are listed at all."""
        return package in self._packages

    def unlisted_version(self, package: str) -> str | None:
        """`name version` of the library this package is of, when its installed version is not in the list."""
        if package not in self._packages or package in sys.stdlib_module_names:
            return None
        import importlib.metadata  # a third of what this room costs when it is loaded

        distribution = self._distributions[package]
        try:
            version = importlib.metadata.version(distribution).partition("+")[0]
        except importlib.metadata.PackageNotFoundError:
            return None
        return None if version in self._packages[package] else f"{distribution} {version}"


@cache
def listed() -> Listed:
    """The one of this process, read when the first file asks for a name."""
    return Listed()


def split(text: str) -> tuple[str, str]:
    """`module:name` as the pair a pickle names."""
    module, _, name = text.partition(":")
    return module, name
