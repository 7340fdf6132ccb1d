"""What functions of libraries give: pandas, numpy, scikit-learn, this package; others, any of what they were given."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Protocol

from jupyter_mlsec.controls.lineage import drawing, reshaping
from jupyter_mlsec.controls.lineage.forms import (
    LOOSE,
    UNKNOWN,
    Form,
    Parts,
    Plain,
    Rule,
    Table,
    joined,
    sources_of,
    text,
    texts,
    weaker,
)

_PLAIN = frozenset({"numpy", "pandas", "math"})
_LOOSE = frozenset({"sklearn", "scipy", "statsmodels", "seaborn", "imblearn", "category_encoders"})
"""Libraries that hold no data of the notebook: what a function of theirs gives is made of what it was given."""
_MAKERS = frozenset(
    ("to_datetime", "to_numeric", "to_timedelta", "cut", "qcut", "Series", "isna", "notna", "isnull", "notnull")
) | {"Categorical", "unique", "factorize"}
_ROWS = frozenset({"train_test_split", "shuffle", "resample"})
"""Functions of scikit-learn that give some rows of each table they are given."""
_CHANGING = frozenset({"random", "load", "put", "place", "copyto", "fromfile"})
_MASKS: dict[str, Rule] = {"redact": "masked", "token": "tokenised", "reversible": "tokenised"}


class Reader(Protocol):
    """Gives the form of an expression."""

    def form(self, node: ast.expr | None) -> Form: ...


def called(
    reader: Reader, module: str, method: str, node: ast.Call, given: tuple[Sequence[Form], dict[str, Form]]
) -> Form:
    """What `module.method(...)` gives."""
    library = module.partition(".")[0]
    arguments, named = given
    if library == "jupyter_mlsec":
        return _masked(arguments, named) if method == "mask" and arguments else UNKNOWN
    if library == "sklearn" and method in _ROWS:
        return _rows(method, arguments, named)
    if library in drawing.LIBRARIES:
        return drawing.drawn(arguments, named)
    if library in _LOOSE:
        return _loose([*arguments, *named.values()])
    if library not in _PLAIN:
        return UNKNOWN
    if library == "pandas":
        found = _pandas(reader, method, node, arguments, named)
        if found is not None:
            return found
    if library == "numpy" and (module != "numpy" or method in _CHANGING or "out" in named):
        return UNKNOWN  # np.random.normal and the like
    return joined([*arguments, *named.values()])


def _pandas(
    reader: Reader, method: str, node: ast.Call, arguments: Sequence[Form], named: dict[str, Form]
) -> Form | None:
    """What a function of pandas gives; None for one whose value is made of its arguments and nothing else."""
    if method == "concat" and node.args and isinstance(node.args[0], (ast.List, ast.Tuple)):
        return reshaping.concat([reader.form(each) for each in node.args[0].elts], named)
    if method in reshaping.FUNCTIONS and arguments:
        if isinstance(arguments[0], Table):
            return reshaping.reshaped(arguments[0], method, (arguments[1:], named))
        return reshaping.crosstab(arguments, named) if method == "crosstab" else UNKNOWN
    if method == "DataFrame" and arguments:
        return _frame(reader, node, arguments, named)
    return None if method in _MAKERS else UNKNOWN


def _frame(reader: Reader, node: ast.Call, arguments: Sequence[Form], named: dict[str, Form]) -> Form:
    """`pd.DataFrame({...})` column by column; of an array, each of its columns or any."""
    if isinstance(node.args[0], ast.Dict):
        return UNKNOWN if len(node.args) > 1 or named else _from_dict(reader, node.args[0])
    columns = texts(named.get("columns"))
    held = arguments[0]
    if isinstance(held, Table):
        kept = list(held.columns)
        if columns is not None and held.is_array and len(columns) == len(kept) and held.rest is None:
            pairs = zip(columns, kept, strict=True)
            fresh = {name: held.columns[old] for name, old in pairs}
            return Table(fresh, {name for name, old in zip(columns, kept, strict=True) if old in held.computed})
        if not named or not held.is_array:
            return held.copy() if not named else UNKNOWN
    sources = sources_of(held)
    return UNKNOWN if not sources else Table({}, rest=LOOSE | sources)


def _from_dict(reader: Reader, node: ast.Dict) -> Form:
    made = Table({})
    for key, value in zip(node.keys, node.values, strict=True):
        name = text(reader.form(key)) if key is not None else None
        if name is None:
            return UNKNOWN
        made.set(name, reader.form(value))
    return made


def _loose(given: Sequence[Form]) -> Form:
    sources = sources_of(joined(list(given)))
    return UNKNOWN if not sources else Table({}, rest=LOOSE | sources)


def _rows(method: str, arguments: Sequence[Form], named: dict[str, Form]) -> Form:
    """Some rows of each table: for `train_test_split` twice, to learn and to test."""
    if any(sources_of(each) is None for each in (*arguments, *named.values())):
        return UNKNOWN
    times = 2 if method == "train_test_split" else 1
    parts = tuple(each.copy() if isinstance(each, Table) else each for each in arguments for _ in range(times))
    return parts[0] if len(parts) == 1 else Parts(parts)


def _masked(arguments: Sequence[Form], named: dict[str, Form]) -> Form:
    """`mlsec.mask(table, how=...)`: which columns were changed is told by their values."""
    table, how = arguments[0], arguments[1] if len(arguments) > 1 else named.get("how", Plain("redact"))
    if not isinstance(table, Table):
        return UNKNOWN
    rule = _MASKS.get(text(how) or "")
    only = texts(named.get("columns"))
    made = table.copy()
    made.empty = None
    for name in table.columns if only is None else only:
        sources = table.of(name)
        made.put(name, None if sources is None else weaker(sources, rule))
    return made


def is_known(module: str) -> bool:
    """Whether functions of a library are known here by what they give."""
    return module.partition(".")[0] in _PLAIN | _LOOSE | drawing.LIBRARIES | {"jupyter_mlsec"}
