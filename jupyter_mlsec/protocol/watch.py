"""What a declaration says of one function of one library: enough to watch it, no behaviour."""

from __future__ import annotations

from typing import Literal

import msgspec

from jupyter_mlsec.protocol.records import Action

Sealing = Literal["sink", "path", "none"]
"""How this saver or loader takes sealed bytes: as a file object, as a sealed memfd path, or not at all."""


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """One watched function. `target` is dotted inside the library's module: `read_csv`, `DataFrame.to_csv`."""

    target: str
    action: Action
    resource: str | None = None
    """The name of the parameter that names the resource (a path, URL, buffer or connection)."""
    value: str | None = None
    """The name of the parameter that holds what is written or fed in; `self` for a method's own object."""
    format: str | None = None
    sealing: Sealing = "none"
    compression: str | None = None
    """The parameter by which a compression is chosen, when it is guessed from the path's ending otherwise."""
