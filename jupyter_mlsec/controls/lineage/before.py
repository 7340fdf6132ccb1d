"""What was seen of a cell before it ran."""

from __future__ import annotations

from jupyter_mlsec.controls.lineage import files
from jupyter_mlsec.controls.lineage.history import Nodes
from jupyter_mlsec.controls.lineage.imprint import Imprint
from jupyter_mlsec.controls.lineage.marks import Marker
from jupyter_mlsec.controls.lineage.namespace import Snapshot
from jupyter_mlsec.controls.lineage.parts import Touched
from jupyter_mlsec.controls.lineage.reading import Reading
from jupyter_mlsec.controls.lineage.resolve import Resolved


class Before:
    """What was seen before a cell ran; it holds user values only through the snapshot, until the cell ends."""

    __slots__ = (
        "budget",
        "candidates",
        "defined",
        "imprints",
        "marker",
        "node",
        "ran",
        "random",
        "reading",
        "resolved",
        "snapshot",
        "touched",
    )

    def __init__(self, node: int, reading: Reading) -> None:
        self.node = node
        self.reading = reading
        self.imprints: dict[str, tuple[int, Imprint]] = {}
        self.defined: dict[str, Nodes] = {}
        self.budget = 0
        self.random: dict[str, int] = {}
        self.marker: Marker | None = None
        self.ran: set[int] = set()
        """Marked blocks that ran."""
        self.touched: dict[str, Touched] = {}
        """Names of which the cell uses parts only, and which."""
        self.resolved: Resolved
        self.snapshot: Snapshot
        self.candidates: files.Candidates
