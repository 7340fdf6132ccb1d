"""The audit's words: its front page, and the short block of evidence before each cell, made from evidence alone."""

from __future__ import annotations

from collections import Counter
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
from jupyter_mlsec.reports.evidence import CellEvidence, Deed, Evidence, coverage_of, not_seen
from jupyter_mlsec.reports.matching import Execution
from jupyter_mlsec.reports.picture import drawn, edges
from jupyter_mlsec.reports.prose import Block, Piece, Prose, code, say, strong

STATES = {
    "as shown": "✓ code shown is the code that ran",
    "edited": "✎ EDITED AFTER RUNNING",
    "unknown": "? CODE NOT COMPARED",
    "never ran": "○ NEVER RAN",
    "unrecorded": "? RAN UNRECORDED",
    "loader": "▶ switched the guard on",
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

_OPENING = say(
    "Made by jupyter-mlsec from its ledger. Do not believe this page: verify the file, offline, with ",
    code("jupyter mlsec verify FILE --trust KEYFILE"),
    ". It is tamper-evident: an edit after signing is found. It does not hold against the author of the notebook "
    "at the time of running, who holds the ledger and the key.",
)


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
    return execution.outcome + (f" ({execution.error})" if execution.error else "")


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
    if deed.outcome == "denied" or deed.decision.effect == "deny":
        start += [strong("DENIED"), f" to {_TRIED.get(operation.action, operation.action)} "]
    elif deed.outcome != "done":
        start += [f"{deed.outcome} to {_TRIED.get(operation.action, operation.action)} "]
    else:
        start += [f"{verb} "]
    start += [code(resource.name)]
    known = [resource.format or resource.kind, *_known(deed)]
    start += [f" ({'; '.join(known)}) by ", code(f"{operation.library}.{operation.function}")]
    if deed.error:
        start += [f", raised {deed.error}"]
    return say(*start)


def _known(deed: Deed) -> list[str]:
    newest = {type(fact): fact for fact in deed.facts}
    words = [word for fact in newest.values() if (word := _fact(fact))]
    if deed.operation.resource.digest:
        words.append(_short(deed.operation.resource.digest))
    return list(dict.fromkeys(words))


def _fact(fact: AnyFact) -> str:
    if isinstance(fact, Shape):
        rows = "rows not counted" if fact.rows is None else f"{fact.rows:,} rows"
        return f"{rows} x {len(fact.columns)} columns"
    if isinstance(fact, Fingerprint):
        return f"{fact.of} {fact.algorithm}:{fact.digest[:16]}" + (f", {fact.size:,} bytes" if fact.size else "")
    if isinstance(fact, SealedFor):
        return f"SEALED for {len(fact.recipients)}, {_short(fact.digest)}, {fact.size:,} bytes"
    if isinstance(fact, SchemaVerdict):
        return f"schema {fact.schema} ({fact.state}) {'holds' if fact.ok else 'DOES NOT HOLD'}"
    if isinstance(fact, ModelFacts):
        return fact.model + (f", parameters {_short(fact.parameters)}" if fact.parameters else "")
    if isinstance(fact, Repeats):
        return f"and {fact.count:,} more calls {'on the same' if fact.differing else 'like it'}"
    if isinstance(fact, Labels) and fact.labels:
        return "labelled " + ", ".join(dict.fromkeys(f"{label.column or 'all'} {label.type}" for label in fact.labels))
    return ""


def _short(digest: str) -> str:
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
                say(f"{moment(run.at)}, {_span(run.micros)}, {_ended(run)}; code ", code(_short(run.digest or "none"))),
                *_deeds(deeds, many=False),
            ),
        )
        for run, deeds in evidence.deleted
    ]
    if evidence.elsewhere:
        lead = say(strong("Outside any recorded cell"))
        blocks.append(Block(lead=lead, lines=tuple(_deeds(evidence.elsewhere, many=True))))
    return tuple(blocks)


def front(evidence: Evidence, about: About) -> tuple[Block, ...]:
    """The front page."""
    return (
        Block(title=f"Audit of {about.notebook}", lead=_OPENING, lines=tuple(_who(evidence, about))),
        Block(title="Cells", lines=tuple(_cells(evidence))),
        Block(title="Not seen", lines=tuple(_unseen(evidence))),
        Block(title="Findings", lines=tuple(_findings(evidence))),
        *_pictured(evidence),
        *_switches(evidence),
    )


