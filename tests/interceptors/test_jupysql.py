"""`%%sql` under watch: each cell is one record of what its statement did, however jupysql runs it.

jupysql reports its use to its makers and brings an extension of JupyterLab: it is tried only where it is installed.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("jupysql_plugin") is None, reason="jupysql is not installed here"
)
SCRIPT = textwrap.dedent("""
    import json
    from IPython.core.interactiveshell import InteractiveShell
    from jupyter_mlsec.interception import Interception
    from jupyter_mlsec.interceptors import LIBRARIES
    from tests.interception.posts import Post

    post = Post(root=__import__("os").getcwd())
    Interception(LIBRARIES, post).install()
    shell = InteractiveShell.instance()
    seen = []
    for cell in json.loads(__import__("sys").argv[1]):
        post.entries.clear()
        shell.run_cell(cell).raise_error()
        done = [entry.operation for entry in post.recorded]
        seen.append([(one.library, one.action, one.resource.name) for one in done])
    print("seen", json.dumps(seen))
""")


def records_of(folder, *cells):
    """What each of these cells left, run one after the other in a shell of their own."""
    quiet = {"PLOOMBER_STATS_ENABLED": "false", "DO_NOT_TRACK": "1", "IPYTHONDIR": str(folder), "HOME": str(folder)}
    environment = {**os.environ, **quiet, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", SCRIPT, json.dumps(["%load_ext sql", *cells])]
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    (line,) = [line for line in ran.stdout.splitlines() if line.startswith("seen ")]
    return json.loads(line.removeprefix("seen "))[1:]


def test_a_cell_through_an_engine_is_one_record(tmp_path):
    cells = [
        "%sql sqlite:///t.db",
        "%%sql\ncreate table t (a int)",
        "%%sql\ninsert into t values (7)",
        "%sql select * from t",
    ]
    assert records_of(tmp_path, *cells)[1:] == [
        [["SQLAlchemy", "write", "create table t (a int)"]],
        [["SQLAlchemy", "write", "insert into t values (?)"]],
        [["SQLAlchemy", "read", "select * from t"]],
    ]


def test_a_cell_through_a_connection_of_duckdb_is_one_record(tmp_path):
    (tmp_path / "t.csv").write_text("a\n1\n")
    cells = ["import duckdb\ncon = duckdb.connect()\n%sql con --alias duck", "%%sql\nselect * from 't.csv'"]
    assert records_of(tmp_path, *cells)[1:] == [[["duckdb", "read", "t.csv"]]]
