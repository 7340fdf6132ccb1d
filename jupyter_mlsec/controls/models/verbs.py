"""What `%mlsec models` says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_mlsec.controls.contract import Answer, Verb
from jupyter_mlsec.controls.models.cards import Card, Cards
from jupyter_mlsec.protocol.errors import UsageError

_USAGE = "models [NAME] [--json]   NAME: a model of the notebook; without it, all fits and predictions of this session"


def verbs(cards: Cards) -> tuple[Verb, ...]:
    """The one verb of models."""

    def run(arguments: Sequence[str], namespace: Mapping[str, Any]) -> Answer:
        words = [word for word in arguments if word != "--json"]
        if len(words) > 1 or any(word.startswith("-") for word in words):
            raise UsageError(f"models does not take these words. {_USAGE}")
        if not words:
            shown = cards.all
        elif words[0] not in namespace:
            raise UsageError(f"There is no name {words[0]!r} in this notebook. {_USAGE}")
        else:
            card = cards.of(namespace[words[0]])
            shown = [card] if card is not None else []
        if not shown:
            return Answer(text="No watched model was fitted or asked so far.", data=[])
        return Answer(text="\n".join(map(_line, shown)), data=[_data(card) for card in shown])

    return (Verb(name="models", summary="what each model was fitted on and asked", usage=_USAGE, run=run),)


def _line(card: Card) -> str:
    parts = [f"{card.model} (cell {card.execution})"]
    if card.training and card.features is not None:
        rows = "?" if card.features.rows is None else card.features.rows
        parts.append(f"fitted on {rows} rows x {card.features.count or '?'} columns")
    if card.resources:
        parts.append(f"from {', '.join(card.resources)}")
    if card.labels:
        parts.append("labels " + ", ".join(sorted({label.type for label in card.labels})))
    if card.asked:
        calls = ", ".join(f"{name} x{count}" for name, count in card.asked.items())
        parts.append(f"asked {calls} ({card.rows} rows)")
    if card.mismatches:
        parts.append(f"{card.mismatches} with other columns")
    if card.nonfinite:
        parts.append(f"{card.nonfinite} values not finite")
    return "; ".join(parts)


def _data(card: Card) -> dict[str, Any]:
    features = card.features
    return {
        "model": card.model,
        "execution": card.execution,
        "parameters": card.parameters,
        "rows": features.rows if features else None,
        "columns": list(features.names) if features and features.names else None,
        "features": features.count if features else None,
        "labels": [[label.column, label.type] for label in card.labels],
        "resources": list(card.resources),
        "training": list(card.training),
        "asked": dict(card.asked),
        "asked_rows": card.rows,
        "mismatches": card.mismatches,
        "nonfinite": card.nonfinite,
    }
