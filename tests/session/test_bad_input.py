"""Odd places and broken surroundings: the notebook goes on, and the user hears it once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.session.kernels import Kernel

NOBODY = 65534
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root to act as others")


def policy_in(project: Path, text: str) -> None:
    (project / ".mlsec").mkdir(exist_ok=True)
    (project / ".mlsec" / "policy.toml").write_text(text)


def test_a_corrupt_policy_names_line_and_key_once_and_the_default_stays(project, kernel):
    policy_in(project, 'profile = "guard"\n[encryption]\nseal = 7\n')
    ran = kernel.run("%load_ext jupyter_mlsec")
    assert "profile guard" in ran.text
    assert "policy.toml" in ran.text
    assert "seal" in ran.text
    assert "3" in ran.text
    assert kernel.run("x = 1").text == ""


def test_a_cloned_project_may_tighten_but_not_loosen_and_its_plugins_are_ignored(project, kernel):
    policy_in(project, 'profile = "observe"\nplugins = ["evil"]\n[encryption]\nseal = "none"\n')
    ran = kernel.run("%load_ext jupyter_mlsec")
    assert "profile guard" in ran.text
    assert "evil" in ran.text
    data = json.loads(kernel.run("%mlsec policy --json").text)
    assert data["profile"] == "guard"
    assert data["sections"]["encryption"]["seal"] == "sensitive"
    assert data["plugins"] == []
    kernel.run("%mlsec policy trust")
    assert json.loads(kernel.run("%mlsec policy --json").text)["profile"] == "observe"


@as_root
def test_a_planted_parent_folder_of_another_user_is_passed_over(tmp_path):
    planted = tmp_path / "shared"
    (planted / "work").mkdir(parents=True)
    (planted / ".mlsec").mkdir()
    (planted / ".mlsec" / "policy.toml").write_text('profile = "observe"\n')
    os.chown(planted / ".mlsec", NOBODY, NOBODY)
    kernel = Kernel(planted / "work", tmp_path / "home")
    try:
        ran = kernel.run("%load_ext jupyter_mlsec\nimport pandas as pd")
        assert "profile guard" in ran.text
        assert "passed over" in ran.text
        kernel.run("pd.DataFrame({'a': [1]}).to_csv('a.csv')")
        assert (planted / "work" / ".mlsec").is_dir()
        assert sorted(path.name for path in (planted / ".mlsec").iterdir()) == ["policy.toml"]
    finally:
        kernel.stop()


@pytest.fixture
def read_only(tmp_path):
    """A project on a file system that cannot be written, by root neither."""
    project = tmp_path / "read-only"
    project.mkdir()
    mount = ["mount", "-t", "tmpfs", "tmpfs", str(project)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs the right to mount a file system")
    try:
        (project / "a.csv").write_text("a,b\n1,2\n")
        subprocess.run(["mount", "-o", "remount,ro", str(project)], check=True, capture_output=True)
        yield project
    finally:
        subprocess.run(["umount", str(project)], check=True, capture_output=True)


def test_state_of_an_unwritable_project_goes_to_the_data_folder_and_is_said_once(read_only, tmp_path):
    script = textwrap.dedent("""
        import pandas as pd, jupyter_mlsec
        with jupyter_mlsec.guard() as house:
            print(len(pd.read_csv("a.csv")), len(pd.read_csv("a.csv")), house.state())
    """)
    environment = {**os.environ, "HOME": str(tmp_path), "JUPYTER_DATA_DIR": str(tmp_path / "data")}
    ran = subprocess.run([sys.executable, "-c", script], cwd=read_only, env=environment, capture_output=True, text=True)
    assert ran.stdout.startswith(f"1 1 {tmp_path / 'data'}"), ran.stderr
    assert ran.stderr.count("State is kept in") == 1


def test_without_pandas_the_guard_loads_and_watches_the_rest(project, kernel):
    kernel.run("import sys; sys.modules['pandas'] = None")
    ran = kernel.run("%load_ext jupyter_mlsec\nimport pickle, io\npickle.dump([1], io.BytesIO())")
    assert ran.error == ""
    assert "mlsec: on" in ran.text
    assert kernel.run("%mlsec status").error == ""


def test_plain_ipython_without_a_display_works(project, tmp_path):
    script = "%load_ext jupyter_mlsec\nimport pandas as pd\npd.DataFrame({'a': [1]}).to_csv('a.csv')\n%mlsec status\n"
    (project / "run.ipy").write_text(script)
    environment = {**os.environ, "HOME": str(tmp_path), "JUPYTER_DATA_DIR": str(tmp_path / "data"), "TERM": "dumb"}
    ran = subprocess.run(
        [sys.executable, "-m", "IPython", "--colors=NoColor", "run.ipy"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert "mlsec is on" in ran.stdout
    assert "Traceback" not in ran.stdout + ran.stderr


def test_a_forked_child_writes_its_own_entries_and_the_parents_ledger_holds(guarded):
    guarded.run("pd.DataFrame({'a': range(9)}).to_csv('a.csv', index=False)")
    ran = guarded.run(
        "import multiprocessing as mp\n"
        "with mp.get_context('fork').Pool(2) as pool: print(sum(len(t) for t in pool.map(pd.read_csv, ['a.csv'] * 4)))"
    )
    assert ran.text.startswith("36")
    assert guarded.run("%mlsec ledger verify").text.startswith("Holds")
    rows = json.loads(guarded.run("%mlsec ledger show --last 100 --json").text)
    reads = [row for row in rows if row["action"] == "read"]
    assert len(reads) == 4
    assert all("/" in row["run"] for row in reads)


def test_unloading_in_the_middle_of_a_watched_call_lets_it_end(guarded):
    guarded.run(
        "import io\n"
        "class Unloads(io.BytesIO):\n"
        "    def write(self, data):\n"
        "        import jupyter_mlsec; jupyter_mlsec.unload_ipython_extension(get_ipython())\n"
        "        return super().write(data)\n"
    )
    ran = guarded.run("f = Unloads(); pd.DataFrame({'a': [1]}).to_pickle(f); len(f.getvalue()) > 0")
    assert ran.error == ""
    assert ran.text.strip().endswith("True")
    assert guarded.run("hasattr(pd.read_csv, '__wrapped__')").text.strip() == "False"


def test_a_killed_kernel_loses_no_entry_and_the_next_one_folds_them(project, tmp_path):
    first = Kernel(project, tmp_path / "home")
    first.run("%load_ext jupyter_mlsec\nimport pandas as pd")
    first.run("for n in range(20): pd.DataFrame({'a': [n]}).to_csv('a.csv')")
    first.stop(kill=True)
    second = Kernel(project, tmp_path / "home")
    try:
        second.run("%load_ext jupyter_mlsec\nimport pandas as pd\npd.read_csv('a.csv')")
        assert second.run("%mlsec ledger verify").text.startswith("Holds")
        rows = json.loads(second.run("%mlsec ledger show --last 500 --json").text)
        assert len([row for row in rows if row["action"] == "write"]) == 20
    finally:
        second.stop()


def test_a_deleted_ledger_is_noticed(project, tmp_path):
    first = Kernel(project, tmp_path / "home")
    first.run("%load_ext jupyter_mlsec\nimport pandas as pd\npd.DataFrame({'a': [1]}).to_csv('a.csv')")
    first.run("pd.read_csv('a.csv')")
    first.stop()
    shutil.rmtree(project / ".mlsec" / "ledger")
    second = Kernel(project, tmp_path / "home")
    try:
        second.run("%load_ext jupyter_mlsec\nimport pandas as pd, time")
        second.run("pd.read_csv('a.csv')")
        assert "ledger" in second.run("time.sleep(5)").text + second.run("x = 1").text
    finally:
        second.stop()


def test_a_script_is_guarded_by_a_context_manager(project, tmp_path):
    script = textwrap.dedent("""
        import pandas as pd, jupyter_mlsec as mlsec
        pd.DataFrame({"email": [f"u{n}@example.org" for n in range(30)]}).to_csv("a.csv")
        with mlsec.guard("observe"):
            frame = pd.read_csv("a.csv")
        print(sorted(mlsec.scan_table(frame)), [span.type for span in mlsec.scan_text("write to ann@example.org")])
        assert not hasattr(pd.read_csv, "__wrapped__")
    """)
    environment = {**os.environ, "HOME": str(tmp_path), "JUPYTER_DATA_DIR": str(tmp_path / "data")}
    ran = subprocess.run([sys.executable, "-c", script], cwd=project, env=environment, capture_output=True, text=True)
    assert ran.stdout == "['email'] ['EMAIL']\n", ran.stderr
    assert ran.stderr.startswith("mlsec: a.csv: email EMAIL 100 %")
