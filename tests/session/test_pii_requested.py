"""What is looked for on request: what a cell logs, how files are named, every row of a large table."""

from __future__ import annotations

import pytest

from tests.session.kernels import Kernel

POLICY = "[pii]\nlogs = true\nnames = true\nbackground = false\n"
LARGE = """
import pandas as pd
codes = [f"AB-{n:06d}" for n in range(60_000)]
codes[-7] = "erin.vale@example.org"
pd.DataFrame({"code": codes}).to_parquet("large.parquet")
"""


@pytest.fixture
def asked(project, tmp_path):
    """A kernel under a policy that asks for more, and for no search beside one's work."""
    (project / ".mlsec").mkdir()
    (project / ".mlsec" / "policy.toml").write_text(POLICY)
    made = Kernel(project, tmp_path / "home")
    made.run("%load_ext jupyter_mlsec\n%mlsec policy trust\nimport logging, pandas as pd")
    yield made
    made.stop()


def test_what_a_cell_logs_is_told_at_its_end_and_once(asked: Kernel) -> None:
    first = asked.run("logging.getLogger('app').warning('sent to %s', 'anna@example.org')")
    again = asked.run("logging.getLogger('app').warning('sent to bob@example.org')")

    assert "mlsec: This cell logged 1 EMAIL." in first.text
    assert "logged" not in again.text
    assert "anna" not in asked.run("%mlsec findings").text


def test_the_name_of_a_file_is_searched_and_not_repeated(asked: Kernel) -> None:
    ran = asked.run("pd.DataFrame({'n': [1]}).to_csv('visits_anna.smith@example.org.csv')")

    assert "mlsec: The name of what this cell reads or writes holds 1 EMAIL." in ran.text
    assert "anna" not in ran.text


def test_no_row_is_searched_beside_ones_work_where_that_is_off(asked: Kernel) -> None:
    asked.run(LARGE)
    asked.run("df = pd.read_parquet('large.parquet')")

    threads = asked.run("import threading; print([one.name for one in threading.enumerate()])")

    assert "mlsec-pii-later" not in threads.text
    assert "Every row was searched" not in asked.run("%mlsec findings").text


def test_without_a_request_neither_logs_nor_names_are_searched(guarded: Kernel) -> None:
    ran = guarded.run(
        "import logging\nlogging.getLogger('app').error('sent to anna@example.org')\n"
        "pd.DataFrame({'n': [1]}).to_csv('anna.smith@example.org.csv')"
    )

    assert "logged" not in ran.text
    assert "The name of" not in ran.text
