"""Plain objects and tables as their users save them: dumped by `listing` to learn which names that takes."""

from __future__ import annotations

import builtins
import collections
import datetime
import decimal
import fractions
import functools
import importlib
import ipaddress
import pathlib
import random
import re
import uuid
from collections.abc import Iterator
from typing import Any  # objects of any library

Sample = tuple[str, Any]
"""What it is, and the object."""
_MADE_WITH_MORE = (UnicodeDecodeError, UnicodeEncodeError, UnicodeTranslateError, ExceptionGroup)


def python() -> Iterator[Sample]:
    """Plain types, and those of the standard library that hold data."""
    zone = datetime.timezone(datetime.timedelta(hours=1), "X")
    yield "containers", [(), [1], {1: 2}, {3}, frozenset({4}), slice(1, 2), range(3), bytearray(b"x"), 1j, b"y", ...]
    yield "collections", [collections.OrderedDict(a=1), collections.Counter("ab"), collections.deque([1], 3)]
    yield "factories", [collections.defaultdict(kind) for kind in (list, dict, int, set, float, str, tuple)]
    yield "chains", [collections.ChainMap({}), collections.UserDict(a=1), collections.UserList([1])]
    yield "dates", [datetime.datetime(2020, 1, 1, tzinfo=zone), datetime.date(2020, 1, 1), datetime.time(1)]
    yield "spans", [datetime.timedelta(1), datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC), zone]
    yield "numbers", [decimal.Decimal("1.5"), fractions.Fraction(1, 2), uuid.UUID(int=1)]
    yield "states", random.Random(1)  # noqa: S311  # nothing is drawn from it
    yield "paths", [pathlib.PurePosixPath("a"), pathlib.PureWindowsPath("a"), pathlib.Path("a")]
    yield "addresses", [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_network("10.0.0.0/8")]
    yield "patterns", re.compile("a+", re.IGNORECASE)
    yield "partials", functools.partial(dict, a=1)
    yield "types", [int, str, float, list, dict, tuple, set, bool, bytes, complex, object, type(None), type(...)]
    yield "functions", [len, sum, min, max, abs, round, sorted, repr, str.lower, str.upper, str.strip]
    errors = [kind for kind in vars(builtins).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    yield "errors", [kind() for kind in errors if kind not in _MADE_WITH_MORE]
    zoneinfo = importlib.import_module("zoneinfo")
    yield "zones", zoneinfo.ZoneInfo("UTC")


def dateutil() -> Iterator[Sample]:
    """Spans and zones, which tables of dates hold."""
    relative, zones = importlib.import_module("dateutil.relativedelta"), importlib.import_module("dateutil.tz")
    yield "spans", [relative.relativedelta(months=1), relative.MO(1)]
    yield "zones", [zones.tzutc(), zones.tzoffset(None, 3600), zones.gettz("UTC")]


def numpy() -> Iterator[Sample]:
    """Arrays of every kind, scalars, generators, and the functions that models are given."""
    np = importlib.import_module("numpy")
    kinds = ["?", "i1", "u2", "i4", "u8", "f2", "f4", "f8", "g", "c8", "c16", "S3", "U3", "V2", "M8[ns]", "m8[s]", "O"]
    yield "arrays", [np.zeros(3, kind) for kind in kinds]
    yield "orders", [np.asfortranarray(np.ones((2, 3))), np.ones((4, 4))[::2, ::2], np.zeros((0, 2))]
    yield "scalars", [np.zeros(1, kind)[0] for kind in kinds if kind not in ("V2", "O")]
    yield "dtypes", [np.dtype(kind) for kind in kinds] + [np.dtype([("a", "f8"), ("b", "i4", (2,))])]
    if hasattr(np.dtypes, "StringDType"):
        yield "strings", np.array(["a"], np.dtypes.StringDType())
    yield "kinds", [np.float64, np.int64, np.float32, np.int32, np.bool_, np.str_, np.object_, np.generic, np.number]
    yield "records", [np.rec.array([(1, 2.0)]), np.zeros(2, "i4,f8"), np.ma.array([1, 2], mask=[0, 1])]
    yield "matrices", [np.matrix([[1]]), np.poly1d([1, 2])]
    for made in (np.random.MT19937, np.random.PCG64, np.random.PCG64DXSM, np.random.Philox, np.random.SFC64):
        yield made.__name__, [np.random.Generator(made(0)), made(0)]
    yield "states", [np.random.RandomState(0), np.random.default_rng(0), np.random.SeedSequence(1)]
    names = "log1p expm1 log exp sqrt abs square sin cos tanh mean median sum std var min max clip log2 log10 sign rint"
    yield "functions", [getattr(np, name) for name in names.split()]


def pandas() -> Iterator[Sample]:
    """Tables with every kind of column and index."""
    pd = importlib.import_module("pandas")
    np = importlib.import_module("numpy")
    dates = pd.date_range("2020-01-01", periods=3, tz="UTC")
    table = pd.DataFrame({"a": [1, 2, 3], "b": [0.5, None, 2], "c": ["x", "y", None], "d": dates})
    table["e"] = pd.Categorical(["u", "v", "u"])
    for kind in ("Int64", "Float64", "boolean", "string", "object"):
        table[kind] = pd.array([1, 0, 1] if kind != "string" else ["a", "b", "c"], dtype=kind)
    yield "table", table
    yield "column", [table[name] for name in table]
    for kind in ("string[python]", "int64[pyarrow]", "category", "Sparse[int]", "period[D]"):
        values = ["1", "2"] if kind.startswith("string") else [1, 2]
        yield (
            kind,
            pd.Series(pd.to_datetime(values) if kind == "period[D]" else values).astype(
                "datetime64[ns]" if kind == "period[D]" else kind
            ),
        )
    yield "periods", [pd.period_range("2020", periods=2, freq="M"), pd.Period("2020")]
    yield "intervals", [pd.interval_range(0, 2), pd.cut([1, 2], 2), pd.Interval(0, 1)]
    yield (
        "indexes",
        [pd.RangeIndex(3), pd.Index(["a"]), pd.MultiIndex.from_product([[1], ["a"]]), dates, dates - dates[0]],
    )
    yield "scalars", [pd.Timestamp("2020"), pd.Timestamp("2020", tz="UTC"), pd.Timedelta("1D"), pd.NA, pd.NaT]
    offsets = [pd.offsets.Day(), pd.offsets.MonthEnd(), pd.offsets.BusinessDay(), pd.offsets.Hour(), pd.DateOffset(1)]
    yield "offsets", [*offsets, pd.offsets.QuarterEnd(), pd.offsets.YearEnd(), pd.offsets.Week(), pd.offsets.Minute()]
    yield "groups", [table.groupby("e", observed=True).mean(numeric_only=True), table.set_index(["a", "c"])]
    yield "made", [pd.DataFrame(np.ones((2, 2))), pd.Series([1, 2], dtype="int8"), pd.DataFrame(), table.T]
    yield (
        "zones",
        [pd.Timestamp("2020", tz="Europe/Berlin"), pd.Series(pd.to_datetime(["2020"])).dt.tz_localize("Asia/Tokyo")],
    )


def scipy() -> Iterator[Sample]:
    """Sparse matrices, distributions, interpolators, results."""
    sparse, stats = importlib.import_module("scipy.sparse"), importlib.import_module("scipy.stats")
    interpolate, spatial = importlib.import_module("scipy.interpolate"), importlib.import_module("scipy.spatial")
    optimize = importlib.import_module("scipy.optimize")
    for kind in ("csr", "csc", "coo", "lil", "dok", "dia", "bsr"):
        yield kind, [getattr(sparse, f"{kind}_matrix")([[1, 0], [0, 2]]), getattr(sparse, f"{kind}_array")([[1, 0]])]
    for name in ("norm", "uniform", "expon", "gamma", "randint", "loguniform", "beta", "poisson", "t", "binom"):
        arguments = {"gamma": (2,), "randint": (1, 5), "loguniform": (1, 2), "beta": (1, 2), "poisson": (2,)}
        more = {"t": (3,), "binom": (3, 0.5)}
        yield name, getattr(stats, name)(*{**arguments, **more}.get(name, ()))
    yield "interpolators", [interpolate.interp1d([0, 1, 2], [0, 1, 4]), interpolate.CubicSpline([0, 1, 2], [0, 1, 4])]
    yield "splines", [interpolate.BSpline([0, 1, 2, 3], [1, 2], 1), interpolate.PchipInterpolator([0, 1, 2], [0, 1, 4])]
    yield "trees", [spatial.cKDTree([[0, 1], [1, 0]]), spatial.KDTree([[0, 1], [1, 0]])]
    yield "kernels", stats.gaussian_kde([1, 2, 4])
    yield "results", [optimize.minimize(lambda x: (x**2).sum(), [1.0]), stats.ttest_ind([1, 2, 3], [2, 3, 5])]


def polars() -> Iterator[Sample]:
    """Tables and columns."""
    pl = importlib.import_module("polars")
    yield "table", [pl.DataFrame({"a": [1, 2], "b": ["x", None]}), pl.Series([1.5]), pl.Int64(), pl.String(), pl.Date()]


def pyarrow() -> Iterator[Sample]:
    """Tables, arrays, types and schemas."""
    pa = importlib.import_module("pyarrow")
    table = pa.table({"a": [1, 2], "b": ["x", None]})
    yield "table", [table, table.schema, table["a"], table["b"].chunk(0), table.to_batches(), pa.int64(), pa.string()]
    yield (
        "types",
        [
            pa.list_(pa.int8()),
            pa.struct([("a", pa.int8())]),
            pa.timestamp("ns", "UTC"),
            pa.dictionary(pa.int8(), pa.string()),
        ],
    )
