"""A cell's text as Python: magics and shell lines are turned into the names they read, line by line."""

from __future__ import annotations

import ast
import re
import warnings

import msgspec

RUNS_ITS_BODY = frozenset({"time", "capture", "prun", "memit", "mprun", "lprun", "timeit", "mlsec"})
RUNS_APART = frozenset({"timeit"})
RUNS_ITS_LINE = frozenset({"time", "prun", "memit", "timeit"})
READS_NAMES = frozenset({"who", "pinfo", "psearch", "store", "mlsec"})

SQL = "__mlsec_sql__"
"""Stands for whatever runs the statement of an `%sql` or `%%sql` magic."""
_INTO = re.compile(r"^(?:.*\s)?([A-Za-z_]\w*)\s*=?<<\s*(.*)$", re.DOTALL)
_SELECTS = re.compile(r"\b(?:select|with|from|insert|create|update|delete|copy|describe|summarize)\b", re.IGNORECASE)
_LINE = re.compile(
    r"^(?P<indent>\s*)(?:(?P<target>[A-Za-z_][\w, .\[\]'\"]*?)\s*=\s*)?(?P<kind>%%?|!!?)(?P<rest>[^=\s].*)$"
)
_HELP = re.compile(r"^\s*(\?{1,2}\s*[\w.*]+|[\w.*%]+\s*\?{1,2})\s*;?\s*$")
_SPLICED = re.compile(r"\{([^{}:!]+)\}|\$([A-Za-z_]\w*)")
_OPTIONS = re.compile(r"^(?:\s*-\w+(?:\s+\d+|\d+)?)*\s*")
_BROKEN = (SyntaxError, ValueError, RecursionError, MemoryError)


class Parsed(msgspec.Struct, frozen=True, kw_only=True):
    """What could be read of a cell. `tree` is None for a cell Python cannot parse either."""

    tree: ast.Module | None
    apart: bool = False
    """The body runs in a scope of its own (`%%timeit`): it stores no name of the notebook."""
    plain: bool = True
    """The text is Python as it stands, so line and column are those of the cell that runs."""
    shell: str = ""
    """The text handed to another program, where file names may be found."""


def parse(text: str) -> Parsed:
    """The cell as a syntax tree with magics replaced by what they read; never raises."""
    if not text.lstrip().startswith("%%"):
        tree = _tree(text)
        if tree is not None:
            return Parsed(tree=tree)
    return _without_magics(text)


def _tree(text: str) -> ast.Module | None:
    try:
        if "\\" in text:  # only then can parsing itself warn, and the user's own compile will do that
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(text)
        return ast.parse(text)
    except _BROKEN:
        return None


def _without_magics(text: str) -> Parsed:
    lines = text.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    shell: list[str] = []
    apart = False
    if lines[first].lstrip().startswith("%%"):
        name, _, arguments = lines[first].lstrip()[2:].partition(" ")
        apart = name in RUNS_APART
        body = lines[first + 1 :]
        if name == "sql":
            asked = _asked(arguments, "\n".join(body))
            return Parsed(tree=_tree("\n" * first + asked), plain=False, shell=text)
        if name not in RUNS_ITS_BODY:
            shell.append(text)
            spliced = _spliced(arguments if name in {"bash", "sh", "script", "writefile"} else text)
            return Parsed(tree=_tree(spliced), plain=False, shell="\n".join(shell))
        head = f"{arguments.split()[-1]} = None" if name == "capture" and _ends_in_name(arguments) else "pass"
        if name in RUNS_ITS_LINE and arguments.strip():
            head = _expression(_OPTIONS.sub("", arguments, count=1))
        inner = parse("\n".join(body))
        if inner.tree is None:
            return Parsed(tree=None, plain=False)
        tree = _tree("\n" * first + head)
        for node in ast.walk(inner.tree):
            if isinstance(node, (ast.stmt, ast.expr, ast.excepthandler, ast.arg)):
                node.lineno += first + 1
        statements = [*(tree.body if tree else []), *inner.tree.body]
        return Parsed(
            tree=ast.Module(body=statements, type_ignores=[]),
            apart=apart,
            plain=False,
            shell=inner.shell,
        )
    rewritten = [_rewrite(line, shell) for line in lines]
    return Parsed(tree=_tree("\n".join(rewritten)), plain=False, shell="\n".join(shell))


def _rewrite(line: str, shell: list[str]) -> str:
    if _HELP.match(line):
        return line[: len(line) - len(line.lstrip())] + "pass"
    match = _LINE.match(line)
    if match is None:
        return line
    indent, target, rest = match["indent"], match["target"], match["rest"]
    before = f"{indent}{target} = " if target else indent
    if rest.startswith("mlsec pii ") and (said := _masking(rest.split()[2:])):
        return indent + said
    if match["kind"].startswith("!"):
        shell.append(rest)
        return before + _spliced(rest)
    name, _, arguments = rest.partition(" ")
    if name in RUNS_ITS_LINE:
        arguments = _OPTIONS.sub("", arguments, count=1)
        if name in RUNS_APART or target:
            return before + _expression(arguments)
        return indent + arguments if _tree(arguments) is not None else indent + "pass"
    if name in {"run", "sx", "system", "bash", "sh", "script", "writefile", "sql", "load"}:
        shell.append(arguments)
    if name == "sql":
        return (before + _asked(arguments, "")) if target else indent + _asked(arguments, "")
    return before + (_spliced(arguments) if name not in READS_NAMES else "None")


def _masking(words: list[str]) -> str:
    """`%mlsec pii NAME --mask` as the call that it makes, whose copy is NAME_masked; empty for any other."""
    if "--mask" not in words or not words[0].isidentifier():
        return ""
    named, how, rest = words[0], "partial" if "--partial" in words else "redact", iter(words[1:])
    columns: list[str] = []
    for word in rest:
        option, _, value = word.partition("=")
        if option in ("--how", "--person"):
            value = value or next(rest, "")
            how = value if option == "--how" else how
        elif not word.startswith("--"):
            columns.append(word)
    only = f", columns={columns!r}" if columns else ""
    return f"{named}_masked = __import__('jupyter_mlsec').mask({named}, {how!r}{only})"


def _asked(line: str, body: str) -> str:
    """A call in place of an SQL magic: of the statement that it runs, and given to the name that gets the result.

    `%%sql name <<` is what ipython-sql and jupysql have; a connection or options on the line are left out.
    """
    into = _INTO.match(line)
    head = into[2] if into is not None else line
    statement = f"{head if _SELECTS.search(head) else ''}\n{body}".strip()
    call = f"{SQL}.sql({statement!r}, given={_spliced(statement)})"
    return f"{into[1]} = {call}" if into is not None else call


def _spliced(text: str) -> str:
    """A tuple of the expressions that IPython puts into a magic's line: `{a + 1}`, `$name`."""
    found = [one or other for one, other in _SPLICED.findall(text)]
    return "(" + "".join(f"({expression})," for expression in found if _expression(expression) != "None") + ")"


def _expression(text: str) -> str:
    try:
        ast.parse(text.strip(), mode="eval")
    except _BROKEN:
        return "None"
    return text.strip()


def _ends_in_name(arguments: str) -> bool:
    words = arguments.split()
    return bool(words) and words[-1].isidentifier()
