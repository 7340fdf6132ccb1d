"""Tracers, monitors, profilers and debuggers at work on watched functions, on every CPython."""

from __future__ import annotations

import bdb
import inspect
import io
import pdb  # noqa: T100  # driven by the tests
import sys

import pytest

monitored = pytest.mark.skipif(not hasattr(sys, "monitoring"), reason="sys.monitoring is new in Python 3.12")

LINES = """
    def load(path):
        total = 0
        for n in [k for k in range(2)]:
            total += n
        try:
            raise ValueError
        except ValueError:
            pass
        return total
"""
CLOSING = """
    def closing(over):
        def load(path):
            inner = path + over
            look()
            return inner
        return load
    look = lambda: None
    load = closing("c")
"""


# --- tracing and profiling -----------------------------------------------------------------------------------


def traced(code, call):
    """What a tracer is told of this code while `call` runs."""
    seen = []

    def tracer(frame, event, argument):
        if frame.f_code is code:
            seen.append((event, frame.f_lineno))
        return tracer

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        call()
    finally:
        sys.settrace(before)
    return seen


def test_a_tracer_sees_the_same_lines_of_a_watched_function(toy):
    one = toy(LINES, "load")
    code, load = one.module.load.__code__, one.module.load
    unguarded = traced(code, lambda: load("a"))
    one.watch()
    assert traced(code, lambda: load("a")) == unguarded
    assert len(unguarded) > 9


def test_a_tracer_at_work_bears_a_swap_and_an_undo(toy):
    one = toy(LINES, "load")
    code, load = one.module.load.__code__, one.module.load
    unguarded = traced(code, lambda: load("a"))

    def back_and_forth():
        one.watch()
        load("a")
        one.unwatch()
        load("a")

    assert traced(code, back_and_forth) == unguarded * 2
    assert one.outcomes == ["done"]


def test_a_profiler_counts_as_many_returns_as_calls(toy):
    one = toy(CLOSING + "    def lines(path):\n        yield path\n", "load", "lines")
    module, seen = one.watch(), []
    sys.setprofile(lambda frame, event, argument: seen.append((event, frame.f_code.co_name)))
    try:
        module.load("a")
        list(module.lines("a"))
    finally:
        sys.setprofile(None)
    for name in ("load", "lines"):
        assert seen.count(("call", name)) == seen.count(("return", name)) >= 2


# --- sys.monitoring (coverage, debuggers and profilers from 3.12 on) ------------------------------------------


@pytest.fixture
def monitor():
    """A free tool of sys.monitoring; gives its number and takes all its events back."""
    monitoring = sys.monitoring
    tool = next(number for number in range(6) if monitoring.get_tool(number) is None)
    monitoring.use_tool_id(tool, "test")
    yield tool
    monitoring.set_events(tool, 0)
    for event in vars(monitoring.events).values():
        if isinstance(event, int) and event.bit_count() == 1:
            monitoring.register_callback(tool, event, None)
    monitoring.free_tool_id(tool)


@monitored
def test_a_monitor_of_one_function_goes_on_through_a_swap_and_an_undo(toy, monitor):
    one, lines = toy(LINES, "load"), []
    code, line = one.module.load.__code__, sys.monitoring.events.LINE
    sys.monitoring.register_callback(monitor, line, lambda code, number: lines.append(number))
    sys.monitoring.set_local_events(monitor, code, line)
    seen = []
    for change in (lambda: None, one.watch, one.unwatch):
        change()
        one.module.load("a")
        seen.append(tuple(lines))
        lines.clear()
    sys.monitoring.set_local_events(monitor, code, 0)
    assert seen == [seen[0]] * 3
    assert len(seen[0]) > 7


@monitored
def test_a_line_measured_and_disabled_once_is_not_measured_again_after_an_undo(toy, monitor):
    one, lines = toy(LINES, "load"), []
    code, events = one.module.load.__code__, sys.monitoring.events

    def measure(where, number):  # what coverage does: it wants each line once
        if where is code:
            lines.append(number)
        return sys.monitoring.DISABLE

    sys.monitoring.register_callback(monitor, events.LINE, measure)
    sys.monitoring.set_events(monitor, events.LINE)
    one.module.load("a")
    unguarded = list(lines)
    one.watch().load("a")
    one.unwatch()
    one.module.load("a")
    assert lines == unguarded
    assert len(lines) > 7


