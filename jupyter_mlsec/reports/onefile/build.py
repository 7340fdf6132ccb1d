"""Writes the one-file verifier from the sources of `jupyter mlsec verify`: the same code, the same words.

Each module the command needs is put into the file as text, as it stands; what it takes of others' packages (msgspec,
jupyter_core) is stood in for by this folder. `python -m jupyter_mlsec.reports.onefile.build [FILE] [--check]`.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from jupyter_mlsec.protocol.errors import ExportError

START = ("jupyter_mlsec.cli", "jupyter_mlsec.cli.verify")
STAND_INS = {"msgspec": "structs.py", "jupyter_core.paths": "folders.py"}
DEFAULT = Path(__file__).resolve().parents[3] / "docs" / "verify_audit.py"
_HERE = Path(__file__).resolve().parent

_HEAD = '''\
#!/usr/bin/env python3
"""Verify an audit notebook made with jupyter-mlsec, offline.

    python verify_audit.py FILE --trust KEYFILE

Needs Python 3.11 or later and the package `cryptography`; nothing else, and no network. It says what `jupyter mlsec
verify` says, in the same words and with the same exit codes (--help lists them): it is made of the same sources, which
follow as text, module by module, each as it is in jupyter-mlsec. Read them here; what runs is what you read.

Written by jupyter_mlsec/reports/onefile/build.py (make generate); do not edit.
"""
# ruff: noqa
# fmt: off

import sys

if sys.version_info < (3, 11):
    sys.stderr.write("verify_audit.py needs Python 3.11 or later.\\n")
    sys.exit(2)

SOURCES = {}
'''

_FOOT = '''
# ---------------------------------------------------------------------------------------------------------------
# The modules above are found here before anything that is installed.

import importlib.abc
import importlib.util


class Inside(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules of this file, and the packages they are said to lie in."""

    def find_spec(self, name, path=None, target=None):
        is_package = any(other.startswith(name + ".") for other in SOURCES)
        if name in SOURCES or is_package:
            return importlib.util.spec_from_loader(name, self, is_package=is_package)
        return None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        name = module.__name__
        exec(compile(SOURCES.get(name, ""), f"<{name} in verify_audit.py>", "exec", dont_inherit=True), vars(module))


def main(words):
    """Verify; the exit code."""
    if importlib.util.find_spec("cryptography") is None:
        sys.stderr.write("verify_audit.py needs the package cryptography: pip install cryptography\\n")
        return 2
    sys.meta_path.insert(0, Inside())
    from jupyter_mlsec import cli
    from jupyter_mlsec.cli import verify

    verify.PROGRAM = "verify_audit.py"
    return cli.main(["verify", *words])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
'''


def one_file() -> str:
    """The verifier's text. Raises ExportError where a source could not stand in it as it is."""
    sources = {name: _HERE / file for name, file in STAND_INS.items()}
    sources |= {name: _path(name) for name in sorted(_needed())}
    return _HEAD + "".join(_quoted(name, path) for name, path in sources.items()) + _FOOT


def _quoted(name: str, path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if "'''" in text or text.endswith("\\"):
        raise ExportError(f"The one-file verifier was not made: {path.name} holds ''' or ends in a backslash.")
    return f"\n# {'-' * 111}\nSOURCES[\"{name}\"] = r'''\n{text}'''\n"


def _needed() -> set[str]:
    """Our modules that the command imports, at the top or inside functions; packages only where they start it."""
    found: set[str] = set()
    waiting = [*START]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        waiting += [each for each in _imported(_path(name)) if each not in found]
    return found


def _imported(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or id(node) in typing_only or node.module is None:
            continue
        if node.module.partition(".")[0] != "jupyter_mlsec":
            continue
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            yield inner if _is_package(node.module) and find_spec(inner) is not None else node.module


def _is_package(name: str) -> bool:
    return _path(name).name == "__init__.py"


def _path(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ExportError(f"The one-file verifier was not made: the source of {name} is not here.")
    return Path(spec.origin)


def main(arguments: list[str] | None = None) -> int:
    """Write the file, or say whether it is fresh."""
    parser = argparse.ArgumentParser(description="Write the one-file verifier.")
    parser.add_argument("file", type=Path, nargs="?", default=DEFAULT)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 when the file is stale")
    given = parser.parse_args(arguments)
    text = one_file()
    if not given.check:
        given.file.write_text(text, encoding="utf-8")
        return 0
    if given.file.is_file() and given.file.read_text(encoding="utf-8") == text:
        return 0
    sys.stdout.write(f"{given.file.name} is stale\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
