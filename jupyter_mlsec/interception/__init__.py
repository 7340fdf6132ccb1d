"""Turns declarations into watched functions, and every call of one into an Operation for the gate."""

from jupyter_mlsec.interception.declaration import (
    Details,
    Library,
    closes,
    connects,
    fits,
    hands_out,
    holds,
    leaves_to,
    predicts,
    queries,
    reads,
    takes_in,
    transforms,
    writes,
)
from jupyter_mlsec.interception.installation import Interception

__all__ = [
    "Details",
    "Interception",
    "Library",
    "closes",
    "connects",
    "fits",
    "hands_out",
    "holds",
    "leaves_to",
    "predicts",
    "queries",
    "reads",
    "takes_in",
    "transforms",
    "writes",
]
