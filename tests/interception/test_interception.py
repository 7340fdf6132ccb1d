"""How watches behave beyond single calls: nesting, arrivals, families, forks of the road."""

from __future__ import annotations

import asyncio
import copy
import importlib
import inspect
import pickle
import subprocess
import sys
import textwrap
import types
import warnings

import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from jupyter_mlsec.controls.contract import Quiet
from jupyter_mlsec.interception import Interception, Library, reads
from jupyter_mlsec.interceptors import LIBRARIES
from tests.interception.posts import Post

X, Y = [[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]


@pytest.fixture
def post():
    post = Post()
    interception = Interception(LIBRARIES, post)
    interception.install()
    yield post
    interception.uninstall()


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A library made for the test, not imported yet."""
    (tmp_path / "toylib.py").write_text(
        textwrap.dedent("""
        __version__ = "1.5"
        def load(path):
            return path.upper()
        async def load_later(path):
            return path.upper()
        def lines(path):
            yield path
            yield path.upper()
        """)
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("toylib", None)


def toy_library(**more):
    watches = tuple(reads(name, resource="path") for name in ("load", "load_later", "lines"))
    return Library(**{"name": "toy", "module": "toylib", "versions": ("1", "2"), "watches": watches, **more})


def done(post):
    return [(entry.operation.function, entry.outcome) for entry in post.recorded]


def test_a_pipeline_gives_one_record_for_the_outermost_call(post):
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
    model.predict(X)
    assert done(post) == [("fit", "done"), ("predict", "done")]


def test_a_method_from_a_mixin_is_watched_when_its_first_user_is_imported_later():
    script = textwrap.dedent("""
        from tests.interception.posts import Post
        from jupyter_mlsec.interception import Interception
        from jupyter_mlsec.interceptors import LIBRARIES
        post = Post()
        Interception(LIBRARIES, post).install()
        from sklearn.linear_model import LogisticRegression
        LogisticRegression().fit([[0.], [1.]], [0, 1]).predict([[1.]])
        print([entry.operation.function for entry in post.recorded])
    """)
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.stdout == "['fit', 'predict']\n"


def test_a_users_own_estimator_defined_later_is_watched_and_then_left_alone(post):
    class Mine(BaseEstimator):
        def fit(self, X, y=None):
            return self

    Mine().fit(X)
    assert done(post) == [("fit", "done")]
    assert pickle.loads(pickle.dumps(clone(copy.deepcopy(LogisticRegression(C=2))))).C == 2


def test_a_users_own_function_travels_to_a_worker_by_value_and_runs_there_without_us(post):
    cloudpickle = pytest.importorskip("cloudpickle")
    main = types.ModuleType("__main__")
    exec(  # a class as a notebook defines it
        "from sklearn.base import BaseEstimator\n"
        "class Mine(BaseEstimator):\n"
        "    def fit(self, X, y=None):\n"
        "        self.seen = len(X)\n"
        "        return self\n",
        main.__dict__,
    )
    main.Mine.__module__ = "__main__"
    code = cloudpickle.dumps(main.Mine())
    script = f"import sys, pickle; sys.modules['jupyter_mlsec'] = None\nprint(pickle.loads({code!r}).fit([1, 2]).seen)"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "2\n"


def test_a_loader_of_the_old_kind_is_hooked_too(toy):
    """mlflow's autolog, and whoever wraps loaders as it does, gives one that has `load_module` only."""

    class Old:
        def __init__(self, loader):
            self.loader = loader

        def load_module(self, name):
            return self.loader.load_module(name)

    class Wrapping:
        def find_spec(self, name, path=None, target=None):
            if name != "toylib":
                return None
            spec = importlib.machinery.PathFinder.find_spec(name, path, target)
            spec.loader = Old(spec.loader)
            return spec

    wrapping = Wrapping()
    sys.meta_path.insert(0, wrapping)
    try:
        post = Post()
        Interception([toy_library()], post).install()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the import system's own, about load_module
            module = importlib.import_module("toylib")
    finally:
        sys.meta_path.remove(wrapping)
    assert module.load("a") == "A"
    assert done(post) == [("load", "done")]


def test_a_library_is_watched_the_moment_it_is_imported(toy):
    post = Post()
    interception = Interception([toy_library()], post)
    interception.install()
    assert interception.awaited() == ("toy",)
    module = importlib.import_module("toylib")
    assert type(module.__spec__.loader).__name__ == "SourceFileLoader"
    assert "exec_module" not in vars(module.__spec__.loader)
    assert module.load("a") == "A"
    assert done(post) == [("load", "done")]
    interception.uninstall()
    assert module.load("a") == "A"
    assert len(post.recorded) == 1


def test_coroutines_and_generators_stay_what_they_are(toy):
    post = Post()
    interception = Interception([toy_library()], post)
    interception.install()
    module = importlib.import_module("toylib")
    assert inspect.iscoroutinefunction(module.load_later)
    assert inspect.isgeneratorfunction(module.lines)
    assert asyncio.run(module.load_later("a")) == "A"
    assert list(module.lines("a")) == ["a", "A"]
    assert done(post) == [("load_later", "done"), ("lines", "done")]
    interception.uninstall()


def test_a_version_that_is_not_known_stands_down_and_says_so(toy):
    interception = Interception([toy_library(versions=("2", "3"))], Post())
    interception.install()
    importlib.import_module("toylib")
    assert interception.stood_down == {"toy": "version 1.5 is outside 2 to 3"}
    assert interception.watching == {}


def test_a_target_that_is_gone_is_named_and_the_rest_is_watched(toy):
    watches = (reads("load", resource="path"), reads("gone", resource="path"))
    interception = Interception([toy_library(watches=watches)], Post())
    interception.install()
    importlib.import_module("toylib")
    assert interception.stood_down == {"toy: gone": "not in the installed version"}
    assert interception.watching == {"toy": 1}
    interception.uninstall()


def test_an_import_that_fails_fails_as_it_would_without_us(tmp_path, monkeypatch):
    (tmp_path / "toylib.py").write_text("raise ImportError('theirs')")
    monkeypatch.syspath_prepend(tmp_path)
    interception = Interception([toy_library()], Post())
    interception.install()
    with pytest.raises(ImportError, match="theirs"):
        importlib.import_module("toylib")
    interception.uninstall()
    assert not any(type(finder).__name__ == "Arrivals" for finder in sys.meta_path)


def test_paused_means_not_watched(post, tmp_path):
    post.scope.active = False
    pd.DataFrame({"a": [1]}).to_csv(tmp_path / "a.csv")
    assert post.entries == []


def test_unloading_in_the_middle_of_a_watched_call_lets_it_end_as_it_began(tmp_path):
    class Leaves(Quiet):
        name = "leaves"

        def before(self, operation, call, facts):
            interception.uninstall()
            return ()

    post = Post(Leaves())
    interception = Interception(LIBRARIES, post)
    interception.install()
    pd.DataFrame({"a": [1]}).to_csv(tmp_path / "a.csv")
    assert [entry.outcome for entry in post.recorded] == ["done"]
    assert not hasattr(pd.DataFrame.to_csv, "__wrapped__") or pd.DataFrame.to_csv.__wrapped__ is not None
    pd.read_csv(tmp_path / "a.csv")
    assert len(post.recorded) == 1


def test_code_that_somebody_swapped_after_us_is_left_to_them(toy):
    interception = Interception([toy_library()], Post())
    interception.install()
    module = importlib.import_module("toylib")

    def theirs(path):
        return "theirs"

    module.load.__code__ = theirs.__code__
    interception.uninstall()
    assert module.load("a") == "theirs"


def test_a_mock_set_before_and_after_us_works(tmp_path):
    from unittest import mock

    with mock.patch("pandas.read_csv", return_value="mocked"):
        post = Post()
        interception = Interception(LIBRARIES, post)
        interception.install()
        assert pd.read_csv("x") == "mocked"
    with mock.patch("pandas.read_csv", return_value="mocked again"):
        assert pd.read_csv("x") == "mocked again"
    interception.uninstall()
    with pytest.raises(FileNotFoundError):
        pd.read_csv(tmp_path / "none.csv")


def test_a_version_we_do_not_know_is_said_once(post, toy):
    interception = Interception([toy_library(versions=("2", "3"))], post)
    interception.install()
    importlib.import_module("toylib")
    assert interception.unsaid == ["toy is not watched: version 1.5 is outside 2 to 3, the versions this guard knows."]


def test_code_that_somebody_replaced_is_told(post, toy):
    interception = Interception([toy_library()], post)
    interception.install()
    toylib = importlib.import_module("toylib")
    assert interception.overwritten() == ()
    toylib.load.__code__ = (lambda path: path).__code__
    assert interception.overwritten() == ("toylib.load",)
    interception.uninstall()
    assert toylib.load("a") == "a"


def test_libraries_imported_after_the_guard_are_watched_in_full():
    script = textwrap.dedent("""
        from tests.interception.posts import Post
        from jupyter_mlsec.interception import Interception
        from jupyter_mlsec.interceptors import LIBRARIES
        post = Post()
        interception = Interception(LIBRARIES, post)
        interception.install()
        import io, numpy, pandas, polars
        pandas.read_csv(io.StringIO("a"))
        polars.read_csv(io.StringIO("a"))
        numpy.loadtxt(io.StringIO("1"))
        print([entry.operation.library for entry in post.recorded], interception.stood_down)
    """)
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.stdout == "['pandas', 'polars', 'numpy'] {}\n", ran.stderr
