"""What a model's answers look like together: quantiles and shares of classes, never a single value."""

from __future__ import annotations

import sys
from typing import Any

from jupyter_mlsec.protocol.facts import Answers

FEWEST = 20
"""Rows below which nothing is summed up: it would tell single persons."""
_MOST = 100_000
_MOST_CLASSES = 50
_AT = (0.05, 0.25, 0.5, 0.75, 0.95)


def array_of(value: Any) -> Any:
    """The answer as a numpy array without copying more than is looked at; None for what is none."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is None:
        return None
    if isinstance(value, numpy.ndarray):
        return value
    torch: Any = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        if value.layout != torch.strided or value.is_meta or value.dtype == torch.bfloat16 or value.is_quantized:
            return None
        with torch.no_grad(), torch._C.DisableTorchFunction():
            return value.detach().cpu().numpy()
    held = getattr(value, "to_numpy", None)  # a table or a column, as transformers of scikit-learn give on request
    return held() if held is not None and type(value).__module__.startswith(("pandas", "polars")) else None


def summed_up(values: Any, classes: Any, *, are_probabilities: bool) -> Answers | None:
    """What so many answers look like; None for fewer than 20 and for what is neither numbers nor known classes.

    classes: the model's own, in its order, or None.
    """
    if values is None or values.ndim not in (1, 2) or len(values) < FEWEST or not values.size:
        return None
    values = values[:: values.size // _MOST + 1]
    if are_probabilities and values.ndim == 2 and values.dtype.kind == "f":
        shares = _shares(values.argmax(axis=1), range(values.shape[1]))
        return _numbers(values.max(axis=1), shares)
    if classes is not None and values.ndim == 1 and len(classes) <= _MOST_CLASSES:
        return Answers(shares=_shares(values, classes))
    return _numbers(values.reshape(-1), ()) if values.dtype.kind in "fiu" else None


def _numbers(values: Any, shares: tuple[float, ...]) -> Answers:
    import numpy

    known = values[numpy.isfinite(values)]
    quantiles = tuple(float(f"{each:.3g}") for each in numpy.quantile(known, _AT)) if len(known) >= FEWEST else ()
    return Answers(quantiles=quantiles, shares=shares, nans=round(1 - len(known) / len(values), 4))


def _shares(values: Any, classes: Any) -> tuple[float, ...]:
    if len(classes) > _MOST_CLASSES:
        return ()
    return tuple(round(float((values == each).mean()), 3) for each in classes)
