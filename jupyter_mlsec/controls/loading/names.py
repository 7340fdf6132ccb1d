"""Whether a name that a file wants is known to be harmless, the user's own, or unknown."""

from __future__ import annotations

import _compat_pickle
import enum
import importlib.util
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any, Literal

from jupyter_mlsec.controls.loading.listed import listed
from jupyter_mlsec.controls.loading.machine import Name, Use

Grade = Literal["free", "careful", "unknown"]
"""`free`: let it be named. `careful`: let it be named if the file uses it as it is meant. `unknown`: refuse."""
_PASSED_TO = frozenset(
    {Name("functools", "partial"), Name("copyreg", "_reconstructor"), Name("copy_reg", "_reconstructor")}
)
"""Calls that keep what they are passed and do not call it."""
_GETATTR = ("builtins", "getattr")
_HAVE_METHODS = frozenset({Name("builtins", kind) for kind in ("str", "bytes", "int", "float")})
"""Of which bound methods are often given to vectorizers and the like."""
_MADE_BY: tuple[type, ...] = (object, tuple, dict, list, set, frozenset, BaseException, str, int, float, bytes)


class Names:
    """Judges names for one project. `is_own` says whether a module is the project's own code."""

    def __init__(self, is_own: Callable[[types.ModuleType], bool], *, imported: bool = True) -> None:
        """`imported`: whether classes of libraries that the user imported are let in."""
        self._is_own = is_own
        self._imported = imported

    def grade(self, module: str, name: str) -> Grade:
        """How the name counts. Python 2's names count as what they are read as, and as what they say."""
        if (module, name) in listed().free and not is_mapped(module, name):  # nearly all names of nearly all files
            return "free"
        grades = {self._grade(*each) for each in spellings(module, name)}
        if "unknown" in grades:
            return "unknown"
        return "careful" if "careful" in grades else "free"

    def _grade(self, module: str, name: str) -> Grade:
        key = (module, name)
        known = listed()
        if key in known.free:
            return "free"
        if key in known.careful or key == _GETATTR:
            return "careful"
        found = _resolved(module, name)
        if found is None:
            return "unknown"
        if self._is_own(sys.modules[module]):
            return "free" if isinstance(found, type) else "careful"
        return self._foreign(module, found)

    def _foreign(self, module: str, found: Any) -> Grade:
        """A name of an installed library that is not listed."""
        package = module.partition(".")[0]
        if not isinstance(found, type) or package in sys.stdlib_module_names or package == "jupyter_mlsec":
            return "unknown"
        if known_by_rule(package, found) or (self._imported and self._is_imported(package)):
            return "careful"
        return "unknown"

    def _is_method(self, how: str, name: Name) -> bool:
        """Whether this method may be taken from its class: one that is listed, the user's own, or a plain type's."""
        if name in listed().methods:
            return True
        found, owner = sys.modules.get(name.module), Name(name.module, name.name.rpartition(".")[0])
        is_private = name.name.rpartition(".")[2].startswith("_")
        is_own = found is not None and self._is_own(found) and self.is_class(owner)
        return how == "attribute" and not is_private and (owner in _HAVE_METHODS or is_own)

    def _is_imported(self, package: str) -> bool:
        """Whether the user's own code holds something of this package: the module, or a class or function of it."""
        for module in self._own_modules():
            for value in list(vars(module).values()):
                owner = value.__name__ if isinstance(value, types.ModuleType) else getattr(value, "__module__", None)
                if isinstance(owner, str) and owner.partition(".")[0] == package:
                    return True
        return False

    def _own_modules(self) -> Iterator[types.ModuleType]:
        for module in list(sys.modules.values()):
            if isinstance(module, types.ModuleType) and self._is_own(module):
                yield module

    def is_class(self, name: Name) -> bool:
        """Whether it is a class that is imported already, in the module that defines it."""
        return all(isinstance(_resolved(*each), type) for each in spellings(*name))

    def fits(self, name: Name, uses: set[Use]) -> bool:
        """Whether a careful name is used in this way only as it is meant to be."""
        return all(self._fits(*each, uses) for each in spellings(*name))

    def _fits(self, module: str, name: str, uses: set[Use]) -> bool:
        known = listed()
        if (module, name) in known.free:
            return True
        if (module, name) == _GETATTR:
            return all(use.by is not None and self._is_method(use.how, use.by) for use in uses)
        hows = {use.how for use in uses if use.how != "passed" or use.by not in _PASSED_TO}
        if (module, name) in known.careful:
            return {"new" if how == "empty" else how for how in hows} <= known.careful[module, name]
        found = _resolved(module, name)
        if not isinstance(found, type):
            return not hows  # a function may lie in a file, but not be called by it, nor handed to what it calls
        if self._is_own(sys.modules[module]):
            return "changed" not in hows
        if "call" in hows and issubclass(found, enum.Enum | BaseException):
            hows.discard("call")
        return hows <= {"empty"} or (hows <= {"new", "empty"} and _is_plainly_made(found))


def known_by_rule(package: str, found: type) -> bool:
    """For versions that are not listed: an estimator of a library whose other versions are."""
    known = listed()
    if not known.is_library(package) or known.unlisted_version(package) is None:
        return False
    base = getattr(sys.modules.get("sklearn.base"), "BaseEstimator", None)
    return isinstance(base, type) and issubclass(found, base)


def is_mapped(module: str, name: str) -> bool:
    """Whether protocols below 3 read it as another name."""
    return module in _compat_pickle.IMPORT_MAPPING or (module, name) in _compat_pickle.NAME_MAPPING


def spellings(module: str, name: str) -> Iterator[tuple[str, str]]:
    """The name as it may be read: protocols below 3 read Python 2's names, others take it as it is."""
    mapped = _compat_pickle.NAME_MAPPING.get((module, name))
    if mapped is None and module in _compat_pickle.IMPORT_MAPPING:
        mapped = (_compat_pickle.IMPORT_MAPPING[module], name)
    if mapped is None:
        yield module, name
        return
    yield mapped
    if module in sys.modules or _is_there(module):
        yield module, name


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module.partition(".")[0]) is not None
    except (ImportError, ValueError):
        return False


def _resolved(module: str, name: str) -> Any:
    """What the name means, if its module is imported already and defines it; None otherwise. Imports nothing."""
    found: Any = sys.modules.get(module)
    if not isinstance(found, types.ModuleType):
        return None
    for part in name.split("."):
        inside = vars(found) if isinstance(found, types.ModuleType | type) else {}
        if part not in inside:
            return None
        found = inside[part]
    defined = getattr(found, "__module__", None)
    if defined != module or not isinstance(found, type | types.FunctionType):
        return None  # only passed on from elsewhere: `from subprocess import Popen` makes it nobody's own
    return found


def _is_plainly_made(found: type) -> bool:
    """Whether making one without its constructor runs nothing but a built-in type's own code."""
    made_by: object = found.__new__
    if any(made_by is vars(plain).get("__new__") for plain in _MADE_BY):
        return True
    return issubclass(found, tuple) and hasattr(found, "_fields")
