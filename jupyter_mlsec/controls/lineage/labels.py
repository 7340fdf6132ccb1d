"""Labels that travel: which a table, array or model inherits from labelled columns, and by which rule they weaken.

A label stays certain where the values are the column's own. By the code: what is `computed` of a labelled column keeps
half the score as a doubt, what may be made of it (`any of`) three tenths, a statistic (`aggregated`) and tokens that
join (`tokenised`) a quarter. Where only a number of values is left (`counted`), or the values were replaced
(`masked`), the label is cleared. A `prediction` inherits what its model learned from, and a quarter of the score.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from jupyter_mlsec.controls.lineage.forms import LOOSE, Sources, Table
from jupyter_mlsec.controls.lineage.known import FEW, PROBE, Known, Match, inside
from jupyter_mlsec.controls.lineage.sketches import of_values
from jupyter_mlsec.protocol.facts import Label, LabelRule

WEIGHTS: dict[LabelRule, float] = {
    "values": 1.0,
    "few values": 0.8,
    "computed": 0.5,
    "same name": 0.5,
    "any of": 0.3,
    "aggregated": 0.25,
    "tokenised": 0.25,
    "prediction": 0.25,
    "counted": 0.0,
    "masked": 0.0,
}
"""What a label's score is multiplied by; nothing is left of one that a rule clears."""


class Inherited(msgspec.Struct, frozen=True):
    """The labels something carries on, and those that a rule cleared."""

    labels: tuple[Label, ...] = ()
    cleared: tuple[Label, ...] = ()


def by_hand(words: Mapping[str, str], resource: str, names: Iterable[str]) -> tuple[Label, ...]:
    """The labels that the policy's `[lineage] labels` give a resource's columns."""
    return tuple(
        Label(column=name, type=kind, score=1.0, certain=True, source="user")
        for place, kind in words.items()
        for name in names
        if fnmatchcase(f"{resource}:{name}", place)
    )


def of_table(
    names: Iterable[str], matches: Mapping[str, list[Match]], labelled: Sequence[Known], form: Table | None
) -> Inherited:
    """The labels a table's columns inherit: by their values, by what the code says, and as a doubt by their names."""
    found = _Found()
    for name in names:
        carried = form is not None and form.is_kept(name)
        sources = form.of(name) if form is not None else None
        for match in inside(matches.get(name, []), sources):
            sure = carried or (match.evidence != "name and values" and match.share >= 0.9)
            for label in match.known.labels:
                if label.column == match.column:
                    found.put(name, label, "values" if sure else "few values")
        if sources is not None:
            _of_sources(found, name, sources, labelled, carried=carried)
        for match in matches.get(name, []):
            if not match.known.resource:  # what a model gave: of what that was made of
                _of_sources(found, name, match.known.sources(match.column), labelled, carried=False)
        for known in labelled:
            for label in known.labels:
                if label.column == name:
                    found.put(name, label, "same name")
    return found.all()


def _of_sources(found: _Found, name: str, sources: Sources, labelled: Sequence[Known], *, carried: bool) -> None:
    for source in sources:
        for known in labelled:
            for label, same in known.labels_on((source[0], source[1])):
                found.put(name, label, _rule(source, sources, carried=carried and same))


def of_array(value: Any, labelled: Sequence[Known]) -> tuple[Label, ...]:
    """Labels for an array without column names: of columns whose values it holds, else of any of them, unsurely."""
    held = {each for column in _array_columns(value) for each in column}
    found = _Found()
    for known in labelled:
        for label in known.labels:
            seen = known.columns.get(label.column)
            hashes = seen.hashes if seen is not None else frozenset()
            sure = len(hashes) >= FEW and len(hashes & held) >= 0.5 * min(len(hashes), PROBE) > 0
            found.put("", label, "values" if sure else "any of")
    return found.all().labels


def parted(labels: Iterable[Label], masked: Iterable[Label]) -> tuple[tuple[Label, ...], tuple[Label, ...]]:
    """Labels that stay, and those of values that are masked on their way: of that column, or of that type at all."""
    gone = {(each.column, each.type) for each in masked if each.rule == "masked"}
    kept, cleared = list[Label](), list[Label]()
    for label in labels:
        named = (label.column, label.type) in gone
        if named or (("", label.type) in gone and label.rule in ("values", "few values")):
            if not named:
                cleared.append(_by("masked", label.column, label))
        else:
            kept.append(label)
    return tuple(kept), tuple(cleared)


def as_whole(labels: Iterable[Label], rule: LabelRule | None = None) -> tuple[Label, ...]:
    """Labels of columns as labels of the whole object: one per type, the surest; by another rule, if one is given."""
    best: dict[str, Label] = {}
    for label in sorted(labels, key=lambda each: (each.certain, each.score)):
        weaker = _by(rule, "", label) if rule is not None else label
        best[label.type] = Label(
            column="", type=label.type, score=weaker.score, certain=weaker.certain, source="inherited", rule=weaker.rule
        )
    return tuple(best.values())


class _Found:
    """Labels by column and type, the surest of each; what a rule cleared stays so unless another way led there too."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Label] = {}
        self._cleared: dict[tuple[str, str], Label] = {}

    def put(self, name: str, label: Label, rule: LabelRule) -> None:
        key, made = (name, label.type), _by(rule, name, label)
        if not made.score and label.score:
            self._cleared.setdefault(key, made)
        elif rule != "same name" or not self._is_told(key):
            held = self._kept.get(key)
            if held is None or (made.certain, made.score) > (held.certain, held.score):
                self._kept[key] = made

    def _is_told(self, key: tuple[str, str]) -> bool:
        """Whether the code or the values say what became of it, so that its name alone says nothing more."""
        held = self._kept.get(key)
        return key in self._cleared or (held is not None and held.rule not in ("any of", "same name"))

    def all(self) -> Inherited:
        cleared = (label for key, label in self._cleared.items() if key not in self._kept)
        return Inherited(tuple(self._kept.values()), tuple(cleared))


def _by(rule: LabelRule, name: str, label: Label) -> Label:
    keep = rule == "values"
    return Label(
        column=name,
        type=label.type,
        score=round(label.score * WEIGHTS[rule], 3),
        certain=label.certain and keep,
        source="inherited",
        share=label.share if keep else None,
        rule=rule,
    )


def _rule(source: tuple[str, ...], sources: Sources, *, carried: bool) -> LabelRule:
    if carried:
        return "values"
    if len(source) == 3:
        return source[2]  # type: ignore[return-value]  # the rules of forms are among these
    return "any of" if sources >= LOOSE else "computed"


def is_array(value: Any) -> bool:
    """Whether a value is an array, dense or sparse."""
    return hasattr(type(value), "__array__") or hasattr(type(value), "toarray")


def _array_columns(value: Any) -> list[frozenset[int]]:
    shape = getattr(value, "shape", ())
    if not isinstance(shape, tuple) or len(shape) not in (1, 2) or not shape[0] or not hasattr(value, "dtype"):
        return []
    rows = value[:: max(1, shape[0] // PROBE)]
    if hasattr(rows, "toarray") or not hasattr(rows, "tolist"):
        return []
    columns = [rows.tolist()] if len(shape) == 1 else [rows[:, number].tolist() for number in range(min(shape[1], 64))]
    return [frozenset(of_values(column)) for column in columns]
