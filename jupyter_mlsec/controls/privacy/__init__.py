"""Differential privacy: noisy answers about a table, and one budget for each data set that pays for all of them."""

from __future__ import annotations

from jupyter_mlsec.controls.contract import Control, Site
from jupyter_mlsec.controls.privacy.settings import Settings
from jupyter_mlsec.controls.privacy.wording import RULES

__all__ = ["RULES", "Settings", "build"]


def build(site: Site) -> Control:
    """The control, put to work at a site."""
    from jupyter_mlsec.controls.privacy.control import Privacy

    return Privacy(site)
