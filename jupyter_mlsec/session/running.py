"""Which guard is at work in this process: at most one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jupyter_mlsec.protocol.errors import UsageError

if TYPE_CHECKING:
    from jupyter_mlsec.session.display import Display
    from jupyter_mlsec.session.extension import Extension
    from jupyter_mlsec.session.house import House

extension: Extension | None = None
house: House | None = None
display: Display | None = None


def the_house() -> House:
    """The house at work; raises UsageError when there is none."""
    if house is None:
        raise UsageError("The guard is not on: run %load_ext jupyter_mlsec, or use `with jupyter_mlsec.guard():`.")
    return house


def _in_child() -> None:
    if house is not None:
        house.in_child()


if hasattr(os, "register_at_fork"):  # once for all loads: it cannot be taken back
    os.register_at_fork(after_in_child=_in_child)
