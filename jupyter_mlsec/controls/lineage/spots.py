"""Where calls stand in a cell's text, and which line of it is running."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jupyter_mlsec.controls.contract import Call
from jupyter_mlsec.controls.lineage import source
from jupyter_mlsec.controls.lineage.expressions import MUTATORS

_CHANGERS = MUTATORS - {"fit", "partial_fit", "fit_transform", "write", "writelines", "execute", "executemany"} | {
    "copyto",
    "place",
    "putmask",
}


def stays(text: str, line: int, touched: set[str]) -> bool:
    """Whether the statement at that line is `name = read_...()`, the only one that binds or touches the name."""
    return _kept_loads(text).get(line) not in {None, *touched}


@lru_cache(maxsize=32)
def _kept_loads(text: str) -> dict[int, str]:
    parsed = source.parse(text)
    if parsed.tree is None or not parsed.plain:
        return {}
    found: dict[int, str] = {}
    bound = [
        each.id for each in ast.walk(parsed.tree) if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)
    ]
    for node in parsed.tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and is_read(node.value):
            target = node.targets[0]
            if len(node.targets) == 1 and isinstance(target, ast.Name) and bound.count(target.id) == 1:
                found |= dict.fromkeys(range(node.lineno, (node.end_lineno or node.lineno) + 1), target.id)
    return found


def running_line(namespace: Mapping[str, Any]) -> int | None:
    """The line of the cell that is running now, seen from a call inside it."""
    frame = sys._getframe()
    found: int | None = None
    while frame is not None:
        if frame.f_globals is namespace and frame.f_code.co_name in {"<module>", "<cell line: 1>"}:
            found = frame.f_lineno
            break
        frame = frame.f_back  # type: ignore[assignment]
    return found


def is_read(node: ast.Call) -> bool:
    """Whether a call has the name of a reader."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return str(name).startswith("read_")


def argument_at(text: str, line: int, call: Call, value: Any) -> ast.expr | None:
    """The expression that gave a watched call this value, where one such call stands at that line of the cell."""
    parsed = source.parse(text)
    name = call.watch.target.rpartition(".")[2]
    if parsed.tree is None:
        return None
    found = [
        each
        for each in ast.walk(parsed.tree)
        if isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and each.func.attr == name
        and each.lineno <= line <= (each.end_lineno or each.lineno)
    ]
    parameter = next((each for each in call.positions if call.argument(each) is value), None)
    if len(found) != 1 or parameter is None:
        return None
    (node,), place = found, call.positions[parameter]
    if "self" in call.positions:
        if parameter == "self":
            return node.func.value if isinstance(node.func, ast.Attribute) else None
        place -= 1
    if any(isinstance(each, ast.Starred) for each in node.args):
        return None
    named = next((each.value for each in node.keywords if each.arg == parameter), None)
    return node.args[place] if 0 <= place < len(node.args) else named


def may_change(node: ast.AST) -> bool:
    """Whether a call has the form of a change in place."""
    if not isinstance(node, ast.Call):
        return False
    if any(each.arg in ("inplace", "out") for each in node.keywords):
        return True
    return isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGERS
