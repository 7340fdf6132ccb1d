"""The enforcement point: every watched operation passes here twice, and controls are asked nowhere else."""

from jupyter_mlsec.gate.allowances import Allowances
from jupyter_mlsec.gate.gate import Gate, Passage, outcome_of
from jupyter_mlsec.gate.journal import Journal
from jupyter_mlsec.gate.scope import Scope

__all__ = ["Allowances", "Gate", "Journal", "Passage", "Scope", "outcome_of"]
