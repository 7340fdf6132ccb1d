"""Inputs, answers and activations in full, in a real kernel: only where the policy says so, and then only sealed."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.session.kernels import Kernel
from tests.session.models_told import facts_of

POLICY = 'profile = "guard"\n[models]\nkeep = "activations"\n'
WORK = """
import numpy as np, warnings
from sklearn.neural_network import MLPClassifier
warnings.simplefilter("ignore")
table = np.arange(120.0).reshape(40, 3)
model = MLPClassifier((4,), max_iter=3, random_state=0).fit(table, np.arange(40) % 2)
answer = model.predict_proba(table)
"""


def test_what_was_asked_and_answered_is_sealed_and_opens_again(project, tmp_path):
    home = tmp_path / "home"
    data = home / "data" / "jupyter_mlsec"
    data.mkdir(parents=True, mode=0o700)
    (data / "policy.toml").write_text(POLICY)
    kernel = Kernel(project, home)
    try:
        kernel.run("%load_ext jupyter_mlsec")
        assert "were not kept: you have no identity" in kernel.run(WORK).text
        assert list(project.rglob("*.age")) == []
        kernel.run("%mlsec keys init --yes")
        assert "not kept" not in kernel.run(WORK).text
        (file,) = project.rglob("*.zip.age")
        command = [str(Path(sys.executable).with_name("jupyter-mlsec")), "open", str(file), "-o", str(tmp_path / "out")]
        environment = {"JUPYTER_DATA_DIR": str(home / "data"), "HOME": str(home), "PATH": "/usr/bin:/bin"}
        assert subprocess.run(command, cwd=project, env=environment, capture_output=True).returncode == 0
    finally:
        kernel.stop()
    with zipfile.ZipFile(io.BytesIO((tmp_path / "out").read_bytes())) as archive:
        names = archive.namelist()
    assert names == ["input.npy", "output.npy", *(f"activation-{number:03}.npy" for number in range(4))]
    assert file.name in {facts.get("kept") for _, facts in facts_of(project)}


def test_nothing_is_kept_unasked(guarded):
    guarded.run("%mlsec keys init --yes")
    guarded.run(WORK)
    assert list(guarded.project.rglob("*.zip.age")) == []
