"""Personal data: found in tables and texts, labelled, pointed out, masked on request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_mlsec.controls.pii.control import build
from jupyter_mlsec.controls.pii.settings import Settings
from jupyter_mlsec.controls.pii.wording import RULES

if TYPE_CHECKING:
    from jupyter_mlsec.controls.pii.anonymity import risk
    from jupyter_mlsec.controls.pii.detection import Detection, Span
    from jupyter_mlsec.controls.pii.masking import mask, unmask
    from jupyter_mlsec.controls.pii.table import scan_table
    from jupyter_mlsec.controls.pii.text import scan_text

__all__ = ["RULES", "Detection", "Settings", "Span", "build", "mask", "risk", "scan_table", "scan_text", "unmask"]
_DOORS = {
    "Detection": "detection",
    "Span": "detection",
    "mask": "masking",
    "risk": "anonymity",
    "scan_table": "table",
    "scan_text": "text",
    "unmask": "masking",
}


def __getattr__(name: str) -> Any:  # Any: PEP 562 doors, typed above
    if name not in _DOORS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_DOORS[name]}"), name)
