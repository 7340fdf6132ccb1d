"""This control finds nothing wrong with a file: it has no rules. Why a file has no digest is said by the audit."""

from __future__ import annotations

from jupyter_mlsec.controls.contract import Rule

RULES: tuple[Rule, ...] = ()
