"""Pickled files are read only as far as what they name is known to be harmless, your own, or trusted by you."""

from __future__ import annotations

from jupyter_mlsec.controls.contract import Control, Site
from jupyter_mlsec.controls.loading.settings import Settings
from jupyter_mlsec.controls.loading.wording import RULES

__all__ = ["RULES", "Settings", "build"]


def build(site: Site) -> Control:
    """The control, put to work at a site."""
    from jupyter_mlsec.controls.loading.control import Loading

    return Loading(site)
