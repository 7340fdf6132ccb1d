"""What `%mlsec models` says."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_mlsec.controls.contract import Answer, Site, Verb
from jupyter_mlsec.controls.models.cards import Card, Cards
from jupyter_mlsec.protocol.errors import UsageError

_USAGE = """models [NAME] [--json]     NAME: a model of the notebook; without it, all that were fitted or asked here
models sign FILE           write the signed manifest FILE.sig beside a saved model (a file or a folder)
models verify FILE         whether a saved model is what its manifest says"""
_SAID = {
    "none": "{name} has no manifest. %mlsec models sign {name} writes one.",
    "holds": "{name} is what its manifest says, signed with your key.",
    "changed": "{name} CHANGED since its manifest was signed.",
    "damaged": "The manifest of {name} was CHANGED, or is none: it proves nothing.",
    "unknown key": "{name} has a manifest that is signed with a key that is not known here.",
    "other": "{name} has no manifest: {name}.sig is something else.",
}


def verbs(cards: Cards, site: Site) -> tuple[Verb, ...]:
    """The one verb of models."""

    def run(arguments: Sequence[str], namespace: Mapping[str, Any]) -> Answer:
        words = [word for word in arguments if word != "--json"]
        if len(words) == 2 and words[0] in ("sign", "verify"):
            return _sign(words[1], site) if words[0] == "sign" else _verify(words[1], site)
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


def _sign(name: str, site: Site) -> Answer:
    from jupyter_mlsec.controls.models import manifest
    from jupyter_mlsec.vault.modelkey import PUBLIC_FILE

    with _said_of(name, "signed") as path:
        written = manifest.sign(path, site.data())
    site.record("signed", name, {"manifest": written.name})
    key = site.data() / PUBLIC_FILE
    text = f"{written.name} says what {name} is made of. Whoever verifies it needs your public key: {key}"
    return Answer(text=text, data={"file": name, "manifest": written.name, "key": str(key)})


def _verify(name: str, site: Site) -> Answer:
    from jupyter_mlsec.controls.models import manifest

    with _said_of(name, "verified") as path:
        found = manifest.state(path, site.data())
    return Answer(text=_SAID[found].format(name=name), data={"file": name, "state": found}, ok=found == "holds")


@contextlib.contextmanager
def _said_of(name: str, deed: str) -> Iterator[Path]:
    """The file or folder of that name; what stands against the deed is said, and is no error of ours."""
    path = Path(name).expanduser()
    if not path.exists():
        raise UsageError(f"There is no {name}. {_USAGE}")
    try:
        yield path
    except OSError as error:
        raise UsageError(f"{name} was not {deed}: {error.strerror}.") from None


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
    parts += [f"score {score:.4g} on {rows}" for rows, score in card.scores.items()]
    if card.mismatches:
        parts.append(f"{card.mismatches} with other columns")
    if card.nonfinite:
        parts.append(f"{card.nonfinite} values not finite")
    parts += [f"saved as {name}{', sealed' if is_sealed else ''}" for name, is_sealed in card.saved.items()]
    if card.state:
        parts.append(f"state {card.state[:12]}")
    return "; ".join(parts)


def _data(card: Card) -> dict[str, Any]:
    features = card.features
    return {
        "model": card.model,
        "execution": card.execution,
        "parameters": card.parameters,
        "state": card.state,
        "schema": card.schema,
        "rows": features.rows if features else None,
        "columns": list(features.names) if features and features.names else None,
        "features": features.count if features else None,
        "labels": [[label.column, label.type] for label in card.labels],
        "resources": list(card.resources),
        "training": list(card.training),
        "asked": dict(card.asked),
        "asked_rows": card.rows,
        "scores": dict(card.scores),
        "saved": dict(card.saved),
        "mismatches": card.mismatches,
        "nonfinite": card.nonfinite,
    }
