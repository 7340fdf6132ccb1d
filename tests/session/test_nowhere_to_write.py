"""A home that cannot be written, a project that takes nothing: the notebook goes on, and the user hears it once."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

SCRIPT = textwrap.dedent("""
    import pandas as pd, jupyter_mlsec
    from concurrent.futures import ThreadPoolExecutor
    frame = pd.DataFrame({"a": range(50)})
    frame.to_csv("a.csv", index=False)
    with jupyter_mlsec.guard() as house:
        with ThreadPoolExecutor(8) as pool:
            assert sum(map(len, pool.map(pd.read_csv, ["a.csv"] * 8))) == 400
        frame.to_parquet("b.parquet")
        assert pd.read_parquet("b.parquet").equals(frame)
        print(house.journal.recorded, house.keeping.ledger.lost, len(list(house.state().glob("ledger/spool-*"))))
""")


def guarded(project, data):
    environment = {**os.environ, "JUPYTER_DATA_DIR": str(data), "HOME": str(project.parent), "TMPDIR": str(project)}
    environment.pop("JUPYTER_MLSEC_RAISE_OURS", None)
    return subprocess.run([sys.executable, "-c", SCRIPT], cwd=project, env=environment, capture_output=True, text=True)


@pytest.fixture
def closed(tmp_path):
    """A data folder that cannot be made, for root either."""
    (tmp_path / "file").write_text("in the way")
    return tmp_path / "file" / "data"


def test_the_first_calls_may_come_from_many_threads_and_share_one_spool(project, tmp_path):
    ran = guarded(project, tmp_path / "data")
    assert (ran.stdout, ran.stderr) == ("11 0 1\n", "")


def test_a_home_that_cannot_be_written_is_no_reason_to_stop(project, closed):
    ran = guarded(project, closed)
    assert (ran.stdout, ran.returncode) == ("11 0 1\n", 0), ran.stderr


def test_where_nothing_can_be_written_state_is_temporary_and_that_is_said_once(project, closed):
    (project / ".mlsec").write_text("in the way")
    ran = guarded(project, closed)
    assert (ran.stdout, ran.returncode) == ("11 0 1\n", 0), ran.stderr
    assert ran.stderr.count("State is kept in") == 1
    assert "not for long" in ran.stderr


def test_entries_that_are_lost_are_told_once(project, tmp_path):
    (project / ".mlsec").mkdir()
    (project / ".mlsec" / "ledger").write_text("in the way")
    ran = guarded(project, tmp_path / "data")
    assert (ran.stdout, ran.returncode) == ("11 11 0\n", 0), ran.stderr
    assert ran.stderr.count("could not be written to the ledger") == 1
