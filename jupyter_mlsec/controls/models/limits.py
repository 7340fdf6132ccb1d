"""How much of a model's answer a caller gets: rounded, the highest few of a row, or the label alone."""

from __future__ import annotations

import sys
from typing import Any

from jupyter_mlsec.controls.models.settings import AnswerRule
from jupyter_mlsec.protocol.records import Obligation

_ROWS = frozenset({"predict_proba", "predict_log_proba", "decision_function"})
_WHOLE = frozenset({"score", "fit_predict", "apply", "kneighbors", "evaluate", "test_on_batch"})
"""What these answer is no score of a row; a fit of one's own is not limited."""


def obligation(rule: AnswerRule, function: str, value: Any) -> Obligation | None:
    """What is to be done to this answer; None when all of it may be had. ValueError for what cannot be limited."""
    if rule.give == "all" or function in _WHOLE or value is None:
        return None
    if function not in _ROWS and rule.give != "rounded" and _is_of_labels(value):
        return None
    if not _can_be(value):
        raise ValueError(f"{type(value).__name__} cannot be limited")
    how = {"rounded": f"rounded {rule.digits}", "top": f"top {rule.top}", "label": "label"}[rule.give]
    return Obligation(control="models", deed="mask", on="value", details={"how": how, "function": function})


def limited(value: Any, details: dict[str, str]) -> Any:
    """The answer as the caller gets it, of the same type and shape."""
    if type(value) is list:
        return [limited(each, details) for each in value]
    way, _, number = details["how"].partition(" ")
    if hasattr(value, "iloc"):  # a table or a column
        found = _array(value.to_numpy(), way, number, details["function"])
        made = value.copy()
        if made.ndim == 1:
            made.iloc[:] = found
        else:
            made.iloc[:, :] = found
        return made
    torch: Any = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        found = _array(value.detach().cpu().numpy(), way, number, details["function"])
        return torch.from_numpy(found).to(value.device)
    return _array(value, way, number, details["function"])


def _array(values: Any, way: str, number: str, function: str) -> Any:
    import numpy

    if values.dtype.kind != "f":
        return values
    if way == "rounded":
        return numpy.round(values, int(number))
    nothing = -numpy.inf if function == "predict_log_proba" else 0.0
    if values.ndim == 1:
        return values if function not in _ROWS else numpy.where(values > 0, 1.0, -1.0).astype(values.dtype)
    if values.ndim != 2:
        return values
    kept = numpy.argsort(-values, axis=1, kind="stable")[:, : 1 if way == "label" else int(number)]
    made = numpy.full_like(values, nothing)
    given = numpy.take_along_axis(values, kept, axis=1)
    if way == "label":
        given = numpy.full_like(given, 0.0 if nothing else 1.0)
    numpy.put_along_axis(made, kept, given, axis=1)
    return made


def _can_be(value: Any) -> bool:
    if type(value) is list:
        return bool(value) and all(map(_can_be, value))
    torch: Any = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return not value.requires_grad and value.layout == torch.strided and value.dtype != torch.bfloat16
    numpy: Any = sys.modules.get("numpy")
    is_array = numpy is not None and type(value) is numpy.ndarray
    return is_array or type(value).__module__.partition(".")[0] == "pandas"


def _is_of_labels(value: Any) -> bool:
    """Whether an answer is labels or numbers of its own, one a row: there is no highest of them."""
    return len(getattr(value, "shape", (0, 0))) == 1
