"""Estimator classes of the user's own: defined again and again, odd ones, reloaded ones, sent to workers."""

from __future__ import annotations

import gc
import inspect
import subprocess
import sys
import types
import weakref

import pandas as pd
import pytest
from sklearn.base import BaseEstimator

from jupyter_mlsec.interception import Interception
from jupyter_mlsec.interceptors import LIBRARIES
from tests.interception.posts import Post


@pytest.fixture
def post():
    post = Post(raise_ours=False)
    interception = Interception(LIBRARIES, post)
    interception.install()
    post.interception = interception
    yield post
    interception.uninstall()


def closing_over(frame):
    class Mine(BaseEstimator):
        def fit(self, X, y=None, *, more=2):
            super().__init__()
            return frame, X, y, more

    return Mine


def test_a_class_defined_again_and_what_it_closes_over_are_collected(post):
    frame = pd.DataFrame({"a": [1]})
    mine = closing_over(frame)
    assert mine().fit([1], more=3)[1:] == ([1], None, 3)
    assert [entry.operation.function for entry in post.recorded] == ["fit"]
    living = [weakref.ref(frame), weakref.ref(mine)]
    del frame, mine
    gc.collect()
    assert [one() for one in living] == [None, None]


def test_what_a_call_was_given_and_gave_is_let_go(post, tmp_path):
    pd.DataFrame({"a": [1]}).to_csv(tmp_path / "a.csv", index=False)
    frame = pd.read_csv(tmp_path / "a.csv")
    living = weakref.ref(frame)
    frame.to_pickle(tmp_path / "a.pkl")
    with pytest.raises(OSError, match="non-existent"):
        frame.to_csv(tmp_path / "none" / "a.csv")
    del frame
    gc.collect()
    assert living() is None


def test_a_method_with_free_variables_keeps_its_signature_and_its_errors(post):
    mine = closing_over(1)
    assert str(inspect.signature(mine.fit)) == "(self, X, y=None, *, more=2)"
    with pytest.raises(TypeError, match=r"Mine\.fit\(\) missing 1 required positional argument: 'X'"):
        mine().fit()
    post.interception.uninstall()
    assert mine.fit.__code__.co_varnames[:3] == ("self", "X", "y")
    assert mine().fit([1])[1:] == ([1], None, 2)


def test_a_method_with_free_variables_works_in_a_worker_without_us(post):
    cloudpickle = pytest.importorskip("cloudpickle")
    main = types.ModuleType("__main__")
    exec(
        "from sklearn.base import BaseEstimator\n"
        "class Mine(BaseEstimator):\n"
        "    def fit(self, X, y=7, *, more=2):\n"
        "        super().__init__()\n"
        "        return len(X) + y + more\n",
        main.__dict__,
    )
    main.Mine.__module__ = "__main__"
    code = cloudpickle.dumps(main.Mine())
    script = f"import sys, pickle; sys.modules['jupyter_mlsec'] = None\nprint(pickle.loads({code!r}).fit([1, 2]))"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "11\n"


def test_a_class_we_cannot_watch_is_defined_all_the_same_and_noted(post):
    class Refuses:
        def __get__(self, instance, owner):
            return self

        @property
        def fn(self):
            raise RuntimeError("no")

    class Odd(BaseEstimator):
        fit = Refuses()

    assert Odd().get_params() == {}
    assert [(type(entry).__name__, entry.error) for entry in post.entries] == [("Troubled", "RuntimeError")]
    del Odd
    gc.collect()  # other tests look at every estimator there is


def test_a_function_reloaded_in_place_is_watched_once_and_given_back(post):
    class Before(BaseEstimator):
        def fit(self, X):
            return "old"

    class After(BaseEstimator):
        def fit(self, X):
            return "new"

    Before.fit.__code__ = After.fit.__code__  # what %autoreload does to functions that are held somewhere
    assert Before().fit([1]) == "new"
    assert len(post.recorded) == 1
    post.interception.uninstall()
    assert Before.fit.__code__.co_varnames == ("self", "X")
    assert Before().fit([1]) == "new"


def test_a_class_defined_after_unloading_is_left_alone_whoever_kept_our_hook(post):
    kept = BaseEstimator.__dict__["__init_subclass__"]
    BaseEstimator.__init_subclass__ = classmethod(lambda cls, **kwargs: kept.__get__(None, cls)(**kwargs))
    try:
        post.interception.uninstall()

        class Later(BaseEstimator):
            def fit(self, X):
                return self

        assert not hasattr(Later.fit, "__wrapped__")
    finally:
        del BaseEstimator.__init_subclass__
