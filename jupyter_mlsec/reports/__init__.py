"""Reports made of the ledger alone: the audit notebook, its verifier, and both as HTML. Loaded at first use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_mlsec.reports.audit import Audit, export, make
    from jupyter_mlsec.reports.verdict import Verification
    from jupyter_mlsec.reports.verify import verify

__all__ = ["Audit", "Verification", "export", "make", "verify"]

_HOMES = {"Audit": "audit", "export": "audit", "make": "audit", "Verification": "verdict", "verify": "verify"}


def __getattr__(name: str) -> Any:  # Any: one of the five above
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
