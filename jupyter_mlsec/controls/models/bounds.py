"""What a model's answers are expected to be, as it was seen at its fit or is declared, and where they are not."""

from __future__ import annotations

import contextlib
import time
import warnings
from collections.abc import Iterator
from typing import Any

import msgspec

from jupyter_mlsec.controls.models.answers import array_of
from jupyter_mlsec.controls.models.settings import AnswerRule
from jupyter_mlsec.controls.models.state import REFUSED
from jupyter_mlsec.protocol.records import Operation

_ENOUGH = 20
_ROWS = 200
"""Rows of a fit that the model is asked about again, and of an answer that is compared with those."""
_WIDEST = 1_000
_FEW = 64
"""Answers with no more values are compared in plain Python: numpy takes longer to begin."""
_MOST = 100_000
_SPANS = 3.0
_SUM = 1e-3
_MOVED = 0.3
"""The share of answers that moved from some classes to others."""
_WITHIN = 0.4
"""The share of answers that lie where nine tenths lay at the fit."""
_USUAL = 0.8
"""With a class more frequent than this at the fit, answers that are all alike mean nothing."""
_CONSTANT = 50
_HOMES = frozenset({"sklearn", "xgboost", "lightgbm", "catboost", "imblearn"})
_NUMBERS = frozenset({"numpy", "scipy"})
_SLOW = ("KNeighbors", "Radius", "Nearest", "GaussianProcess", "Label", "Kernel", "Voting", "SVC", "SVR", "Nu")
"""Models that take longer to answer than to learn."""
_PATIENT = 1_000_000_000
_PROBABILITIES = frozenset({"predict_proba"})
JUDGED = frozenset({"predict", "predict_proba"})
"""Functions whose answers something is expected of."""


class Expected(msgspec.Struct, kw_only=True):
    """What is expected of one model's answers. None where nothing is known."""

    low: float | None = None
    high: float | None = None
    classes: frozenset[Any] | None = None
    is_one_label: bool = True
    """Whether the probabilities of a row are of one question: then they sum to one."""
    shares: dict[Any, float] | None = None
    """Of each class, how often it was the answer to rows of the fit."""
    usual: tuple[float, float] | None = None
    """Where nine tenths of the answers to rows of the fit lay."""
    sample: Any = None
    """Rows of the fit that it is still to be asked about, until its cell ends."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which an answer is not as expected: a rule, how many values of how many, and a word more."""

    rule: str
    count: int
    total: int
    more: str = ""


def learned(model: Any, given: Any, target: Any, operation: Operation) -> Expected:
    """What is expected after a fit. Rows to ask about again are put aside where that is quick, and no user's code."""
    expected = Expected()
    values = None if target is None else array_of(target)
    classes = getattr(model, "classes_", None) if type(model).__module__.partition(".")[0] in _HOMES else None
    if values is not None:
        expected.is_one_label = values.ndim == 1 or values.shape[1] == 1
        if classes is None and values.ndim == 1 and values.dtype.kind in "fiu" and len(values) >= _ENOUGH:
            expected.low, expected.high = _range(values)
    expected.classes = _set_of(classes)
    if operation.function == "fit" and values is not None and is_quick(model, time.time_ns() - operation.at):
        expected.sample = _sample(given)
    return expected


def settle(expected: Expected, model: Any) -> None:
    """Ask a model about the rows of its fit that were put aside. They are gone afterwards."""
    rows, expected.sample = expected.sample, None
    if rows is not None:
        with contextlib.suppress(*REFUSED):
            _ask_again(expected, model, rows)


def of_stranger(model: Any) -> Expected:
    """What can be expected of a model whose fit was not seen."""
    classes = getattr(model, "classes_", None) if type(model).__module__.partition(".")[0] in _HOMES else None
    many = bool(getattr(model, "multilabel_", False)) or getattr(model, "out_activation_", "") == "logistic"
    return Expected(classes=_set_of(classes), is_one_label=not many and classes is not None)


