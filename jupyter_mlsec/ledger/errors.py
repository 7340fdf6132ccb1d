"""What can go wrong with a ledger, for callers that tell the cases apart. All are LedgerErrors.

LedgerError
├── LedgerBusy        another kernel held the lease too long; try again later, nothing is lost
├── LedgerUnwritable  the folder or disk does not take it; entries stay in the spool as far as they got there
└── Unverified        (protocol) something does not hold, so nothing new is signed on top of it
"""

from __future__ import annotations

from jupyter_mlsec.protocol.errors import LedgerError


class LedgerBusy(LedgerError):
    """Another process holds the ledger's lease; nothing was folded now and nothing is lost."""


class LedgerUnwritable(LedgerError):
    """The ledger's folder or disk cannot be written: read-only, full, or not ours."""
