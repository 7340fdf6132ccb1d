"""How a Python that a guarded process started takes up the guard (`propagate = true`): asked by its sitecustomize."""

from __future__ import annotations

import atexit
import os

import msgspec

from jupyter_mlsec.session import running
from jupyter_mlsec.session.family import PARENT, Inherited
from jupyter_mlsec.session.house import House, quietly_stop


def inherit() -> None:
    """Load the guard as this process's parent has it. Raises whatever keeps it from that."""
    text = os.environ.get(PARENT)
    if not text or running.house is not None:
        return
    said = msgspec.json.decode(text, type=Inherited)
    house = House(chosen=said.chosen, raise_ours=bool(os.environ.get("JUPYTER_MLSEC_RAISE_OURS")), inherited=said)
    running.house = house
    house.start()
    atexit.register(quietly_stop, house)
