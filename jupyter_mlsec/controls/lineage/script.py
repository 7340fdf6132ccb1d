"""The cells that made a value as a Python script that makes it again."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from jupyter_mlsec.controls.lineage import source
from jupyter_mlsec.controls.lineage.history import Node

_SHELL = '''from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance(user_ns=globals())
shell.history_manager.enabled = False


def cell(number, text):
    """Run a cell as the notebook did: with its magics, its awaits, and its number for Out."""
    shell.execution_count = number
    shell.run_cell(text, store_history=True)

'''
_RESULTS = frozenset({"_", "__", "___", "Out[]"})


def script(name: str, nodes: Sequence[Node]) -> str:
    """The sources of these executions in order. Plain Python where all of them are; else cells that IPython runs."""
    resources = list(dict.fromkeys(each for node in nodes for each in node.resources))
    head = [f"# Makes {name} again, by the {len(nodes)} cells it was made by."]
    if resources:
        head.append(f"# Reads {', '.join(resources)}.")
    if all(map(_is_plain, nodes)):
        parts = [f"# In [{node.cell.execution}]\n{node.source.rstrip()}\n" for node in nodes]
        return "\n".join(["\n".join(head) + "\n", *parts])
    cells = [f"cell({node.cell.execution}, {_quoted(node.source)})\n" for node in nodes]
    return "\n".join(["\n".join(head), _SHELL, *cells])


def _is_plain(node: Node) -> bool:
    """Whether Python alone runs it to the same end: no magic, no await outside of a function, no error, no Out."""
    if not node.success or any(each in _RESULTS or _is_result(each) for each in node.reads):
        return False
    return source.parse(node.source).plain and _compiles(node.source)


def _is_result(name: str) -> bool:
    return name[:1] == "_" and name[1:].isdigit()


def _compiles(text: str) -> bool:
    try:
        tree = ast.parse(text)
        compile(tree, "cell", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return not any(isinstance(each, ast.ImportFrom) and each.module == "__future__" for each in tree.body)


def _quoted(text: str) -> str:
    """The text as a literal that reads like the cell, where it can."""
    if '"""' in text or "\\" in text or text.endswith('"'):
        return repr(text)
    return f'"""{text}"""' if "\n" in text else repr(text)
