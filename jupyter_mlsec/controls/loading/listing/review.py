"""The look for gadgets in what is to be listed: what would a name do if a stranger's file called it with anything?"""

from __future__ import annotations

import importlib
import inspect
from types import CodeType, FunctionType
from typing import Any, Literal  # Any: whatever a name means

Review = Literal["free", "careful", "never"]

_NEVER = frozenset({"getattr", "setattr", "delattr", "eval", "exec", "compile", "open", "__import__", "input", "vars"})
_NEVER_OF = ("operator", "os", "posix", "subprocess", "sys", "importlib", "types", "io", "_io", "shutil", "socket")
_ACTS = frozenset(
    {"open", "exec", "eval", "compile", "__import__", "import_module", "system", "popen", "Popen", "check_output"}
    | {"unlink", "remove", "rmtree", "makedirs", "mkdir", "urlopen", "urlretrieve", "fromfile", "memmap", "tofile"}
    | {
        "load_model",
        "save_model",
        "CDLL",
        "LoadLibrary",
        "fork",
        "spawnv",
        "execv",
        "load_module",
        "run_path",
        "loads",
        "chmod",
        "symlink",
        "socket",
    }
)
_WHEN_MADE = ("__new__", "__init__", "__setstate__", "__setattr__", "__setitem__", "__del__", "append", "extend", "add")
"""What an unpickler has run: calling and making, state, items of a dict, list or set; and the end of it all."""
_DEEP = 3


def review(module: str, name: str) -> Review:
    """How a name may be listed. What acts when it is made, or can be called once it is made, needs care.

    A function that calls what it is given does no more than the file could itself, for that was let in too. What the
    file could not call itself are objects it made; where a careful name is, it is followed and may call none of them.
    """
    if (module, name) == ("builtins", "type"):
        return "careful"  # it makes classes
    if module.partition(".")[0] in _NEVER_OF or (module == "builtins" and name in _NEVER):
        return "never"
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    if isinstance(found, type):
        return _of_class(found)
    if isinstance(found, FunctionType):
        return "careful" if acts(found) else "free"
    return "careful" if callable(type(found)) and not _is_plain(found) else "free"


def _of_class(found: type) -> Review:
    for kind in found.__mro__:
        if kind in (object, type):
            continue
        if "__call__" in vars(kind):  # an instance could be called by the file in turn
            return "careful"
        for method in _WHEN_MADE:
            function = vars(kind).get(method)
            function = function.__func__ if isinstance(function, staticmethod | classmethod) else function
            if isinstance(function, FunctionType) and acts(function):
                return "careful"
    return "free"


def _is_plain(found: Any) -> bool:
    """A built-in function or ufunc, which calls nothing it is given."""
    return (
        inspect.isbuiltin(found)
        or inspect.ismethoddescriptor(found)
        or type(found).__name__
        in (
            "ufunc",
            "_ArrayFunctionDispatcher",
            "cython_function_or_method",
            "builtin_function_or_method",
            "fused_cython_function",
        )
    )


def acts(function: FunctionType, deep: int = 0) -> bool:
    """Whether its code, or that of functions of its module which it names, names what runs code or touches files."""
    names = _named(function.__code__)
    if names & _ACTS:
        return True
    if deep >= _DEEP:
        return False
    around = function.__globals__
    called = (around.get(name) for name in names)
    return any(acts(each, deep + 1) for each in called if isinstance(each, FunctionType) and each.__globals__ is around)


def _named(code: CodeType) -> set[str]:
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _named(constant)
    return found
