"""What tests of audits are played with: a log held in memory, a run told entry by entry, a notebook."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from jupyter_mlsec.ledger import merkle, note
from jupyter_mlsec.ledger.commitments import Opening
from jupyter_mlsec.protocol.entries import Did, Opened, Recorded
from jupyter_mlsec.protocol.facts import CellFacts, Fingerprint, SealedFor, Shape
from jupyter_mlsec.protocol.records import Cell, Decision, Finding, Operation, Place, Resource, Subject

SECOND = 1_000_000_000
START = 1_790_000_000 * SECOND
ORIGIN = "jupyter-mlsec/0123456789abcdef"
RUN = "a1b2c3d4e5f60718"
ME = Subject(name="uid-1000")


class MemoryLog:
    """Entries in a list, with the tree over them."""

    def __init__(self, signer: Any) -> None:
        self.signer = signer
        self.leaves: list[bytes] = []
        self.openings: dict[str, Opening] = {}
        self.erased: set[str] = set()

    def append(self, entry: Any) -> None:
        self.leaves.append(entry if isinstance(entry, bytes) else msgspec.json.encode(entry))

    def _subtree(self, height: int, index: int) -> bytes:
        width = 1 << height
        hashes = [merkle.leaf_hash(leaf) for leaf in self.leaves[index * width : (index + 1) * width]]
        return merkle.perfect_root(b"".join(hashes))

    def checkpoint(self) -> note.Checkpoint | None:
        if not self.leaves:
            return None
        root = merkle.range_root(0, len(self.leaves), self._subtree)
        return note.sign_checkpoint(ORIGIN, len(self.leaves), root, self.signer)

    def entries(self, run: str | None = None, start: int = 0) -> Iterator[tuple[int, bytes]]:
        for index, leaf in enumerate(self.leaves):
            if index >= start and (run is None or msgspec.json.decode(leaf)["run"] == run):
                yield index, leaf

    def opening_of(self, commitment: str) -> Opening | None:
        return self.openings.get(commitment)

    def erased_at(self, commitment: str) -> int | None:
        return START if commitment in self.erased else None

    def deeds(self, start: int = 0) -> Iterator[tuple[int, Did]]:
        for index, leaf in self.entries(start=start):
            if msgspec.json.decode(leaf)["entry"] == "Did":
                yield index, msgspec.json.decode(leaf, type=Did)

    def consistency_proof(self, old: int, new: int) -> tuple[bytes, ...]:
        return merkle.consistency_proof(old, new, self._subtree)

    def inclusion_proof(self, index: int, size: int) -> tuple[bytes, ...]:
        return merkle.inclusion_proof(index, size, self._subtree)


class Story:
    """Writes the entries of one run, one execution after another."""

    def __init__(self, log: MemoryLog, run: str = RUN, notebook: str | None = "study.ipynb") -> None:
        self.log, self.run, self.number, self.clock = log, run, 0, START
        self.write(
            Opened,
            subject=ME,
            profile="guard",
            policy="7f3a" * 16,
            notebook=notebook,
            versions={"python": "3.11.7", "jupyter_mlsec": "0.1.0"},
            platform="linux",
            watching=("pandas",),
        )

    def write(self, kind: Any, **fields: Any) -> Any:
        self.number += 1
        self.clock += SECOND
        entry = kind(run=self.run, number=self.number, at=self.clock, **fields)
        self.log.append(entry)
        return entry

    def cell(
        self,
        count: int,
        source: str,
        *,
        id: str | None = None,
        deeds: tuple[Callable[[Story, Cell], None], ...] = (),
        **how: Any,
    ) -> None:
        """A cell that ran, with what happened in it; its own entry is written after those, as the guard does."""
        cell = Cell(execution=count, id=id, digest=hashlib.sha256(source.encode()).hexdigest())
        began = self.clock = self.clock + SECOND
        for deed in deeds:
            deed(self, cell)
        facts = (CellFacts(**how.pop("facts", {})), *how.pop("coverage", ()))
        operation = self.operation("execute", Resource(kind="cell", name=f"In[{count}]"), cell, at=began)
        fields = {"decision": Decision(effect="permit"), "outcome": "done", "micros": 250_000} | how
        self.write(Recorded, operation=operation, facts=facts, **fields)

    def operation(
        self, action: Any, resource: Resource, cell: Cell, at: int = 0, function: str = "run_cell"
    ) -> Operation:
        library = "ipython" if action == "execute" else "pandas"
        name = f"{self.run}.{self.number}.{action}.{cell.execution}"
        return Operation(
            id=name,
            action=action,
            subject=ME,
            resource=resource,
            cell=cell,
            library=library,
            function=function,
            at=at or self.clock,
        )


def read(name: str, *findings: Finding, effect: Any = "permit") -> Callable[[Story, Cell], None]:
    def deed(story: Story, cell: Cell) -> None:
        story.clock += SECOND
        resource = Resource(kind="file", name=name, format="csv")
        story.write(
            Recorded,
            operation=story.operation("read", resource, cell, function="read_csv"),
            decision=Decision(effect=effect, findings=findings),
            outcome="denied" if effect == "deny" else "done",
            facts=(
                Shape(rows=1000, columns=("age", "ssn")),
                Fingerprint(algorithm="sha256", digest="ab" * 32, of="resource", size=4096),
            ),
        )

    return deed


def wrote(name: str, digest: str = "cd" * 32) -> Callable[[Story, Cell], None]:
    def deed(story: Story, cell: Cell) -> None:
        story.clock += SECOND
        story.write(
            Recorded,
            operation=story.operation("write", Resource(kind="file", name=name), cell, function="DataFrame.to_parquet"),
            decision=Decision(effect="permit"),
            outcome="done",
            facts=(SealedFor(recipients=("age1xyz",), digest=digest, size=2048),),
        )

    return deed


SSN = Finding(
    control="pii",
    rule="pii.us-ssn",
    message="patients.csv: ssn US_SSN 100 %.",
    places=(Place(column="ssn", type="US_SSN", share=1.0),),
)


def code_cell(id: str, source: str, count: int | None, outputs: list[Any] | None = None) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": id,
        "metadata": {},
        "source": source,
        "execution_count": count,
        "outputs": outputs or [],
    }


def text_cell(id: str, source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": id, "metadata": {}, "source": source}


def notebook_of(*cells: dict[str, Any]) -> dict[str, Any]:
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": list(cells), "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


LOAD = 'df = pd.read_csv("patients.csv")\ndf.head()'
SHELL = "!wc -l patients.csv"
SAVE = 'df.to_parquet("out.parquet")'


def study() -> dict[str, Any]:
    table = "<table><tr><td>1.0</td><td>NaN</td></tr></table>"
    numbers = {"application/json": {"big": 2**60, "nan": float("nan"), "inf": -float("inf"), "half": 0.5, "one": 1.0}}
    return notebook_of(
        text_cell("intro", "# A study\n\nOf *patients*."),
        code_cell(
            "load",
            LOAD,
            1,
            [
                {
                    "output_type": "execute_result",
                    "execution_count": 1,
                    "metadata": {},
                    "data": {"text/plain": "   age  ssn\n0    1  2", "text/html": table, **numbers},
                }
            ],
        ),
        code_cell("shell", SHELL, 2, [{"output_type": "stream", "name": "stdout", "text": "1000 patients.csv\n"}]),
        code_cell("save", SAVE, 3),
        code_cell("later", "df.describe()", None),
    )


def told_run(log: MemoryLog) -> Story:
    """The run of `study()`: read and found, a shell command, a sealed file."""
    told = Story(log)
    told.cell(1, LOAD, id="load", deeds=(read("patients.csv", SSN),))
    told.cell(2, SHELL, id="shell", facts={"unobserved": ("shell",)})
    told.cell(3, SAVE, id="save", deeds=(wrote("out.parquet"),), facts={"uses": (1,)})
    told.write(Did, verb="sealed", subject="out.parquet")
    return told
