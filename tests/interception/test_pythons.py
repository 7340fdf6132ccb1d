"""What a CPython may do differently with swapped code, from 3.11 on. Wants no library: any interpreter can run it."""

from __future__ import annotations

import dis
import functools
import inspect
import io
import sys
import threading
import traceback
import typing
import warnings

import pytest

HAS_THREADS = sys.platform != "emscripten"
since_3_12 = pytest.mark.skipif(sys.version_info < (3, 12), reason="new in Python 3.12")
since_3_13 = pytest.mark.skipif(sys.version_info < (3, 13), reason="new in Python 3.13")
since_3_14 = pytest.mark.skipif(sys.version_info < (3, 14), reason="new in Python 3.14")


# --- bytecode that has specialised itself --------------------------------------------------------------------

HOT = """
    def load(path, *, more=1):
        return path, more

    def lines(path):
        yield path

    class Table:
        def __init__(self, path=0):
            self.path = path
        def __getitem__(self, path):
            return path
        def __call__(self, path):
            return path
        def __getattr__(self, path):
            return path
        def cell(self, path, column=3):
            return path, column

    class Empty:
        def __init__(self):
            self.path = 0

    def use(times):
        for n in range(times):
            assert load(n) == load(path=n) == (n, 1)
            assert load(n, more=2) == (n, 2)
            table = Table(n)
            assert (table.path, table[n], table(n), table.absent) == (n, n, n, "absent")
            assert table.cell(n) == (n, 3)
            assert list(lines(n)) == [n]
            assert Table().path == Empty().path == 0
"""
IN_HOT = (
    "load",
    "lines",
    "Empty.__init__",
    "Table.__init__",
    "Table.__getitem__",
    "Table.__call__",
    "Table.__getattr__",
    "Table.cell",
)
CALLS = 11  # of watched functions in one turn of `use`


def test_callers_that_specialised_on_a_function_see_it_swapped_and_given_back(toy):
    one = toy(HOT, *IN_HOT)
    one.module.use(10_000)
    one.watch().use(1_000)
    assert len(one.outcomes) == CALLS * 1_000
    one.unwatch()
    one.module.use(10_000)
    assert len(one.outcomes) == CALLS * 1_000


def test_a_function_swapped_by_its_own_call_ends_that_call_as_it_began(toy):
    one = toy(
        """
        def load(path, meanwhile):
            meanwhile()
            return path
        """,
        "load",
    )
    assert one.module.load("a", one.watch) == "a"
    assert one.module.load("b", one.unwatch) == "b"
    assert one.module.load("c", lambda: None) == "c"
    assert one.outcomes == ["done"]


def test_a_generator_begun_before_a_swap_or_an_undo_goes_on(toy):
    one = toy(
        """
        def lines(path):
            yield path
            yield path * 2
        """,
        "lines",
    )
    before = one.module.lines("a")
    begun = [next(before)]
    during = one.watch().lines("b")
    begun.append(next(during))
    one.unwatch()
    assert (begun, list(before), list(during)) == (["a", "b"], ["aa"], ["bb"])
    assert one.outcomes == ["done"]


