"""The rules of lineage and their sentences."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlsec.controls.contract import Rule
from jupyter_mlsec.protocol.records import Finding, Place

_SAFEGUARD = "Record where data comes from and where it goes (NIST AI RMF MAP 2.3, NIST SP 800-53 SR-4, OWASP ML06)"

RULES: tuple[Rule, ...] = (
    Rule(
        id="lineage.inherited-labels",
        level="note",
        what="A value that is written, or that a model learns from, descends from columns labelled as personal data.",
        why="Labels given at load would be lost with the first derived table; travelling, they reach later safeguards.",
        safeguard=_SAFEGUARD,
        fix="Drop or mask the column before writing: df.drop(columns=[...]).",
        way_on="Nothing is stopped by this note.",
        teach="A column keeps its meaning when copied, renamed or filtered: follow the values, not the file name.",
        message="{name} holds or descends from labelled columns: {labels}.",
    ),
    Rule(
        id="lineage.partial",
        level="note",
        what="A cell's values were too large to be followed in full.",
        why="Beyond the budget a change in place is only known from the form of the code; the record says so.",
        safeguard=_SAFEGUARD,
        fix="Raise [lineage] objects or megabytes in .mlsec/policy.toml.",
        way_on="Nothing is stopped by this note.",
        teach="An honest record says what it did not look at.",
        message="{count} of the names this cell used were followed in part only.",
    ),
    Rule(
        id="lineage.untraced",
        level="note",
        what="A cell wrote more tables, or asked models more often, than were traced column by column.",
        why="Tracing takes milliseconds each time; a loop must not be slowed by it. The record says where it ends.",
        safeguard=_SAFEGUARD,
        fix="Raise [lineage] milliseconds in .mlsec/policy.toml, or write the tables in several cells.",
        way_on="Nothing is stopped by this note.",
        teach="What a table was made of as a whole is recorded all the same; only its columns are not told apart.",
        message="The columns of {count} of the tables written or given to models here were not traced.",
    ),
)


def inherited(name: str, places: tuple[Place, ...]) -> Finding:
    """The note that labels reached a written value or a model."""
    words = ", ".join(sorted({f"{place.column or 'as a whole'} {place.type}" for place in places}))
    message = _message("lineage.inherited-labels").format(name=name, labels=words)
    return Finding(control="lineage", rule="lineage.inherited-labels", level="note", message=message, places=places)


def partial(count: int) -> Finding:
    """The note that the budget cut in."""
    message = _message("lineage.partial").format(count=count)
    return Finding(
        control="lineage", rule="lineage.partial", level="note", message=message, places=(Place(count=count),)
    )


def untraced(count: int) -> Finding:
    """The note that there was no time left for the columns of so many tables."""
    message = _message("lineage.untraced").format(count=count)
    return Finding(
        control="lineage", rule="lineage.untraced", level="note", message=message, places=(Place(count=count),)
    )


def changed_since(name: str, read: str, at: int, later: Sequence[int]) -> str:
    """That a value is older than what it was computed from."""
    cells = ", ".join(f"In[{each}]" for each in later)
    return f"{name} was computed (In[{at}]) from {read}, which {cells} changed since. Run In[{at}] again to follow it."


def was_deleted(execution: int) -> str:
    """That a cell is gone and its effect is not."""
    return f"In[{execution}] was deleted from the notebook; what it did is still there. Put its code back to keep it."


def was_edited(execution: int, later: int) -> str:
    """That the cell reads otherwise now."""
    return f"In[{execution}] was edited and run again as In[{later}]; this value still holds what the earlier text did."


def failed_half_way(execution: int) -> str:
    """That a cell took effect up to its error."""
    return f"In[{execution}] ended with an error half-way; what ran before it counts."


def ran_often(runs: Sequence[int]) -> str:
    """That one run of a cell is not enough."""
    cells = ", ".join(f"In[{each}]" for each in runs)
    return f"One cell ran more than once on the way ({cells}); once from top to bottom gives another value."


def never_in_order(runs: Sequence[int]) -> str:
    """That the cells stand in the notebook in an order in which they did not run."""
    cells = ", ".join(f"In[{each}]" for each in runs)
    return f"These cells never ran in the order they stand in: top to bottom they are {cells}."


def _message(rule: str) -> str:
    return next(each.message for each in RULES if each.id == rule)
