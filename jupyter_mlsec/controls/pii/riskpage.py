"""A risk as people read it: lines and bars of text in a console, a small drawing (SVG) in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import msgspec

from jupyter_mlsec.controls.pii.wording import share_words

if TYPE_CHECKING:
    from jupyter_mlsec.controls.pii.anonymity import Measure, Risk

_BINS = ("1 (unique)", "2-4", "5-9", "10-49", "50 or more")
_LEFT, _NOW, _THEN, _STEP = 96, 356, 426, 22
"""Where the drawing's columns of words end, and how far apart its rows are, in pixels."""
_WIDTH = 30
"""Characters of the longest bar of text."""


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
        f"<tr>{_cell(str(number))}{_cell(step.column)}{_cell(step.how)}{_cell(_bought(step.measure))}</tr>"
        for number, step in enumerate(risk.path, 1)
    )
    heads = "".join(_cell(word, "th") for word in ("", "make coarser", "how", "then"))
    table = f"<table><tr>{heads}</tr>{rows}</table>" if rows else ""
    return f"<div><p>{escape(head)}</p>{_drawing(risk)}{table}<p>{escape(_last(risk))}</p></div>"


def _cell(text: str, tag: str = "td") -> str:
    return f'<{tag} style="text-align: left">{escape(text)}</{tag}>'


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
    parts = [_word(_LEFT, 12, "rows alike", "end", bold=True), _word(_NOW, 12, "now", "end", bold=True)]
    if after:
        parts += [_word(_THEN, 12, "then", "end", bold=True)]
        parts += [_mark(_NOW - 44, 3, 9, 16, "0.85"), _mark(_THEN - 48, 5, 6, 16, "0.35")]
    for number, name in enumerate(_BINS):
        top = _STEP * (number + 1)
        parts.append(_word(_LEFT, top + 14, name, "end"))
        parts.append(_bar(top + 2, 9 if after else 16, risk.now.sizes[number], "0.85", "now"))
        parts.append(_word(_NOW, top + 14, _percent(risk.now.sizes[number]), "end"))
        if after:
            parts.append(_bar(top + 12, 6, after.sizes[number], "0.35", "after the steps"))
            parts.append(_word(_THEN, top + 14, _percent(after.sizes[number]), "end"))
    label = f"Rows by how many are alike: {_percent(risk.now.unique)} are unique"
    return (
        f'<svg role="img" aria-label="{escape(label)}" width="460" height="{_STEP * (len(_BINS) + 1)}" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )


def _word(x: int, y: int, text: str, anchor: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="11"{weight} fill="currentColor">{escape(text)}</text>'
    )


def _mark(x: int, y: int, height: int, width: int, opacity: str) -> str:
    """A piece of a bar beside the word that it stands for."""
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="currentColor" fill-opacity="{opacity}"/>'


def _bar(top: int, height: int, share: float, opacity: str, title: str) -> str:
    return (
        f'<rect x="104" y="{top}" width="{max(200 * share, 0.5 if share else 0):.1f}" height="{height}" '
        f'fill="currentColor" fill-opacity="{opacity}"><title>{title}</title></rect>'
    )
