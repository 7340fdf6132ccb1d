"""The rules of models and their sentences."""

from __future__ import annotations

import msgspec

from jupyter_mlsec.controls.contract import Rule
from jupyter_mlsec.protocol.records import Effect, Finding, Level, Place

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
    Rule(
        id="models.not-probabilities",
        level="warning",
        what="The probabilities that a model gives for one row do not sum to one, or are none.",
        why="Thresholds, expected costs and every comparison of models rest on them being probabilities.",
        safeguard="Validate model outputs (NIST AI RMF MEASURE 2.5 2.6, OWASP ML09)",
        fix="Look at the last step: a softmax left out, raw scores handed on, or a wrapper that scales each column.",
        way_on="The answer is handed over unchanged.",
        teach="A score between 0 and 1 is not a probability; that its rows sum to one is the least to ask.",
        message="{model} gave {count} of {total} rows whose probabilities do not sum to one.",
    ),
    Rule(
        id="models.unknown-class",
        level="warning",
        what="A model answered with a class that it was not fitted on, or that the policy does not list.",
        why="Code behind the model maps each class to a deed; one it does not know falls through, or picks a default.",
        safeguard="Validate model outputs (NIST AI RMF MEASURE 2.6, OWASP ML09)",
        fix="Compare numpy.unique(answer) with model.classes_; look at wrappers and at label encoders of another fit.",
        way_on="The answer is handed over unchanged, unless the policy withholds it ([[models.answers]] deny = true).",
        teach="List the classes once, where the model is fitted, and check every answer against the list.",
        message="{model} gave {count} of {total} answers that are none of the classes {more}.",
    ),
    Rule(
        id="models.out-of-range",
        level="warning",
        what="A model's answers lie outside of the declared range, or far outside of the targets it was fitted on.",
        why="A model that extrapolates, or is asked in other units, gives numbers that look like answers.",
        safeguard="Validate model outputs (NIST AI RMF MEASURE 2.5 2.6, OWASP ML09, AML.M0015)",
        fix="Compare units and ranges of the input with the fit's; declare the range you can defend.",
        way_on="The answer is handed over unchanged, unless the policy withholds it ([[models.answers]] deny = true).",
        teach="State the range of sensible answers before you see any.",
        message="{model} gave {count} of {total} answers outside of the range of {more}.",
    ),
    Rule(
        id="models.constant-answer",
        level="warning",
        what="A model gives the same answer to every row, though its answers differed at the fit.",
        why="Mostly the input is broken: a column of one value, a scaler left out, text where numbers are meant.",
        safeguard="Validate model outputs (NIST AI RMF MEASURE 2.5, OWASP ML09)",
        fix="Look for columns that do not vary: X.nunique(), and for a preprocessing step that the fit had.",
        way_on="The answer is handed over unchanged.",
        teach="The cheapest test of a model in use is whether its answers still differ.",
        message="{model} gave the same answer to all of {total} rows; at the fit its answers differed.",
    ),
    Rule(
        id="models.answer-drift",
        level="warning",
        what="A model's answers are distributed otherwise than its answers to rows of its own fit.",
        why="The input is another population, or broken; measured quality does not hold there.",
        safeguard="Monitor for drift (NIST AI RMF MEASURE 2.4 MANAGE 4.1, OWASP ML02)",
        fix="Compare the columns with the training data; score the model on labelled rows of the new kind.",
        way_on="Nothing is stopped. Asking about a chosen part of the data (one class, one site) looks like this, too.",
        teach="A test score is a promise about data like the test data, and about no other.",
        message="{model}: {count} of {total} answers would have to change for the distribution seen at the fit.",
    ),
    Rule(
        id="models.answer-withheld",
        level="error",
        effect="deny",
        what="An answer was withheld, because the policy has such answers limited or withheld.",
        why="Whoever may ask a model is not always to have all that it can tell.",
        safeguard="Limit what model outputs reveal (OWASP ML03 ML05, MITRE ATLAS AML.M0002)",
        fix="Ask for what can be limited: an array, a table or a tensor that is not being trained.",
        way_on='%mlsec allow models.answer-withheld --reason "..." hands it over, and is recorded.',
        teach="A rule on outputs that lets the odd one through is no rule.",
        message="The answer of {model} was withheld: {more}.",
    ),
    Rule(
        id="models.budget-spent",
        level="error",
        effect="deny",
        what="A subject asked a model about more rows than the policy gives.",
        why="A copy of a model is made of answers; only their number limits how good it can be.",
        safeguard="Limit queries (OWASP ML05, MITRE ATLAS AML.M0004, AML.T0024.002)",
        fix="Ask about fewer rows, or have the budget raised where the policy is kept.",
        way_on='%mlsec allow models.budget-spent --reason "..." goes on, and is recorded.',
        teach="Rounding hardly slows a thief down; a budget does.",
        message="{model} was not asked about {count} rows: {more}.",
    ),
    Rule(
        id="models.changed-since-signed",
        level="error",
        effect="deny",
        what="A saved model is not what the manifest beside it says, or the manifest itself was changed.",
        why="A model that somebody else put in a file's place answers what they like, and may run their code.",
        safeguard="Verify model integrity (OWASP ML06 ML10, MITRE ATLAS AML.M0013 AML.M0014)",
        fix="Save the model again, or, if the change was yours: %mlsec models sign FILE.",
        way_on='%mlsec allow models.changed-since-signed --reason "..." loads it, and is recorded.',
        teach="A digest beside a file tells that it changed; a signature tells that nobody changed the digest.",
        message="{model} was not loaded: {more}.",
    ),
    Rule(
        id="models.signed-by-other",
        level="note",
        what="The manifest beside a model is signed with a key that is not yours.",
        why="Nobody has said yet whose key it is: such a manifest proves nothing here.",
        safeguard="Verify model provenance (OWASP ML06, MITRE ATLAS AML.M0013 AML.M0014)",
        fix="Verify it with the signer's key: model_signing verify key MODEL --signature MODEL.sig --public_key PUB.",
        way_on="The model is loaded, as one without a manifest is.",
        teach="A signature is worth as much as the way by which its key came to you.",
        message="{model} is signed with a key that is not known here.",
    ),
    Rule(
        id="models.not-kept",
        level="warning",
        what="The policy has a model's inputs and answers kept, and they were not.",
        why="They are kept sealed or not at all: there is nobody to seal for, or no room.",
        safeguard="Keep evidence of model use (NIST AI RMF MEASURE 2.4, ISO 42001 A.6.2.8)",
        fix="%mlsec keys init",
        way_on="The call went on; its record has digests all the same.",
        teach="Raw inputs are the most sensitive thing a record can hold: seal them, or do without.",
        message="Input and answer of {model} were not kept: {more}.",
    ),
    Rule(
        id="models.extraction-shaped",
        level="warning",
        what="Many questions in a row have columns that are not related to each other as those of the fit are.",
        why="Made-up questions, with which a model is copied or probed, mostly lack that structure.",
        safeguard="Detect model extraction (OWASP ML05, MITRE ATLAS AML.T0024.002, AML.M0004)",
        fix="Look at who asks, and why; set a budget ([[models.answers]] budget). A synthetic test set looks the same.",
        way_on="Nothing is stopped.",
        teach="A thief with real data looks like any user: only a budget holds against that one.",
        message="{model} was asked about {total} rows on end whose columns do not go together as those of its fit.",
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


def odd_answer(
    rule: str,
    model: str,
    count: int,
    total: int,
    more: str = "",
    *,
    level: Level | None = None,
    is_denied: bool = False,
) -> Finding:
    """One of the rules on answers. `is_denied`: the policy has such answers withheld; else with that level."""
    places = (Place(count=count, share=round(count / max(total, 1), 4)),)
    found = _finding(rule, places=places, model=model, count=str(count), total=str(total), more=more)
    if is_denied:
        return msgspec.structs.replace(found, effect="deny", level="error")
    return found if level is None else msgspec.structs.replace(found, level=level)


def not_kept(model: str, why: str, level: Level | None) -> Finding:
    """That input and answer of a call were not kept though the policy asks for it."""
    found = _finding("models.not-kept", model=model, more=why)
    return found if level is None else msgspec.structs.replace(found, level=level)


def manifest_differs(name: str, found: str, *, is_denied: bool) -> Finding:
    """What a saved model's manifest says, when it does not hold."""
    if found == "unknown key":
        return _finding("models.signed-by-other", model=name)
    more = "it changed since it was signed" if found == "changed" else "the manifest beside it was changed"
    return refused("models.changed-since-signed", name, 0, more, "deny" if is_denied else "permit")


def refused(rule: str, model: str, count: int, more: str, effect: Effect) -> Finding:
    """A question or an answer that the policy does not let through; permitted all the same where it only observes."""
    found = _finding(rule, model=model, count=str(count), more=more)
    return found if effect == "deny" else msgspec.structs.replace(found, effect=effect, level="warning")


def _columns(count: int) -> str:
    return f"{count} column{'' if count == 1 else 's'}"


def _finding(rule: str, places: tuple[Place, ...] = (), **words: str) -> Finding:
    said = _BY_ID[rule]
    message = said.message.format(**words)
    return Finding(control="models", rule=rule, level=said.level, effect=said.effect, message=message, places=places)
