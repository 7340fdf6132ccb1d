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
_BY_NAME = frozenset({"getattr", "setattr", "attrgetter", "methodcaller", "__globals__", "__dict__", "vars", "globals"})
_DEEP = 3
_MOST_FUNCTIONS = 200


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
    return "careful" if callable(found) and not _is_plain(found) else "free"


def _of_class(found: type) -> Review:
    for kind in found.__mro__:
        if kind in (object, type):
            continue
        if "__call__" in vars(kind) and reaches(found, vars(kind)["__call__"]):  # a file could call what it made of it
            return "careful"
        for method in _WHEN_MADE:
            function = vars(kind).get(method)
            function = function.__func__ if isinstance(function, staticmethod | classmethod) else function
            if isinstance(function, FunctionType) and acts(function):
                return "careful"
    return "free"


def reaches(kind: type, method: Any) -> bool:
    """Whether a method of that class, or what it calls of its package, acts or takes attributes by computed names.

    With an object that a stranger's file filled, `getattr(self.a, self.b)` is any method of any object.
    """
    left: list[Any] = [method]
    seen: set[FunctionType] = set()
    while left:
        function = left.pop()
        if not isinstance(function, FunctionType):
            return True  # compiled: it cannot be looked into
        if function in seen:
            continue
        seen.add(function)
        names = _named(function.__code__)
        if names & (_ACTS | _BY_NAME) or len(seen) > _MOST_FUNCTIONS:
            return True
        methods = (inspect.getattr_static(kind, name, None) for name in names)
        around = (function.__globals__.get(name) for name in names)
        package = function.__module__.partition(".")[0]
        called = (each for each in (*methods, *around, *_closed_over(function)) if isinstance(each, FunctionType))
        left.extend(each for each in called if each.__module__.partition(".")[0] == package)
    return False


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
    called = (*(around.get(name) for name in names), *_closed_over(function))
    return any(
        acts(each, deep + 1)
        for each in called
        if isinstance(each, FunctionType) and each is not function and each.__module__ == function.__module__
    )


def _closed_over(function: FunctionType) -> tuple[Any, ...]:
    """What a decorated function stands around, above all."""
    found = []
    for cell in function.__closure__ or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:  # empty still
            continue
    return tuple(found)


def _named(code: CodeType) -> set[str]:
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _named(constant)
    return found
