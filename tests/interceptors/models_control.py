"""The models control by itself, for the tests of libraries that make and ask models."""

from __future__ import annotations

from jupyter_mlsec.controls.contract import Site
from jupyter_mlsec.controls.models.control import Models
from jupyter_mlsec.controls.models.settings import Settings


def models(folder):
    """The control with all of its folders in one."""
    return Models(
        Site(
            settings=Settings(),
            profile="guard",
            project=lambda: folder,
            state=lambda: folder,
            data=lambda: folder,
            amend=lambda operation, **learned: None,
            record=lambda verb, subject, details: None,
        )
    )
