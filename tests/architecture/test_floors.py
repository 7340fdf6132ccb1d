"""Imports go down the floors, each heavy library has one door, and nothing runs in a circle."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tests.architecture.house import ROOT, Source, imports, sources

# Who may import a library, by the beginning of the importing file's path; anywhere in the file, functions included.
DOORS: dict[str, tuple[str, ...]] = {
    "cryptography": ("jupyter_mlsec/vault/",),
    "keyring": ("jupyter_mlsec/vault/ring.py",),
    "rfc3161_client": ("jupyter_mlsec/vault/stamping.py",),
    "pandera": ("jupyter_mlsec/controls/schema/",),
    "hyperscan": ("jupyter_mlsec/controls/pii/",),
    "phonenumbers": ("jupyter_mlsec/controls/pii/",),
    "stdnum": ("jupyter_mlsec/controls/pii/",),
    "nbformat": ("jupyter_mlsec/reports/", "jupyter_mlsec/demo/tour.py"),
    "nbconvert": ("jupyter_mlsec/reports/",),
    "nbclient": ("jupyter_mlsec/demo/",),
    "faker": ("jupyter_mlsec/demo/",),
    "rfc8785": ("jupyter_mlsec/reports/", "jupyter_mlsec/policy/", "jupyter_mlsec/protocol/"),
    "IPython": ("jupyter_mlsec/session/",),
    "ipykernel": ("jupyter_mlsec/session/",),
    "comm": ("jupyter_mlsec/session/",),
    "ipywidgets": ("jupyter_mlsec/session/widgets.py",),
    "jupyter_server": ("jupyter_mlsec/server/",),
    "tornado": ("jupyter_mlsec/server/",),
    "sqlite3": ("jupyter_mlsec/ledger/", "jupyter_mlsec/controls/privacy/budget.py"),
    "pyarrow": ("jupyter_mlsec/frames/", "jupyter_mlsec/controls/", "jupyter_mlsec/__init__.py"),
    "xxhash": ("jupyter_mlsec/frames/", "jupyter_mlsec/controls/"),
    "numpy": ("jupyter_mlsec/frames/", "jupyter_mlsec/controls/"),
    # The user's own libraries: for the files named after them, and for functions that are handed one of their values.
    "pandas": ("jupyter_mlsec/interceptors/pandas.py", "jupyter_mlsec/frames/pandas.py", "jupyter_mlsec/controls/"),
    "polars": ("jupyter_mlsec/interceptors/polars.py", "jupyter_mlsec/frames/polars.py", "jupyter_mlsec/controls/"),
    "sklearn": ("jupyter_mlsec/interceptors/sklearn.py", "jupyter_mlsec/controls/loading/"),
    "joblib": ("jupyter_mlsec/interceptors/joblib.py", "jupyter_mlsec/controls/loading/"),
    "duckdb": ("jupyter_mlsec/interceptors/duckdb.py",),
    "torch": ("jupyter_mlsec/interceptors/torch.py", "jupyter_mlsec/controls/loading/"),
    "fsspec": ("jupyter_mlsec/vault/filesystems.py", "jupyter_mlsec/vault/sealedfs.py"),
}


@pytest.mark.parametrize("library", DOORS)
def test_a_library_has_one_door(library: str) -> None:
    strangers = [
        f"{source.path}:{found.line}"
        for source in sources()
        for found in imports(source)
        if found.module.split(".")[0] == library
        and not found.checked_only
        and not source.path.startswith(DOORS[library])
    ]

    assert strangers == [], f"{library} is imported outside {DOORS[library]}"


@pytest.mark.parametrize(
    "library", sorted({"cryptography", "pandera", "hyperscan", "phonenumbers", "nbformat", "pyarrow"})
)
def test_a_heavy_library_is_imported_in_functions_only(library: str) -> None:
    # Files that only a lazy door reaches may name their library at the top; what loads the guard may not reach them.
    loaded = reached_on_load()
    early = [
        f"{source.path}:{found.line}"
        for source in sources()
        if source.module in loaded
        for found in imports(source)
        if found.module.split(".")[0] == library and not found.inside and not found.checked_only
    ]

    assert early == []


@pytest.mark.parametrize("library", ["pandas", "polars", "sklearn", "joblib", "duckdb", "torch"])
def test_the_users_libraries_are_imported_in_functions_only(library: str) -> None:
    early = [
        f"{source.path}:{found.line}"
        for source in sources()
        for found in imports(source)
        if found.module.split(".")[0] == library and not found.inside and not found.checked_only
    ]

    assert early == []


def test_imports_go_down_the_floors() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_imports_in_a_circle_not_even_in_functions() -> None:
    graph = {source.module: below(source) for source in sources()}

    assert circle(graph) is None


def below(source: Source) -> set[str]:
    """The modules of ours that a file imports; `from package import name` is the submodule where there is one."""
    known = {other.module for other in sources()}
    found = {one.module for one in imports(source) if one.module in known and not one.checked_only}
    # `from a import b` names a.b and a; a's own __init__ runs too, but is no dependency when b is its submodule.
    packages = {name for name in found if any(other.startswith(name + ".") for other in found)}
    return {name for name in found - packages if name != source.module and not source.module.startswith(name + ".")}


def circle(graph: dict[str, set[str]]) -> list[str] | None:
    """One circle in the graph, or None."""
    state: dict[str, int] = defaultdict(int)
    trail: list[str] = []

    def visit(module: str) -> list[str] | None:
        state[module] = 1
        trail.append(module)
        for other in sorted(graph.get(module, ())):
            if state[other] == 1:
                return [*trail[trail.index(other) :], other]
            if state[other] == 0 and (found := visit(other)):
                return found
        trail.pop()
        state[module] = 2
        return None

    return next((found for module in sorted(graph) if state[module] == 0 and (found := visit(module))), None)


def reached_on_load() -> set[str]:
    """The modules of ours that loading the guard's extension imports before anything is watched."""
    modules = {source.module: source for source in sources()}
    reached: set[str] = set()
    waiting = ["jupyter_mlsec", *(name for name in ("jupyter_mlsec.session.extension",) if name in modules)]
    while waiting:
        name = waiting.pop()
        if name in reached or name not in modules:
            continue
        reached.add(name)
        waiting += [one.module for one in imports(modules[name]) if not one.inside and not one.checked_only]
        waiting.append(name.rpartition(".")[0])
    return reached
