"""Promises every declaration must keep, run for real on the installed libraries: the user cannot tell we are there."""

from __future__ import annotations

import asyncio
import functools
import importlib
import inspect
import pickle
import sys
import threading
import traceback
import warnings
from types import FunctionType

import pandas as pd
import pytest

from jupyter_mlsec.controls.contract import Quiet
from jupyter_mlsec.interception import Interception
from jupyter_mlsec.interceptors import libraries
from jupyter_mlsec.protocol.entries import Amended
from jupyter_mlsec.protocol.watch import Watch
from tests.conformance.recipes import is_installed, recipes_of
from tests.interception.posts import Post

CASES = [(library, watch) for library in libraries() for watch in library.watches if isinstance(watch, Watch)]
NAMES = [f"{library.name}:{watch.target}" for library, watch in CASES]
every_watch = pytest.mark.parametrize(("library", "watch"), CASES, ids=NAMES)


@pytest.fixture
def post():
    return Post()


@pytest.fixture
def installed(post):
    interception = Interception(libraries(), post)
    interception.install()
    yield interception
    interception.uninstall()


def recipe_of(library, watch, needs=None):
    """The recipe; a library that is not installed here, or a row without that part, is skipped and says so."""
    if not is_installed(library.module):
        pytest.skip(f"{library.name} is not installed here: make test-heavy")
    recipe = recipes_of(library.name)[watch.target]
    if recipe.needs is not None and not is_installed(recipe.needs):
        pytest.skip(f"{library.name}.{watch.target} needs {recipe.needs}, which is not installed here")
    if watch.optional and not hasattr(recipe.holder(), recipe.name):
        pytest.skip(f"{library.name}.{watch.target} is not in the installed version")
    if needs is not None and getattr(recipe, needs) is None:
        pytest.skip(f"{library.name}.{watch.target} has no {needs} call: see its recipe")
    return recipe


def held(recipe):
    found = inspect.getattr_static(recipe.holder(), recipe.name)
    return found.__func__ if isinstance(found, staticmethod | classmethod) else found


def is_python(recipe):
    """Whether its code can be swapped, at once or behind a dispatcher."""
    return isinstance(inspect.unwrap(getattr(held(recipe), "_implementation", held(recipe))), FunctionType)


def call(recipe, args, function=None):
    function = function or getattr(recipe.holder(), recipe.name)

    async def awaited():
        return await function(*args, **recipe.keywords)

    return asyncio.run(awaited()) if recipe.awaited else finished(recipe, function(*args, **recipe.keywords))


def finished(recipe, found):
    """What comes of a call; coroutines and generators do nothing before they are asked."""
    if inspect.isgeneratorfunction(inspect.unwrap(held(recipe))):
        return list(found)
    return asyncio.run(found) if inspect.iscoroutine(found) else found


@every_watch
def test_every_declaration_has_a_recipe_and_its_target_exists(library, watch, installed, record_property):
    assert library.name not in installed.stood_down
    recipe = recipe_of(library, watch)
    assert callable(held(recipe))
    record_property("reach", "code" if is_python(recipe) else "type" if isinstance(recipe.holder(), type) else "name")


@every_watch
def test_a_call_gives_exactly_one_record_and_the_same_result(library, watch, tmp_path, post):
    recipe = recipe_of(library, watch)
    args = recipe.good(str(tmp_path))
    expected = call(recipe, recipe.good(str(tmp_path)))
    interception = Interception(libraries(), post)
    interception.install()
    try:
        result = call(recipe, args)
    finally:
        interception.uninstall()
    done = [(entry.operation.action, entry.outcome) for entry in post.recorded]
    assert done == [(recipe.action or watch.action, "done")]
    assert type(result) is type(expected)


@every_watch
def test_the_argument_that_names_the_resource_exists(library, watch, installed):
    recipe = recipe_of(library, watch)
    function = inspect.unwrap(getattr(recipe.holder(), recipe.name))
    parameters = watch.parameters or inspect.signature(function).parameters
    for name in (watch.resource, watch.value, watch.compression, watch.mode, watch.only_if):
        assert name is None or name.partition(".")[0] in parameters


