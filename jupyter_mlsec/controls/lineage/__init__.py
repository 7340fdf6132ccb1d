"""Lineage: which cells, files and columns a value was made of, and the labels that travel with it."""

from __future__ import annotations

from jupyter_mlsec.controls.contract import Control, Site
from jupyter_mlsec.controls.lineage.settings import Settings
from jupyter_mlsec.controls.lineage.wording import RULES

__all__ = ["RULES", "Settings", "build"]


def build(site: Site) -> Control:
    """The control, put to work at a site."""
    from jupyter_mlsec.controls.lineage.control import Lineage

    return Lineage(site.settings, site.project)
