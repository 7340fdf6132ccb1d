"""`propagate = true`: what child processes do is recorded in the parent's cell; without it they are only noted."""

from __future__ import annotations

import json

import pytest

from tests.session.kernels import Kernel

WORK = "import pandas as pd\ndef load(path):\n    return len(pd.read_csv(path))\n"
POOL = "import multiprocessing as mp\nwith mp.get_context({!r}).Pool(2) as pool: r = pool.map(work.load, ['t.csv'] * 2)"
WAYS = {
    "a forked pool": POOL.format("fork"),
    "a spawned pool": POOL.format("spawn"),
    "an executor": (
        "import multiprocessing as mp\nfrom concurrent.futures import ProcessPoolExecutor\n"
        "with ProcessPoolExecutor(2, mp_context=mp.get_context('spawn')) as pool:\n"
        "    r = list(pool.map(work.load, ['t.csv'] * 2))"
    ),
    "loky": "import joblib\nr = joblib.Parallel(n_jobs=2)(joblib.delayed(work.load)('t.csv') for _ in range(2))",
    "a subprocess": (
        "import subprocess, sys\n"
        "r = [int(subprocess.run([sys.executable, '-c', 'import work; print(work.load(\"t.csv\"))'], "
        "check=True, capture_output=True).stdout) for _ in range(2)]"
    ),
}


@pytest.fixture(scope="module", params=[True, False], ids=["propagated", "not propagated"])
def notebook(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("family")
    (folder / ".git").mkdir()
    (folder / "work.py").write_text(WORK)
    (folder / "t.csv").write_text("a\n1\n2\n")
    (folder / "policy.toml").write_text(f"[interception]\npropagate = {str(request.param).lower()}\n")
    kernel = Kernel(folder, folder / "home", PYTHONPATH=str(folder))
    kernel.run("import os, work; before = dict(os.environ)")
    kernel.run("%load_ext jupyter_mlsec")
    where = kernel.run("from jupyter_mlsec.host import places; print(places.data_folder())").text.strip()
    kernel.run(f"import shutil; shutil.copy('policy.toml', {where!r} + '/policy.toml')")
    assert "propagate" not in kernel.run("%mlsec policy reload").error
    kernel.propagates = request.param
    yield kernel
    kernel.stop()


def entries(kernel):
    return json.loads(kernel.run("%mlsec ledger show --last 1000 --json").text)


@pytest.mark.parametrize("way", WAYS)
def test_what_children_read_is_told_in_the_cell_that_had_them_do_it(way, notebook):
    ran = notebook.run(WAYS[way] + "\nnow = get_ipython().displayhook.prompt_count")
    assert ran.error == "", ran.traceback
    assert notebook.run("print(r)").text == "[2, 2]\n"
    count = int(notebook.run("print(now)").text)
    of_cell = [one for one in entries(notebook) if one.get("operation", {}).get("cell", {}).get("execution") == count]
    reads = [one for one in of_cell if one["operation"]["function"] == "read_csv"]
    (cell,) = [one for one in of_cell if one["operation"]["action"] == "execute"]
    (coverage,) = [fact for fact in cell["facts"] if fact["fact"] == "Coverage"]
    if notebook.propagates or way == "a forked pool":
        assert len(reads) == 2
        assert all("/" in one["run"] for one in reads)
    else:
        assert reads == []
        assert coverage["unobserved"]


def test_the_environment_is_given_back(notebook):
    notebook.run("%unload_ext jupyter_mlsec")
    same = "all(os.environ.get(name) == before.get(name) for name in ('PYTHONPATH', 'JUPYTER_MLSEC_PARENT'))"
    assert notebook.run(f"print({same})").text == "True\n"


def test_a_pool_made_in_one_cell_tells_the_cell_that_uses_it_and_a_killed_worker_keeps_what_it_told(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "work.py").write_text(WORK)
    (tmp_path / "t.csv").write_text("a\n1\n2\n")
    kernel = Kernel(tmp_path, tmp_path / "home", PYTHONPATH=str(tmp_path))
    try:
        kernel.run("%load_ext jupyter_mlsec\nimport pandas, work, os, signal, multiprocessing as mp")
        kernel.run("pool = mp.get_context('fork').Pool(1)")
        kernel.run("r = pool.map(work.load, ['t.csv'])\nnow = get_ipython().displayhook.prompt_count")
        kernel.run("os.kill(pool._pool[0].pid, signal.SIGKILL)")
        count = int(kernel.run("print(now)").text)
        reads = [one for one in entries(kernel) if one.get("operation", {}).get("function") == "read_csv"]
        assert [(one["operation"]["cell"]["execution"], "/" in one["run"]) for one in reads] == [(count, True)]
    finally:
        kernel.stop(kill=True)
