"""Models of the installed libraries, fitted and not: dumped by `listing` to learn which names that takes."""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from collections.abc import Callable, Iterator
from typing import Any  # estimators of any library

from jupyter_mlsec.controls.loading.listing.tables import Sample

_REFUSES = (TypeError, ValueError, AttributeError, RuntimeError, IndexError, KeyError, NotImplementedError, ImportError)
"""What a library raises for arguments or data it does not take."""


def _data() -> tuple[Any, Any, Any]:
    np = importlib.import_module("numpy")
    rng = np.random.default_rng(0)
    values = np.abs(rng.normal(size=(60, 4)))
    return values, (values[:, 0] > values[:, 1]).astype(int), values[:, 0] * 2 + 1


def _fitted(make: Callable[[], Any]) -> Iterator[Any]:
    """The estimator before and after a fit; not after, where it takes other data than a table."""
    values, classes, numbers = _data()
    np = importlib.import_module("numpy")
    yield make()
    for rows, y in (
        (values, classes),
        (values, numbers),
        (values, np.c_[classes, 1 - classes]),
        (values[:, 0], numbers),
        (["a b", "c"], [0, 1]),
    ):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield make().fit(rows, y)
            return
        except _REFUSES:
            continue


def sklearn() -> Iterator[Sample]:
    """Every public estimator, before and after a fit, and what is made of several."""
    discovery = importlib.import_module(
        "sklearn.utils.discovery" if _has("sklearn.utils.discovery") else "sklearn.utils"
    )
    for name, kind in discovery.all_estimators():
        for number, one in enumerate(_fitted(_maker(kind))):
            yield f"{name} {number}", one
    yield from _composed()
    yield from _parts()


def _has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _maker(kind: type) -> Callable[[], Any]:
    """Makes one with its defaults, given an estimator or several where it must have them."""
    linear = importlib.import_module("sklearn.linear_model")

    def make() -> Any:
        inner = linear.LogisticRegression()
        several = [("a", linear.LogisticRegression()), ("b", linear.RidgeClassifier())]
        regressors = [("a", linear.LinearRegression()), ("b", linear.Ridge())]
        tries: tuple[dict[str, Any], ...] = (
            {},
            {"estimator": inner},
            {"estimators": regressors if "Regressor" in kind.__name__ else several},
            {"transformers": [("a", "passthrough", [0])]},
            {"transformer_list": [("a", "passthrough")]},
            {"steps": several[:1]},
            {"estimator": inner, "param_grid": {"C": [1, 2]}},
            {"estimator": inner, "param_distributions": {"C": [1, 2]}, "n_iter": 2},
            {"base_estimator": inner},
            {"dictionary": importlib.import_module("numpy").eye(4)},
        )
        for given in tries:
            try:
                return kind(**given)
            except TypeError:
                continue
        raise TypeError(kind.__name__)

    return make


def _composed() -> Iterator[Sample]:
    pipeline, linear = importlib.import_module("sklearn.pipeline"), importlib.import_module("sklearn.linear_model")
    scale, compose = importlib.import_module("sklearn.preprocessing"), importlib.import_module("sklearn.compose")
    search, text = (
        importlib.import_module("sklearn.model_selection"),
        importlib.import_module("sklearn.feature_extraction.text"),
    )
    np, pd = importlib.import_module("numpy"), importlib.import_module("pandas")
    values, classes, _ = _data()
    table = pd.DataFrame(values, columns=list("abcd")).assign(e=["u", "v"] * 30)
    columns = compose.ColumnTransformer(
        [("n", scale.StandardScaler(), ["a", "b"]), ("o", scale.OneHotEncoder(), ["e"])]
    )
    yield "columns", pipeline.make_pipeline(columns, linear.LogisticRegression()).fit(table, classes)
    named = compose.make_column_selector(dtype_include=np.number)
    yield (
        "selector",
        compose.ColumnTransformer([("n", scale.StandardScaler(), named)], remainder="passthrough").fit(table),
    )
    for function in (np.log1p, np.sqrt, np.exp, np.abs, None):
        yield f"function {function}", scale.FunctionTransformer(function, np.expm1).fit(values)
    for cv in (search.KFold(3), search.StratifiedKFold(3), search.ShuffleSplit(2), search.TimeSeriesSplit(3)):
        grid = search.GridSearchCV(linear.LogisticRegression(), {"C": [1.0, 2.0]}, cv=cv, scoring="f1")
        yield f"search {cv}", grid.fit(values, classes)
    tries = importlib.import_module("scipy.stats").loguniform(0.1, 10)
    yield "random", search.RandomizedSearchCV(linear.LogisticRegression(), {"C": tries}, n_iter=2).fit(values, classes)
    words = ["red fox", "blue fox", "red dog"] * 5
    for kind in (text.CountVectorizer, text.TfidfVectorizer, text.HashingVectorizer):
        yield kind.__name__, pipeline.make_pipeline(kind(), linear.SGDClassifier()).fit(words, [0, 1, 0] * 5)


