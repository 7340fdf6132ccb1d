"""The search of every row, beside real work in a real kernel: it holds no table, and a kernel ends while it runs."""

from __future__ import annotations

from pathlib import Path

from tests.session.kernels import Kernel

LARGE = """
import atexit, gc, time, weakref
from pathlib import Path
atexit.register(Path("ended").write_text, "well")
pd.DataFrame({f"c{n}": [f"note {i} of the day" for i in range(150_000)] for n in range(8)}).to_parquet("large.parquet")
"""
GONE = """
gone = weakref.ref(df)
del df
for _ in range(600):
    gc.collect()
    if gone() is None:
        break
    time.sleep(0.1)
print(gone() is None)
"""


def test_a_kernel_ends_by_itself_while_rows_are_still_searched(project: Path, tmp_path: Path) -> None:
    kernel = Kernel(project, tmp_path / "home")
    kernel._manager.shutdown_wait_time = 120  # before it would be killed
    try:
        kernel.run("%load_ext jupyter_mlsec\nimport pandas as pd\n" + LARGE)
        kernel.run("df = pd.read_parquet('large.parquet')")
    finally:
        kernel.stop()

    assert (project / "ended").read_text() == "well"


def test_a_table_that_is_dropped_meanwhile_is_gone(guarded: Kernel) -> None:
    guarded.run(LARGE)
    guarded.run("df = pd.read_parquet('large.parquet')")

    assert guarded.run(GONE).text.splitlines()[0] == "True"
