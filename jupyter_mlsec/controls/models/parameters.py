"""A digest of an estimator's parameters that does not depend on `repr`, order or addresses."""

from __future__ import annotations

import hashlib
import json
from typing import Any

_DEPTH = 8
_MOST = 2_000


def digest(model: Any) -> str | None:
    """SHA-256 of the canonical JSON of the model's class and parameters; None when it does not tell them."""
    described = describe(model)
    if described is None:
        return None
    return hashlib.sha256(json.dumps(described, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def describe(model: Any, depth: int = _DEPTH) -> dict[str, Any] | None:
    """Class and parameters, nested estimators included."""
    ask = getattr(type(model), "get_params", None)
    if ask is None:
        return None
    try:
        parameters = ask(model, deep=False)
    except (AttributeError, TypeError, ValueError, RuntimeError):
        return None
    if not isinstance(parameters, dict):
        return None
    return {
        "class": _named(type(model)),
        "parameters": {str(name): _canonical(value, depth - 1) for name, value in parameters.items()},
    }


def _canonical(value: Any, depth: int) -> Any:
    """The value as JSON; what has no canonical form stands as its class only."""
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value.hex()
    if depth <= 0:
        return {"class": _named(type(value))}
    if type(value) in (list, tuple):
        return [_canonical(each, depth - 1) for each in value[:_MOST]]
    if type(value) is dict:
        items = list(value.items())[:_MOST]
        return {"mapping": sorted([str(key), _canonical(each, depth - 1)] for key, each in items)}
    if type(value) in (set, frozenset):
        return {"set": sorted(json.dumps(_canonical(each, depth - 1), sort_keys=True) for each in value)}
    if hasattr(type(value), "get_params") and not isinstance(value, type):
        return describe(value, depth - 1)
    return _array(value) or {"name": _named(value) if callable(value) else _named(type(value))}


def _array(value: Any) -> Any:
    """Arrays and numpy scalars by type, shape and the SHA-256 of their bytes."""
    if type(value).__module__.partition(".")[0] != "numpy" or not hasattr(value, "tobytes"):
        return None
    if getattr(value.dtype, "hasobject", False):
        return {"class": _named(type(value)), "shape": list(value.shape)}
    content = hashlib.sha256(value.tobytes()).hexdigest()
    return {"dtype": str(value.dtype), "shape": list(value.shape), "sha256": content}


def _named(value: Any) -> str:
    """Module and qualified name of a class or function."""
    name = getattr(value, "__qualname__", None) or type(value).__qualname__
    return f"{getattr(value, '__module__', '')}.{name}"