def is_quick(model: Any, took: int) -> bool:
    """Whether asking a model about some rows is sure to be little beside its fit, and runs no code of a user's."""
    parts = parts_of(model) if hasattr(model, "predict") else None
    if parts is None:
        return False
    if any(type(each).__name__.startswith(_SLOW) for each in (model, *parts.values()) if _is_estimator(each)):
        return False
    return took > _PATIENT or all(parts.get(name) in (None, 1) for name in parts if name.endswith("n_jobs"))


def parts_of(model: Any) -> dict[str, Any] | None:
    """The parameters of a model and its steps; None where a class or function of a user's is among them.

    A function may be a step (`FunctionTransformer`), a tokenizer, a metric, a kernel.
    """
    if not _is_of_home(type(model)):
        return None
    parts: dict[str, Any] = model.get_params(deep=True) if hasattr(model, "get_params") else {}
    called = [type(each) if _is_estimator(each) else each for each in parts.values() if _runs(each)]
    return parts if all(map(_is_of_home, called)) else None


def _is_estimator(part: Any) -> bool:
    return hasattr(part, "fit") and not isinstance(part, type)


def _runs(part: Any) -> bool:
    return callable(part) or _is_estimator(part)


def _is_of_home(called: Any) -> bool:
    """Whether a class or function, or what can be called as one, is a library's."""
    modules = (getattr(called, "__module__", None), type(called).__module__)
    return any(str(module).partition(".")[0] in _HOMES | _NUMBERS for module in modules)


def problems(
    expected: Expected, rule: AnswerRule | None, function: str, value: Any, limit: int, model: Any = None
) -> Iterator[Problem]:
    """Where an answer is not as expected."""
    if function in _PROBABILITIES and expected.is_one_label:
        for each in value if type(value) is list else (value,):
            yield from _probabilities(array_of(each))
        return
    if function != "predict":
        return
    values = array_of(value)
    if rule is not None:
        yield from _declared(rule, _flat(value, values))
    if values is None or values.ndim != 1 or not len(values) or values.size > limit:
        return
    if expected.classes is not None:
        yield from _unknown(expected.classes, values, "fitted on")
    elif expected.low is not None and expected.high is not None:
        yield from _outside(expected.low, expected.high, values)
    if len(values) >= _CONSTANT:
        if expected.sample is not None:
            settle(expected, model)
        yield from _together(expected, values)


def _flat(value: Any, values: Any) -> Any:
    """All values of an answer, whatever its form: what is declared holds for each. None for what has none to see."""
    if values is None and type(value) in (list, tuple):
        import numpy

        with contextlib.suppress(ValueError):  # rows of different lengths
            values = numpy.asarray(value)
    return None if values is None or not values.size else values.reshape(-1)


def _declared(rule: AnswerRule, values: Any) -> Iterator[Problem]:
    if values is None:
        return
    if (rule.low is not None or rule.high is not None) and values.dtype.kind in "fiu":
        low = -float("inf") if rule.low is None else rule.low
        high = float("inf") if rule.high is None else rule.high
        wrong = len(values) - int(((values >= low) & (values <= high)).sum())  # NaN lies within no bounds
        if wrong:
            yield Problem(rule="models.out-of-range", count=wrong, total=len(values), more="the policy")
    if rule.classes:
        yield from _unknown(frozenset(rule.classes), values, "declared", most=len(values))


