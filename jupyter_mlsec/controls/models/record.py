"""The record of one fit or answer: digests of the model, of what went in and of what came out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_mlsec.controls.contract import Call
from jupyter_mlsec.controls.models import answers, parameters, state
from jupyter_mlsec.controls.models.cards import Card, Features
from jupyter_mlsec.controls.models.content import Digests
from jupyter_mlsec.controls.models.settings import Settings
from jupyter_mlsec.protocol.facts import Cut, ModelFacts
from jupyter_mlsec.protocol.records import Operation

_FORMS: dict[tuple[Any, Any], str] = {}
_MOST_FORMS = 256
_MOST_COLUMNS = 100
_PLAIN = frozenset("biuf")
_PROBABILITIES = frozenset({"predict_proba", "staged_predict_proba"})
_CLASSES = frozenset({"predict", "staged_predict"})


class Recorder:
    """Makes the facts of one call. Digests are taken of all fits, and of as many answers as the policy says."""

    def __init__(self, settings: Settings, folder: Callable[[], Path]) -> None:
        self._settings = settings
        self._limit = settings.digest_megabytes << 20
        self._digests = Digests(folder, self._limit)

    def fit(self, card: Card, model: Any, call: Call, value: Any, features: Features) -> ModelFacts:
        """What a fit learned from and came to. The card gets the model's state."""
        cut: list[Cut] = []
        outputs = None if value is model else kind_of(value)
        said: dict[str, Any] = {}
        if self._settings.digests:
            self.look_at(card, model, cut)
            said["input"] = self._of("input", call.value, cut)
            said["target"] = self._of("target", call.argument("y"), cut)
        return ModelFacts(
            model=card.model,
            parameters=card.parameters,
            rows=features.rows,
            features=features.count,
            outputs=outputs,
            training=card.training,
            state=card.state,
            columns=(features.names or ())[:_MOST_COLUMNS],
            cut=tuple(cut),
            **said,
        )

    def answer(
        self, card: Card, operation: Operation, model: Any, given: Any, value: Any, rows: Any, columns: Any
    ) -> ModelFacts:
        """What a model was asked and answered. Calls alike that are not digested share one fact."""
        cut: list[Cut] = []
        said: dict[str, Any] = {}
        if operation.function == "score" and isinstance(value, float) and (rows or 0) >= answers.FEWEST:
            said["score"] = round(float(value), 4)
        if self._is_looked_at(card, operation):
            if model is not None and type(model) is not str:
                self._look_again(card, model, cut)
            said["input"] = self._of("input", given, cut)
            said["output"] = self._of("output", value, cut)
            if rows is not None and rows >= answers.FEWEST:
                said["answers"] = _together(operation.function, model, value)
        kind = kind_of(value)
        last = card.last
        if (
            not said
            and last is not None
            and (last.rows, last.features, last.outputs, last.state) == (rows, columns, kind, card.state)
        ):
            return last
        made = ModelFacts(
            model=card.model,
            parameters=card.parameters,
            rows=rows,
            features=columns,
            outputs=kind,
            training=card.training,
            state=card.state,
            cut=tuple(cut),
            **said,
        )
        if not said:
            card.last = made
        return made

    def look_at(self, card: Card, model: Any, cut: list[Cut]) -> None:
        """Take the digest of the model's state, and remember how it looked."""
        try:
            card.state = state.digest(model, self._limit)
        except state.TooLarge:
            card.state = None
            cut.append("state")
        except state.REFUSED:
            card.state = None
        card.stamp = state.stamp(model)

    def known_by(self, card: Card, model: Any) -> str:
        """What a budget knows a model by: what it learned, else its class or name."""
        if card.state is None and type(model) is not str and model is not None:
            self._look_again(card, model, [])
        return card.state or card.model

    def _look_again(self, card: Card, model: Any, cut: list[Cut]) -> None:
        if card.stamp is None or card.stamp != state.stamp(model):
            self.look_at(card, model, cut)
            if card.parameters is None:
                card.parameters = parameters.digest(model)

    def _is_looked_at(self, card: Card, operation: Operation) -> bool:
        """Whether this call's digests are taken: of many in one cell the 1st, 2nd, 4th ... are."""
        if not self._settings.digests:
            return False
        number = card.turn(operation.function, operation.cell.execution)
        return self._settings.every_call or not number & (number - 1)

    def digest(self, value: Any) -> str | None:
        """The keyed digest of a value."""
        return self._digests.of(value)[0]

    def _of(self, what: Cut, value: Any, cut: list[Cut]) -> str | None:
        digest, is_cut = self._digests.of(value)
        if is_cut:
            cut.append(what)
        return digest


def _together(function: str, model: Any, value: Any) -> Any:
    classes = getattr(model, "classes_", None) if function in _CLASSES else None
    known = classes if type(classes).__name__ == "ndarray" else None
    return answers.summed_up(answers.array_of(value), known, are_probabilities=function in _PROBABILITIES)


def kind_of(value: Any) -> str:
    """The form of an answer: type and shape, no value."""
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    if dtype is None:
        return type(value).__name__ if shape is None else f"{type(value).__name__} {shape}"
    if getattr(dtype, "kind", None) not in _PLAIN or type(shape) is not tuple:
        return f"{dtype} {shape}"  # a type may hold values (categories): it is not kept
    said = _FORMS.get((dtype, shape))
    if said is None:
        said = f"{dtype} {shape}"  # ten microseconds in numpy, so asked once for each form
        if len(_FORMS) < _MOST_FORMS:
            _FORMS[dtype, shape] = said
    return said
