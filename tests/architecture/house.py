"""The house as its tests see it: every Python file of ours, parsed once."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "jupyter_mlsec"
_IMPORTS: dict[str, tuple[Import, ...]] = {}


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One Python file: its place below the root, its text and its tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def module(self) -> str:
        """The dotted name by which it is imported."""
        return self.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """One imported module: its full name, the line, and whether the statement stands inside a function."""

    module: str
    line: int
    inside: bool
    checked_only: bool
    """Under `if TYPE_CHECKING`: never executed."""


def tracked(*patterns: str) -> list[Path]:
    """The files git knows, or would know: generated and ignored ones are not the house."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for line in sorted(set(listed.stdout.splitlines())) if (path := ROOT / line).is_file()]


@cache
def sources(room: str = "jupyter_mlsec") -> tuple[Source, ...]:
    """Every Python file below `room`, parsed."""
    return tuple(
        Source(path=str(path.relative_to(ROOT)), text=(text := path.read_text("utf-8")), tree=ast.parse(text))
        for path in tracked(f"{room}/*.py")
    )


def imports(source: Source) -> tuple[Import, ...]:
    """Every import of a file, found once (see `found_imports`)."""
    if source.path not in _IMPORTS:
        _IMPORTS[source.path] = tuple(found_imports(source))
    return _IMPORTS[source.path]


def found_imports(source: Source) -> Iterator[Import]:
    """Every import of a file, at any depth; relative ones resolved, `from a import b` given as a and as a.b."""
    inside: set[int] = set()
    checked: set[int] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            inside.update(id(child) for child in ast.walk(node))
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            checked.update(id(child) for statement in node.body for child in ast.walk(statement))
    for node in ast.walk(source.tree):
        for name in names(node, source):
            yield Import(module=name, line=node.lineno, inside=id(node) in inside, checked_only=id(node) in checked)


def names(node: ast.AST, source: Source) -> list[str]:
    """The modules that one statement imports, `importlib.import_module("x")` included."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        parts = source.module.split(".")
        package = parts if source.path.endswith("__init__.py") else parts[:-1]
        base = (
            ".".join([*package[: len(package) - node.level + 1], *filter(None, [node.module])])
            if node.level
            else node.module
        )
        return [str(base), *(f"{base}.{alias.name}" for alias in node.names)]
    if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in {"import_module", "__import__"}:
        first = node.args[0] if node.args else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            return [first.value]
    return []


def functions(source: Source) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, bool]]:
    """Every function with whether it is public: named so, and reached through public names only."""

    def walk(body: list[ast.stmt], public: bool) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, bool]]:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node, public and not node.name.startswith("_")
                yield from walk(node.body, public=False)
            elif isinstance(node, ast.ClassDef):
                yield from walk(node.body, public and not node.name.startswith("_"))
            elif isinstance(node, ast.If | ast.Try | ast.With):
                yield from walk([child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)], public)

    yield from walk(source.tree.body, public=not source.module.split(".")[-1].startswith("_"))
