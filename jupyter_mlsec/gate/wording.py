"""The gate's own rules and sentences: what is said when the guard itself cannot do its part."""

from __future__ import annotations

from jupyter_mlsec.controls.contract import Rule
from jupyter_mlsec.protocol.records import Finding, Obligation

UNKNOWN_OBLIGATION = Rule(
    id="gate.unknown-obligation",
    level="error",
    effect="deny",
    what="A control asked for a deed that nothing here can do.",
    why="Going on without it would skip a safeguard that was asked for.",
    safeguard="Fail-safe defaults (NIST SP 800-53 SI-17, AC-3).",
    fix="Install the extra that brings the deed, or take the obligation out of the policy.",
    way_on='%mlsec allow gate.unknown-obligation --reason "..."',
    teach="A safeguard that cannot be carried out must stop the action, not be skipped in silence.",
    message="{control} asked to {deed}, and nothing here can do that.",
)
CONTROL_BROKE = Rule(
    id="gate.control-broke",
    level="error",
    effect="deny",
    what="A control that may deny broke while it was judging this call.",
    why="Whether the call is safe could not be told, so it was not let through (it fails closed).",
    safeguard="Fail-safe defaults (NIST SP 800-53 SI-17).",
    fix="Please report it with the output of %mlsec status; the ledger holds the type of the error.",
    way_on='%mlsec allow gate.control-broke --reason "..."',
    teach="When a guard fails, a door that stays shut is safer than one that swings open.",
    message="The {control} control broke ({error}) and may deny, so this was not let through.",
)
RULES = (UNKNOWN_OBLIGATION, CONTROL_BROKE)


def unknown_obligation(obligation: Obligation) -> Finding:
    """The finding for an obligation nobody can fulfil."""
    message = UNKNOWN_OBLIGATION.message.format(control=obligation.control, deed=obligation.deed)
    return Finding(control="gate", rule=UNKNOWN_OBLIGATION.id, message=message, effect="deny", level="error")


def control_broke(control: str, error: str) -> Finding:
    """The finding for a control that may deny and broke."""
    message = CONTROL_BROKE.message.format(control=control, error=error)
    return Finding(control="gate", rule=CONTROL_BROKE.id, message=message, effect="deny", level="error")