def _probabilities(values: Any) -> Iterator[Problem]:
    if values is None or values.ndim != 2 or values.dtype.kind != "f" or values.shape[1] < 2 or not len(values):
        return
    if values.size <= _FEW:
        wrong = sum(abs(sum(row) - 1) > _SUM or min(row) < -_SUM or max(row) > 1 + _SUM for row in values.tolist())
    else:
        values = values[:: values.size // _MOST + 1]
        wrong = int(((abs(values.sum(axis=1) - 1) > _SUM) | (values < -_SUM).any(axis=1)).sum())
    if wrong:
        yield Problem(rule="models.not-probabilities", count=wrong, total=len(values))


def _outside(low: float, high: float, values: Any) -> Iterator[Problem]:
    if values.dtype.kind not in "fiu":
        return
    if len(values) <= _FEW:
        wrong = sum(each < low or each > high for each in values.tolist())
    else:
        wrong = int(((values < low) | (values > high)).sum())
    if wrong:
        yield Problem(rule="models.out-of-range", count=wrong, total=len(values), more="the fit")


def _unknown(classes: frozenset[Any], values: Any, whose: str, most: int = _MOST) -> Iterator[Problem]:
    values = values[:: len(values) // (most + 1) + 1]
    if len(values) <= _FEW:
        wrong = sum(each not in classes for each in values.tolist())
    else:
        import numpy

        found, counts = numpy.unique(values, return_counts=True)
        wrong = sum(
            int(count) for each, count in zip(found.tolist(), counts.tolist(), strict=True) if each not in classes
        )
    if wrong:
        yield Problem(rule="models.unknown-class", count=wrong, total=len(values), more=whose)


def _together(expected: Expected, values: Any) -> Iterator[Problem]:
    """What only many answers together tell: they are all one, or lie elsewhere than at the fit."""
    import numpy

    values = values[:: len(values) // _MOST + 1]
    total = len(values)
    is_varied = expected.shares is not None and max(expected.shares.values()) <= _USUAL
    is_wide = expected.usual is not None and expected.usual[0] < expected.usual[1]
    if (is_varied or is_wide) and bool((values == values[0]).all()):
        yield Problem(rule="models.constant-answer", count=total, total=total)
        return
    if total < _ROWS:
        return
    if expected.shares is not None:
        found = {each: float((values == each).mean()) for each in expected.shares}
        moved = sum(abs(found[each] - share) for each, share in expected.shares.items()) / 2
        if moved > _MOVED:
            yield Problem(rule="models.answer-drift", count=round(moved * total), total=total)
    elif expected.usual is not None and is_wide and values.dtype.kind in "fiu":
        low, high = expected.usual
        within = int(numpy.count_nonzero((values >= low) & (values <= high)))
        if within < _WITHIN * total:
            yield Problem(rule="models.answer-drift", count=total - within, total=total)


def _range(values: Any) -> tuple[float | None, float | None]:
    """The target's bounds, three spans further out."""
    import numpy

    values = values[:: len(values) // _MOST + 1].astype("f8")
    low, high = float(values.min()), float(values.max())
    span = high - low
    if not numpy.isfinite(span) or not span:
        return None, None
    return low - _SPANS * span, high + _SPANS * span


def _set_of(classes: Any) -> frozenset[Any] | None:
    if type(classes).__name__ != "ndarray" or classes.ndim != 1 or len(classes) > _MOST:
        return None
    return frozenset(classes.tolist())


def _sample(given: Any) -> Any:
    """Rows of a fit's input, copied; None where there are few, or they are large."""
    shape = getattr(given, "shape", None)
    if type(shape) is not tuple or len(shape) != 2 or shape[0] < _ROWS or shape[1] > _WIDEST:
        return None
    step = shape[0] // _ROWS
    if hasattr(given, "iloc"):
        return given.iloc[::step][:_ROWS].copy()
    return given[::step][:_ROWS].copy() if type(given).__name__ == "ndarray" else None


def _ask_again(expected: Expected, model: Any, rows: Any) -> None:
    import numpy

    with numpy.errstate(all="ignore"), warnings.catch_warnings():  # nobody asked: nobody is told, and nothing raises
        warnings.simplefilter("ignore")
        values = numpy.asarray(model.predict(rows))
    if values.ndim != 1:
        return
    if expected.classes is not None:
        expected.shares = {each: float((values == each).mean()) for each in expected.classes}
    elif values.dtype.kind in "fiu" and len(numpy.unique(values)) >= _ENOUGH:
        low, high = numpy.quantile(values, (0.05, 0.95))
        expected.usual = float(low), float(high)