def _parts() -> Iterator[Sample]:
    """What estimators are made of: losses, kernels, trees, scorers, splitters, data sets."""
    metrics, datasets = importlib.import_module("sklearn.metrics"), importlib.import_module("sklearn.datasets")
    for name in metrics.get_scorer_names():
        yield f"scorer {name}", metrics.get_scorer(name)
    kernels = importlib.import_module("sklearn.gaussian_process.kernels")
    yield "kernels", kernels.RBF() + kernels.WhiteKernel() * kernels.Matern() + kernels.ConstantKernel() ** 2
    more = (kernels.RationalQuadratic(), kernels.ExpSineSquared(), kernels.DotProduct(), kernels.PairwiseKernel())
    yield "more kernels", more
    select = importlib.import_module("sklearn.feature_selection")
    for name in ("chi2", "f_classif", "f_regression", "mutual_info_classif", "mutual_info_regression", "r_regression"):
        yield name, select.SelectKBest(getattr(select, name), k=2)
    neighbors, trees = importlib.import_module("sklearn.neighbors"), importlib.import_module("sklearn.metrics")
    values, classes, numbers = _data()
    for metric in ("euclidean", "manhattan", "chebyshev", "minkowski"):
        yield (
            metric,
            [
                neighbors.KDTree(values, metric=metric),
                neighbors.BallTree(values, metric=metric),
                trees.DistanceMetric.get_metric(metric),
            ],
        )
    yield "bunch", datasets.load_iris()
    yield from _with_losses(values, classes, numbers)


def _with_losses(values: Any, classes: Any, numbers: Any) -> Iterator[Sample]:
    linear, ensemble = importlib.import_module("sklearn.linear_model"), importlib.import_module("sklearn.ensemble")
    for loss in ("hinge", "log_loss", "modified_huber", "squared_hinge", "perceptron", "huber", "epsilon_insensitive"):
        yield f"sgd {loss}", linear.SGDClassifier(loss=loss).fit(values, classes)
    for loss in ("squared_error", "absolute_error", "gamma", "poisson", "quantile"):
        given = {"quantile": 0.5} if loss == "quantile" else {}
        yield (
            f"boosting {loss}",
            ensemble.HistGradientBoostingRegressor(loss=loss, max_iter=3, **given).fit(values, numbers),
        )
    for loss in ("squared_error", "absolute_error", "huber", "quantile"):
        yield f"gradient {loss}", ensemble.GradientBoostingRegressor(loss=loss, n_estimators=3).fit(values, numbers)
    for loss in ("log_loss", "exponential"):
        yield f"gradient {loss}", ensemble.GradientBoostingClassifier(loss=loss, n_estimators=3).fit(values, classes)
    for criterion in ("squared_error", "absolute_error", "poisson", "friedman_mse"):
        yield f"forest {criterion}", ensemble.RandomForestRegressor(3, criterion=criterion).fit(values, numbers)
    three = (values[:, 0] * 3).astype(int)
    yield (
        "many classes",
        [
            ensemble.HistGradientBoostingClassifier(max_iter=3).fit(values, three),
            linear.LogisticRegression().fit(values, three),
        ],
    )
    yield (
        "words",
        ensemble.RandomForestClassifier(3).fit(values, importlib.import_module("numpy").array(["a", "b"])[classes]),
    )


def xgboost() -> Iterator[Sample]:
    """Its estimators, and the booster itself."""
    xgb = importlib.import_module("xgboost")
    values, classes, numbers = _data()
    for name in ("XGBClassifier", "XGBRegressor", "XGBRFClassifier", "XGBRFRegressor"):
        made = getattr(xgb, name)
        yield name, [made(), made(n_estimators=2).fit(values, classes if "Classifier" in name else numbers)]
    yield "booster", xgb.train({}, xgb.DMatrix(values, classes), 2)
    yield "ranker", xgb.XGBRanker(n_estimators=2).fit(values, classes, qid=[0] * 60)


def lightgbm() -> Iterator[Sample]:
    """Its estimators, and the booster itself."""
    lgb = importlib.import_module("lightgbm")
    values, classes, numbers = _data()
    for name in ("LGBMClassifier", "LGBMRegressor"):
        made = getattr(lgb, name)
        yield name, [made(), made(n_estimators=2, verbose=-1).fit(values, classes if "Class" in name else numbers)]
    yield "booster", lgb.train({"verbose": -1}, lgb.Dataset(values, classes), 2)
    yield "ranker", lgb.LGBMRanker(n_estimators=2, verbose=-1).fit(values, classes, group=[60])


def joblib() -> Iterator[Sample]:
    """What is only its own: arrays are dumped by it in a wrapper."""
    np = importlib.import_module("numpy")
    yield "arrays", [np.ones(3), np.array([{1}], object), np.ones((2, 2), order="F"), np.zeros(2, "i4,f8")]


def torch() -> Iterator[Sample]:
    """Tensors of every kind, and the layers that are made with sizes or with nothing."""
    t = importlib.import_module("torch")
    kinds = [
        t.float32,
        t.float64,
        t.float16,
        t.bfloat16,
        t.int64,
        t.int32,
        t.int16,
        t.int8,
        t.uint8,
        t.bool,
        t.complex64,
    ]
    yield "tensors", [t.zeros(2, dtype=kind) for kind in kinds]
    yield "kinds", [*kinds, t.device("cpu"), t.Size([1]), t.nn.Parameter(t.ones(1)), t.ones(1).to_sparse(), t.Generator]
    for name in sorted(set(t.nn.modules.__all__)):
        for given in ((), (2,), (2, 2), (2, 2, 2), ([1],)):
            try:
                yield name, getattr(t.nn, name)(*given)
                break
            except _REFUSES:
                continue
    model = t.nn.Sequential(t.nn.Linear(2, 2), t.nn.ReLU())
    yield (
        "model",
        [model, model.state_dict(), t.nn.ModuleList([model]), t.nn.ParameterList([t.nn.Parameter(t.ones(1))])],
    )
    for name in ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "NAdam", "RAdam", "LBFGS"):
        made = getattr(t.optim, name)(model.parameters())
        yield name, [made, made.state_dict()]
