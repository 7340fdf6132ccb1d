"""Which inputs each output of a fitted transformer is made of, as the transformer itself names its features.

Steps of pipelines and column transformers are followed; a transformer of scikit-learn is asked for its outputs' names
with marks in place of its inputs' (on a copy: a fitted one takes no other names). One that names nothing, such as PCA,
makes each output of all inputs; one of the notebook's own is not asked, its outputs are of any.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Sequence
from typing import Any

Inputs = frozenset[int]
_MARK = re.compile("\ue000(\\d+)\ue001")
_ERRORS = (AttributeError, ValueError, TypeError, IndexError, KeyError, NotImplementedError)
_MOST = 4_096
"""Outputs that are told apart."""
_HOMES = ("sklearn", "imblearn", "category_encoders")


class Mapping:
    """For each output its inputs; None where any of them may be in it."""

    def __init__(self, outputs: Sequence[Inputs], *, is_sure: bool = True) -> None:
        self.outputs = list(outputs)
        self.is_sure = is_sure

    def after(self, other: Mapping) -> Mapping:
        """This transformer's outputs by the inputs of the one before it."""
        made = [frozenset().union(*(other.outputs[each] for each in found)) for found in self.outputs]
        return Mapping(made, is_sure=self.is_sure and other.is_sure)


def outputs_of(model: Any, inputs: int, outputs: int) -> Mapping:
    """Which of so many inputs each of so many outputs of a fitted transformer is made of."""
    every = frozenset(range(inputs))
    if outputs > _MOST or inputs > _MOST:
        return Mapping([every] * min(outputs, _MOST))
    try:
        found = _mapping(model, inputs)
    except _ERRORS:
        found = None
    if found is None or len(found.outputs) != outputs:
        return Mapping([every] * outputs, is_sure=_is_library(model) and type(model).__name__ not in _STEPS)
    return found


def _is_library(model: Any) -> bool:
    home = type(model).__module__.partition(".")[0]
    return home in _HOMES and type(model).__name__ != "FunctionTransformer"


def _is_nothing(model: Any) -> bool:
    """A fitted column transformer's way to pass columns through."""
    return type(model).__name__ == "FunctionTransformer" and getattr(model, "func", model) is None


def _mapping(model: Any, inputs: int) -> Mapping | None:
    if (isinstance(model, str) and model == "passthrough") or _is_nothing(model):
        return Mapping([frozenset((each,)) for each in range(inputs)])
    if not type(model).__module__.startswith("sklearn.") and not _is_library(model):
        return None
    rule = _STEPS.get(type(model).__name__)
    return rule(model, inputs) if rule is not None else _named(model, inputs)


def _pipeline(model: Any, inputs: int) -> Mapping | None:
    found: Mapping | None = Mapping([frozenset((each,)) for each in range(inputs)])
    for _, step in model.steps:
        if step is None or found is None or not (isinstance(step, str) or hasattr(step, "transform")):
            continue  # what predicts at the end makes no features
        made = _mapping(step, len(found.outputs))
        made = made if made is not None else _all(step, len(found.outputs))
        found = made.after(found) if made is not None else None
    return found


def _columns(model: Any, inputs: int) -> Mapping | None:
    del inputs
    made: list[Inputs] = [frozenset()] * max((each.stop for each in model.output_indices_.values()), default=0)
    is_sure = True
    for name, step, _ in model.transformers_:
        place, taken = model.output_indices_[name], list(model._transformer_to_input_indices[name])
        wanted = place.stop - place.start
        if isinstance(step, str) and step == "drop":
            continue
        inner = outputs_of(step, len(taken), wanted)
        is_sure = is_sure and inner.is_sure
        for offset, found in enumerate(inner.outputs):
            made[place.start + offset] = frozenset(taken[each] for each in found)
    return Mapping(made, is_sure=is_sure)


def _union(model: Any, inputs: int) -> Mapping | None:
    made: list[Inputs] = []
    is_sure = True
    for _, step in model.transformer_list:
        if isinstance(step, str) and step == "drop":
            continue
        inner = _mapping(step, inputs) or _all(step, inputs)
        if inner is None:
            return None
        made += inner.outputs
        is_sure = is_sure and inner.is_sure
    return Mapping(made, is_sure=is_sure)


def _all(model: Any, inputs: int) -> Mapping | None:
    """Every output of all inputs, where the transformer says how many outputs it has."""
    if not _is_library(model):
        return None
    return Mapping([frozenset(range(inputs))] * len(model.get_feature_names_out()))


def _named(model: Any, inputs: int) -> Mapping | None:
    """By the marks that stand in the outputs' names."""
    if not _is_library(model):
        return None
    bare = copy.copy(model)
    vars(bare).pop("feature_names_in_", None)
    names = bare.get_feature_names_out([f"\ue000{number}\ue001" for number in range(inputs)])
    made = [frozenset(map(int, _MARK.findall(str(name)))) for name in names]
    every = frozenset(range(inputs))
    return Mapping([found or every for found in made])


_STEPS: dict[str, Callable[[Any, int], Mapping | None]] = {
    "Pipeline": _pipeline,
    "ColumnTransformer": _columns,
    "FeatureUnion": _union,
}
