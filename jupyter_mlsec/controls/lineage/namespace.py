"""The notebook's namespace before and after a cell: which names were rebound, made or removed, at C speed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import compress, islice
from operator import is_not
from typing import Any

import msgspec

from jupyter_mlsec.controls.lineage.imprint import SCALARS

_OURS = re.compile(r"_i\d*|_ii|_iii|In|Out|_ih|_oh|_dh|exit|quit|get_ipython|open|__\w+__")
_RELEASED = object()


class Changes(msgspec.Struct):
    """Names that hold another object than before, or are new, and names that are gone."""

    rebound: set[str]
    gone: set[str]


class Snapshot:
    """The objects all names hold, by identity.

    A strong reference is kept only while the cell runs, and not for names the cell may rebind or delete, so that
    `df = df.dropna()` frees the old table when it would without us.
    """

    __slots__ = ("held", "released")

    def __init__(self, namespace: dict[str, Any], leaving: Iterable[str]) -> None:
        self.held = dict(namespace)
        self.released: dict[str, int] = {}
        for name in leaving:
            if name in self.held and type(self.held[name]) not in SCALARS:  # the address of a number is soon another's
                self.released[name] = id(self.held[name])
                self.held[name] = _RELEASED

    def changes(self, namespace: dict[str, Any]) -> Changes:
        """What is different now. Names that IPython itself keeps are left out."""
        held = self.held
        size = len(held)
        if len(namespace) >= size and list(held) == list(namespace)[:size]:
            rebound = set(compress(held, map(is_not, held.values(), namespace.values())))
            rebound.update(islice(namespace, size, None))
            gone: set[str] = set()
        else:
            rebound = {name for name, value in namespace.items() if held.get(name, _OURS) is not value}
            gone = held.keys() - namespace.keys()
        for name, identity in self.released.items():
            if name in namespace and id(namespace[name]) == identity:
                rebound.discard(name)
        return Changes(rebound={name for name in rebound if is_user_name(name)}, gone=set(filter(is_user_name, gone)))


def is_user_name(name: Any) -> bool:
    """Whether a name is the notebook's own, or a result IPython keeps (`_`, `_3`), not IPython's machinery."""
    return type(name) is str and (
        not name.startswith(("_", "I", "O", "e", "q", "g", "o")) or _OURS.fullmatch(name) is None
    )
