"""The `[models]` section of a policy."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Literal

import msgspec

Give = Literal["all", "rounded", "top", "label"]


class AnswerRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is expected of some models' answers, and how much of them a caller gets."""

    model: str = "*"
    """A pattern for the class of the model, such as `*Classifier`, or the name of one that is served elsewhere."""
    low: float | None = None
    """What `predict` answers is not to be less."""
    high: float | None = None
    classes: tuple[str | int | float | bool, ...] = ()
    """What `predict` answers is to be one of these; empty: nothing is declared."""
    deny: bool = False
    """An answer that is not so is withheld."""
    give: Give = "all"
    """`rounded`: to `digits` decimals. `top`: the `top` highest of a row, zero for the rest. `label`: the highest only,
    as one."""
    digits: int = 1
    top: int = 1
    budget: int = 0
    """Rows that one subject may ask one model about in this project, in all kernels together; 0: any number."""
    plain_for: tuple[str, ...] = ()
    """Subjects (as the ledger names them: `uid-1000`) for whom neither `give` nor `budget` holds."""

    def concerns(self, model: str) -> bool:
        return fnmatchcase(model, self.model)


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is looked at when a model learns or answers."""

    features: bool = True
    """Compare what a model is asked with what it was fitted on: names, order, count."""
    outputs: bool = True
    """Count values in a model's answer that are not finite numbers."""
    outputs_limit: int = 1_000_000
    """Answers with more values than this are not counted through."""
    bounds: bool = True
    """Compare answers with what was seen at the fit: probabilities, classes, range, all alike, another distribution."""
    answers: tuple[AnswerRule, ...] = ()
    """What is declared of models' answers; of several rules for one model the last one holds."""
    extraction: Literal["off", "note", "warn"] = "off"
    """Look whether questions have the columns' joint structure: made-up ones, with which a model is copied, have not.
    Models with a budget are looked at in any case."""
    sign: bool = True
    """Write a signed manifest (`FILE.sig`) beside each saved model that was fitted or asked here. Whether a manifest
    holds is looked at before each load in any case."""
    digests: bool = True
    """Record digests of what models learn from, are asked and answer, and of what they learned."""
    digest_megabytes: int = 64
    """Of more data evenly spread rows are digested, of a larger model nothing; the record says so."""
    activations: Literal["none", "some", "all"] = "some"
    """Of how many passes through a network the values before and after its activations are summed up: of the 1st, 2nd,
    4th, 8th and so on of each model, of all, or of none."""
    keep: Literal["nothing", "calls", "activations"] = "nothing"
    """Keep what models are asked and answer in full, in sealed files below `.mlsec/models/kept`: of the calls that are
    digested, and with `activations` also the tensors before and after each activation."""
    every_call: bool = False
    """Digest every call; else, of the same calls in one cell, the 1st, 2nd, 4th, 8th and so on."""

    @classmethod
    def of(cls, profile: str) -> Settings:
        """`strict` has every call digested, and looks at the structure of questions; `observe` writes no manifests."""
        return cls(every_call=True, extraction="warn") if profile == "strict" else cls(sign=profile != "observe")

    def rule_for(self, model: str) -> AnswerRule | None:
        """The last rule that concerns this model."""
        return next((rule for rule in reversed(self.answers) if rule.concerns(model)), None)

    def loosened(self, base: Settings) -> tuple[str, ...]:
        """Keys that check or record less than `base` does."""
        switches = ("features", "outputs", "bounds", "sign", "digests", "every_call")
        found = [key for key in switches if getattr(base, key) and not getattr(self, key)]
        less = [key for key in ("outputs_limit", "digest_megabytes") if getattr(self, key) < getattr(base, key)]
        amounts = ("none", "some", "all")
        if amounts.index(self.activations) < amounts.index(base.activations):
            less.append("activations")
        questions = ("off", "note", "warn")
        if questions.index(self.extraction) < questions.index(base.extraction):
            less.append("extraction")
        if self.keep != base.keep:
            less.append("keep")
        if self.answers != base.answers:  # they change what the user's code gets: only who is trusted may say them
            less.append("answers")
        return (*found, *less)
