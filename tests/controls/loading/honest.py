"""Objects as notebooks save them, made here and not under watch: whoever refuses one of them raises a false alarm."""

from __future__ import annotations

import datetime
import decimal
import functools
import itertools
import pathlib
import sys
import types
import uuid
import warnings
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

Honest = tuple[str, Any]
NOTEBOOK = """
import abc, collections, dataclasses, enum, functools, typing
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin

class Plain:
    def __init__(self, held): self.held = held
    def method(self, x): return x
    class Inner:
        def __init__(self, held): self.held = held

class Slotted:
    __slots__ = ("held",)
    def __init__(self, held): self.held = held

class Stateful(Plain):
    def __getstate__(self): return {"kept": self.held}
    def __setstate__(self, state): self.held = state["kept"]

class Reduced(Plain):
    def __reduce__(self): return Reduced, (self.held,)

class Keyworded(Plain):
    def __new__(cls, held=None, *, more=1): return object.__new__(cls)
    def __getnewargs_ex__(self): return (self.held,), {"more": 2}

class Listed(list): pass
class Mapped(dict): pass
class Failure(Exception): pass
class Warm(enum.Enum):
    RED = 1
    BLUE = "b"
class Flags(enum.IntFlag):
    A = 1
    B = 2
@dataclasses.dataclass
class Record:
    held: typing.Any
@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    held: typing.Any
Pair = collections.namedtuple("Pair", "left right")
class Typed(typing.NamedTuple):
    held: typing.Any
class Base(abc.ABC):
    @abc.abstractmethod
    def go(self): ...
class Derived(Base):
    def __init__(self, held): self.held = held
    def go(self): return 1
class Generic(typing.Generic[typing.TypeVar("T")]):
    def __init__(self, held): self.held = held
class Scaler(BaseEstimator, TransformerMixin):
    def __init__(self, held=None): self.held = held
    def fit(self, X, y=None): self.mean_ = X.mean(0); return self
    def transform(self, X): return X - self.mean_
class Majority(BaseEstimator, ClassifierMixin):
    def __init__(self, held=None): self.held = held
    def fit(self, X, y): self.classes_ = np.unique(y); return self
    def predict(self, X): return np.repeat(self.classes_[:1], len(X))
def scale(x, by=2): return x * by
"""


def notebook() -> types.ModuleType:
    """The module `__main__` with the classes a notebook would define; what was there before stays."""
    main = sys.modules["__main__"]
    exec(NOTEBOOK, main.__dict__)  # the text above
    return main


def contents() -> Iterator[Honest]:
    """What a user's object may hold."""
    yield "numbers", [1, 2.5, 3j, True, None, decimal.Decimal("1.1"), 10**30]
    yield "texts", {"a": "x", "b": b"y", "c": ["ü", "\N{SNOWMAN}"]}
    yield "paths", [pathlib.Path("a/b"), pathlib.PurePosixPath("c"), uuid.UUID(int=3)]
    yield "times", [datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC), datetime.timedelta(3), pd.Timestamp("2024")]
    yield "tables", [pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}), np.ones((2, 2)), pd.Series(["a"], dtype="category")]
    yield "containers", [OrderedDict(a=1), Counter("aab"), deque([1]), defaultdict(list, a=[1]), {1, 2}, frozenset("a")]
    yield "partial", functools.partial(int, base=2)


def of_users() -> Iterator[Honest]:
    """More than a hundred objects of classes that the notebook defines."""
    main = notebook()
    kinds = ("Plain", "Slotted", "Stateful", "Reduced", "Keyworded", "Record", "Frozen", "Typed", "Derived", "Generic")
    for kind, (what, held) in itertools.product((*kinds, "Scaler", "Majority"), contents()):
        yield f"{kind} of {what}", getattr(main, kind)(held)
    for what, held in contents():
        yield f"inner of {what}", main.Plain.Inner(held)
        yield f"pair of {what}", main.Pair(held, main.Warm.RED)
        yield f"list of {what}", main.Listed([held])
        yield f"map of {what}", main.Mapped(a=held)
        yield f"error of {what}", main.Failure(str(held))
    yield "enums", [main.Warm.RED, main.Warm.BLUE, main.Flags.A | main.Flags.B, main.Flags.B]
    yield "partials", [functools.partial(main.scale, by=3), functools.partial(main.Plain, 1)]
    yield "functions", {"scale": main.scale, "kind": main.Plain, "builtin": len, "numpy": np.log1p}
    yield "bound methods", [main.Plain(1).method, str.lower]
    yield "enum class", main.Warm


