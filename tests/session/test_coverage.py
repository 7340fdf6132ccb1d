"""In a real kernel: ordinary cells set off nothing, what is not watched does, and what runs elsewhere is named."""

from __future__ import annotations

import json
import time

import pytest

from jupyter_mlsec.host import io_counters
from tests.session.ordinary_cells import ordinary_cells

pytestmark = pytest.mark.skipif(io_counters.of_process() is None, reason="there is no /proc/self/io here")

LISTEN = """
%load_ext jupyter_mlsec
import msgspec as _msgspec
from jupyter_mlsec.session import running as _running
_seen = []
_running.house.journal.listen(
    lambda entry: _seen.extend(
        (entry.operation.cell.execution, _msgspec.to_builtins(fact))
        for fact in getattr(entry, "facts", ()) if type(fact).__name__ == "Coverage"
    )
)
"""
MEGABYTES = 5 << 20
WITHOUT_A_WATCH = {
    "open": ("open('big.bin', 'rb').read();", "big.bin"),
    "pathlib": ("import pathlib\npathlib.Path('big.bin').read_bytes();", "big.bin"),
    "os": ("import os\nn = os.open('big.bin', os.O_RDONLY); os.read(n, 5 << 20); os.close(n)", "big.bin"),
    "polars": ("import polars as pl\npl.read_csv('big.csv').shape", ""),
    "pyarrow": ("import pyarrow.csv\npyarrow.csv.read_csv('big.csv').shape", ""),
    "duckdb": ("import duckdb\nduckdb.sql(\"select count(*) from read_csv('big.csv')\").fetchall()", ""),
    "ctypes": (
        "import ctypes\nlibc = ctypes.CDLL(None)\nn = libc.open(b'big.bin', 0)\n"
        "libc.read(n, ctypes.create_string_buffer(5 << 20), 5 << 20)",
        "",
    ),
}
ELSEWHERE = {
    "!true": ("shell", ""),
    "%%bash\ntrue": ("shell", "bash"),
    "found = !echo a": ("shell", None),
    "import os; os.system('true --password=1')": ("shell", ""),
    "import subprocess; subprocess.run(['/bin/true', '--password=1'])": ("subprocess", "true"),
    "pid = os.fork()\nif not pid: os._exit(0)\nos.waitpid(pid, 0)": ("process", ""),
    "import multiprocessing as mp\nwith mp.get_context('fork').Pool(1) as pool: pool.map(abs, [1])": ("process", ""),
    "with mp.get_context('spawn').Pool(1) as pool: pool.map(abs, [1])": ("process", ""),
    "import joblib\njoblib.Parallel(2)([joblib.delayed(abs)(1)] * 2)": ("process", ""),
}


@pytest.fixture
def listening(kernel):
    kernel.run(LISTEN)
    return kernel


def coverages(kernel) -> list[tuple[int, dict]]:
    """(execution, coverage) of each cell so far."""
    return json.loads(kernel.run("print(__import__('json').dumps(_seen))").text)


def last(kernel) -> dict:
    return coverages(kernel)[-1][1]


def test_ordinary_cells_set_off_nothing_in_99_of_100(listening):
    cells = ordinary_cells(200)
    began = time.monotonic()
    for cell in cells:
        listening.run(cell)
    taken = time.monotonic() - began
    found = coverages(listening)
    loud = [(number, fact) for number, fact in found if fact.get("read_unexplained") or fact.get("written_unexplained")]

    assert len(found) >= len(cells) * 0.9  # an empty cell has no record
    assert len(loud) <= len(cells) // 100, loud
    assert taken < 240  # a minute on a machine that does nothing else


def test_what_is_read_without_a_watch_is_unexplained_and_named_where_python_opened_it(listening, project):
    (project / "big.bin").write_bytes(bytes(MEGABYTES))
    (project / "big.csv").write_text("a,b\n" + "1,2\n" * (MEGABYTES // 4))
    listening.run("import polars, pyarrow.csv, duckdb\n_running.house.interception.uninstall()")
    missed = []
    for name, (cell, file) in WITHOUT_A_WATCH.items():
        ran = listening.run(cell)
        fact = last(listening)
        if ran.error or fact.get("read_unexplained", 0) < MEGABYTES * 0.9 or (file and file not in fact["opened"]):
            missed.append((name, ran.error, fact))

    assert missed == []


def test_what_is_written_without_a_watch_is_unexplained(listening):
    listening.run("with open('out.bin', 'wb') as file: file.write(bytes(5 << 20))")
    fact = last(listening)

    assert fact["written_unexplained"] >= MEGABYTES
    assert fact["opened"] == ["out.bin"]


def test_watched_reads_and_writes_are_explained(listening):
    listening.run("import pandas as pd\ndf = pd.DataFrame({'a': range(5 << 17)})")
    listening.run("df.to_pickle('big.pickle')\npd.read_pickle('big.pickle');")
    fact = last(listening)

    assert min(fact["read_explained"], fact["written_explained"]) >= MEGABYTES
    assert not fact.get("read_unexplained")
    assert not fact.get("opened")


def test_what_runs_elsewhere_is_named_without_its_arguments(listening):
    wrong = []
    for cell, (kind, program) in ELSEWHERE.items():
        listening.run(cell)
        found = [(each["kind"], each.get("program", "")) for each in last(listening)["unobserved"]]
        is_there = (kind, program) in found or (program is None and kind in dict(found))
        if not is_there or "password" in json.dumps(found):
            wrong.append((cell, found))

    assert wrong == []


def test_nothing_is_printed_and_the_status_tells_in_a_line(listening, project):
    (project / "big.bin").write_bytes(bytes(MEGABYTES))
    printed = [listening.run(cell).text for cell in ("open('big.bin', 'rb').read();", "!true")]
    status = listening.run("%mlsec status").text
    data = json.loads(listening.run("%mlsec status --json").text)["coverage"]

    assert printed == ["", ""]
    assert "1 with unexplained reads or writes (last: In[2] read 5.2 MB beyond what watched calls explain" in status
    assert "ran unobserved: 1 shell command." in status
    assert (data["unexplained"], data["unobserved"][0]["kind"]) == (1, "shell")


def test_mapped_reads_are_named_where_the_policy_asks_for_inotify(kernel, project):
    (project / ".mlsec").mkdir()
    (project / ".mlsec" / "policy.toml").write_text("[interception]\ninotify = true\n")
    (project / "big.bin").write_bytes(bytes(MEGABYTES))
    kernel.run(LISTEN)
    kernel.run(
        "import ctypes\nlibc = ctypes.CDLL(None)\nlibc.mmap.restype = ctypes.c_void_p\n"
        "n = libc.open(b'big.bin', 0)\nat = libc.mmap(None, 5 << 20, 1, 1, n, 0)\nctypes.string_at(at, 1 << 20);"
    )
    fact = last(kernel)

    assert fact["by"] == ["counters", "audit", "inotify"]
    assert fact["opened"] == ["big.bin"]
