"""The values before and after each activation of a network of scikit-learn's, computed again from its weights.

scikit-learn has no hooks, and its activations are functions that work in place: what they held is gone when the answer
is there. So a few rows of the same input go through the same weights once more.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from jupyter_mlsec.controls.models.bounds import parts_of
from jupyter_mlsec.controls.models.cards import sizes_of
from jupyter_mlsec.protocol.facts import Activation, Activations, Spread

NETWORKS = frozenset({"MLPClassifier", "MLPRegressor", "Pipeline"})
_ROWS = 256
_ODD = (TypeError, ValueError, AttributeError, KeyError, IndexError, RuntimeError)
Digest = Callable[[Any], str | None]


def activations_of(model: Any, given: Any, digest: Digest, kept: dict[str, Any] | None = None) -> Activations | None:
    """Of the first 256 rows of an input; None for what is no such network, or runs code of somebody else's.

    kept: takes copies of all values, where those are wanted.
    """
    steps = [step for _, step in model.steps] if type(model).__name__ == "Pipeline" else [model]
    last = type(steps[-1])
    if last.__name__ not in NETWORKS or not last.__module__.startswith("sklearn.") or not hasattr(steps[-1], "coefs_"):
        return None
    if sizes_of(given)[0] is None or parts_of(model) is None:
        return None
    try:
        rows = given.iloc[:_ROWS] if hasattr(given, "iloc") else given[:_ROWS]
        for step in steps[:-1]:
            rows = rows if isinstance(step, str) else step.transform(rows)
        return Activations(layers=tuple(_layers(steps[-1], rows, digest, kept)))
    except _ODD:
        return None


def _layers(network: Any, rows: Any, digest: Digest, kept: dict[str, Any] | None) -> list[Activation]:
    import numpy

    functions = sys.modules["sklearn.neural_network._base"].ACTIVATIONS
    values = rows if hasattr(rows, "tocsr") else numpy.asarray(rows, dtype=network.coefs_[0].dtype)
    last, found = len(network.coefs_) - 1, []
    for place, (weights, bias) in enumerate(zip(network.coefs_, network.intercepts_, strict=True)):
        values = numpy.asarray(values @ weights) + bias
        kind = network.activation if place < last else network.out_activation_
        before = spread(values, digest)
        if kept is not None:
            kept[f"activation-{2 * place:03}"] = values.copy()
        functions[kind](values)
        if kept is not None:
            kept[f"activation-{2 * place + 1:03}"] = values
        name = f"hidden {place + 1}" if place < last else "output"
        found.append(Activation(layer=name, kind=kind, before=before, after=spread(values, digest)))
    return found


def spread(values: Any, digest: Digest) -> Spread:
    """The bounds, mean and shares of zero and NaN of an array of floats that is not empty."""
    import numpy

    finite = values[numpy.isfinite(values)]
    has_any = bool(finite.size)
    return Spread(
        minimum=float(finite.min()) if has_any else None,
        maximum=float(finite.max()) if has_any else None,
        mean=float(finite.mean()) if has_any else None,
        zeros=float((values == 0).mean()),
        nans=float(numpy.isnan(values).mean()),
        digest=digest(values),
    )
