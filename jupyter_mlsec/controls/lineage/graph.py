"""The cells a value was made by as a picture: which used what of which. As text, and as SVG for a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import msgspec

from jupyter_mlsec.controls.lineage.history import History, node_of

_ROW, _LEFT, _WIDE = 34, 150, 520
_LONGEST = 60


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One execution in the picture."""

    execution: int
    text: str
    """The first line of its source."""
    uses: tuple[int, ...] = ()
    """Executions in the picture whose effects it used."""
    resources: tuple[str, ...] = ()
    written: tuple[str, ...] = ()


def steps_of(history: History, numbers: Sequence[int]) -> list[Step]:
    """The picture's steps, in order of execution."""
    inside = set(numbers)
    return [
        Step(
            execution=node.cell.execution,
            text=_first_line(node.source),
            uses=tuple(
                history.nodes[each].cell.execution for each in sorted(inside.intersection(map(node_of, node.uses)))
            ),
            resources=tuple(node.resources),
            written=tuple(node.written),
        )
        for node in (history.nodes[number] for number in numbers)
    ]


def as_text(steps: Sequence[Step]) -> str:
    """A line for each step, with the steps it used before it."""
    lines = []
    for step in steps:
        used = ", ".join(f"In[{each}]" for each in step.uses)
        names = [f"reads {name}" for name in step.resources] + [f"writes {name}" for name in step.written]
        tail = f"   ({', '.join(names)})" if names else ""
        lines.append(f"{used + ' -> ' if used else ''}In[{step.execution}]  {step.text}{tail}")
    return "\n".join(lines)


def as_svg(steps: Sequence[Step], label: str) -> str:
    """The steps below each other, an arc from each to those that used it. No script, no address, no style sheet."""
    height = _ROW * len(steps) + 10
    at = {step.execution: 5 + _ROW * row + _ROW // 2 for row, step in enumerate(steps)}
    arcs = [
        f'<path d="M {_LEFT} {at[one]} C {_LEFT - reach} {at[one]}, {_LEFT - reach} {at[step.execution]}, '
        f'{_LEFT - 6} {at[step.execution]}" fill="none" stroke="currentColor" marker-end="url(#mlsec-used)"/>'
        for step in steps
        for one in step.uses
        for reach in (min(_LEFT - 10, 24 + (at[step.execution] - at[one]) // 3),)
    ]
    boxes = [
        f'<rect x="{_LEFT}" y="{at[step.execution] - 13}" width="{_WIDE}" height="26" rx="4" fill="none" '
        f'stroke="currentColor"/><text x="{_LEFT + 8}" y="{at[step.execution] + 4}" fill="currentColor" '
        f'font-family="monospace" font-size="12">In[{step.execution}]  {escape(_told(step))}</text>'
        for step in steps
    ]
    head = (
        '<defs><marker id="mlsec-used" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M 0 0 L 8 4 L 0 8 z" fill="currentColor"/></marker></defs>'
    )
    size = f'width="{_LEFT + _WIDE + 10}" height="{height}"'
    return f'<svg role="img" aria-label="{escape(label)}" {size}>{head}{"".join(arcs)}{"".join(boxes)}</svg>'


def _told(step: Step) -> str:
    names = [*(f"<- {name}" for name in step.resources), *(f"-> {name}" for name in step.written)]
    return _cut(" ".join([step.text, *names]))


def _first_line(source: str) -> str:
    lines = [line.strip() for line in source.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return _cut(lines[0] if lines else "") + (" ..." if len(lines) > 1 else "")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
