"""What can go wrong, as one tree. A text says what did not happen, to what, and what to do.

MlsecError
├── Denied              a control refused; nothing happened to the resource
├── PolicyError         a policy file says something we cannot follow
├── LedgerError
│   └── Unverified      something does not hold: an entry, a proof, a signature
├── VaultError
│   ├── NoIdentity      no identity opens it, or the key file is not safe to use
│   └── SealedFileError a sealed file is damaged or was not sealed for us
├── SchemaError         a schema could not be read, learned or compiled
├── ExportError         an audit could not be made
└── UsageError          a verb was given words it does not take
"""

from __future__ import annotations


class MlsecError(Exception):
    """The root of all errors of ours."""

    def _render_traceback_(self) -> list[str]:
        """IPython's hook: what we refuse is told in a sentence, not in forty lines of our own frames."""
        return [f"{type(self).__name__}: {self}"]


class Denied(MlsecError):
    """A control refused an operation. Nothing was read, written or fitted.

    rule: the stable id of the rule that denied; fix: a ready cell, where there is one. report: what failed in detail,
    without values, for the eyes of whoever asked; a plain traceback shows it as a note.
    """

    def __init__(self, message: str, *, rule: str = "", fix: str | None = None, report: str | None = None) -> None:
        super().__init__(message)
        self.rule = rule
        self.fix = fix
        self.report = report
        if report:
            self.add_note(report)

    def _render_traceback_(self) -> list[str]:
        """The sentence, the mend and the way on."""
        lines = [f"Denied ({self.rule}): {self}" if self.rule else f"Denied: {self}"]
        if self.report:
            lines += ["", *self.report.splitlines()]
        if self.fix:
            lines += ["", "To look into it or mend it:", *(f"    {line}" for line in self.fix.splitlines())]
        if self.rule:
            lines += ["", f'%mlsec why explains; to go on: %mlsec allow {self.rule} --reason "..."']
        return lines


class PolicyError(MlsecError):
    """A policy file could not be followed: the text names file, line and key."""


class LedgerError(MlsecError):
    """The ledger could not be read or written."""


class Unverified(LedgerError):
    """Something in a ledger or audit does not hold; the text names the first thing that does not."""


class VaultError(MlsecError):
    """Sealing or opening did not happen."""


class NoIdentity(VaultError):
    """There is no identity that opens this, or its file is not safe to use."""


class SealedFileError(VaultError):
    """A sealed file is damaged, cut short, or not an age v1 file."""


class SchemaError(MlsecError):
    """A schema could not be read, learned or compiled."""


class ExportError(MlsecError):
    """An audit notebook could not be made."""


class UsageError(MlsecError):
    """A verb was given words it does not take; the text shows the ones it does."""
