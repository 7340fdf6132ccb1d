"""Figures: which columns one was drawn from, where the call that draws it names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jupyter_mlsec.controls.lineage.forms import LOOSE, NOTHING, UNKNOWN, Form, Plain, Table, Values

LIBRARIES = frozenset({"plotly", "seaborn"})
METHODS = frozenset({"plot", "hist", "boxplot"})
"""What draws a pandas table."""
_DATA = ("data", "data_frame")


def drawn(arguments: Sequence[Form], named: Mapping[str, Form]) -> Form:
    """A figure as a table of what it shows: `px.scatter(df, x="a", y="b")` shows `a` and `b` of `df`.

    Where no column is named it shows all of the table; where an argument is not understood, it may.
    """
    given = [("", each) for each in arguments] + [(role, each) for role, each in named.items()]
    tables = [each for role, each in given if isinstance(each, Table) and role in ("", *_DATA)]
    table = tables[0] if len(tables) == 1 else None
    made = Table({})
    for role, each in given:
        if each is table:
            continue
        if isinstance(each, Values):
            made.put(each.name or role or "value", each.sources, computed=not each.is_column)
        elif isinstance(each, Plain):
            for name in _names(each.value):
                if table is not None and table.of(name) is not None:
                    made.put(name, table.of(name), computed=not table.is_kept(name))
        else:
            return _any_of(table)
    if made.columns:
        return made
    return UNKNOWN if table is None else table.copy()


def _any_of(table: Table | None) -> Form:
    every = table.every() if table is not None else None
    return UNKNOWN if every is None else Table({}, rest=LOOSE | (every or NOTHING))


def _names(value: object) -> list[str]:
    found = value if isinstance(value, (list, tuple)) else [value]
    return [each for each in found if isinstance(each, str)]
