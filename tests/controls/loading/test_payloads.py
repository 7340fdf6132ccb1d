"""None of the payloads runs, whoever loads it, and each is refused by a rule of loading or fails as it would anyway."""

from __future__ import annotations

import asyncio
import os
import pickle
import subprocess
import sys
import types
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool
from pathlib import Path

import dask
import joblib
import numpy as np
import pandas as pd
import pytest

import jupyter_mlsec
from jupyter_mlsec.protocol.errors import Denied
from tests.controls.loading.payloads import Payload, corpus

MARK = "ran"
PAYLOADS = corpus(MARK)
assert len(PAYLOADS) >= 100


@pytest.fixture(scope="module", autouse=True)
def strange_library():
    """A library nobody listed, which the notebook has imported, and a function of the notebook's own."""
    library = types.ModuleType("strange_library")
    library.__file__ = f"{sys.prefix}/lib/site-packages/strange_library.py"
    source = (
        "import os\nfrom os import mkdir\n"
        "class Acts:\n    def __init__(self, path): os.mkdir(path)\n"
        "class MakesItself:\n    def __new__(cls, path): os.mkdir(path)\n"
        "def act(path): os.mkdir(path)\n"
    )
    exec(source, library.__dict__)  # the test's own text
    main = sys.modules["__main__"]
    sys.modules["strange_library"] = main.strange_library = library
    exec("import os\ndef make_folder(path): os.mkdir(path)\nfrom os import mkdir", main.__dict__)
    yield
    del sys.modules["strange_library"], main.strange_library, main.make_folder, main.mkdir


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("payloads")
    (folder / ".git").mkdir()
    before = os.getcwd()
    os.chdir(folder)
    os.environ["JUPYTER_DATA_DIR"] = str(folder / "data")
    with jupyter_mlsec.guard("guard"):
        yield folder
    os.chdir(before)
    del os.environ["JUPYTER_DATA_DIR"]


def load(path: Path) -> object:
    """As a user would, by the ending; of a pickle that holds several, all."""
    if path.name.endswith((".npy", ".npz")):
        found = np.load(path, allow_pickle=True)
        return [found[name] for name in found.files] if path.suffix == ".npz" else found
    if ".pd." in path.name:
        return pd.read_pickle(path)
    if path.suffix == ".joblib":
        return joblib.load(path)
    found = []
    with path.open("rb") as file:
        while file.peek(1):
            found.append(pickle.load(file))
    return found


@pytest.mark.parametrize("payload", PAYLOADS, ids=[payload.name for payload in PAYLOADS])
def test_no_payload_runs(guarded, payload: Payload):
    path = guarded / payload.name
    path.write_bytes(payload.data)
    with pytest.raises((Denied, pickle.UnpicklingError, TypeError, ValueError, AttributeError)) as caught:
        load(path)
    if not isinstance(caught.value, Denied):
        pytest.fail(f"{caught.value!r} is the library's own error")
    assert not (guarded / MARK).exists()


def in_the_loop(read: Callable[[object], object], what: object) -> object:
    """Called by the event loop itself, which reports what is raised to its handler."""

    async def called() -> object:
        loop, found = asyncio.get_running_loop(), []
        loop.set_exception_handler(lambda _loop, context: found.append(context["exception"]))
        loop.call_soon(lambda: None)
        loop.call_soon(read, what)
        await asyncio.sleep(0.01)
        if found:
            raise found[0]
        return [1]

    return asyncio.run(called())


def in_a_pool(read: Callable[[object], object], what: object) -> object:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(read, what).result()


def in_mapped_threads(read: Callable[[object], object], what: object) -> object:
    with ThreadPool(1) as pool:
        return pool.map(read, [what])[0]


THROUGH: dict[str, Callable[[Callable[[object], object], object], object]] = {
    "a pool of threads": in_a_pool,
    "a map over threads": lambda read, what: next(ThreadPoolExecutor(1).map(read, [what])),
    "multiprocessing's threads": in_mapped_threads,
    "asyncio's threads": lambda read, what: asyncio.run(asyncio.to_thread(read, what)),
    "the event loop": in_the_loop,
    "joblib's threads": lambda read, what: joblib.Parallel(2, prefer="threads")([joblib.delayed(read)(what)])[0],
    "dask": lambda read, what: dask.delayed(read)(what).compute(scheduler="threads"),
}


@pytest.mark.parametrize("through", THROUGH.values(), ids=THROUGH)
@pytest.mark.parametrize("reader", ["load", "loads"])
def test_what_calls_the_users_reader_is_not_taken_for_a_process_of_its_own(guarded, through, reader):
    read = getattr(pickle, reader)  # as it is under watch

    def given(data: bytes) -> object:
        (guarded / "handed-on.pkl").write_bytes(data)
        return data if reader == "loads" else (guarded / "handed-on.pkl").open("rb")

    assert through(read, given(pickle.dumps([1]))) == [1]
    with pytest.raises(Denied):
        through(read, given(f"cos\nmkdir\n(V{MARK}\ntR.".encode()))
    assert not (guarded / MARK).exists()


AT_THE_END = """
import io, pickle, sys, jupyter_mlsec
blob = pickle.dumps(__import__("statistics").mean)
with jupyter_mlsec.guard():
    pickle.Unpickler(io.BytesIO(pickle.dumps(1))).load()
    pickle.Unpickler(io.BytesIO(pickle.dumps(__import__("collections").OrderedDict))).load()
    sys.meta_path.clear()  # as at the end of a process
    queue = {"__name__": "multiprocessing.queues", "io": io, "pickle": pickle, "blob": blob}
    print(eval("pickle.Unpickler(io.BytesIO(blob)).load()", queue))
"""


def test_what_processes_tell_each_other_is_read_where_nothing_can_be_imported_any_more(tmp_path):
    environment = {**os.environ, "JUPYTER_DATA_DIR": str(tmp_path / "data"), "HOME": str(tmp_path)}
    command = [sys.executable, "-c", AT_THE_END]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    assert ran.stdout.startswith("<function mean"), ran.stderr
