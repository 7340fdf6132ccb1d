"""An entry in the few words that every log has a place for: what happened, to what, how it ended, how grave it is."""

from __future__ import annotations

from typing import NamedTuple

from jupyter_mlsec.protocol.entries import Allowed, Amended, Closed, Did, Opened, Recorded, Switched, Troubled
from jupyter_mlsec.protocol.facts import ModelFacts
from jupyter_mlsec.protocol.records import Finding, Level
from jupyter_mlsec.reports.standards.source import Around, Told, kind_of

MOST_RULES = 20
"""Rules named in one event; an entry with more has them in the ledger."""


class Summary(NamedTuple):
    """Text fields are empty where there is nothing to say. No free text of the user's, no reason and no fix."""

    kind: str
    action: str = ""
    resource: str = ""
    outcome: str = ""
    effect: str = ""
    level: Level = "note"
    rules: tuple[str, ...] = ()
    error: str = ""
    operation: str = ""
    subject: str = ""
    model: str = ""
    """SHA-256 of what the model concerned has learned."""

    @property
    def sentence(self) -> str:
        """One line for people."""
        said = " ".join(word for word in (self.action or self.kind.lower(), self.resource) if word)
        ended = f"{self.outcome} ({self.error})" if self.outcome and self.error else self.outcome or self.error
        ruled = f" [{', '.join(self.rules)}]" if self.rules else ""
        return f"{said}: {ended}{ruled}" if ended else said + ruled


def summarise(entry: Told, around: Around) -> Summary:
    """The summary of any entry; of a kind unknown here it has that kind alone."""
    kind = kind_of(entry)
    who = around.opened.subject.name if around.opened else ""
    if isinstance(entry, Recorded):
        return _recorded(entry)
    if isinstance(entry, Amended):
        said, level = _spoken(entry.findings)
        ended = entry.outcome or ""
        return Summary(kind, "amend", "", ended, "", level, said, "", entry.amends, who)
    if isinstance(entry, Allowed):
        return Summary(kind, "allow", entry.resource or "", "", "permit", "warning", (entry.rule,), subject=who)
    if isinstance(entry, Switched):
        level = "warning" if entry.to in ("paused", "unloaded") else "note"
        return Summary(kind, entry.to, "", level=level, subject=who)
    if isinstance(entry, Did):
        return Summary(kind, entry.verb, entry.subject, subject=who)
    if isinstance(entry, Troubled):
        return Summary(
            kind, "fail", entry.where, level="warning", error=entry.error, operation=entry.operation or "", subject=who
        )
    if isinstance(entry, Opened):
        return Summary(kind, "open", entry.notebook or "", subject=entry.subject.name)
    return Summary(kind, "close" if isinstance(entry, Closed) else "", subject=who)


def _recorded(entry: Recorded) -> Summary:
    operation, decision = entry.operation, entry.decision
    rules, level = _spoken(decision.findings)
    denied = decision.effect == "deny" or entry.outcome == "denied"
    return Summary(
        "Recorded",
        operation.action,
        operation.resource.name,
        entry.outcome,
        decision.effect,
        "error" if denied else level,
        rules,
        entry.error or "",
        operation.id,
        operation.subject.name,
        next((each.state or "" for each in entry.facts if type(each) is ModelFacts), ""),
    )


def _spoken(findings: tuple[Finding, ...]) -> tuple[tuple[str, ...], Level]:
    if not findings:
        return (), "note"
    rules = tuple(dict.fromkeys(each.rule for each in findings))[:MOST_RULES]
    levels = {each.level for each in findings}
    return rules, "error" if "error" in levels else "warning" if "warning" in levels else "note"
