"""The files a run read and wrote, by the SHA-256 of their bytes, so that a reviewer knows which ones were meant."""

from __future__ import annotations

from jupyter_mlsec.controls.contract import Control, Site
from jupyter_mlsec.controls.digests.settings import Settings
from jupyter_mlsec.controls.digests.wording import RULES

__all__ = ["RULES", "Settings", "build"]


def build(site: Site) -> Control:
    """The control, put to work at a site."""
    from jupyter_mlsec.controls.digests.control import Digests

    return Digests(site)
