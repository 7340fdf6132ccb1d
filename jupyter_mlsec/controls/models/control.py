"""The observer of models: a card per model, facts per call, and three rules. It never denies or changes a call."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from jupyter_mlsec.controls.contract import NOTHING, Call, Judgement, Quiet, Site, Verb
from jupyter_mlsec.controls.models import layers, parameters, wording
from jupyter_mlsec.controls.models.cards import Card, Cards, difference, features_of, is_alike, sizes_of
from jupyter_mlsec.controls.models.record import Recorder
from jupyter_mlsec.controls.models.settings import Settings
from jupyter_mlsec.protocol.facts import Facts, Labels, Origin
from jupyter_mlsec.protocol.records import Operation, Place

_ANSWERS = frozenset({"predict", "transform"})


class Models(Quiet):
    """Watches fit, predict and transform. Inputs are never kept; a prediction costs microseconds."""

    name = "models"
    may_deny = False

    def __init__(self, site: Site) -> None:
        self.cards = Cards()
        self._settings: Settings = site.settings
        self._recorder = Recorder(self._settings, site.data)

    def before(self, operation: Operation, call: Call, facts: Facts) -> Iterable[Judgement]:
        del facts
        if operation.action not in _ANSWERS or not self._settings.features:
            return NOTHING
        card = self.cards.of(call.resource)
        if card is None or card.features is None or is_alike(card.features, call.value):
            return NOTHING
        asked = features_of(call.value)
        said = difference(card.features, asked)
        if said is None:
            return NOTHING
        card.mismatches += 1
        return (wording.feature_mismatch(card.model, card.features.count or 0, asked.count or 0, said),)

    def after(self, operation: Operation, call: Call, value: Any, facts: Facts) -> Iterable[Judgement]:
        if operation.action == "fit":
            return self._fitted(operation, call, value, facts)
        if operation.action in _ANSWERS:
            return self._answered(operation, call, value, facts)
        return NOTHING

    def _fitted(self, operation: Operation, call: Call, value: Any, facts: Facts) -> Iterable[Judgement]:
        model = value if call.resource is None else call.resource  # some functions return what they fitted
        features = features_of(call.value)
        labels, origin = facts.find(Labels), facts.find(Origin)
        earlier = self.cards.of(model) if operation.function == "partial_fit" else None
        card = Card(
            model=operation.resource.name,
            execution=operation.cell.execution,
            parameters=parameters.digest(model),
            features=features,
            labels=labels.labels if labels else (),
            resources=origin.resources if origin else (),
            training=(*(earlier.training if earlier else ()), operation.id),
        )
        self.cards.put(model, card)
        facts.add(self._recorder.fit(card, model, call, value, features))
        if not card.labels:
            return NOTHING
        places = tuple(Place(column=label.column or None, type=label.type) for label in card.labels)
        return (wording.trained_on_personal(card.model, places),)

    def _answered(self, operation: Operation, call: Call, value: Any, facts: Facts) -> Iterable[Judgement]:
        model = call.resource if call.resource is not None else operation.resource.name
        card = self.cards.of(model)
        if card is None:
            card = Card(model=operation.resource.name, execution=operation.cell.execution)  # loaded, or before us
            self.cards.put(model, card)
        rows, columns = sizes_of(call.value)
        told = self._recorder.answer(card, operation, call, value, rows, columns)
        facts.add(told)
        if told.input is not None and type(model).__name__ in layers.NETWORKS:
            self._look_inside(card, model, call, facts)
        card.asked[operation.function] = card.asked.get(operation.function, 0) + 1
        card.rows += rows or 0
        count, total = _nonfinite(value, self._settings.outputs_limit) if self._settings.outputs else (0, 0)
        if not count:
            return NOTHING
        card.nonfinite += count
        return (wording.nonfinite_output(card.model, count, total),)

    def _look_inside(self, card: Card, model: Any, call: Call, facts: Facts) -> None:
        """What the activations of a network of scikit-learn's hold, for as many passes as the policy says."""
        card.passes += 1
        wanted = self._settings.activations
        if wanted == "none" or (wanted == "some" and card.passes & (card.passes - 1)):
            return
        found = layers.activations_of(model, call.value, self._recorder.digest)
        if found is not None:
            facts.add(found)

    def verbs(self) -> Sequence[Verb]:
        """`models`."""
        from jupyter_mlsec.controls.models.verbs import verbs

        return verbs(self.cards)


def _nonfinite(value: Any, limit: int) -> tuple[int, int]:
    """How many values of a float array are not finite, and of how many; (0, 0) for anything else."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(value, numpy.ndarray) or value.dtype.kind != "f" or value.size > limit:
        return 0, 0
    finite = numpy.isfinite(value)
    return (0, value.size) if finite.all() else (int(value.size - finite.sum()), int(value.size))
