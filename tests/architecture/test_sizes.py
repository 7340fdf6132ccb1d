"""Files and functions stay small enough to be read in one go, and say what they are."""

from __future__ import annotations

import ast
import re
import statistics

from tests.architecture.house import ROOT, Source, functions, sources, tracked

FILE_LINES = 400
FUNCTION_LINES = 50
INTERCEPTOR_LINES = 40
NAMELESS = re.compile(r"(^|_)(utils?|helpers?|common|misc|manager|stuff)(_|$)")
ROOMS = ("jupyter_mlsec", "tests", "benchmarks")
# Written by their publishers, not by hand.
GENERATED = {"labextension/src/protocol.ts", "docs/verify_audit.py"}


def test_no_file_is_longer_than_400_lines() -> None:
    written = [*tracked("*.py"), *tracked("labextension/*.ts", "labextension/*.tsx", "labextension/*.css")]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in written}

    assert {path: lines for path, lines in lengths.items() if lines > FILE_LINES and path not in GENERATED} == {}


def test_no_function_is_longer_than_50_lines() -> None:
    long = {
        f"{source.path}:{function.name}": length
        for room in ROOMS
        for source in sources(room)
        for function in ast.walk(source.tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (function.end_lineno or 0) - function.lineno + 1) > FUNCTION_LINES
    }

    assert long == {}


def test_an_interceptor_is_a_short_declaration() -> None:
    lengths = [
        len(source.text.splitlines())
        for source in sources()
        if source.path.startswith("jupyter_mlsec/interceptors/") and not source.path.endswith("__init__.py")
    ]

    assert statistics.median(lengths or [0]) <= INTERCEPTOR_LINES


def test_no_file_or_class_is_named_for_nothing() -> None:
    files = [source.path for source in sources() if any(NAMELESS.search(part) for part in source.module.split("."))]
    classes = [
        f"{source.path}:{node.name}"
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef) and node.name.endswith(("Manager", "Helper", "Utils"))
    ]

    assert files + classes == []


def test_every_module_class_and_public_function_says_what_it_does() -> None:
    silent = [source.path for source in sources() if source.text.strip() and not is_documented(source)]
    silent += [
        f"{source.path}:{node.lineno}:{node.name}"
        for source in sources()
        for node in source.tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
        and not any(isinstance(mark, ast.Name) and mark.id == "overload" for mark in node.decorator_list)
    ]

    assert silent == []


def is_documented(source: Source) -> bool:
    """Whether the module has a docstring; the version's file is one assignment and needs none."""
    return source.path.endswith("/_version.py") or bool(ast.get_docstring(source.tree))


def test_every_function_has_full_types() -> None:
    untyped = [
        f"{source.path}:{function.lineno}:{function.name}"
        for source in sources()
        for function, _ in functions(source)
        if not function.returns
    ]

    assert untyped == []


def test_all_exceptions_are_caught_only_where_ours_meet_the_users_call() -> None:
    allowed = ("jupyter_mlsec/gate/", "jupyter_mlsec/interception/")
    caught = [
        f"{source.path}:{node.lineno}"
        for source in sources()
        if not source.path.startswith(allowed)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler) and catches_all(node)
    ]

    assert caught == []


def catches_all(handler: ast.ExceptHandler) -> bool:
    """Whether the handler swallows every exception; one that cleans up and raises again does not."""
    raises_again = any(isinstance(node, ast.Raise) and node.exc is None for node in ast.walk(handler))
    broad = handler.type is None or ast.unparse(handler.type) in {"Exception", "BaseException"}
    return broad and not raises_again


def test_no_debt_is_left_in_a_comment() -> None:
    word = re.compile(r"\b(TO" + "DO|FIX" + "ME|X" + r"XX)\b")
    written = tracked("*.py", "*.ts", "*.tsx", "*.css", "Makefile", "*.md", "*.toml")

    assert [str(path.relative_to(ROOT)) for path in written if word.search(path.read_text("utf-8"))] == []