@monitored
def test_a_monitor_of_everything_bears_swaps_and_undos(toy, monitor):
    one, started = toy(CLOSING, "load"), []
    events = sys.monitoring.events
    sys.monitoring.register_callback(monitor, events.PY_START, lambda code, at: started.append(code.co_qualname))
    for event in (events.LINE, events.CALL, events.INSTRUCTION, events.RAISE, events.PY_RETURN):
        sys.monitoring.register_callback(monitor, event, lambda *about: None)
    everything = events.PY_START | events.LINE | events.CALL | events.INSTRUCTION | events.RAISE | events.PY_RETURN
    sys.monitoring.set_events(monitor, everything)
    for _ in range(20):
        assert one.watch().load("a") == "ac"
        sys.monitoring.restart_events()
        one.unwatch()
        assert one.module.load("a") == "ac"
    sys.monitoring.set_events(monitor, 0)
    assert started.count("closing.<locals>.load") == 60  # twice while watched: ours, and the function's own
    assert one.watch().load("a") == "ac"


# --- debuggers -----------------------------------------------------------------------------------------------


class Session(pdb.Pdb):
    """A debugger that is given its commands beforehand; `said` is what it answered."""

    def __init__(self, *commands):
        self.answers = io.StringIO()
        script = io.StringIO("".join(f"{command}\n" for command in commands))
        super().__init__(stdin=script, stdout=self.answers, nosigint=True, readrc=False)
        self.prompt = "\n"

    @property
    def said(self):
        return [line for line in self.answers.getvalue().splitlines() if line and not line.startswith((">", "->"))]


@pytest.fixture
def untraced():
    """No breakpoint and no tracer outlives the test."""
    before = sys.gettrace()
    yield
    sys.settrace(before)
    bdb.Breakpoint.clearBreakpoints()


def line_of(module, text):
    """The number of the line of the module's source that holds this text."""
    return next(number for number, line in enumerate(inspect.getsource(module).splitlines(), 1) if text in line)


@pytest.mark.parametrize("callers", ["by-count", "by-file"])
def test_a_breakpoint_in_a_watched_function_shows_it_and_our_frame_above(toy, untraced, callers):
    module = toy(CLOSING, "load", callers=callers).watch()
    session = Session("p inner", "p path, over", "up", "p args, kwargs, over", "down", "p path", "continue")
    module.look = lambda: session.set_trace(sys._getframe(1))
    assert module.load("a") == "ac"
    assert session.said == ["'ac'", "('a', 'c')", "(('a',), {}, 'c')", "'a'"]


def test_a_debugger_steps_out_of_a_watched_function_to_its_caller(toy, untraced):
    one = toy(CLOSING, "load")
    module, session = one.watch(), Session("return", "up", "up", "p here", "continue")
    module.look = lambda: session.set_trace(sys._getframe(1))
    here = "the caller"
    assert (module.load("a"), here) == ("ac", "the caller")
    assert session.said[-1] == "'the caller'"
    assert one.outcomes == ["done"]


@pytest.mark.parametrize("callers", ["by-count", "by-file"])
def test_a_breakpoint_at_a_line_stops_in_a_watched_function(toy, untraced, callers):
    one = toy(LINES, "load", callers=callers)
    module, session = one.watch(), Session("continue", "p path, n", "clear 1", "continue")
    session.set_break(module.__file__, line_of(module, "total += n"))
    session.run("load('a')", vars(module))
    assert "('a', 0)" in session.said
    assert one.outcomes == ["done"]


def test_a_breakpoint_on_what_a_watched_function_wraps_stops_in_it(toy, untraced):
    one = toy(LINES, "load")
    module, session = one.watch(), Session("break load.__wrapped__", "continue", "p path", "clear 1", "continue")
    session.run("load('a')", vars(module))
    assert "'a'" in session.said
    assert one.outcomes == ["done"]


def test_ipythons_debugger_walks_past_our_frame(toy, untraced, capsys):
    debugger = pytest.importorskip("IPython.core.debugger")
    module = toy(CLOSING, "load").watch()
    module.look, here = lambda: 1 / 0, "the caller"
    with pytest.raises(ZeroDivisionError) as raised:
        module.load("a")
    answers = io.StringIO()
    session = debugger.Pdb(stdin=io.StringIO("up\np path\nup\np here\ndown\np path\nquit\n"), stdout=answers)
    session.reset()
    session.interaction(None, raised.value.__traceback__)
    said = [line for line in answers.getvalue().splitlines() if line.startswith(("ipdb> '", "'"))]
    assert [line.removeprefix("ipdb> ") for line in said] == ["'a'", "'the caller'", "'a'"]
    assert "1 hidden frames" in capsys.readouterr().out
    assert here == "the caller"
