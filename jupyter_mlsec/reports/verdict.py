"""The verdict on one audit, its words and its exit code."""

from __future__ import annotations

import msgspec

HOLDS, BROKEN, UNREADABLE, UNCONFIRMED = 0, 1, 2, 3
_PAGE_ONLY = "The evidence itself is in the audit notebook: verify that, with --page and this file."


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on one audit. `ok`: all holds; `trusted`: and its signer is one the reviewer confirmed."""

    file: str
    ok: bool
    trusted: bool = False
    readable: bool = True
    problems: tuple[str, ...] = ()
    """What does not hold, in plain words, the first thing first."""
    not_seen: tuple[str, ...] = ()
    key: str = ""
    """The signing key's fingerprint; empty when the file is not an audit that could be read so far."""
    signer: str = ""
    confirmed: str = ""
    """How the key was confirmed: `the key you trust` or `a key you pinned`."""
    notebook: str = ""
    run: str = ""
    cells: int = 0
    entries: int = 0
    policy: str = ""
    profile: str = ""
    checkpoint: str = ""
    """The log's checkpoint as a signed note, once it was found to hold."""
    page: str = ""
    """What a file that is a page and no notebook is a page of; empty for an audit notebook."""
    continues: str = ""
    """That the ledger continues an older one it was compared with, as a sentence."""
    held: str = ""
    """How many files at hand are those of the run, as a sentence."""

    @property
    def exit_code(self) -> int:
        """0 all holds and is trusted; 3 holds, key not confirmed; 1 something does not hold; 2 unreadable."""
        if not self.readable:
            return UNREADABLE
        if not self.ok:
            return BROKEN
        return HOLDS if self.trusted else UNCONFIRMED

    @property
    def verdict(self) -> str:
        """The verdict in a line."""
        if not self.readable:
            return f"UNREADABLE: {self.problems[0]}"
        if not self.ok:
            return f"DOES NOT HOLD: {self.problems[0]}"
        if self.page and self.trusted:
            return f"HOLDS: {self.page} is as it was signed by {self.confirmed}. {_PAGE_ONLY}"
        if self.page:
            begin = "CONSISTENT, but signed by a key not confirmed"
            return f"{begin}: {self.page} is as it was signed, key {self.key}. {_PAGE_ONLY}"
        unseen = f" Not seen: {'; '.join(self.not_seen)}." if self.not_seen else " Nothing is known to be unseen."
        counts = f"{_count(self.cells, 'cell')}, {_count(self.entries, 'entry')}, policy {self.policy[:8] or 'unknown'}"
        if self.trusted:
            return f"HOLDS: {counts}, signed by {self.confirmed}.{unseen}"
        return f"CONSISTENT, but signed by a key not confirmed: {counts}, key {self.key}.{unseen}"

    def __str__(self) -> str:
        """The verdict, then whatever else does not hold, then whose signature it is."""
        lines = [self.verdict, *(f"Also: {problem}" for problem in self.problems[1:])]
        if self.ok:
            lines += filter(None, (self.continues, self.held))
        if self.key:
            lines.append(f"Signer: {self.signer}, key {self.key}")
        return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{number} {noun if number == 1 else plural}"
