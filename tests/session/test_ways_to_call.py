"""Every way in which a notebook may call a watched function gives one record in the right cell, in a real kernel."""

from __future__ import annotations

import json

import pytest

from tests.session.kernels import Kernel

BEFORE = """
import asyncio, functools, os, pickle, threading, unittest.mock
import pandas as pd
from pandas import read_csv
early = functools.partial(pd.read_csv)
handed_on = read_csv
open("t.csv", "w").write("a,b\\n1,2\\n3,4\\n")
open("script.py", "w").write("import pandas\\nframe = pandas.read_csv('t.csv')\\n")
open("tools.py", "w").write("import pandas\\ndef load():\\n    return pandas.read_csv('t.csv')\\n")
def nested(): return (lambda: [read_csv(p) for p in ["t.csv"]])()
"""
AFTER = """
from jupyter_mlsec.session import running
entries = []
running.house.journal.listen(entries.append)
def told():
    import json, msgspec
    print(json.dumps([json.loads(msgspec.json.encode(entry)) for entry in entries]))
    entries.clear()
"""
WAYS = {
    "the plain call": "pd.read_csv('t.csv')",
    "a name imported before": "read_csv('t.csv')",
    "another name for it": "handed_on('t.csv')",
    "a partial made before": "early('t.csv')",
    "map": "list(map(read_csv, ['t.csv']))",
    "getattr": "getattr(pd, 'read_' + 'csv')('t.csv')",
    "a nested call": "nested()",
    "exec": "exec(\"pd.read_csv('t.csv')\")",
    "eval": "eval(\"pd.read_csv('t.csv')\")",
    "a thread": "t = threading.Thread(target=pd.read_csv, args=('t.csv',)); t.start(); t.join()",
    "asyncio.to_thread": "await asyncio.to_thread(read_csv, 't.csv')",
    "a task": "async def later(): return pd.read_csv('t.csv')\nawait asyncio.create_task(later())",
    "%run": "%run script.py",
    "%%time": "%%time\nframe = pd.read_csv('t.csv')",
    "%time": "%time frame = pd.read_csv('t.csv')",
    "%%capture": "%%capture caught\npd.read_csv('t.csv')",
    "%prun": "%prun -q pd.read_csv('t.csv')",
    "a module of the user's": "import tools; tools.load()",
    "a file-like object": "pd.read_csv(open('t.csv'))",
    "a mock around it, calling through": (
        "with unittest.mock.patch('pandas.read_csv', wraps=pd.read_csv) as mocked: pd.read_csv('t.csv')"
    ),
}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Runs a cell; gives the entries it made."""
    folder = tmp_path_factory.mktemp("ways")
    (folder / ".git").mkdir()
    kernel = Kernel(folder, folder / "home")
    kernel.run(BEFORE)
    kernel.run("%load_ext jupyter_mlsec")
    kernel.run(AFTER)
    kernel.run("pd.read_csv('t.csv')")  # teaches the schema: that finding is not the others'

    def entries_of(source: str, error: str = ""):
        kernel.run("entries.clear()")
        ran = kernel.run(source)
        assert ran.error == error, ran.traceback
        return json.loads(kernel.run("told()").text.splitlines()[-1])

    yield entries_of
    kernel.stop()


def reads(entries):
    """The records of read_csv."""
    return [one for one in entries if one.get("operation", {}).get("function") == "read_csv"]


def executed(entries, digest=None):
    return [one["operation"]["cell"] for one in entries if one.get("operation", {}).get("action") == "execute"]


@pytest.mark.parametrize("way", WAYS)
def test_a_call_is_recorded_once_in_its_cell(way, told):
    entries = told(WAYS[way])
    (read,) = reads(entries)
    assert (read["outcome"], read["operation"]["resource"]["name"]) == ("done", "t.csv")
    assert read["operation"]["cell"]["execution"] in {cell["execution"] for cell in executed(entries)} | {0}


def test_timeit_gives_one_record_and_a_count(told):
    entries = told("%timeit -n 40 -r 3 pd.read_csv('t.csv')")
    (read,) = reads(entries)
    (more,) = [one for one in entries if one.get("amends") == read["operation"]["id"]]
    (repeats,) = [fact for fact in more["facts"] if fact["fact"] == "Repeats"]
    assert repeats["count"] == 119
    assert repeats["micros"] > 0


def test_a_loop_that_gets_something_else_each_time_is_recorded_each_time(told):
    entries = told("for n in range(3):\n    pd.read_csv(__import__('io').StringIO('a\\n' * (n + 2)))")
    assert len(reads(entries)) == 3


def test_a_forked_pool_works_on_a_watched_function(told):
    source = (
        "import multiprocessing\n"
        "with multiprocessing.get_context('fork').Pool(2) as pool:\n"
        "    assert [len(one) for one in pool.map(read_csv, ['t.csv', 't.csv'])] == [2, 2]"
    )
    told(source)


def test_a_folder_changed_after_loading_gives_names_from_the_project_all_the_same(told):
    entries = told(
        "os.makedirs('deep', exist_ok=True); os.chdir('deep')\ntry: pd.read_csv('../t.csv')\nfinally: os.chdir('..')"
    )
    assert [one["operation"]["resource"]["name"] for one in reads(entries)] == ["t.csv"]


def test_an_interrupt_in_the_middle_of_a_call_is_the_users(told):
    source = (
        "import _thread, io\n"
        "class Slow(io.StringIO):\n"
        "    def read(self, *args):\n"
        "        import signal; signal.raise_signal(signal.SIGINT)\n"
        "        return super().read(*args)\n"
        "    def __next__(self):\n"
        "        self.read()\n"
        "        return super().__next__()\n"
        "pd.read_csv(Slow('a\\n1\\n'), engine='python')"
    )
    (read,) = reads(told(source, error="KeyboardInterrupt"))
    assert (read["outcome"], read["error"]) == ("interrupted", "KeyboardInterrupt")
    assert len(reads(told("pd.read_csv('t.csv')"))) == 1


def test_autoreload_of_a_users_module_keeps_its_calls_watched(told):
    source = (
        "%load_ext autoreload\n%autoreload 2\nimport tools\n"
        "open('tools.py', 'w').write('import pandas\\ndef load():\\n    return len(pandas.read_csv(\\'t.csv\\'))\\n')\n"
        "import time; os.utime('tools.py', (time.time() + 60,) * 2)"
    )
    told(source)
    entries = told("assert tools.load() == 2")
    assert len(reads(entries)) == 1
    told("%autoreload 0")


def test_pickled_functions_and_models_come_out_the_same(told):
    source = (
        "assert pickle.loads(pickle.dumps(pd.read_csv)) is pd.read_csv\n"
        "import inspect; assert inspect.signature(pd.read_csv).parameters['sep']\n"
        "assert pd.read_csv is read_csv is handed_on is early.func"
    )
    told(source)
