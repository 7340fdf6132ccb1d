"""Kernels for the session's tests."""

from __future__ import annotations

import pytest

from tests.session.kernels import Kernel


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / ".git").mkdir()
    return folder


@pytest.fixture
def kernel(project, tmp_path):
    made = Kernel(project, tmp_path / "home")
    yield made
    made.stop()


@pytest.fixture
def guarded(kernel):
    kernel.run("%load_ext jupyter_mlsec\nimport pandas as pd")
    return kernel
