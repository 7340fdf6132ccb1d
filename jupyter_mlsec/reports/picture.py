"""The lineage of a run as a picture: which cell read and wrote what. As text for the notebook, as SVG for HTML."""

from __future__ import annotations

import html

import msgspec

from jupyter_mlsec.reports.evidence import Evidence


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """One cell and what flowed through it: names read, names written or fitted. `cell` is how the audit names it."""

    cell: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    after: tuple[str, ...] = ()
    """Cells whose effects it used, as the lineage control saw them."""


_TAKES = ("read", "connect", "predict", "transform")


def edges(evidence: Evidence) -> tuple[Edge, ...]:
    """The cells that touched a resource, in the order of the notebook, then those that are gone from it."""
    names = {run.count: f"cell {cell.cell.number}" for cell in evidence.cells for run in cell.runs}
    names |= {run.count: f"[{run.count}]" for run, _ in evidence.deleted}
    homes = [(f"cell {cell.cell.number}", cell.runs, cell.deeds) for cell in evidence.cells]
    homes += [(f"[{run.count}]", (run,), deeds) for run, deeds in evidence.deleted]
    found = []
    for name, runs, deeds in homes:
        done = [deed.operation for deed in deeds if deed.outcome == "done"]
        reads = dict.fromkeys(each.resource.name for each in done if each.action in _TAKES)
        writes = dict.fromkeys(each.resource.name for each in done if each.action in ("write", "fit"))
        uses = [count for run in runs for count in (run.facts.uses if run.facts else ())]
        after = dict.fromkeys(names[count] for count in uses if names.get(count, name) != name)
        if reads or writes:
            found.append(Edge(cell=name, reads=tuple(reads), writes=tuple(writes), after=tuple(after)))
    return tuple(found)


def drawn(lines: tuple[Edge, ...]) -> str:
    """Edges as aligned lines of text: `patients.csv -> cell 2 -> out.parquet   (uses cell 1)`."""
    left = max((len(", ".join(edge.reads)) for edge in lines), default=0)
    middle = max((len(edge.cell) for edge in lines), default=0)
    rows = []
    for edge in lines:
        reads = ", ".join(edge.reads).rjust(left) + (" -> " if edge.reads else "    ")
        writes = (" -> " + ", ".join(edge.writes)) if edge.writes else ""
        after = f"   (uses {', '.join(edge.after)})" if edge.after else ""
        rows.append(" ".join((reads + f"[{edge.cell}]".ljust(middle + 2) + writes + after).splitlines()).rstrip())
    return "\n".join(rows)


def svg(lines: tuple[Edge, ...]) -> str:
    """Edges as a small SVG: what was read on the left, cells in the middle, what was written on the right."""
    reads = list(dict.fromkeys(name for edge in lines for name in edge.reads))
    writes = list(dict.fromkeys(name for edge in lines for name in edge.writes))
    rows = max(len(reads), len(lines), len(writes))
    height = rows * 34 + 12
    columns = ((10, 240, reads), (330, 100, [edge.cell for edge in lines]), (510, 240, writes))
    middle = {
        (x, name): 6 + height / 2 - len(names) * 17 + place * 34 + 13
        for x, _, names in columns
        for place, name in enumerate(names)
    }
    shapes = [_box(x, middle[(x, name)], width, name, round_=x == 330) for x, width, names in columns for name in names]
    for edge in lines:
        y = middle[(330, edge.cell)]
        shapes += [_line(250, middle[(10, name)], 330, y) for name in edge.reads]
        shapes += [_line(430, y, 510, middle[(510, name)]) for name in edge.writes]
        shapes += [_used(middle[(330, name)], y) for name in edge.after if (330, name) in middle]
    head = (
        f'<svg class="lineage" role="img" aria-label="What each cell read and wrote" viewBox="0 0 760 {height + 12}" '
        'xmlns="http://www.w3.org/2000/svg"><defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>'
    )
    return head + "".join(shapes) + "</svg>"


def _box(x: int, y: float, width: int, name: str, *, round_: bool) -> str:
    most = width // 8
    shown = name if len(name) <= most else "…" + name[1 - most :]
    return (
        f'<g><title>{html.escape(name)}</title><rect x="{x}" y="{y - 13:g}" width="{width}" height="26" '
        f'rx="{13 if round_ else 2}"/><text x="{x + width / 2:g}" y="{y + 4:g}">{html.escape(shown)}</text></g>'
    )


def _line(x1: int, y1: float, x2: int, y2: float) -> str:
    bend = (x1 + x2) / 2
    return (
        f'<path class="edge" d="M{x1} {y1:g}C{bend:g} {y1:g} {bend:g} {y2:g} {x2 - 2} {y2:g}" marker-end="url(#tip)"/>'
    )


def _used(y1: float, y2: float) -> str:
    """A dashed arc on the right of the cells: the lower one used what the upper one made."""
    return f'<path class="after" d="M431 {y1:g}C466 {y1:g} 466 {y2:g} 433 {y2:g}" marker-end="url(#tip)"/>'
