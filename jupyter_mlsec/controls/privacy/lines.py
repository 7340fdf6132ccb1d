"""The lines of a `%%mlsec dp` cell: each asks one thing of the private view. They are read, not run as Python."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from jupyter_mlsec.controls.privacy.handle import Private
from jupyter_mlsec.controls.privacy.results import Release, Releases
from jupyter_mlsec.protocol.errors import UsageError

_ASKED = ("count", "sum", "mean", "median", "quantile", "quantiles", "histogram", "groupby")
_OF_GROUPS = ("count", "sum", "mean")
_HOW = (
    'Each line is private.mean("age") or name = private.count(), with plain values in the brackets; for anything else '
    "write Python: with mlsec.dp(...) as private."
)


def asked(private: Private, cell: str) -> Iterator[tuple[str, Release | Releases]]:
    """For each line the name it gives its answer, if any, and the answer. UsageError before anything was spent."""
    try:
        statements = ast.parse(cell).body
    except SyntaxError:
        raise UsageError(f"Nothing was spent: this is not Python. {_HOW}") from None
    calls = [_read(each) for each in statements]
    if not calls:
        raise UsageError(f"Nothing was asked. {_HOW}")
    return ((name, _answer(private, steps)) for name, steps in calls)


Step = tuple[str, list[Any], dict[str, Any]]


def _read(statement: ast.stmt) -> tuple[str, list[Step]]:
    name = ""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name):
        name = statement.targets[0].id
    elif not isinstance(statement, ast.Expr):
        raise _strange(statement)
    steps: list[Step] = []
    node = statement.value
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        try:
            plain = [ast.literal_eval(each) for each in node.args]
            named = {str(each.arg): ast.literal_eval(each.value) for each in node.keywords}
        except ValueError:
            raise _strange(statement) from None
        steps.insert(0, (node.func.attr, plain, named))
        node = node.func.value
    names = [step[0] for step in steps]
    grouped = len(names) == 2 and names[0] == "groupby" and names[1] in _OF_GROUPS
    single = len(names) == 1 and names[0] in _ASKED[:-1]
    if not (isinstance(node, ast.Name) and node.id == "private" and (grouped or single)):
        raise _strange(statement)
    return name, steps


def _answer(private: Private, steps: list[Step]) -> Release | Releases:
    found: Any = private
    for name, plain, named in steps:
        try:
            found = getattr(found, name)(*plain, **named)
        except TypeError as error:
            raise UsageError(f"{name} does not take that ({error}). {_HOW}") from None
    answer: Release | Releases = found
    return answer


def _strange(statement: ast.stmt) -> UsageError:
    return UsageError(f"Nothing was spent: line {statement.lineno} asks for something else. {_HOW}")
