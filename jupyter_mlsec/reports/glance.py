"""A run at a glance, for front ends without the panel: the same sections, as text and as HTML that needs nothing."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

import msgspec

from jupyter_mlsec.protocol.entries import Amended, AnyEntry, Recorded
from jupyter_mlsec.protocol.facts import AnyFact, CellFacts, Labels, ModelFacts, SchemaVerdict, SealedFor, Shape
from jupyter_mlsec.protocol.records import Finding, Operation
from jupyter_mlsec.reports.picture import Edge, drawn, svg

MOST = 50
"""Rows of one section; the rest is counted. The ledger has them all."""

_TAKES = ("read", "connect", "predict", "transform")
_STYLE = (
    "border-collapse:collapse;margin:4px 0 12px;text-align:left;vertical-align:top",
    "padding:2px 12px 2px 0;text-align:left;vertical-align:top;border-bottom:1px solid",
)


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One table of the page: its title, the names of its columns and its rows, the newest first."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Glance(msgspec.Struct, frozen=True, kw_only=True):
    """All sections, and which cell read and wrote what."""

    sections: tuple[Section, ...]
    lineage: tuple[Edge, ...]


class _Told(msgspec.Struct):
    """One operation with all that was learned about it."""

    operation: Operation
    outcome: str
    findings: list[Finding]
    facts: dict[type, AnyFact]


def glance(entries: Iterable[AnyEntry]) -> Glance:
    """What one run did, from its entries in order."""
    told: dict[str, _Told] = {}
    for entry in entries:
        if isinstance(entry, Recorded):
            facts = {type(fact): fact for fact in entry.facts}
            findings = list(entry.decision.findings)
            told[entry.operation.id] = _Told(entry.operation, entry.outcome, findings, facts)
        elif isinstance(entry, Amended) and entry.amends in told:
            told[entry.amends].findings.extend(entry.findings)
            told[entry.amends].facts.update((type(fact), fact) for fact in entry.facts)
    newest = list(reversed(told.values()))
    return Glance(
        sections=(_findings(newest), _data(newest), _artifacts(newest), _models(newest)),
        lineage=_lineage(list(told.values())),
    )


def as_text(found: Glance) -> str:
    """For a console: a block of lines for each section that has something to say."""
    blocks = []
    for section in found.sections:
        lines = ["  " + "  ".join(part for part in row if part) for row in section.rows[:MOST]]
        more = len(section.rows) - MOST
        blocks.append("\n".join([f"{section.title} ({len(section.rows)})", *lines, *_more(more)]))
    if found.lineage:
        blocks.append("Lineage\n" + drawn(found.lineage[-MOST:]))
    return "\n\n".join(blocks)


def as_html(found: Glance, title: str) -> str:
    """For any front end that shows HTML: no script, no address, colours of the page it stands in."""
    body = [f"<p><strong>{html.escape(title)}</strong></p>"]
    for section in found.sections:
        is_open = " open" if section.rows and section.title == "Findings" else ""
        summary = f"<summary>{section.title} ({len(section.rows)})</summary>"
        body.append(f"<details{is_open}>{summary}{_table(section)}</details>")
    if found.lineage:
        body.append(f"<details><summary>Lineage</summary>{_picture(found)}</details>")
    return f"<div>{''.join(body)}</div>"


_INKED = {
    "<svg ": '<svg style="max-width:100%;max-height:60vh" ',
    "<rect ": '<rect fill="none" stroke="currentColor" ',
    "<text ": '<text fill="currentColor" text-anchor="middle" font-size="12" ',
    'class="edge"': 'fill="none" stroke="currentColor"',
    'class="after"': 'fill="none" stroke="currentColor" stroke-dasharray="4 3"',
    '<path d="M0 0': '<path fill="currentColor" d="M0 0',
}
"""How the picture's shapes are drawn where the audit's style sheet is not."""


def _picture(found: Glance) -> str:
    """The picture of the lineage in the colour of the page. Names in it are escaped: no `<` of theirs is replaced."""
    picture = svg(found.lineage[-MOST:])
    for shape, inked in _INKED.items():
        picture = picture.replace(shape, inked)
    return picture


def _table(section: Section) -> str:
    whole, cell = _STYLE
    head = "".join(f'<th scope="col" style="{cell}">{html.escape(name)}</th>' for name in section.columns)
    rows = "".join(
        f"<tr>{''.join(f'<td style={chr(34)}{cell}{chr(34)}>{html.escape(part)}</td>' for part in row)}</tr>"
        for row in section.rows[:MOST]
    )
    more = "".join(f"<p>{line}</p>" for line in _more(len(section.rows) - MOST))
    return f'<table style="{whole}"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{more}'


def _more(count: int) -> tuple[str, ...]:
    return (f"  and {count} more: %mlsec ledger show",) if count > 0 else ()


def _place(operation: Operation) -> str:
    return f"In[{operation.cell.execution}]" if operation.cell.execution else ""


def _findings(newest: Sequence[_Told]) -> Section:
    rows = {
        (one.operation.resource.name, finding.rule, finding.message): (
            _place(one.operation),
            "denied" if finding.effect == "deny" and one.outcome == "denied" else finding.level,
            finding.message,
            finding.rule,
        )
        for one in reversed(newest)
        for finding in one.findings
        if finding.level != "note"
    }
    return Section(title="Findings", columns=("Cell", "Level", "What", "Rule"), rows=tuple(reversed(rows.values())))


def _data(newest: Sequence[_Told]) -> Section:
    rows: dict[str, tuple[str, ...]] = {}
    for one in newest:
        if one.operation.action in ("read", "write", "connect"):
            name = one.operation.resource.name
            rows.setdefault(name, (_place(one.operation), name, _size(one), _labels(one), _schema(one)))
    return Section(title="Data", columns=("Cell", "Name", "Size", "Holds", "Schema"), rows=tuple(rows.values()))


def _artifacts(newest: Sequence[_Told]) -> Section:
    rows: dict[str, tuple[str, ...]] = {}
    for one in newest:
        if one.operation.action == "write":
            sealed = one.facts.get(SealedFor)
            state = "sealed" if isinstance(sealed, SealedFor) else "plain"
            recipients = ", ".join(sealed.recipients) if isinstance(sealed, SealedFor) else ""
            name, state = one.operation.resource.name, state if one.outcome == "done" else one.outcome
            rows.setdefault(name, (_place(one.operation), name, state, recipients, _labels(one)))
    return Section(title="Artifacts", columns=("Cell", "Name", "State", "For", "Holds"), rows=tuple(rows.values()))


def _models(newest: Sequence[_Told]) -> Section:
    rows = []
    for one in newest:
        facts = one.facts.get(ModelFacts)
        if isinstance(facts, ModelFacts):
            size = "" if facts.rows is None else f"{facts.rows:,} x {facts.features or '?'}"
            rows.append((_place(one.operation), facts.model, one.operation.action, size, _schema(one)))
    return Section(title="Models", columns=("Cell", "Model", "Call", "Rows", "Inputs"), rows=tuple(rows))


def _size(one: _Told) -> str:
    shape = one.facts.get(Shape)
    if not isinstance(shape, Shape):
        return ""
    rows = "? rows" if shape.rows is None else f"{shape.rows:,} rows"
    return f"{rows} x {len(shape.columns)}"


def _labels(one: _Told) -> str:
    labels = one.facts.get(Labels)
    found = labels.labels if isinstance(labels, Labels) else ()
    return ", ".join(f"{label.column} {label.type}".strip() for label in found)


def _schema(one: _Told) -> str:
    verdict = one.facts.get(SchemaVerdict)
    if not isinstance(verdict, SchemaVerdict):
        return ""
    return f"{verdict.state}, holds" if verdict.ok else f"{verdict.state}, {len(verdict.failures)} failed"


def _lineage(told: Sequence[_Told]) -> tuple[Edge, ...]:
    """A line for each cell that touched something, in the order they ran."""
    cells: dict[int, list[_Told]] = {}
    for one in told:
        cells.setdefault(one.operation.cell.execution, []).append(one)
    lines = []
    for execution, done in sorted(cells.items()):
        well = [one for one in done if one.outcome == "done"]
        reads = dict.fromkeys(one.operation.resource.name for one in well if one.operation.action in _TAKES)
        writes = dict.fromkeys(one.operation.resource.name for one in well if one.operation.action in ("write", "fit"))
        facts = next((fact for one in done if isinstance(fact := one.facts.get(CellFacts), CellFacts)), CellFacts())
        if reads or writes:
            after = tuple(f"In[{count}]" for count in facts.uses if count in cells)
            lines.append(Edge(cell=f"In[{execution}]", reads=tuple(reads), writes=tuple(writes), after=after))
    return tuple(lines)