@pytest.mark.skipif(not HAS_THREADS, reason="this platform has no threads")
def test_threads_call_on_while_the_function_is_swapped_back_and_forth(toy):
    one = toy("def load(path):\n    return [path for _ in range(2)]\n", "load")
    wrong, stop = [], threading.Event()

    def call():
        while not stop.is_set():
            if (found := one.module.load("a")) != ["a", "a"]:
                wrong.append(found)

    threads = [threading.Thread(target=call) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(200):
        one.watch()
        one.unwatch()
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_endless_recursion_is_a_recursion_error_and_the_next_call_is_watched(toy):
    one = toy(
        """
        def load(path):
            return load(path) if path else None
        def closing(over):
            def deep(path):
                return over, deep(path)
            return deep
        deep = closing(1)
        """,
        "load",
        "deep",
    )
    module = one.watch()
    for endless in (module.load, module.deep):
        with pytest.raises(RecursionError):
            endless("a")
    module.load("")
    assert one.outcomes == ["failed", "failed", "done"]


# --- frames, their locals and their free variables -----------------------------------------------------------

CLOSING = """
    import sys
    def closing(args, kwargs, passage, value, error, original, free_0000, __tracebackhide__):
        def load(path):
            return path, args, kwargs, passage, value, error, original, free_0000, __tracebackhide__
        return load
    load = closing(1, 2, 3, 4, 5, 6, 7, 8)
"""


def test_free_variables_named_as_ours_stay_the_functions_own(toy):
    module = toy(CLOSING, "load").watch()
    assert module.load("a") == ("a", 1, 2, 3, 4, 5, 6, 7, 8)
    assert module.load.__code__.co_freevars == module.load.__wrapped__.__code__.co_freevars
    assert inspect.getclosurevars(module.load.__wrapped__).nonlocals["passage"] == 3


LOOKING = """
    import sys
    def closing(column, table):
        def load(path, look):
            look(sys._getframe())
            return column, table
        return load
    load = closing("c", "t")
"""


def test_whoever_looks_at_the_locals_of_every_frame_finds_them_sound(toy):
    module = toy(LOOKING, "load").watch()
    seen = []

    def look(frame):
        ours = frame.f_back
        seen.append((dict(frame.f_locals), ours.f_code.co_name, sorted(ours.f_locals), ours.f_locals["kwargs"]))
        frame.f_locals.get("absent"), list(ours.f_locals.items()), repr(ours.f_locals)

    module.load("a", look=look)
    given = {"path": "a", "look": look, "column": "c", "table": "t"}
    ours = ["__tracebackhide__", "args", "column", "kwargs", "original", "passage", "table"]
    assert seen == [(given, "load", ours, {"look": look})]


@since_3_13
def test_a_debugger_that_writes_a_free_variable_in_our_frame_writes_the_functions_own(toy):
    module = toy(LOOKING, "load").watch()

    def look(frame):
        frame.f_back.f_locals["column"] = "changed"
        frame.f_back.f_locals["passage_of_theirs"] = 1
        frame.f_back.f_locals["__tracebackhide__"] = False

    assert module.load("a", look) == ("changed", "t")
    assert module.load("a", lambda frame: None) == ("changed", "t")


def test_comprehensions_and_handlers_raise_from_the_same_frames_but_our_one(toy):
    one = toy(
        """
        def load(path):
            try:
                return [[1 / n for n in (path, 0)] for _ in (1,)]
            except KeyError:
                return None
        """,
        "load",
    )

    def frames():
        with pytest.raises(ZeroDivisionError) as caught:
            one.module.load(1)
        return [entry.name for entry in traceback.extract_tb(caught.value.__traceback__)][1:]

    unguarded = frames()
    one.watch()
    assert frames() == ["load", *unguarded]
    assert one.outcomes == ["failed"]


def test_nested_watched_calls_leave_one_frame_of_ours_in_a_traceback(toy):
    one = toy(
        """
        def load(path):
            return parse(path)
        def parse(path):
            return int(path)
        """,
        "load",
        "parse",
    )
    with pytest.raises(ValueError, match="invalid literal") as caught:
        one.watch().load("a")
    frames = [entry.name for entry in traceback.extract_tb(caught.value.__traceback__)][1:]
    assert frames == ["load", "load", "parse"]


@pytest.mark.parametrize("how", ["stacklevel=2", pytest.param("skip_file_prefixes=(__file__,)", marks=since_3_12)])
def test_a_warning_names_the_line_that_called(toy, how):
    module = toy(f"import warnings\ndef load(path):\n    warnings.warn('odd', {how})\n", "load").watch()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        module.load("a")
    assert [warning.filename for warning in caught] == [__file__]


def test_swapped_code_can_be_hashed_compared_replaced_and_disassembled(toy):
    one = toy(HOT, *IN_HOT)
    code = one.watch().load.__code__
    assert {code: 1}[code] == 1
    assert code.replace() == code
    assert {line for _, _, line in code.co_lines() if line is not None} <= {code.co_firstlineno}
    dis.dis(one.module.load, adaptive=True, show_caches=True, file=(text := io.StringIO()))
    assert "enter" in text.getvalue()
    assert inspect.getsource(one.module.load).startswith("def load(path, *, more=1)")


# --- annotations, kinds and what else a function carries -----------------------------------------------------

LATER = """
    def load(path: str, table: Later = None) -> list[Absent]:
        return path
    class Later:
        pass
"""


@since_3_14
def test_annotations_are_not_evaluated_before_somebody_asks(toy):
    import annotationlib

    module = toy(LATER, "load").watch()
    assert module.load("a") == "a"
    with pytest.raises(NameError, match="Absent"):
        _ = module.load.__annotations__
    written = annotationlib.get_annotations(module.load, format=annotationlib.Format.STRING)
    assert written == {"path": "str", "table": "Later", "return": "list[Absent]"}
    module.Absent = int
    assert module.load.__annotations__["return"] == list[int]


@since_3_14
def test_a_signature_and_a_wrapper_take_annotations_in_every_format(toy):
    import annotationlib

    module = toy(LATER, "load").watch()
    wrapper = functools.wraps(module.load)(lambda *args: module.load(*args))
    for function in (module.load, wrapper):
        shown = inspect.signature(function, annotation_format=annotationlib.Format.STRING)
        plain = shown.format(quote_annotation_strings=False)
        assert plain == "(path: str, table: Later = None) -> list[Absent]"
        found = annotationlib.get_annotations(function, format=annotationlib.Format.FORWARDREF)
        assert (found["path"], found["table"]) == (str, module.Later)


def test_annotations_written_as_text_are_resolved_in_the_functions_own_module(toy):
    module = toy("def load(path: 'Own') -> 'list[Own]':\n    return path\nclass Own:\n    pass\n", "load").watch()
    assert typing.get_type_hints(module.load) == {"path": module.Own, "return": list[module.Own]}
    assert inspect.get_annotations(module.load, eval_str=True)["path"] is module.Own
    assert inspect.signature(module.load, eval_str=True).parameters["path"].annotation is module.Own


@since_3_13  # 3.12 does not look for them itself
def test_type_parameters_stay_known_to_the_signature(toy):
    module = toy("def load[T](path: 'T', *more: T) -> 'list[T]':\n    return path\n", "load").watch()
    (parameter,) = module.load.__type_params__
    shown = inspect.signature(module.load, eval_str=True)
    assert shown.return_annotation == list[parameter]
    assert typing.get_type_hints(module.load)["path"] is parameter


def test_a_generator_that_may_be_awaited_still_may(toy):
    one = toy(
        """
        import types
        @types.coroutine
        def load(path):
            yield "waiting"
            return path
        async def user():
            return await load("a")
        """,
        "load",
    )
    running = one.watch().user()
    assert running.send(None) == "waiting"
    with pytest.raises(StopIteration) as ended:
        running.send(None)
    assert (ended.value.value, one.outcomes) == ("a", ["done"])


@since_3_12
def test_a_function_marked_as_a_coroutine_function_returns_what_it_returned(toy):
    one = toy(
        """
        import inspect
        class Later:
            def __await__(self):
                yield
        @inspect.markcoroutinefunction
        def load(path):
            return Later()
        """,
        "load",
    )
    module = one.watch()
    assert inspect.iscoroutinefunction(module.load)
    assert type(module.load("a")) is module.Later
