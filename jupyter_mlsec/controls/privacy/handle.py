"""What `with mlsec.dp(...) as private` gives: releases about one table, within what the block may spend."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from jupyter_mlsec.controls.privacy import mechanisms
from jupyter_mlsec.controls.privacy.accounting import epsilon_of, share_of, shown
from jupyter_mlsec.controls.privacy.columns import Columns
from jupyter_mlsec.controls.privacy.mechanisms import Kind, Noisy, Terms
from jupyter_mlsec.controls.privacy.noise import Dice
from jupyter_mlsec.controls.privacy.quantiles import leaves_of, quantiles
from jupyter_mlsec.controls.privacy.results import Release, Releases
from jupyter_mlsec.protocol.errors import MlsecError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Bounds = tuple[Any, Any]
Pair = tuple[Fraction, Fraction]
Pay = Callable[[Fraction, str, str], Fraction]
"""`pay(epsilon, noise, what)`: spends it, or raises Denied; what the data set has left."""


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for all releases of a block."""

    epsilon: Fraction
    share: float
    rows: int
    noise: Kind
    bounds: Mapping[str, Bounds]
    sets: tuple[str, ...]
    """The data sets it spends from."""
    known: bool = True
    """Whether it is known which these are; else they are all that this run has read."""


class Private:
    """Gives noisy numbers about a table, never a row of it. Each costs `epsilon=`, else a quarter of what is left.

    Bounds are (low, high) of a column, and yours to know beforehand: values outside are moved to them, and nothing is
    read from the data. Raises Denied past the budget, UsageError for what cannot be asked; then nothing was spent.
    """

    def __init__(self, columns: Columns, block: Block, pay: Pay, dice: Dice | None = None) -> None:
        self._columns = columns
        self._block = block
        self._pay = pay
        self._dice = dice or Dice()
        self._left = block.epsilon
        self._lock = threading.Lock()
        self._is_over = False

    @property
    def left(self) -> float:
        """What the block may still spend."""
        return float(self._left)

    @property
    def sources(self) -> tuple[str, ...]:
        """The data sets whose budget it spends."""
        return self._block.sets

    def __repr__(self) -> str:
        block = self._block
        rows = "one row per person" if block.rows == 1 else f"at most {block.rows} rows per person"
        doubt = "" if block.known else " (which one is not known: all that this run has read)"
        return f"private view of {', '.join(block.sets)}{doubt}: may spend {shown(self._left)}, assumes {rows}"

    def close(self) -> None:
        """The block has ended: nothing more is released through it."""
        self._is_over = True

    # -- releases ---------------------------------------------------------------------------------------------
    def count(self, column: str | None = None, *, epsilon: float | None = None) -> Release:
        """How many rows there are, or how many have something in that column."""
        chosen = self._columns.frame.rows if column is None else int(self._columns.present(column).sum())
        return self._one(f"count{_of(column)}", epsilon, lambda terms: mechanisms.counts(terms, [chosen]))

    def sum(self, column: str, *, bounds: Bounds | None = None, epsilon: float | None = None) -> Release:
        """The sum of a column."""
        within, (values, _) = self._bounds(column, bounds), self._columns.numbers(column)
        return self._one(f"sum of {column}", epsilon, lambda terms: mechanisms.plain_sums(terms, [values], within))

    def mean(self, column: str, *, bounds: Bounds | None = None, epsilon: float | None = None) -> Release:
        """The mean of a column."""
        within, (values, _) = self._bounds(column, bounds), self._columns.numbers(column)
        whole = self._columns.is_whole(column)
        return self._one(
            f"mean of {column}", epsilon, lambda terms: mechanisms.means(terms, [values], within, is_whole=whole)
        )

    def quantile(
        self, column: str, q: float = 0.5, *, bounds: Bounds | None = None, epsilon: float | None = None
    ) -> Release:
        """The number below which a share of `q` of a column is; 0.5 is the median."""
        return self.quantiles(column, (q,), bounds=bounds, epsilon=epsilon)[q]

    def median(self, column: str, *, bounds: Bounds | None = None, epsilon: float | None = None) -> Release:
        """The number in the middle of a column."""
        return self.quantile(column, 0.5, bounds=bounds, epsilon=epsilon)

    def quantiles(
        self,
        column: str,
        q: Sequence[float] = (0.25, 0.5, 0.75),
        *,
        bounds: Bounds | None = None,
        epsilon: float | None = None,
    ) -> Releases:
        """Several quantiles for the price of one."""
        within, (values, _) = self._bounds(column, bounds), self._columns.numbers(column)
        if not q or len(set(q)) < len(q) or not all(0 <= each <= 1 for each in q):
            raise UsageError("Nothing was spent: quantiles are different numbers from 0 to 1.")
        leaves = leaves_of(within, is_whole=self._columns.is_whole(column))
        what = f"quantile {q[0]:g} of {column}" if len(q) == 1 else f"quantiles of {column}"
        return self._many(what, tuple(q), epsilon, lambda terms: quantiles(terms, values, leaves, q))

    def histogram(
        self,
        column: str,
        bins: int | Sequence[Any] = 10,
        *,
        bounds: Bounds | None = None,
        epsilon: float | None = None,
    ) -> Releases:
        """How many rows are in each bin: so many bins between the bounds, between these edges, or of these texts.

        A number outside of all bins is counted in the nearest one, a text that is not named in none.
        """
        if not isinstance(bins, int) and any(isinstance(each, str) for each in bins):
            places, keys = self._columns.among(column, bins), list(bins)
        else:
            edges = self._edges(column, bins, bounds)
            places, keys = _binned(self._columns.numbers(column)[0], edges)
        true = [int((places == each).sum()) for each in range(len(keys))]
        return self._many(f"histogram of {column}", keys, epsilon, lambda terms: mechanisms.counts(terms, true))

    def groupby(self, column: str, keys: Sequence[Any]) -> Groups:
        """The same for each group of rows, for the price of one. You name the keys; other rows do not count."""
        return Groups(self, column, tuple(keys), self._columns.among(column, keys))

    def error_of(
        self,
        what: Literal["count", "sum", "mean"],
        column: str = "",
        *,
        epsilon: float,
        bounds: Bounds | None = None,
        rows: int | None = None,
    ) -> float:
        """How far off such a release would be, with 95 % certainty: told without a look at the data, and for nothing.

        A mean's depends on how many `rows` there are: say what you know, or were told by a count.
        """
        terms = self._terms(epsilon_of(epsilon))
        if what == "count":
            return float(mechanisms.reach_of(terms.hiding(1), mechanisms.CERTAINTY))
        if what == "sum":
            return mechanisms.sum_error(terms, self._bounds(column, bounds))
        if what != "mean" or rows is None or rows < 1:
            raise UsageError("Say what is to be told: 'count', 'sum', or 'mean' with about how many rows there are.")
        return mechanisms.mean_error(terms, self._bounds(column, bounds), rows)

    # -- how a release is made --------------------------------------------------------------------------------
    def _one(self, what: str, epsilon: float | None, release: Callable[[Terms], list[Noisy]]) -> Release:
        return self._many(what, (what,), epsilon, release)[what]

    def _many(
        self, what: str, keys: Sequence[Any], epsilon: float | None, release: Callable[[Terms], list[Noisy]]
    ) -> Releases:
        """Spend first; then draw, and tell."""
        with self._lock:
            if self._is_over:
                raise UsageError(
                    "Nothing was spent: the block has ended. Begin another: with mlsec.dp(...) as private."
                )
            cost = share_of(self._left, self._block.share) if epsilon is None else epsilon_of(epsilon)
            if cost > self._left:
                raise UsageError(
                    f"Nothing was spent: {shown(cost)} is more than the block has left ({shown(self._left)})."
                )
            terms = self._terms(cost)
            self._left -= cost  # first: whatever ends the payment half-way, the block has not more than it may spend
            try:
                left = self._pay(cost, self._block.noise, what)
            except MlsecError:
                self._left += cost
                raise
        found = release(terms)
        return Releases.of(
            what,
            {
                key: Release(each.value, each.low, each.high, what=what, cost=cost, left=left)
                for key, each in zip(keys, found, strict=True)
            },
        )

    def _terms(self, epsilon: Fraction) -> Terms:
        terms = Terms(epsilon=epsilon, noise=self._block.noise, rows=self._block.rows, dice=self._dice)
        terms.judge()
        return terms

    def _bounds(self, column: str, own: Bounds | None) -> Pair:
        """The bounds of a column, as they were said; UsageError where they were not, or are none."""
        said = own if own is not None else self._block.bounds.get(column)
        if said is None:
            raise UsageError(
                f"Nothing was spent: say what {column} lies between, bounds={{{column!r}: (low, high)}}. Take what you "
                "know without looking at this data: bounds read from it would tell of its most extreme person."
            )
        return checked(column, said)

    def _edges(self, column: str, bins: int | Sequence[Any], bounds: Bounds | None) -> list[float]:
        if not isinstance(bins, int):
            edges = [float(each) for each in bins]
            if len(edges) < 2 or any(not low < high for low, high in pairwise(edges)):
                raise UsageError("Nothing was spent: the edges of bins have to rise, and to be two or more.")
            return edges
        low, high = map(float, self._bounds(column, bounds))
        if not 1 <= bins <= 100_000:
            raise UsageError("Nothing was spent: bins is how many there are, from 1 to 100,000, or their edges.")
        return [low + (high - low) * each / bins for each in range(bins)] + [high]