def composed() -> Iterator[Honest]:
    """Pipelines and searches over many estimators: other combinations than the ones that were listed by."""
    from sklearn import (
        calibration,
        compose,
        ensemble,
        linear_model,
        model_selection,
        multiclass,
        naive_bayes,
        neighbors,
        pipeline,
        preprocessing,
        svm,
        tree,
    )

    main = notebook()
    rng = np.random.default_rng(7)
    table = pd.DataFrame(rng.normal(size=(60, 3)), columns=list("abc")).abs()
    target = np.where(table["a"] > table["b"], "yes", "no")
    models = (
        linear_model.LogisticRegression(), linear_model.SGDClassifier(), linear_model.RidgeClassifier(),
        tree.DecisionTreeClassifier(), ensemble.RandomForestClassifier(5), ensemble.ExtraTreesClassifier(5),
        ensemble.HistGradientBoostingClassifier(max_iter=3), naive_bayes.GaussianNB(), svm.SVC(), svm.LinearSVC(),
        neighbors.KNeighborsClassifier(), ensemble.AdaBoostClassifier(n_estimators=3), main.Majority(),
    )  # fmt: skip
    scalers = (preprocessing.MinMaxScaler(), preprocessing.QuantileTransformer(n_quantiles=10), main.Scaler())
    more = (preprocessing.FunctionTransformer(np.sqrt), preprocessing.FunctionTransformer(main.scale))
    for model, scaler in itertools.product(models, (*scalers, *more)):
        yield f"{scaler} {model}", pipeline.make_pipeline(scaler, model).fit(table, target)
    for model in models[:-1]:
        yield f"calibrated {model}", calibration.CalibratedClassifierCV(model, cv=2).fit(table, target)
        yield f"one vs rest {model}", multiclass.OneVsRestClassifier(model).fit(table, target)
        folds = model_selection.RepeatedStratifiedKFold(n_splits=2, n_repeats=1, random_state=0)
        yield (
            f"searched {model}",
            model_selection.GridSearchCV(model, {}, cv=folds, scoring="accuracy").fit(table, target),
        )
    columns = compose.make_column_transformer(
        (preprocessing.OneHotEncoder(), ["d"]), remainder=preprocessing.StandardScaler()
    )
    yield (
        "columns",
        pipeline.make_pipeline(columns, ensemble.RandomForestClassifier(5)).fit(table.assign(d=target), target),
    )


def listed() -> Iterator[Honest]:
    """Every sample that the list was made of."""
    from jupyter_mlsec.controls.loading.listing import dumping, tables

    for _, each in tables.python():
        yield "python", each
    for distribution, samples in dumping.SAMPLES.items():
        if dumping.version_of(distribution) is not None:
            for name, each in samples():
                yield f"{distribution} {name}", each


def others() -> Iterator[Honest]:
    """Objects of libraries that are not listed but imported by the notebook; none where they are not installed."""
    main = notebook()
    try:
        import networkx
    except ImportError:
        pass
    else:
        main.networkx = networkx
        for size in range(3, 13):
            yield f"path graph {size}", networkx.path_graph(size)
            yield f"random {size}", networkx.gnp_random_graph(size, 0.5, directed=bool(size % 2))
            yield f"multi {size}", networkx.MultiDiGraph([(n, n + 1, {"w": 0.5}) for n in range(size)])
    try:
        import statsmodels.api as sm
    except ImportError:
        return
    main.sm = sm
    rng = np.random.default_rng(0)
    inputs = sm.add_constant(pd.DataFrame(rng.normal(size=(50, 2)), columns=["a", "b"]))
    for model in (sm.OLS, sm.WLS, sm.GLS, sm.RLM):
        yield model.__name__, model(rng.normal(size=50), inputs).fit()
    for family in (sm.families.Gaussian(), sm.families.Poisson()):
        yield type(family).__name__, sm.GLM(rng.poisson(3, 50) + 1.0, inputs, family=family).fit()
    yield "logit", sm.Logit((rng.normal(size=50) > 0).astype(float), inputs).fit(disp=0)


def corpus() -> Iterator[Honest]:
    """All of them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield from of_users()
        yield from composed()
        yield from others()
        yield from listed()
