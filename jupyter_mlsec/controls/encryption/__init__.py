"""Saved artifacts are sealed when they should be, and sealed files read back by themselves."""

from __future__ import annotations

from jupyter_mlsec.controls.contract import Control, Site
from jupyter_mlsec.controls.encryption.settings import Settings
from jupyter_mlsec.controls.encryption.wording import RULES

__all__ = ["RULES", "Settings", "build"]


def build(site: Site) -> Control:
    """The control, for one run of the guard."""
    from jupyter_mlsec.controls.encryption.control import Encryption

    return Encryption(site)
