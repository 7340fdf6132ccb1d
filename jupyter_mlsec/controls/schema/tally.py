"""What a judgement found so far, and what it leaves to pandera itself with the reason."""

from __future__ import annotations

from typing import Any

from jupyter_mlsec.controls.schema.plan import Component, Part, Plan
from jupyter_mlsec.controls.schema.verdict import By, Failure, Verdict

DTYPE, NULLS, UNIQUE = "dtype", "not_nullable", "field_uniqueness"
"""The aspects of a column beside its checks, by pandera's names."""
ALL = "all"
"""Every aspect of a column, after pandera made it the type it asks for."""
REPORT = "it failed, and pandera makes the report"

Aspect = str | Part


class Rest:
    """What is left to pandera: aspects by column, checks of the table, the index, joint uniqueness, or all."""

    def __init__(self) -> None:
        self.whole = False
        self.columns: dict[Any, tuple[Component, list[Aspect]]] = {}
        self.parts: list[Part] = []
        self.index = False
        self.unique = False

    def __bool__(self) -> bool:
        return bool(self.whole or self.columns or self.parts or self.index or self.unique)


class Tally:
    """Failures, and what is left. `most`: how many failing rows are named for each check (None: all)."""

    def __init__(self, plan: Plan, most: int | None) -> None:
        self.plan = plan
        self.most = most
        self.failures: list[Failure] = []
        self.rest = Rest()
        self.reasons: list[str] = []
        self.coerced = False
        """Whether a column had to be changed before it was looked at."""

    def copy(self, most: int | None) -> Tally:
        """Another one that stands where this one stands."""
        other = Tally(self.plan, most)
        other.failures, other.reasons, other.coerced = [*self.failures], [*self.reasons], self.coerced
        mine, theirs = self.rest, other.rest
        theirs.whole, theirs.index, theirs.unique, theirs.parts = mine.whole, mine.index, mine.unique, [*mine.parts]
        theirs.columns = {label: (one, [*asked]) for label, (one, asked) in mine.columns.items()}
        return other

    def fails(self, column: Any, check: str, count: int, positions: tuple[int, ...] = ()) -> None:
        """Note a failure."""
        self.failures.append(Failure(column=name_of(column), check=check, count=count, positions=positions))

    def leaves(self, component: Component, label: Any, aspects: list[Aspect], reason: str) -> None:
        """Leave aspects of a column to pandera."""
        first, known = self.rest.columns.setdefault(label, (component, []))
        if first is not component:
            self.leaves_all(f"{name_of(label)}: several columns of the schema name it")
            return
        known += [one for one in aspects if not any(one is other for other in known)]
        shown = ", ".join(one if isinstance(one, str) else one.label for one in aspects)
        self.because(f"{name_of(label)} {shown}: {reason}")

    def leaves_all(self, reason: str) -> None:
        """Leave the whole schema to pandera: nothing that was found so far counts."""
        if not self.rest.whole:
            self.rest.whole, self.reasons = True, [reason]

    def because(self, reason: str) -> None:
        """Note a reason once."""
        if reason not in self.reasons and not self.rest.whole:
            self.reasons.append(reason)

    def verdict(self, rows: int, theirs: tuple[Failure, ...] = ()) -> Verdict:
        """What it all came to, with what pandera found in the rest."""
        failures = theirs if self.rest.whole else (*self.failures, *theirs)
        by: By = "pandera" if self.rest.whole else "fused+pandera" if self.rest else "fused"
        return Verdict(ok=not failures, failures=failures, by=by, reasons=tuple(self.reasons), rows=rows)


def aspects(component: Component) -> list[Aspect]:
    """All that a column is asked."""
    asked: list[Aspect] = [DTYPE] if component.dtype is not None else []
    asked += [] if component.nullable else [NULLS]
    asked += [UNIQUE] if component.unique else []
    return [*asked, *component.parts]


def name_of(label: Any) -> str:
    """A column's label as text; the levels of one with several are joined with a slash."""
    if isinstance(label, tuple):
        return "/".join(map(str, label))
    return "" if label is None else str(label)
