"""The audit's words about a cell: the short block of evidence before it, made from evidence alone."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from jupyter_mlsec.interception import wording
from jupyter_mlsec.protocol.facts import (
    AnyFact,
    Fingerprint,
    Labels,
    ModelFacts,
    Repeats,
    SchemaVerdict,
    SealedFor,
    Shape,
)
from jupyter_mlsec.protocol.records import Finding
from jupyter_mlsec.reports.evidence import CellEvidence, Deed, Evidence
from jupyter_mlsec.reports.files import others, spoken, words_of
from jupyter_mlsec.reports.matching import Execution
from jupyter_mlsec.reports.prose import Block, Piece, Prose, code, say, strong
from jupyter_mlsec.reports.unseen import coverage_of

STATES = {
    "as shown": "✓ code shown is the code that ran",
    "edited": "✎ EDITED AFTER RUNNING",
    "unknown": "? CODE NOT COMPARED",
    "never ran": "○ NEVER RAN",
    "unrecorded": "? RAN UNRECORDED",
    "loader": "▶ switched the guard on",
    "switch": "▶ paused or resumed the guard",
}
_DONE = {
    "read": "read",
    "write": "wrote",
    "connect": "opened",
    "fit": "fitted",
    "predict": "predicted with",
    "transform": "transformed with",
}
_TRIED = {
    "read": "read",
    "write": "write",
    "connect": "open",
    "fit": "fit",
    "predict": "predict with",
    "transform": "transform with",
}


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What the front page says besides the evidence: where the notebook and the log's part came from."""

    notebook: str
    run_chosen: str
    saved_at: int
    exported_at: int
    exporter: str
    signer: str
    key: str
    """The signing key's fingerprint."""
    checkpoint: str
    """`SIZE HASH8`, as the panel shows it."""
    origin: str
    redacted: int
    unsearched: int


