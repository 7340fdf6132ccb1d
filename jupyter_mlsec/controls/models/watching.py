"""The watch over models: a card per model, facts per call, rules on answers, and what of them a caller gets."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from jupyter_mlsec.controls.contract import NOTHING, Call, Judgement, Site, Verb
from jupyter_mlsec.controls.models import bounds, layers, limits, parameters, questions, wording
from jupyter_mlsec.controls.models.budget import Budget
from jupyter_mlsec.controls.models.cards import Card, Cards, difference, features_of, is_alike, sizes_of
from jupyter_mlsec.controls.models.formats import ANSWERS
from jupyter_mlsec.controls.models.kept import Keeper
from jupyter_mlsec.controls.models.record import Recorder
from jupyter_mlsec.controls.models.saved import Saved
from jupyter_mlsec.controls.models.settings import AnswerRule, Settings
from jupyter_mlsec.protocol.entries import Entry
from jupyter_mlsec.protocol.errors import NoIdentity
from jupyter_mlsec.protocol.facts import Facts, Labels, ModelFacts, Origin
from jupyter_mlsec.protocol.records import Finding, Level, Obligation, Operation, Place

_MOST_WAITING = 8
_NOTHING_EXPECTED = bounds.Expected(is_one_label=False)
"""Of a model whose fit was not learned from: what the policy declares holds all the same."""


class Watching:
    """Watches fit, predict and transform. Inputs are never kept; a prediction costs microseconds."""

    def __init__(self, site: Site) -> None:
        self.cards = Cards()
        self._settings: Settings = site.settings
        self._observes = site.profile == "observe"
        self._recorder = Recorder(self._settings, site.data)
        self.budget = Budget(site.state, site.record, site.recall)
        self._waiting: list[tuple[weakref.ref[Any], bounds.Expected]] = []
        self._keeper = Keeper(site.state, self._settings.digest_megabytes << 20)
        self._site = site
        self._saved = Saved(site, self.cards, signs=self._settings.sign, denies=not self._observes)

    # -- asked by the gate ------------------------------------------------------------------------------------
    def before(self, operation: Operation, call: Call, facts: Facts) -> Iterable[Judgement]:
        del facts
        if operation.action == "read":
            return self._saved.before_load(operation)
        if operation.action not in ANSWERS:
            return NOTHING
        found = self._compare(call) if self._settings.features else NOTHING
        return (*found, *self._spend(operation, call)) if self._settings.answers else found

    def after(self, operation: Operation, call: Call, value: Any, facts: Facts) -> Iterable[Judgement]:
        if operation.action == "fit":
            return self._fitted(operation, call, value, facts)
        if operation.action in ANSWERS:
            return self._answered(operation, call, value, facts)
        if operation.action == "write":
            self._saved.wrote(operation, call)
        elif operation.action == "execute":
            self._saved.end_cell()
            self._settle_fits()
        return NOTHING

    def heard(self, entry: Entry) -> None:
        """What other controls said of a model's fit or save goes on its card."""
        self._saved.heard(entry)

    def settle(self, seconds: float, *, last: bool = False) -> None:
        """At the end of a script, what it wrote through open files is complete."""
        del seconds
        if last:
            self._saved.end_cell()

    def fulfil_value(self, obligation: Obligation, operation: Operation, value: Any, facts: Facts) -> Any:
        del operation, facts
        return limits.limited(value, obligation.details)

    # -- fits -------------------------------------------------------------------------------------------------
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
        if self._settings.bounds:
            card.expected = bounds.learned(model, call.value, call.argument("y"), operation)
            self._put_aside(model, card.expected)
        if self._looks_at_questions(card.model) and earlier is None:
            card.structure = questions.learned(call.value)
        facts.add(self._recorder.fit(card, model, call, value, features))
        self._saved.await_entry(operation, card)
        if not card.labels:
            return NOTHING
        places = tuple(Place(column=label.column or None, type=label.type) for label in card.labels)
        return (wording.trained_on_personal(card.model, places),)

    def _put_aside(self, model: Any, expected: bounds.Expected) -> None:
        """The model is asked about rows of its fit when its cell ends, if it is still there: most in a loop are not."""
        if expected.sample is None:
            return
        try:
            self._waiting.append((weakref.ref(model), expected))
        except TypeError:
            expected.sample = None
        while len(self._waiting) > _MOST_WAITING:
            self._waiting.pop(0)[1].sample = None

    def _settle_fits(self) -> None:
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        with self._site.apart():
            for reference, expected in waiting:
                model = reference()
                if model is not None:
                    bounds.settle(expected, model)
                expected.sample = None

    # -- questions --------------------------------------------------------------------------------------------
    def _compare(self, call: Call) -> Iterable[Judgement]:
        """Names, order and count of the columns a model is asked about, against those it was fitted on."""
        card = self.cards.of(call.resource)
        if card is None or card.features is None or is_alike(card.features, call.value):
            return NOTHING
        asked = features_of(call.value)
        said = difference(card.features, asked)
        if said is None:
            return NOTHING
        card.mismatches += 1
        return (wording.feature_mismatch(card.model, card.features.count or 0, asked.count or 0, said),)

    def _spend(self, operation: Operation, call: Call) -> Iterable[Judgement]:
        """Take the rows that are asked about from the subject's budget, or refuse."""
        rule = self._settings.rule_for(operation.resource.name)
        subject = operation.subject.name
        if rule is None or not rule.budget or subject in rule.plain_for:
            return NOTHING
        model = call.resource
        card = self._card(operation, operation.resource.name if model is None else model)
        rows = sizes_of(call.value)[0] or 1
        try:
            left = self.budget.spend(self._recorder.known_by(card, model), subject, rows, rule.budget)
            more = f"{rule.budget} rows are given to one subject in this project, and they are spent"
        except OSError:
            left, more = None, "how many were asked about before cannot be kept"
        return NOTHING if left is not None else (self._refusal("models.budget-spent", card.model, rows, more),)

    def _looks_at_questions(self, model: str) -> bool:
        if self._settings.extraction != "off":
            return True
        rule = self._settings.rule_for(model) if self._settings.answers else None
        return rule is not None and rule.budget > 0

    def _judge_questions(self, card: Card, operation: Operation, call: Call) -> Iterable[Judgement]:
        window = card.windows.setdefault(operation.subject.name, questions.Window())
        if not questions.is_made_up(card.structure, window, call.value):
            return NOTHING
        rows = window.streak * questions.WINDOW
        level = self._level(card, "models.extraction-shaped")
        level = "note" if self._settings.extraction == "note" else level
        return (wording.odd_answer("models.extraction-shaped", card.model, rows, rows, level=level),)

    # -- answers ----------------------------------------------------------------------------------------------
    def _card(self, operation: Operation, model: Any) -> Card:
        """The model's card; a new one for a model that was loaded, or fitted before us."""
        card = self.cards.of(model)
        if card is None:
            card = Card(model=operation.resource.name, execution=operation.cell.execution)
            card.expected = bounds.of_stranger(model) if self._settings.bounds else None
            self.cards.put(model, card)
        return card

    def _answered(self, operation: Operation, call: Call, value: Any, facts: Facts) -> Iterable[Judgement]:
        model, given, function = call.resource, call.value, operation.function
        card = self._card(operation, operation.resource.name if model is None else model)
        rows, columns = sizes_of(given)
        told = self._recorder.answer(card, operation, model, given, value, rows, columns)
        facts.add(told)
        found: list[Judgement] = []
        if told.input is not None:
            found.extend(self._look_closer(card, told, operation, call, value, facts))
        card.asked[function] = card.asked.get(function, 0) + 1
        card.rows += rows or 0
        if told.score is not None:
            card.scores[f"{rows} rows"] = told.score
        limit = self._settings.outputs_limit
        if self._settings.outputs:
            count, total = _nonfinite(value, limit)
            if count:
                card.nonfinite += count
                found.append(wording.nonfinite_output(card.model, count, total))
        rule = self._settings.rule_for(card.model) if self._settings.answers else None
        expected = _NOTHING_EXPECTED if card.expected is None and rule is not None else card.expected
        if expected is not None and function in bounds.JUDGED:
            for each in bounds.problems(expected, rule, function, value, limit, model):
                found.append(self._problem(card, rule, each))
        if card.structure is not None:
            found.extend(self._judge_questions(card, operation, call))
        if rule is not None and operation.action == "predict" and operation.subject.name not in rule.plain_for:
            found.extend(self._limit(card, rule, function, value))
        return found or NOTHING

    def _look_closer(
        self, card: Card, told: ModelFacts, operation: Operation, call: Call, value: Any, facts: Facts
    ) -> Iterable[Judgement]:
        """What is looked at only in calls that are digested: activations, and what is kept."""
        if type(call.resource).__name__ in layers.NETWORKS:
            self._look_inside(card, call.resource, call, facts)
        if self._settings.keep == "nothing":
            return NOTHING
        return self._keep(card, told, operation, call, value, facts)

    def _problem(self, card: Card, rule: AnswerRule | None, each: bounds.Problem) -> Finding:
        is_declared = rule is not None and rule.deny and each.more in ("the policy", "declared")
        return wording.odd_answer(
            each.rule,
            card.model,
            each.count,
            each.total,
            each.more,
            level=self._level(card, each.rule),
            is_denied=is_declared and not self._observes,
        )

    def _level(self, card: Card, rule: str) -> Level | None:
        """The rule's own level the first time it speaks of a model; after that it is only recorded."""
        if rule in card.said:
            return "note"
        card.said.add(rule)
        return None

    def _limit(self, card: Card, rule: AnswerRule, function: str, value: Any) -> Iterable[Judgement]:
        try:
            found = limits.obligation(rule, function, value)
        except ValueError as error:
            return (self._refusal("models.answer-withheld", card.model, 0, str(error)),)
        return NOTHING if found is None else (found,)

    def _refusal(self, rule: str, model: str, count: int, more: str) -> Finding:
        """A denial; under `observe` a warning."""
        return wording.refused(rule, model, count, more, effect="permit" if self._observes else "deny")

    def _look_inside(self, card: Card, model: Any, call: Call, facts: Facts) -> None:
        """What the activations of a network of scikit-learn's hold, for as many passes as the policy says."""
        card.passes += 1
        wanted = self._settings.activations
        if wanted == "none" or (wanted == "some" and card.passes & (card.passes - 1)):
            return
        if self._settings.keep == "activations" and call.seen is None:
            call.seen = {}
        found = layers.activations_of(model, call.value, self._recorder.digest, call.seen)
        if found is not None:
            facts.add(found)

    def _keep(
        self, card: Card, told: ModelFacts, operation: Operation, call: Call, value: Any, facts: Facts
    ) -> Iterable[Judgement]:
        """Seal input and answer, and what looked on was told to keep; the record names the file."""
        parts = {"input": call.value, "output": value, **(call.seen or {})}
        call.seen = None
        try:
            with self._site.ours():
                name = self._keeper.keep(operation.id, parts)
        except (NoIdentity, OSError) as error:
            why = "you have no identity to seal for" if isinstance(error, NoIdentity) else "the folder takes no file"
            return (wording.not_kept(card.model, why, self._level(card, "models.not-kept")),)
        if name is None:
            return (wording.not_kept(card.model, "they are too large, or no data", "note"),)
        facts.add(msgspec.structs.replace(told, kept=name))
        return NOTHING

    def verbs(self) -> Sequence[Verb]:
        """`models`."""
        from jupyter_mlsec.controls.models.verbs import verbs

        return verbs(self.cards, self._site)


def _nonfinite(value: Any, limit: int) -> tuple[int, int]:
    """How many values of a float array are not finite, and of how many; (0, 0) for anything else."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(value, numpy.ndarray) or value.dtype.kind != "f" or value.size > limit:
        return 0, 0
    finite = numpy.isfinite(value)
    return (0, value.size) if finite.all() else (int(value.size - finite.sum()), int(value.size))
