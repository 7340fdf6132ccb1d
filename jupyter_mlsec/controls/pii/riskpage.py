"""A risk as people read it: lines and bars of text in a console, a small drawing (SVG) in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import msgspec

from jupyter_mlsec.controls.pii.wording import share_words

if TYPE_CHECKING:
    from jupyter_mlsec.controls.pii.anonymity import Measure, Risk

_BINS = ("1 (unique)", "2-4", "5-9", "10-49", "50 or more")
_WIDTH = 30
"""Characters of the longest bar."""


def text_of(risk: Risk) -> str:
    """The whole finding in lines."""
    now, after = risk.now, risk.path[-1].measure if risk.path else None
    lines = [
        f"{risk.rows:,} rows by {', '.join(risk.quasi)}: {_percent(now.unique)} are unique, "
        f"k = {now.k}{_secret(risk, now)}.",
        "",
        "rows that are alike   share of all rows" + ("" if after is None else "   (after the steps below)"),
    ]
    for number, name in enumerate(_BINS):
        bar = "#" * round(_WIDTH * now.sizes[number])
        later = "" if after is None else f"   ({_percent(after.sizes[number])})"
        lines.append(f"{name:>17}   {bar:<{_WIDTH}} {_percent(now.sizes[number])}{later}")
    lines += ["", "Alone, making coarser"]
    lines += [f"  {step.column:<16} ({step.how}): {_bought(step.measure)}" for step in risk.alone]
    if risk.path:
        lines += ["One after the other, what buys most first"]
        lines += [
            f"  {number}. {step.column:<13} ({step.how}): {_bought(step.measure)}"
            for number, step in enumerate(risk.path, 1)
        ]
    lines.append(_last(risk))
    return "\n".join(lines)


def html_of(risk: Risk, name: str = "") -> str:
    """The same with a drawing; names of columns are escaped."""
    head = (f"{name}: " if name else "") + text_of(risk).splitlines()[0]
    rows = "".join(
        f"<tr><td>{number}</td><td>{escape(step.column)}</td><td>{escape(step.how)}</td><td>{escape(_bought(step.measure))}</td></tr>"
        for number, step in enumerate(risk.path, 1)
    )
    table = f"<table><tr><th></th><th>make coarser</th><th>how</th><th>then</th></tr>{rows}</table>" if rows else ""
    return f"<div><p>{escape(head)}</p>{_drawing(risk)}{table}<p>{escape(_last(risk))}</p></div>"


def data_of(risk: Risk) -> dict[str, Any]:
    """The same as builtins."""
    made: dict[str, Any] = msgspec.to_builtins(risk)
    return made


def _percent(share: float) -> str:
    return share_words(share) if share else "0 %"


def _bought(measure: Measure) -> str:
    return f"{_percent(measure.unique)} unique, {_percent(measure.exposed)} in groups below 5, k = {measure.k}"


def _secret(risk: Risk, measure: Measure) -> str:
    return "" if risk.sensitive is None else f", l = {measure.l} for {risk.sensitive}"


def _last(risk: Risk) -> str:
    end = risk.path[-1].measure if risk.path else risk.now
    if end.k >= 5:
        return f"{'Then every' if risk.path else 'Every'} row is like {end.k - 1} others at least."
    return f"Then drop the {_percent(end.exposed)} of rows left in groups below 5, or leave a column out."


def _drawing(risk: Risk) -> str:
    """Bars of now, and of after the steps, per size of group: told by place and words, not by colour alone."""
    after = risk.path[-1].measure if risk.path else None
    parts = []
    for number, name in enumerate(_BINS):
        top = 22 * number
        parts.append(f'<text x="96" y="{top + 14}" text-anchor="end" font-size="11" fill="currentColor">{name}</text>')
        parts.append(_bar(top + 2, 9 if after else 16, risk.now.sizes[number], "0.85", "now"))
        if after:
            parts.append(_bar(top + 12, 6, after.sizes[number], "0.35", "after the steps"))
        share = _percent(risk.now.sizes[number]) + (f" -> {_percent(after.sizes[number])}" if after else "")
        parts.append(f'<text x="310" y="{top + 14}" font-size="11" fill="currentColor">{escape(share)}</text>')
    label = f"Rows by how many are alike: {_percent(risk.now.unique)} are unique"
    return (
        f'<svg role="img" aria-label="{escape(label)}" width="420" height="{22 * len(_BINS)}" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )


def _bar(top: int, height: int, share: float, opacity: str, title: str) -> str:
    return (
        f'<rect x="104" y="{top}" width="{max(200 * share, 0.5 if share else 0):.1f}" height="{height}" '
        f'fill="currentColor" fill-opacity="{opacity}"><title>{title}</title></rect>'
    )
