"""The panel's package: reproducible from its lock, bound to no registry, and small."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "labextension" / "package-lock.json"
BUNDLE = ROOT / "jupyter_mlsec" / "labextension"


@pytest.fixture
def hook() -> ModuleType:
    pytest.importorskip("hatchling")
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_lock_pins_every_package_and_names_no_registry() -> None:
    packages = json.loads(LOCK.read_text())["packages"]

    assert len(packages) > 100
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def test_the_bundle_is_small() -> None:
    if not BUNDLE.is_dir():
        pytest.skip("the panel is not built here")

    assert sum(path.stat().st_size for path in BUNDLE.rglob("*.js")) <= 120_000


def test_a_changed_source_makes_the_bundle_stale_and_a_spec_does_not(tmp_path: Path, hook: ModuleType) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "index.ts").write_text("1")
    fresh = hook.digest(tmp_path)

    (tmp_path / "src" / "index.spec.ts").write_text("test")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "x.js").write_text("x")
    assert hook.digest(tmp_path) == fresh

    (tmp_path / "src" / "index.ts").write_text("2")
    assert hook.digest(tmp_path) != fresh
