"""One line guards a notebook: `%load_ext jupyter_mlsec`. In scripts: `with jupyter_mlsec.guard(): ...`.

The public doors; everything else is private. Nothing heavy is imported before it is used.
"""

from __future__ import annotations

import importlib
from typing import Any

from jupyter_mlsec._version import __version__

_DOORS = {
    "Detection": "jupyter_mlsec.controls.pii.detection",
    "Span": "jupyter_mlsec.controls.pii.detection",
    "dp": "jupyter_mlsec.session.doors",
    "guard": "jupyter_mlsec.session.doors",
    "infer_schema": "jupyter_mlsec.session.doors",
    "lineage_of": "jupyter_mlsec.session.doors",
    "mask": "jupyter_mlsec.session.doors",
    "open": "jupyter_mlsec.session.doors",
    "register_fsspec": "jupyter_mlsec.session.doors",
    "risk": "jupyter_mlsec.session.doors",
    "safe_load": "jupyter_mlsec.session.doors",
    "scan_table": "jupyter_mlsec.session.doors",
    "scan_text": "jupyter_mlsec.session.doors",
    "seal": "jupyter_mlsec.session.doors",
    "unmask": "jupyter_mlsec.session.doors",
    "validate": "jupyter_mlsec.session.doors",
    "verify": "jupyter_mlsec.session.doors",
    "load_ipython_extension": "jupyter_mlsec.session.extension",
    "unload_ipython_extension": "jupyter_mlsec.session.extension",
}

__all__ = ["__version__", *sorted(_DOORS)]


def __getattr__(name: str) -> Any:  # Any: whichever door was asked for
    module = _DOORS.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(module), name)


def __dir__() -> list[str]:
    return __all__
