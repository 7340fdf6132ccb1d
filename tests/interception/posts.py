"""A small guard for tests: a real gate and scope, entries kept in a list."""

from __future__ import annotations

import itertools
import os
import sys

from jupyter_mlsec.gate import Allowances, Gate, Journal, Scope
from jupyter_mlsec.interception.tripwire import Tripwire
from jupyter_mlsec.protocol.entries import Recorded
from jupyter_mlsec.protocol.records import Subject


class Post:
    """What handlers report to, without a session."""

    def __init__(self, *controls, root="/nowhere", raise_ours=True):
        self.entries = []
        self.journal = Journal("run", self.entries.append)
        self.gate = Gate(self.journal, Allowances(), raise_ours=raise_ours)
        self.gate.employ(controls)
        self.scope = Scope(Subject(name="uid-0"))
        self.root = root
        self.tripwire = Tripwire()
        self._ids = itertools.count(1)

    activations = False
    passes = "some"
    keeps_tensors = False

    def fresh_id(self):
        return f"run.{next(self._ids)}"

    def gate_is_asking(self):
        """Whether a frame of the guard itself (not of the trampoline) is below the caller."""
        frame = sys._getframe(1)
        while frame is not None:
            if f"{os.sep}jupyter_mlsec{os.sep}" in frame.f_code.co_filename:
                return True
            frame = frame.f_back
        return False

    @property
    def recorded(self):
        return [entry for entry in self.entries if isinstance(entry, Recorded)]