def moment(at: int) -> str:
    """Nanoseconds since the epoch as a UTC time to the second; a clock may have been set to anything."""
    try:
        return datetime.fromtimestamp(at // 1_000_000_000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"a time beyond the calendar ({at} ns)"


def _span(micros: int) -> str:
    return f"{micros / 1e6:.2f} s" if micros >= 10_000 else f"{micros / 1e3:.1f} ms"


def cell_block(evidence: CellEvidence) -> Block:
    """The evidence before one cell."""
    cell = evidence.cell
    lead: list[str | Piece] = [strong(f"Cell {cell.number}"), " · ", strong(STATES[evidence.state])]
    if evidence.overtaken is not None:
        lead += [" · ", strong(f"↕ OUT OF ORDER: cell {evidence.overtaken}, above, ran after it")]
    lines = [_runs(evidence), *_deeds(evidence.deeds, many=len(evidence.runs) > 1)]
    lines += _coverage(evidence.runs)
    return Block(lead=tuple(say(*lead)), lines=tuple(line for line in lines if line))


def _runs(evidence: CellEvidence) -> Prose:
    cell, runs = evidence.cell, evidence.runs
    if not runs:
        return _no_run(evidence)
    last = runs[-1]
    times = "ran once" if len(runs) == 1 else f"ran {len(runs)} times"
    counts = ", ".join(f"[{run.count}]" for run in runs)
    how = {"id": "cell id", "code": "code and order", "count": "saved execution count"}.get(evidence.match, "")
    parts: list[str | Piece] = [f"{times}, as {counts}; last {moment(last.at)}, {_span(last.micros)}, {_ended(last)}; "]
    parts += [f"matched by {how}; code ", code(f"sha256:{cell.digest[:16]}")]
    if evidence.state == "edited":
        parts += [", but what ran was ", code(f"sha256:{(last.digest or '')[:16]}")]
    if evidence.other_code:
        parts.append("; other code ran as " + ", ".join(f"[{count}]" for count in evidence.other_code))
    return say(*parts)


def _no_run(evidence: CellEvidence) -> Prose:
    cell = evidence.cell
    digest = code(f"sha256:{cell.digest[:16]}")
    if evidence.state == "loader":
        return say(f"the saved notebook gives it count [{cell.count}], before the first of this run; code ", digest)
    if evidence.state == "switch":
        return say(f"the saved notebook gives it count [{cell.count}], while the guard was paused; code ", digest)
    if evidence.state == "unrecorded":
        why = "before the guard was on, while it was paused, or in another run"
        return say(f"the saved notebook gives it count [{cell.count}], which this run has not: {why}; code ", digest)
    return say("this run has no record of it; code ", digest)


def _coverage(runs: tuple[Execution, ...]) -> list[Prose]:
    """What ran elsewhere in any of the runs, and the bytes of the last and of each that could not be explained."""
    unseen = wording.elsewhere(wording.total(map(coverage_of, runs)))
    lines = [say("not seen: ", ", ".join(unseen))] if unseen else []
    for run in runs:
        said = wording.summary(coverage_of(run))
        if said and (run is runs[-1] or wording.is_unexplained(coverage_of(run))):
            lines.append(say(f"[{run.count}] " if len(runs) > 1 else "", said))
    return lines


def _ended(execution: Execution) -> str:
    is_told = not execution.error or execution.outcome == "denied"
    return execution.outcome if is_told else f"{execution.outcome} ({execution.error})"


def _deeds(deeds: tuple[Deed, ...], *, many: bool) -> list[Prose]:
    lines: list[Prose] = []
    for deed in deeds:
        if deed.operation.action != "execute":
            lines.append(_deed(deed, many=many))
        lines += [_finding(finding) for finding in deed.findings]
        lines += [say("went on past a denial by allowance ", code(each)) for each in deed.decision.allowed]
    return lines


def _deed(deed: Deed, *, many: bool) -> Prose:
    operation = deed.operation
    resource = operation.resource
    verb = _DONE.get(operation.action, operation.action)
    start: list[str | Piece] = [f"[{operation.cell.execution}] "] if many else []
    is_denied = deed.outcome == "denied" or deed.decision.effect == "deny"
    if is_denied:
        start += [strong("DENIED"), f" to {_TRIED.get(operation.action, operation.action)} "]
    elif deed.outcome != "done":
        start += [f"{deed.outcome} to {_TRIED.get(operation.action, operation.action)} "]
    else:
        start += [f"{verb} "]
    start += [code(resource.name)]
    known = [resource.format or resource.kind, *_known(deed)]
    start += [f" ({'; '.join(known)}) by ", code(f"{operation.library}.{operation.function}")]
    if deed.error and not is_denied:
        start += [f", raised {deed.error}"]
    return say(*start)


def _known(deed: Deed) -> list[str]:
    newest = {type(fact): fact for fact in deed.facts}
    words = [word for fact in newest.values() if (word := told(fact))]
    own = words_of(deed).get(deed.operation.resource.name)
    if own is not None and not isinstance(own, SealedFor):  # of a sealed file that was said
        words.append(spoken(own))
    if deed.operation.resource.digest:
        words.append(short(deed.operation.resource.digest))
    return list(dict.fromkeys((*words, *others(deed))))


def told(fact: AnyFact) -> str:
    """One fact in a few words; empty for one that is not shown."""
    if isinstance(fact, Shape):
        rows = "rows not counted" if fact.rows is None else f"{fact.rows:,} rows"
        return f"{rows} x {len(fact.columns)} columns"
    if isinstance(fact, Fingerprint) and (fact.of, fact.algorithm) != ("resource", "sha256"):
        return f"{fact.of} {fact.algorithm}:{fact.digest[:16]}" + (f", {fact.size:,} bytes" if fact.size else "")
    if isinstance(fact, SealedFor):
        digest = f", {short(fact.digest)}" if fact.digest else ""
        return f"SEALED for {len(fact.recipients)}{digest}, {fact.size:,} bytes"
    if isinstance(fact, SchemaVerdict):
        return f"schema {fact.schema} ({fact.state}) {'holds' if fact.ok else 'DOES NOT HOLD'}"
    if isinstance(fact, ModelFacts):
        return fact.model + (f", parameters {short(fact.parameters)}" if fact.parameters else "")
    if isinstance(fact, Repeats):
        return f"and {fact.count:,} more calls {'on the same' if fact.differing else 'like it'}"
    if isinstance(fact, Labels) and fact.labels:
        return "labelled " + ", ".join(dict.fromkeys(f"{label.column or 'all'} {label.type}" for label in fact.labels))
    return ""


def short(digest: str) -> str:
    """The beginning of a digest, with its algorithm."""
    algorithm, _, hexes = digest.rpartition(":")
    return f"{algorithm or 'sha256'}:{hexes[:16]}"


def _finding(finding: Finding) -> Prose:
    level = strong("DENIAL") if finding.effect == "deny" else Piece(finding.level)
    return say(level, " ", code(finding.rule), f": {finding.message}")


def deleted_blocks(evidence: Evidence) -> tuple[Block, ...]:
    """What ran, but is not in the notebook: at the end of the audit. Empty when there is none."""
    blocks = [
        Block(
            lead=say(strong(f"✗ NOT IN THE NOTEBOOK: ran as [{run.count}]"), " · deleted, or edited after running"),
            lines=(
                say(f"{moment(run.at)}, {_span(run.micros)}, {_ended(run)}; code ", code(short(run.digest or "none"))),
                *_deeds(deeds, many=False),
            ),
        )
        for run, deeds in evidence.deleted
    ]
    if evidence.elsewhere:
        lead = say(strong("Outside any recorded cell"))
        blocks.append(Block(lead=lead, lines=tuple(_deeds(evidence.elsewhere, many=True))))
    return tuple(blocks)
