"""The ways a table goes wrong between two loads, each done to a copy; None where a table has nothing to damage so."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy
import pandas

Chance = numpy.random.Generator
Damage = Callable[[pandas.DataFrame, Chance], pandas.DataFrame | None]
CODES = 20
"""A column of text with at most this many different values holds categories."""


def _pick(table: pandas.DataFrame, chance: Chance, fits: Callable[[pandas.Series], bool]) -> str | None:
    names = [name for name in table.columns if fits(table[name])]
    return None if not names else str(names[chance.integers(len(names))])


def _with(table: pandas.DataFrame, columns: dict[str, pandas.Series]) -> pandas.DataFrame:
    """A copy with other columns, whatever they are called."""
    copy = table.copy()
    for name, column in columns.items():
        copy[name] = column
    return copy


def _is_number(column: pandas.Series) -> bool:
    return bool(pandas.api.types.is_numeric_dtype(column) and column.dtype != bool and column.notna().any())


def _is_measure(column: pandas.Series) -> bool:
    """A number with more than a handful of values: what has a unit."""
    return _is_number(column) and column.nunique() > 10


def _is_text(column: pandas.Series) -> bool:
    return bool(pandas.api.types.is_string_dtype(column) and column.notna().any())


def _on(fits: Callable[[pandas.Series], bool], change: Callable[[pandas.Series, Chance], pandas.Series]) -> Damage:
    """A damage to one column that fits, drawn at random."""

    def damage(table: pandas.DataFrame, chance: Chance) -> pandas.DataFrame | None:
        name = _pick(table, chance, fits)
        return None if name is None else _with(table, {name: change(table[name], chance)})

    return damage


def _some(column: pandas.Series, chance: Chance, share: float) -> numpy.ndarray:
    """True in this share of the rows, at least one."""
    chosen = numpy.zeros(len(column), bool)
    chosen[chance.choice(len(column), max(1, int(len(column) * share)), replace=False)] = True
    return chosen


def _burst(column: pandas.Series, chance: Chance) -> pandas.Series:
    first = int(chance.integers(len(column) * 4 // 5))
    place = numpy.arange(len(column))
    return column.mask((place >= first) & (place < first + len(column) // 5 + 1))


def _far(column: pandas.Series, chance: Chance) -> pandas.Series:
    span = (column.max() - column.min()) or abs(column.max()) or 1
    whole = pandas.api.types.is_integer_dtype(column)
    value = column.max() + 10 * span if chance.random() < 0.5 else column.min() - 10 * span
    return column.mask(_some(column, chance, 0.01), int(value) if whole else value)


def _is_date(column: pandas.Series) -> bool:
    """A time, a date written as text, or a whole year."""
    if pandas.api.types.is_datetime64_any_dtype(column):
        return True
    known = column.dropna()
    if _is_text(column):
        return bool(known.str.fullmatch(r"\d{4}-\d\d-\d\d.*").all())
    is_year = "year" in str(column.name).lower() or "date" in str(column.name).lower()
    return _is_number(column) and is_year and bool(known.between(1000, 2100).all())


def _century(column: pandas.Series, chance: Chance) -> pandas.Series:
    """Every date a hundred years off: a year of two digits read wrongly."""
    del chance
    if pandas.api.types.is_numeric_dtype(column):
        return column + 100
    if _is_text(column):
        return column.map(lambda day: day if day != day else f"{int(day[:4]) + 100}{day[4:]}")
    return column - pandas.Timedelta(days=36525)


def _mojibake(column: pandas.Series, chance: Chance) -> pandas.Series:
    """One letter in every tenth text as it looks when UTF-8 was read as Latin-1, or could not be read at all."""
    wrong = ("Ã©", "\ufffd", "Ã¼", "â\x80\x99")[int(chance.integers(4))]
    damaged = column.map(
        lambda text: text if text != text else text[: len(text) // 2] + wrong + text[len(text) // 2 + 1 :]
    )
    return column.where(~_some(column, chance, 0.1), damaged)


def _swapped(table: pandas.DataFrame, chance: Chance) -> pandas.DataFrame | None:
    """The contents of two columns of one kind exchanged."""
    for fits in (_is_measure, _is_text) if chance.random() < 0.5 else (_is_text, _is_measure):
        names = [name for name in table.columns if fits(table[name])]
        if len(names) >= 2:
            one, two = chance.choice(len(names), 2, replace=False)
            return _with(table, {names[one]: table[names[two]], names[two]: table[names[one]]})
    return None


def _truncated(table: pandas.DataFrame, chance: Chance) -> pandas.DataFrame | None:
    """Written as CSV and cut off somewhere between a twentieth and nine twentieths."""
    written = table.to_csv(index=False)
    try:
        return pandas.read_csv(io.StringIO(written[: int(len(written) * chance.uniform(0.05, 0.45))]))
    except (pandas.errors.ParserError, pandas.errors.EmptyDataError):
        return None


def _repeated(table: pandas.DataFrame, chance: Chance) -> pandas.DataFrame | None:
    """Every tenth row once more. Tables that repeat half of their rows anyhow are not asked."""
    if table.astype(str).duplicated().mean() > 0.5:
        return None
    return pandas.concat(
        [table, table.sample(len(table) // 10, random_state=int(chance.integers(2**31)))], ignore_index=True
    )


def _lost(table: pandas.DataFrame, chance: Chance) -> pandas.DataFrame | None:
    return table.drop(columns=[table.columns[int(chance.integers(table.shape[1]))]])


def _is_category(column: pandas.Series) -> bool:
    return _is_text(column) and 2 <= column.nunique() <= CODES


DAMAGES: dict[str, Damage] = {
    "type change (12 -> '12 units')": _on(_is_number, lambda column, _: column.astype(str) + " units"),
    "numbers as text": _on(_is_number, lambda column, _: column.astype(str).where(column.notna())),
    "unit x100": _on(_is_measure, lambda column, _: column * 100),
    "unit x1000": _on(_is_measure, lambda column, _: column * 1000),
    "two columns swapped": _swapped,
    "lost column": _lost,
    "null burst (a fifth of a column)": _on(lambda column: column.isna().mean() < 0.05, _burst),
    "new category (5 % of rows)": _on(_is_category, lambda c, chance: c.mask(_some(c, chance, 0.05), "Quux")),
    "dates a century off": _on(_is_date, _century),
    "encoding damage (10 % of texts)": _on(_is_text, _mojibake),
    "truncated file": _truncated,
    "duplicated rows (10 %)": _repeated,
    "out of range (1 % of rows)": _on(_is_measure, _far),
}
