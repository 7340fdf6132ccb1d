"""Which part of a sealed file does not hold: the age specification's classes of failure, as errors.

SealedFileError
├── HeaderDamaged    the header is not age v1, or a stanza in it is malformed
│   └── NotSealed    it is a plain file, or empty
├── HeaderForged     the header was changed after it was written (its HMAC does not hold)
├── PayloadDamaged   the sealed bytes were cut, changed, reordered or extended
└── ArmorDamaged     the text wrapping is malformed
NoIdentity
└── NoMatch          it was sealed for others (or the passphrase is wrong)
"""

from __future__ import annotations

from jupyter_mlsec.protocol.errors import NoIdentity, SealedFileError


class HeaderDamaged(SealedFileError):
    """The header is not a well-formed age v1 header."""


class NotSealed(HeaderDamaged):
    """A plain or empty file was named where a sealed one was expected."""


class HeaderForged(SealedFileError):
    """The header's HMAC does not hold: it was changed after it was written."""


class PayloadDamaged(SealedFileError):
    """The sealed bytes were cut short, changed, reordered or extended."""


class ArmorDamaged(SealedFileError):
    """The text wrapping (armor) is malformed."""


class NoMatch(NoIdentity):
    """None of the identities at hand opens it."""
