"""The append-only log: one spool per process, folded into an RFC 6962 tree with signed checkpoints (C2SP)."""

from jupyter_mlsec.ledger.errors import LedgerBusy, LedgerUnwritable
from jupyter_mlsec.ledger.ledger import Ledger
from jupyter_mlsec.ledger.note import Checkpoint
from jupyter_mlsec.ledger.reader import Reader, Run, open_reader
from jupyter_mlsec.ledger.wording import Problem

__all__ = ["Checkpoint", "Ledger", "LedgerBusy", "LedgerUnwritable", "Problem", "Reader", "Run", "open_reader"]
