"""Tables that arrived, and how a column of a later table is known for one of theirs: by values, names and types."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from math import sqrt
from typing import Any, Literal

import msgspec

from jupyter_mlsec.controls.lineage.forms import LOOSE, Query, Sources, Table, bare
from jupyter_mlsec.controls.lineage.queries import table_of
from jupyter_mlsec.controls.lineage.sketches import Column, ordered
from jupyter_mlsec.frames import Frame
from jupyter_mlsec.protocol.facts import Label

FEW = 12
"""A column with fewer distinct values than this says nothing by its values: everybody has a `yes` and a `no`."""
PROBE = 4_096
_MOST_PROBED = 65_536
_SMALL = 1_024
"""Columns of more different values than this are known by the values alone, or not."""


Evidence = Literal["fingerprint", "values", "name and values"]
"""Equal row for row; found among the other's values; the same name, type and few values, of which many a column is."""


class Known(msgspec.Struct, kw_only=True):
    """A loaded table."""

    resource: str
    operation: str
    rows: int
    columns: dict[str, Column]
    labels: tuple[Label, ...]
    form: Table | Query | None = None
    """What its columns are made of, and whose operations can be read in code; None: of themselves, and nobody's."""

    @property
    def table(self) -> Table | None:
        """The form, an SQL statement read by now."""
        found = None if self.form is None else table_of(self.form)
        return found if isinstance(found, Table) else None

    def sources(self, column: str) -> Sources:
        """What a column is made of: the resource's own column, or those that the call computed it of."""
        table = self.table
        found = table.of(column) if table is not None else None
        return frozenset(((self.operation, column),)) if found is None else found

    def labels_on(self, source: tuple[str, str]) -> Iterator[tuple[Label, bool]]:
        """The labels of the columns made of a source, and whether such a column is that source as it was."""
        table = self.table if self.labels else None
        for label in self.labels:
            if source in bare(self.sources(label.column)):
                yield label, table is None or table.is_kept(label.column)

    def holds(self, sources: Sources, column: str) -> bool:
        """Whether a value made of these sources may be what a column of this table holds."""
        return bare(self.sources(column)) <= bare(sources)


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a known table whose values a column holds, and how that was seen."""

    known: Known
    column: str
    evidence: Evidence
    share: float
    """Which part of the values was found."""
    is_whole: bool = True
    """All of them were, as far as a sample can tell."""


class Probes:
    """Rows of the later side of a comparison, hashed as often as they are needed and no more."""

    def __init__(self, table: Frame) -> None:
        self.rows = table.rows
        self._table = table
        self._samples: dict[int, dict[str, Any]] = {}
        self._hashed: dict[tuple[str, int], tuple[array[int], frozenset[int]]] = {}

    def ordered(self, name: str, wanted: int) -> tuple[array[int], frozenset[int]]:
        """The hashes of so many rows of a column, in order and as a set."""
        wanted = min(wanted, self.rows)
        key = (name, wanted)
        if key not in self._hashed:
            if wanted not in self._samples:
                self._samples[wanted] = self._table.sample(wanted)
            found = ordered(self._samples[wanted][name])
            self._hashed[key] = (found, Column(type="", ordered=found).hashes)
        return self._hashed[key]


def match(known: Known, column: str, seen: Column, name: str, probes: Probes) -> Match | None:
    """Whether a column holds the values of a known one, as far as sampled rows tell."""
    if len(seen.hashes) < 2:
        return None
    if probes.rows == known.rows and probes.ordered(name, len(seen.ordered))[0] == seen.ordered:
        return Match(known=known, column=column, evidence="fingerprint", share=1.0)
    if len(seen.hashes) < FEW:
        return None
    hashes = probes.ordered(name, min(_MOST_PROBED, max(PROBE, int(16 / seen.share))))[1]
    if len(hashes) < FEW:
        return None
    expected = len(hashes) * seen.share
    share = min(1.0, len(hashes & seen.hashes) / expected) if expected >= 4 else 0.0
    if share < 0.5:
        return None
    whole = hashes <= seen.hashes if seen.share == 1.0 else share >= 1 - 3 / sqrt(expected)
    return Match(known=known, column=column, evidence="values", share=share, is_whole=whole)


def alike(candidates: Sequence[Known], name: str, kind: str, probes: Probes) -> list[Match]:
    """The one column of the same name and type whose few values are all this one's values are; else nothing."""
    named = [(known, known.columns[name]) for known in candidates if name in known.columns]
    if len(named) != 1:
        return []
    ((known, seen),) = named
    hashes = probes.ordered(name, PROBE)[1]
    few = len(hashes) < FEW or len(seen.hashes) < FEW or len(hashes) < 4 / seen.share
    if not few or not hashes or kind != seen.type or len(seen.hashes) > _SMALL or not hashes <= seen.hashes:
        return []
    return [Match(known=known, column=name, evidence="name and values", share=1.0)]


def weighed(matches: list[Match], sources: Sources | None, *, carried: bool) -> list[Match]:
    """The matches that what is read in the code leaves standing: what is computed can look like one of its sources."""
    left = [each for each in inside(matches, sources) if each.is_whole]
    if sources is None or carried or sources >= LOOSE:
        return left
    return [each for each in left if each.evidence == "fingerprint"]


def inside(matches: list[Match], sources: Sources | None) -> list[Match]:
    """The matches with columns that are among what the code says."""
    return [each for each in matches if sources is None or each.known.holds(sources, each.column)]


def closest(matches: list[Match], name: str) -> list[Match]:
    """Small whole numbers look alike everywhere: the column of the same name is meant, if it is among them."""
    return [each for each in matches if each.column == name] or matches
