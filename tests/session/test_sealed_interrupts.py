"""Ctrl-C at every line of ours that runs during a sealed save: no temp stays, and the guard stays on."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.session.test_sealed_kills import home

__all__ = ["home"]
SAVES = '''
import json, linecache, os, signal, sys
import duckdb
import pandas as pd
from IPython.core.interactiveshell import InteractiveShell

os.fsync = lambda descriptor: None  # some hundred saves: on a busy disk that alone would take minutes
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
shell = InteractiveShell.instance()
shell.run_cell("%load_ext jupyter_mlsec")
shell.showtraceback = lambda *args, **kwargs: None
frame = pd.DataFrame({"a": range(100)})
spot = {"at": 0, "seen": 0, "first": None, "where": ""}

def temps():
    return [name for name in os.listdir() if name.endswith(".mlsec-tmp")]

def is_block(running):
    """A line that begins a block is met again at its end, between the block and what leaves it (a lock, say).
    No signal is ever handled there, but a trace could raise."""
    return linecache.getline(running.f_code.co_filename, running.f_lineno).lstrip().startswith("with ")

def each_line(running, event, arg):
    if event not in ("line", "opcode") or is_block(running):
        return each_line
    spot["seen"] += 1
    if spot["first"] is None and temps():
        spot["first"] = spot["seen"]
    if spot["seen"] == spot["at"]:
        sys.settrace(None)
        spot["where"] = f"{running.f_code.co_filename}:{running.f_lineno} {running.f_code.co_name}"
        signal.raise_signal(signal.SIGINT)
    return each_line

def each_call(running, event, arg):
    if "__tracebackhide__" in running.f_code.co_varnames:
        running.f_trace_opcodes = True
        return each_line
    return each_line if "jupyter_mlsec" in running.f_code.co_filename else None

def save():
    sys.settrace(each_call)
    try:
        SAVE
    finally:
        sys.settrace(None)

shell.user_ns.update(save=save, frame=frame)
for _ in range(2):  # the second finds everything imported
    spot.update(at=0, seen=0, first=None)
    assert shell.run_cell("save()").success
last, wrong, heard, tried = spot["seen"], [], 0, 0
for at in range(spot["first"], last + 1, STEP):
    spot.update(at=at, seen=0)
    error = shell.run_cell("save()").error_in_exec
    heard += isinstance(error, KeyboardInterrupt)
    tried += 1
    if temps():
        wrong.append([spot["where"], repr(error)])
    for name in temps():
        os.unlink(name)
assert shell.run_cell("save()").success
print("\\n" + json.dumps({"tried": tried, "heard": heard, "left": wrong}))
'''


@pytest.mark.parametrize("step", [17, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize(
    "save", ["frame.to_csv('x.csv', index=False)", "duckdb.sql(\"COPY (SELECT 1 AS a) TO 'x.parquet'\")"]
)
def test_ctrl_c_at_any_line_of_ours_during_a_sealed_save_leaves_no_temp(save, step, project, home):
    (project / ".mlsec").mkdir()
    (project / ".mlsec" / "policy.toml").write_text('[encryption]\nseal = "all"\n')
    source = SAVES.replace("SAVE", save, 1).replace("STEP", str(step))
    ran = subprocess.run([sys.executable, "-c", source], cwd=project, env=home, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told["tried"] > 100 / step
    assert told["heard"] >= 0.9 * told["tried"]  # what is raised in a finalizer is Python's to swallow
    assert told["left"] == []
    (saved,) = project.glob("x.*")
    assert saved.read_bytes().startswith(b"age-encryption.org/v1\n")
