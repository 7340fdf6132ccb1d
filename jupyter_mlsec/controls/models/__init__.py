"""Models under watch: what each was fitted on, what it was asked, and whether the two agree."""

from __future__ import annotations

from jupyter_mlsec.controls.contract import Control, Site
from jupyter_mlsec.controls.models.settings import Settings
from jupyter_mlsec.controls.models.wording import RULES

__all__ = ["RULES", "Settings", "build"]


def build(site: Site) -> Control:
    """The control, put to work at a site."""
    from jupyter_mlsec.controls.models.control import Models

    return Models(site)
