"""Turns declarations into watched functions, and every call of one into an Operation for the gate."""

from jupyter_mlsec.interception.declaration import Library, fits, predicts, reads, transforms, writes
from jupyter_mlsec.interception.installation import Interception

__all__ = ["Interception", "Library", "fits", "predicts", "reads", "transforms", "writes"]