def _who(evidence: Evidence, about: About) -> list[Prose]:
    opened = evidence.opened
    saved = f"saved file as of {moment(about.saved_at)}" if about.saved_at else "as handed over, not read from a file"
    lines = [
        say("notebook: ", code(about.notebook), f", {saved}"),
        say("run: ", code(evidence.run), f" ({about.run_chosen}), {evidence.entries} entries{_children(evidence)}"),
    ]
    if opened is not None:
        versions = ", ".join(f"{name} {version}" for name, version in sorted(opened.versions.items()))
        lines += [
            say("who: ", code(opened.subject.name), f" (known by: {opened.subject.evidence})"),
            say(f"began: {moment(opened.at)}", _closing(evidence)),
            say("policy: profile ", strong(opened.profile), ", digest ", code(_short(opened.policy))),
            say("environment: ", f"{opened.platform}; {versions}".strip("; ") or "not recorded"),
            say("watched: ", ", ".join(opened.watching) or "nothing"),
        ]
    outputs = "kept as they were saved" if about.redacted < 0 else f"{about.redacted} texts redacted"
    if about.redacted >= 0 and about.unsearched:
        outputs += f", {about.unsearched} that could not be searched were kept"
    return [
        *lines,
        say(f"outputs: {outputs}"),
        say("ledger: ", code(about.origin), ", checkpoint ", code(about.checkpoint)),
        say("signed by ", code(about.signer), ", key ", code(about.key)),
        say(f"exported: {moment(about.exported_at)} by {about.exporter}"),
    ]


def _children(evidence: Evidence) -> str:
    return f", some by {wording.many(evidence.children, 'child process')}" if evidence.children else ""


def _closing(evidence: Evidence) -> str:
    if evidence.closed is None:
        return "; not ended when this audit was made"
    return f"; ended {moment(evidence.closed.at)}"


def _cells(evidence: Evidence) -> list[Prose]:
    states = Counter(cell.state for cell in evidence.cells)
    lines = [say(f"{count} of {len(evidence.cells)}: ", STATES[state]) for state, count in states.items()]
    late = [f"{cell.cell.number}" for cell in evidence.cells if cell.overtaken is not None]
    if late:
        lines.append(say(f"↕ out of order: cell{'s' if len(late) > 1 else ''} ", ", ".join(late)))
    if evidence.deleted:
        lines.append(say(f"✗ ran, but not in the notebook: {len(evidence.deleted)}"))
    return lines or [say("the notebook has no code")]


def _unseen(evidence: Evidence) -> list[Prose]:
    lines = [say(phrase) for phrase in not_seen(evidence)]
    return [*lines, say("whether outputs are what the code printed: the ledger does not record outputs")]


def _findings(evidence: Evidence) -> list[Prose]:
    found = Counter((each.effect, each.level, each.rule) for deed in evidence.deeds() for each in deed.findings)
    order = sorted(found.items(), key=lambda item: (item[0][0] != "deny", item[0][1], item[0][2]))
    lines = [
        say(strong("DENIAL") if effect == "deny" else Piece(level), " ", code(rule), f" x{count}")
        for (effect, level, rule), count in order
    ]
    return lines or [say("none")]


def _pictured(evidence: Evidence) -> tuple[Block, ...]:
    lines = edges(evidence)
    blocks = [Block(title="Data and models", drawing=drawn(lines))] if lines else []
    verdicts = {
        fact.schema: fact for deed in evidence.deeds() for fact in deed.facts if isinstance(fact, SchemaVerdict)
    }
    if verdicts:
        said = tuple(say(_fact(fact)) for _, fact in sorted(verdicts.items()))
        blocks.append(Block(title="Schemas", lead=say("the last verdict of each"), lines=said))
    return tuple(blocks)


def _switches(evidence: Evidence) -> tuple[Block, ...]:
    lines = [
        *(
            say(f"{moment(each.at)}: ", strong(each.to), f" - {each.reason or 'no reason given'}")
            for each in evidence.switched
        ),
        *(
            say(f"{moment(each.at)}: allowed ", code(each.rule), f" - {each.reason or 'no reason given'}")
            for each in evidence.allowed
        ),
        *(say(f"{moment(each.at)}: {each.verb} ", code(each.subject)) for each in evidence.did),
        *(
            say(f"{moment(each.at)}: the guard failed in ", code(each.where), f": {each.error}")
            for each in evidence.troubled
        ),
    ]
    return (Block(title="Pauses, allowances and deeds", lines=tuple(lines)),) if lines else ()
