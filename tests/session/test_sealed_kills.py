"""Sealed saves that are cut off, by `kill -9`, by Ctrl-C or by another kernel: the file at the path is always whole."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pandas as pd
import pytest

from jupyter_mlsec.vault import Identities, open_sealed
from tests.session.kernels import Kernel

ROWS = 60_000
CANARY = "canary-19ce"
SAVER = f"""
import os, sys
import pandas as pd, jupyter_mlsec as mlsec
import pyarrow.parquet

def save(turns):
    sys.stderr = open(os.devnull, "w")
    with mlsec.guard("strict"):
        for turn in turns:
            frame = pd.DataFrame({{"turn": [turn] * {ROWS}, "what": "{CANARY}"}})
            frame.to_parquet("x.parquet")
            os.write(1, b"saved\\n")
            frame.to_csv("x.csv", index=False)

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        first = int(line)
        save(range(first, first + 100_000) if first else [7])
        os._exit(0)
    os.write(1, b"%d\\n" % child)
    os.waitpid(child, 0)
    os.write(1, b"over\\n")
"""


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment with Jupyter folders of its own and an identity that seals by itself."""
    identities = Identities(tmp_path / "data" / "jupyter_mlsec")
    identities.create()
    identities.acknowledge(fleeting=True)
    (tmp_path / "temp").mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER_", "JPY_"))}
    ours = {"JUPYTER_DATA_DIR": str(tmp_path / "data"), "HOME": str(tmp_path), "TMPDIR": str(tmp_path / "temp")}
    return kept | ours | {"JUPYTER_MLSEC_RAISE_OURS": "1"}


class Saver:
    """A process that forks guarded children which save without end, each until it is killed."""

    def __init__(self, project: Path, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", SAVER], cwd=project, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def start(self, first: int) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(b"%d\n" % first)
        self._process.stdin.flush()
        return int(self.hear())

    def hear(self) -> bytes:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def hear_the_end(self) -> int:
        """How many saves ended until the child was gone."""
        return sum(1 for _ in iter(self.hear, b"over\n"))

    def stop(self) -> None:
        self._process.communicate(timeout=60)


def whole(path: Path, identities: Identities) -> int:
    """The one value that a whole file holds; anything else fails."""
    with open_sealed(path, identities=identities) as plain:
        frame = pd.read_parquet(plain) if path.suffix == ".parquet" else pd.read_csv(plain)
    assert (len(frame), frame.turn.nunique(), frame.what.nunique()) == (ROWS, 1, 1)
    return int(frame.turn[0])


@pytest.mark.parametrize("kills", [20, pytest.param(200, marks=pytest.mark.long)])
def test_kills_in_the_middle_of_sealed_saves_leave_whole_files_and_no_temp(kills, project, home, tmp_path):
    identities = Identities(tmp_path / "data" / "jupyter_mlsec")
    chance, saver, cut = random.Random(kills), Saver(project, home), 0
    for turn in range(1, kills + 1):
        child = saver.start(turn * 1_000_000)
        assert saver.hear() == b"saved\n"
        time.sleep(chance.uniform(0, 0.15))
        os.kill(child, signal.SIGKILL)
        saver.hear_the_end()
        cut += any(path.name.endswith(".mlsec-tmp") for path in project.iterdir())
        assert whole(project / "x.parquet", identities) // 1_000_000 == turn
        if (project / "x.csv").exists():
            whole(project / "x.csv", identities)
    assert cut > 0, "no kill came in the middle of a save, so this says nothing"
    saver.start(0)
    saver.hear_the_end()
    saver.stop()
    assert (whole(project / "x.parquet", identities), whole(project / "x.csv", identities)) == (7, 7)
    assert sorted(path.name for path in project.iterdir()) == [".git", ".mlsec", "x.csv", "x.parquet"]
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]
    verified = [shutil.which("jupyter-mlsec", path=Path(sys.executable).parent), "ledger", "verify"]
    done = subprocess.run(verified, cwd=project, env=home, capture_output=True, text=True)
    assert done.stdout.startswith("HOLDS"), done.stdout + done.stderr
    print(f"{kills} kills, {cut} in the middle of a save")


SAVES = """
import os, time
while not os.path.exists("go"): time.sleep(0.001)
begun = time.monotonic()
for _ in range(50):
    pd.DataFrame({"turn": [%d] * 20_000}).to_parquet("x.parquet")
    found = pd.read_parquet("x.parquet")
    assert (len(found), found.turn.nunique()) == (20_000, 1)
print("RAN", begun, time.monotonic())
"""


@pytest.fixture
def sealing(project):
    """The project wants all that is saved sealed."""
    (project / ".mlsec").mkdir()
    (project / ".mlsec" / "policy.toml").write_text('[encryption]\nseal = "all"\n')
    return project


def test_two_kernels_saving_one_path_at_once_leave_one_whole_file_and_a_sound_ledger(sealing, tmp_path):
    kernels = [Kernel(sealing, tmp_path / "home") for _ in range(2)]
    try:
        kernels[0].run("%load_ext jupyter_mlsec\n%mlsec keys init --yes --fleeting")
        kernels[1].run("%load_ext jupyter_mlsec")
        ran = {}
        threads = [
            threading.Thread(target=lambda n=n, one=one: ran.update({n: one.run("import pandas as pd\n" + SAVES % n)}))
            for n, one in enumerate(kernels)
        ]
        for thread in threads:
            thread.start()
        (sealing / "go").touch()
        for thread in threads:
            thread.join()
        spans = [one.text.split("RAN ")[1].split()[:2] for one in ran.values()]
        assert max(float(begun) for begun, _ in spans) < min(float(ended) for _, ended in spans), "never at once"
        assert (sealing / "x.parquet").read_bytes().startswith(b"age-encryption.org/v1\n")
        assert sorted(path.name for path in sealing.iterdir()) == [".git", ".mlsec", "go", "x.parquet"]
        for kernel in kernels:
            assert kernel.run("%mlsec ledger verify").text.startswith("Holds")
        rows = json.loads(kernels[0].run("%mlsec ledger show --last 5000 --json").text)
        assert sum(row["action"] == "write" and row["outcome"] == "done" for row in rows) == 100
    finally:
        for kernel in kernels:
            kernel.stop()


def interrupt_in_the_middle(kernel, project):
    """Ctrl-C as soon as the temp of a save is there."""

    def wait():
        while not any(path.name.endswith(".mlsec-tmp") for path in project.iterdir()):
            time.sleep(0.002)
        kernel.interrupt()

    threading.Thread(target=wait, daemon=True).start()


@pytest.mark.parametrize("save", ["big.to_csv('x.csv')", "big.to_parquet('x.csv', row_group_size=1000)"])
def test_an_interrupt_in_the_middle_of_a_sealed_save_leaves_the_old_file_and_no_temp(save, sealing, kernel):
    kernel.run("%load_ext jupyter_mlsec\n%mlsec keys init --yes --fleeting\nimport pandas as pd")
    kernel.run("pd.DataFrame({'old': [1]}).to_csv('x.csv', index=False)")
    kernel.run("big = pd.DataFrame({'n': range(2_000_000), 't': 'x'})")
    before = (sealing / "x.csv").read_bytes()
    assert before.startswith(b"age-encryption.org/v1\n")
    interrupt_in_the_middle(kernel, sealing)
    assert kernel.run(save).error == "KeyboardInterrupt"
    assert (sealing / "x.csv").read_bytes() == before
    assert sorted(path.name for path in sealing.iterdir()) == [".git", ".mlsec", "x.csv"]
    assert kernel.run("print(pd.read_csv('x.csv').old[0])").text.strip() == "1"
