"""Text and bytes that never show in a repr: passphrases, identities, file keys, also among a traceback's locals.

A verbose traceback prints `repr` of every local it passes. These are still str and bytes to whoever needs the content.
"""

from __future__ import annotations


class HiddenText(str):
    """A str whose repr tells nothing, not even its length."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<hidden text>"

    def lines(self) -> list[HiddenText]:
        """Its lines without their surrounding blanks, as hidden as the whole."""
        return [HiddenText(line.strip()) for line in self.splitlines()]


class HiddenBytes(bytes):
    """Bytes whose repr tells nothing, not even how many they are."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<hidden bytes>"
