"""What the guard could not see in a run, as far as its entries tell."""

from __future__ import annotations

from jupyter_mlsec.interception import wording
from jupyter_mlsec.interception.wording import many as _many
from jupyter_mlsec.protocol.facts import Coverage, Elsewhere
from jupyter_mlsec.reports.evidence import Evidence
from jupyter_mlsec.reports.files import without_digest
from jupyter_mlsec.reports.matching import Execution

_KINDS = ("shell", "subprocess")


def not_seen(evidence: Evidence) -> tuple[str, ...]:
    """What the guard could not see in this run, as short phrases. Empty means: nothing that it knows of."""
    seen = [*wording.elsewhere(wording.total(map(coverage_of, evidence.executions()))), *_uncounted(evidence)]
    nameless = without_digest(evidence)
    if nameless:
        seen.append(f"the content of {_many(len(nameless), 'file')} (no digest)")
    unrecorded = sum(cell.state == "unrecorded" for cell in evidence.cells)
    if unrecorded:
        seen.append(
            _many(unrecorded, "cell") + " that ran outside this run (before the guard, while paused, elsewhere)"
        )
    pauses = sum(entry.to == "paused" for entry in evidence.switched)
    if pauses:
        seen.append(f"what ran while the guard was paused ({_many(pauses, 'time')})")
    if evidence.missing:
        seen.append(f"{_many(len(evidence.missing), 'entry')} of the run missing (number {evidence.missing[0]} first)")
    if evidence.opened is None:
        seen.append("how the run began (its first entry is not in the audit)")
    if evidence.troubled:
        seen.append(f"what the guard itself failed at ({_many(len(evidence.troubled), 'time')})")
    if evidence.shortened:
        seen.append(f"details too large for an entry ({_many(evidence.shortened, 'entry')})")
    seen += [f"what is off: {reason}" for reason in (evidence.opened.off if evidence.opened else ())]
    return tuple(seen)


def coverage_of(execution: Execution) -> Coverage:
    """What is known of what a cell's run could not be seen to do. Older ledgers have kinds only, in another fact."""
    if execution.coverage is not None:
        return execution.coverage
    kinds = execution.facts.unobserved if execution.facts else ()
    return Coverage(
        unobserved=tuple(Elsewhere(kind=kind if kind in _KINDS else f"{kind} call") for kind in kinds),
    )


def _uncounted(evidence: Evidence) -> list[str]:
    """Reads and writes that no watched call explains, and those that nobody counted."""
    facts = [each.coverage for each in evidence.executions() if each.coverage is not None]
    beyond = [fact for fact in facts if wording.is_unexplained(fact)]
    seen = []
    if beyond:
        read = wording.size(sum(fact.read_unexplained for fact in beyond))
        written = wording.size(sum(fact.written_unexplained for fact in beyond))
        seen.append(f"{read} read and {written} written in {_many(len(beyond), 'cell')} beyond watched calls")
    uncounted = sum("counters" not in fact.by for fact in facts)
    if uncounted:
        seen.append(f"how much {_many(uncounted, 'cell')} read and wrote (bytes were not counted there)")
    return seen
