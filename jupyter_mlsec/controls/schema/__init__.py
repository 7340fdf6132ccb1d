"""Schemas: learned on first load, owned as pandera, checked in one pass over Arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_mlsec.controls.schema.settings import Settings
from jupyter_mlsec.controls.schema.wording import RULES

if TYPE_CHECKING:
    from jupyter_mlsec.controls.contract import Control, Site

__all__ = ["RULES", "Settings", "build"]


def build(site: Site) -> Control:
    """The control, put to work at a site."""
    from jupyter_mlsec.controls.schema.control import SchemaControl

    return SchemaControl(site)