@every_watch
def test_identity_name_and_kind_stay(library, watch, post):
    recipe = recipe_of(library, watch)
    before = held(recipe)
    facts = (before.__name__, before.__qualname__, before.__module__, before.__doc__)
    signature = signature_of(before)
    interception = Interception(libraries(), post)
    interception.install()
    try:
        now = held(recipe)
        assert (now.__name__, now.__qualname__, now.__module__, now.__doc__) == facts
        assert signature_of(now) == signature
        assert not is_python(recipe) or now is before
        assert inspect.iscoroutinefunction(now) is inspect.iscoroutinefunction(before)
        assert inspect.isgeneratorfunction(now) is inspect.isgeneratorfunction(before)
        assert callable(now)
    finally:
        interception.uninstall()
    assert held(recipe) is before


def signature_of(function):
    """Its signature, or None for a C function that tells none."""
    try:
        return str(inspect.signature(function))  # as text: a default that is NaN equals not even itself
    except ValueError:
        return None


@every_watch
def test_it_pickles_by_name_and_its_source_is_its_own(library, watch, post):
    recipe = recipe_of(library, watch)
    could_not = isinstance(pickled(getattr(recipe.holder(), recipe.name)), type)
    interception = Interception(libraries(), post)
    interception.install()
    try:
        function = getattr(recipe.holder(), recipe.name)
        assert could_not or pickled(function) == function
        if is_python(recipe):
            assert f"def {function.__name__}" in inspect.getsource(function)
    finally:
        interception.uninstall()


def pickled(function):
    """The function back from a pickle, or the type of the error: one that bears another's name has none of its own."""
    try:
        return pickle.loads(pickle.dumps(function))
    except (pickle.PicklingError, TypeError) as error:
        return type(error)


@every_watch
def test_the_users_exception_passes_untouched_with_one_more_entry_at_most(library, watch, tmp_path, post):
    recipe = recipe_of(library, watch, needs="bad")

    def failing():
        args = recipe.bad(str(tmp_path))
        try:
            call(recipe, args)
        except Exception as error:
            return error
        raise AssertionError("the recipe was meant to fail")

    plain = failing()
    interception = Interception(libraries(), post)
    interception.install()
    try:
        guarded = failing()
    finally:
        interception.uninstall()
    assert type(guarded) is type(plain)
    assert str(guarded)[:20] == str(plain)[:20]
    assert (guarded.__cause__ is None) is (plain.__cause__ is None)
    plain_frames, frames = (traceback.extract_tb(error.__traceback__) for error in (plain, guarded))
    assert len(frames) - len(plain_frames) <= 1
    hidden = [frame for frame, _ in traceback.walk_tb(guarded.__traceback__) if "__tracebackhide__" in frame.f_locals]
    assert len(hidden) == 1  # and IPython does not show that one
    assert post.recorded[-1].outcome == "failed"
    assert post.recorded[-1].error == type(plain).__name__


@every_watch
def test_frames_seen_from_inside_are_the_same_but_for_ours(library, watch, tmp_path, post):
    recipe = recipe_of(library, watch, needs="probed")

    def stack(args_of):
        seen = []

        def probe():
            if not post.gate_is_asking():
                seen[:] = list(_frames())

        args = args_of(str(tmp_path), probe)
        interception = Interception(libraries(), post) if post.wanted else None
        if interception is not None:
            interception.install()
        try:
            call(recipe, args)
        finally:
            if interception is not None:
                interception.uninstall()
        return seen

    post.wanted = False
    plain = [_named(frame) for frame in stack(recipe.probed)]
    post.wanted = True
    guarded = stack(recipe.probed)
    assert [_named(frame) for frame in guarded if not _is_ours(frame)] == plain
    ours = [index for index, frame in enumerate(guarded) if _is_ours(frame)]
    assert ours
    for index in ours:  # one frame per watched function, right above the original, under its name
        below = guarded[index - 1].f_code.co_name
        assert not is_python(recipe) or guarded[index].f_code.co_name in (below, "__call__")  # C code has no frame


