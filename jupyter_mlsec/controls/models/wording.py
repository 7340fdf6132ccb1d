"""The rules of models and their sentences."""

from __future__ import annotations

from jupyter_mlsec.controls.contract import Rule
from jupyter_mlsec.protocol.records import Finding, Place

RULES: tuple[Rule, ...] = (
    Rule(
        id="models.feature-mismatch",
        level="warning",
        what="A model is asked about other columns than it was fitted on, or the same in another order.",
        why="Many models take columns by position: a swapped pair gives a confident answer to another question.",
        safeguard="Validate model inputs (OWASP ML01, MITRE ATLAS AML.M0015, NIST AI RMF MEASURE 2.5)",
        fix="Select the columns the model was fitted on, in that order: X[list(model.feature_names_in_)].",
        way_on="The call goes on; this only warns.",
        teach="A model's contract is its input: keep names, order and units from training to use.",
        message="{model} was fitted on {fitted} and is asked about {asked}: {difference}.",
    ),
    Rule(
        id="models.trained-on-personal",
        level="note",
        what="A model learned from columns that are labelled as personal data.",
        why="Models can give back what they learned; the model needs the care its training data needs.",
        safeguard="Protect training data against inversion and membership inference (OWASP ML03 ML04, AML.T0024)",
        fix="Drop the columns before fit, or seal the model when it is saved (%mlsec keys init, then %mlsec seal).",
        way_on="Nothing is stopped by this note.",
        teach="An identifier rarely helps a model to predict and always makes it harder to share.",
        message="{model} learned from labelled columns: {labels}.",
    ),
    Rule(
        id="models.nonfinite-output",
        level="warning",
        what="A model's answer holds values that are not finite numbers.",
        why="NaN and infinity pass silently through sums and comparisons and spoil what comes after.",
        safeguard="Validate model outputs (NIST AI RMF MEASURE 2.6, OWASP ML09)",
        fix="Look for missing or extreme values in the input: numpy.isfinite(X).all().",
        way_on="The answer is handed over unchanged.",
        teach="Check answers where they are made; ten cells later nobody knows where the NaN came from.",
        message="{model} answered with {count} of {total} values that are not finite.",
    ),
)
_BY_ID = {rule.id: rule for rule in RULES}


def feature_mismatch(model: str, fitted: int, asked: int, difference: str) -> Finding:
    """The warning that input and training columns differ. Column names are given, never values."""
    return _finding(
        "models.feature-mismatch", model=model, fitted=_columns(fitted), asked=_columns(asked), difference=difference
    )


def trained_on_personal(model: str, places: tuple[Place, ...]) -> Finding:
    """The note that labelled columns were learned from."""
    labels = ", ".join(
        sorted({f"{place.column} {place.type}" if place.column else str(place.type) for place in places})
    )
    return _finding("models.trained-on-personal", places=places, model=model, labels=labels)


def nonfinite_output(model: str, count: int, total: int) -> Finding:
    """The warning that an answer holds NaN or infinity."""
    places = (Place(count=count, share=round(count / total, 4)),)
    return _finding("models.nonfinite-output", places=places, model=model, count=str(count), total=str(total))


def _columns(count: int) -> str:
    return f"{count} column{'' if count == 1 else 's'}"


def _finding(rule: str, places: tuple[Place, ...] = (), **words: str) -> Finding:
    said = _BY_ID[rule]
    return Finding(control="models", rule=rule, level=said.level, message=said.message.format(**words), places=places)