class Groups:
    """Rows by the values of a column. What is asked of all groups costs once: each row is in one of them."""

    def __init__(self, private: Private, column: str, keys: tuple[Any, ...], places: NDArray[Any]) -> None:
        self._private = private
        self._column = column
        self._keys = keys
        self._places = places

    def count(self, *, epsilon: float | None = None) -> Releases:
        """How many rows each group has."""
        true = [int((self._places == each).sum()) for each in range(len(self._keys))]
        return self._private._many(
            f"count by {self._column}", self._keys, epsilon, lambda terms: mechanisms.counts(terms, true)
        )

    def sum(self, column: str, *, bounds: Bounds | None = None, epsilon: float | None = None) -> Releases:
        """Each group's sum of a column."""
        within, groups = self._private._bounds(column, bounds), self._values(column)
        what = f"sum of {column} by {self._column}"
        return self._private._many(
            what, self._keys, epsilon, lambda terms: mechanisms.plain_sums(terms, groups, within)
        )

    def mean(self, column: str, *, bounds: Bounds | None = None, epsilon: float | None = None) -> Releases:
        """Each group's mean of a column."""
        within, groups = self._private._bounds(column, bounds), self._values(column)
        whole = self._private._columns.is_whole(column)
        what = f"mean of {column} by {self._column}"
        return self._private._many(
            what, self._keys, epsilon, lambda terms: mechanisms.means(terms, groups, within, is_whole=whole)
        )

    def _values(self, column: str) -> list[NDArray[Any]]:
        values, present = self._private._columns.numbers(column)
        places = self._places[present]
        return [values[places == each] for each in range(len(self._keys))]


def checked(column: str, said: Any) -> Pair:
    """Bounds as exact numbers. UsageError where they are no two numbers, or not the lower one first."""
    try:
        low, high = (Fraction(each) for each in said)
        float(high - low)
    except (TypeError, ValueError, OverflowError):
        raise UsageError(f"Nothing was spent: the bounds of {column} are to be two finite numbers.") from None
    if not low < high:
        raise UsageError(f"Nothing was spent: the bounds of {column} are to be (low, high), the lower one first.")
    if max(abs(low), abs(high)) > Fraction(10) ** 290 or high - low < Fraction(1, 10**290):
        raise UsageError(f"Nothing was spent: the bounds of {column} are beyond what a double holds.")
    return low, high


def _of(column: str | None) -> str:
    return "" if column is None else f" of {column}"


def _binned(values: NDArray[Any], edges: Sequence[float]) -> tuple[NDArray[Any], list[tuple[float, float]]]:
    """Which bin each value is in, and the bins: each from its first edge to before the next one's."""
    import numpy

    places = numpy.clip(numpy.searchsorted(edges, values.astype("f8"), side="right") - 1, 0, len(edges) - 2)
    return places, list(pairwise(edges))
