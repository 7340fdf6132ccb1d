"""None of the payloads runs, whoever loads it, and each is refused by a rule of loading or fails as it would anyway."""

from __future__ import annotations

import os
import pickle
import sys
import types
from pathlib import Path

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