def _is_ours(frame):
    return "__tracebackhide__" in frame.f_code.co_varnames


def _named(frame):
    return f"{frame.f_code.co_filename}:{frame.f_code.co_name}"


def _frames():
    frame = sys._getframe(2)
    while frame is not None and frame.f_code.co_name != "stack":
        yield frame
        frame = frame.f_back


@every_watch
def test_a_warning_from_inside_names_the_same_file_and_line(library, watch, tmp_path, post):
    recipe = recipe_of(library, watch, needs="probed")

    def warned():
        places = []

        def probe():
            levels = [caller_of(library)] if library.callers == "by-file" else range(1, 9)
            for level in levels:
                with warnings.catch_warnings(record=True) as caught:
                    warnings.simplefilter("always")
                    warnings.warn("probe", stacklevel=level)
                places.append([(one.filename, one.lineno) for one in caught])

        args = recipe.probed(str(tmp_path), probe)
        call(recipe, args)
        return places[-1] if library.callers == "by-file" else places[-8:]

    seen = []
    for interception in (None, Interception(libraries(), post)):
        if interception is not None:
            interception.install()
        try:
            seen.append(warned())
        finally:
            if interception is not None:
                interception.uninstall()
    assert seen[0] == seen[1]


@every_watch
def test_earlier_aliases_partials_and_threads_are_watched(library, watch, tmp_path, post):
    recipe = recipe_of(library, watch)
    alias = getattr(recipe.holder(), recipe.name)
    partial = functools.partial(alias)
    first, args = recipe.good(str(tmp_path)), recipe.good(str(tmp_path))
    interception = Interception(libraries(), post)
    interception.install()
    try:
        if is_python(recipe):  # a C function's alias in a local variable is out of reach: documented
            call(recipe, first, partial)
            assert len(post.recorded) == 1
        post.entries.clear()
        thread = threading.Thread(target=call, args=(recipe, args), name="worker")
        thread.start()
        thread.join()
    finally:
        interception.uninstall()
    (name,) = [entry.operation.thread for entry in post.recorded]
    assert name.startswith("thread-")  # the name a user gave a thread may hold anything


@every_watch
def test_our_own_break_does_not_break_the_call(library, watch, tmp_path):
    class Broken(Quiet):
        name = "broken"

        def before(self, operation, call, facts):
            raise RuntimeError("ours")

        def after(self, operation, call, value, facts):
            raise RuntimeError("ours")

    post = Post(Broken(), raise_ours=False)
    recipe = recipe_of(library, watch)
    args = recipe.good(str(tmp_path))
    interception = Interception(libraries(), post)
    interception.install()
    try:
        call(recipe, args)
    finally:
        interception.uninstall()
    kinds = [type(entry).__name__ for entry in post.entries if not isinstance(entry, Amended)]
    assert kinds == ["Troubled", "Recorded"]


def caller_of(library):
    """How many frames up the library looks for its caller, by the way it has for that."""
    module, name = {
        "pandas": ("pandas.util._exceptions", "find_stack_level"),
        "polars": ("polars._utils.various", "find_stacklevel"),
    }[library.name]
    return getattr(importlib.import_module(module), name)()


def test_frames_of_the_caller_are_found_by_query_eval_and_sql(installed):
    frame = pd.DataFrame({"a": [1, 2, 3]})
    limit = 1  # noqa: F841  # read by the strings below
    assert len(frame.query("a > @limit")) == 2
    assert pd.eval("limit + 1") == 2
    duckdb = pytest.importorskip("duckdb")
    assert duckdb.sql("select count(*) from frame where a > 1").fetchall() == [(2,)]


def test_a_module_level_alias_of_a_c_function_is_watched_and_given_back(post):
    module = sys.modules[__name__]
    module.dump = pickle.dump
    original = pickle.dump
    interception = Interception(libraries(), post)
    interception.install()
    assert module.dump is pickle.dump is not original
    interception.uninstall()
    assert module.dump is pickle.dump is original
