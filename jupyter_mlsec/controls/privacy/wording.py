"""The rules of privacy and their sentences."""

from __future__ import annotations

from jupyter_mlsec.controls.contract import Rule
from jupyter_mlsec.protocol.errors import Denied

RULES: tuple[Rule, ...] = (
    Rule(
        id="privacy.budget-spent",
        level="error",
        effect="deny",
        what="A release was asked for that the budget of its data set does not pay any more.",
        why="Each answer tells a little about everybody in the table; enough of them, together, tell all.",
        safeguard="Limit what releases reveal of a person (OWASP ML03 ML04, AML.T0024, NIST SP 800-226)",
        fix="Use the numbers that were released: what is computed from them costs nothing. Ask for less: epsilon=.",
        way_on="%mlsec dp budget NAME EPSILON gives the data set another budget, which is recorded.",
        teach="A budget that is raised whenever it is spent protects nobody: plan the questions first.",
        message="Nothing was released: {what} costs {cost}, and {name} has {left} left.",
    ),
    Rule(
        id="privacy.unknown-source",
        level="error",
        effect="deny",
        what="A table was to be asked about of which it is not known what it was made of.",
        why="A filtered copy holds the same people: it has to spend from the budget of what it was made of.",
        safeguard="Account for all releases about a person (NIST SP 800-226)",
        fix='Name the data set: mlsec.dp(table, ..., dataset="patients").',
        way_on="Name it, or set [privacy] unknown = true. %mlsec dp shows the data sets that have a budget.",
        teach="Privacy is of people, not of files: every copy of their data counts.",
        message="Nothing was released about this table: it is not known what it was made of.",
    ),
)
_BY_ID = {rule.id: rule for rule in RULES}


def budget_spent(what: str, cost: str, name: str, left: str) -> Denied:
    """The refusal past a budget."""
    return _refusal("privacy.budget-spent", what=what, cost=cost, name=name, left=left)


def unknown_source() -> Denied:
    """The refusal of what cannot be accounted for."""
    return _refusal("privacy.unknown-source")


def _refusal(id: str, **words: str) -> Denied:
    rule = _BY_ID[id]
    sentences = f"{rule.message.format(**words)} {rule.fix} {rule.way_on}"
    return Denied(f"{sentences} (%mlsec why {id})")
