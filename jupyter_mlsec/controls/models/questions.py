"""Whether what a model is asked has the joint structure of what it learned from.

Of every 200 rows asked, the correlations of the columns are compared with those of the fit: made-up questions (each
column drawn for itself, uniform noise, one row varied) lack them, real rows have them. Only sums are kept, no row.
"""

from __future__ import annotations

from typing import Any

WINDOW = 200
_ROWS = 4_000
_TRIALS = 24
_MARGIN = 1.5
_STREAK = 3
_MOST_COLUMNS = 64
_HALF = 0.65
_TOLD = 0.85
"""Shares of the distance of columns that are not related at all. A part of the data (one class, one site) is nearer
than the first; where windows of real rows come near the second, made-up ones could not be told from them."""
_BEYOND = 6.0
"""Deviations beyond which a value counts as that far: one cell must not make a correlation."""


class Structure:
    """The correlations of a fit's columns, and how far windows of its own rows are from them."""

    def __init__(self, centre: Any, scale: Any, correlations: Any, limit: float) -> None:
        self.centre = centre
        self.scale = scale
        self.correlations = correlations
        self.limit = limit


class Window:
    """The sums of the rows one subject asked since the last window was full."""

    def __init__(self) -> None:
        self.rows = 0
        self.first: Any = 0.0
        self.second: Any = 0.0
        self.streak = 0


def learned(table: Any) -> Structure | None:
    """The structure of a fit's input; None where there is none that could be missed."""
    import numpy

    values = numbers(table)
    if values is None or len(values) < 2 * WINDOW or not 3 <= values.shape[1] <= _MOST_COLUMNS:
        return None
    values = values[:: len(values) // _ROWS + 1]
    values = values[numpy.isfinite(values).all(axis=1)]
    if len(values) < 2 * WINDOW:
        return None
    centre, scale = values.mean(axis=0), values.std(axis=0)
    scale[scale == 0] = numpy.inf
    values = _scaled(values, centre, scale)
    correlations = _correlations(len(values), values.sum(axis=0), values.T @ values)
    random = numpy.random.default_rng(0)
    far = []
    for _ in range(_TRIALS):
        rows = values[random.choice(len(values), WINDOW, replace=False)]
        far.append(_distance(_correlations(WINDOW, rows.sum(axis=0), rows.T @ rows), correlations))
    none = _distance(numpy.diag(numpy.diag(correlations)), correlations)
    limit = max(_MARGIN * max(far), _HALF * none)
    return Structure(centre, scale, correlations, limit) if limit < _TOLD * none else None


def is_made_up(structure: Structure, window: Window, table: Any) -> bool:
    """Take in what was asked; True when the third full window in a row, or a later one, lacks the structure."""
    import numpy

    values = numbers(table)
    if values is None or values.shape[1] != len(structure.centre):
        return False
    is_odd = False
    for start in range(0, len(values), WINDOW):
        rows = values[start : start + WINDOW]
        rows = _scaled(rows[numpy.isfinite(rows).all(axis=1)], structure.centre, structure.scale)
        window.rows += len(rows)
        window.first = window.first + rows.sum(axis=0)
        window.second = window.second + rows.T @ rows
        if window.rows >= WINDOW:
            found = _correlations(window.rows, window.first, window.second)
            odd = _distance(found, structure.correlations) > structure.limit
            window.streak = window.streak + 1 if odd else 0
            window.rows, window.first, window.second = 0, 0.0, 0.0
            is_odd = is_odd or window.streak >= _STREAK
    return is_odd


def numbers(table: Any) -> Any:
    """A table or array of numbers as floats; None for any other."""
    import numpy

    if hasattr(table, "dtypes") and hasattr(table, "to_numpy"):
        if not all(getattr(kind, "kind", "O") in "iufb" for kind in table.dtypes):
            return None
        table = table.to_numpy()
    if not isinstance(table, numpy.ndarray) or table.ndim != 2 or table.dtype.kind not in "iufb":
        return None
    return table.astype("f8", copy=False)


def _scaled(values: Any, centre: Any, scale: Any) -> Any:
    import numpy

    return numpy.clip((values - centre) / scale, -_BEYOND, _BEYOND)


def _correlations(rows: int, first: Any, second: Any) -> Any:
    import numpy

    mean = first / rows
    covariance = second / rows - numpy.outer(mean, mean)
    deviation = numpy.sqrt(numpy.clip(numpy.diag(covariance), 0, None))
    deviation[deviation < 1e-9] = numpy.inf
    return covariance / numpy.outer(deviation, deviation)


def _distance(one: Any, other: Any) -> float:
    import numpy

    return float(numpy.sqrt(((one - other) ** 2).mean()))
