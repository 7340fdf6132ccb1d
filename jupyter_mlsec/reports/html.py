"""An audit as one HTML file, and the verdict on one as one page. Self-contained; made to be printed without colour."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from importlib.util import find_spec

from jupyter_mlsec.protocol.errors import ExportError, Unverified
from jupyter_mlsec.reports import style
from jupyter_mlsec.reports.canonical import Json, joined_output, source_of
from jupyter_mlsec.reports.cleaning import cleaned
from jupyter_mlsec.reports.evidence import Evidence
from jupyter_mlsec.reports.frontpage import front
from jupyter_mlsec.reports.pages import About, cell_block, deleted_blocks
from jupyter_mlsec.reports.picture import edges, svg
from jupyter_mlsec.reports.prose import Block, as_html
from jupyter_mlsec.reports.verdict import Verification
from jupyter_mlsec.reports.verify import Unreadable, check, evidence_of, opened, own_cells

_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")


def audit_page(content: bytes) -> str:
    """The whole audit as HTML, from the bytes of an audit notebook. Raises ExportError for one that does not hold."""
    found = check(content)
    if not found.ok:
        raise ExportError(f"No HTML was made: {found.problems[0]}")
    audit = opened(content)
    evidence, about = evidence_of(audit)
    body = [_banner(found), _front(evidence, about)]
    blocks = iter(evidence.cells)
    for cell in own_cells(audit):
        if cell.get("cell_type") == "code":
            block = next(blocks)
            flagged = block.state in ("edited", "unrecorded", "unknown") or block.overtaken is not None
            flagged = flagged or any(deed.outcome == "denied" for deed in block.deeds)
            body.append(f'<section class="cell">{_evidence(cell_block(block), flagged)}{_code(cell)}</section>')
        else:
            body.append(f'<section class="text">{_text(cell)}</section>')
    gone = deleted_blocks(evidence)
    if gone:
        body.append('<section class="cell">' + "".join(_evidence(block, flagged=True) for block in gone) + "</section>")
    return _page(f"Audit of {about.notebook}", "".join(body))


def verdict_page(found: Verification, content: bytes = b"") -> str:
    """The verdict on one page. `content` is the audit's bytes, for the front page of one that holds."""
    body = [f"<h1>Verdict on {html.escape(found.file)}</h1>", _banner(found), _facts(found)]
    if found.ok:
        try:
            evidence, about = evidence_of(opened(content))
        except (Unverified, Unreadable):
            evidence = None
        if evidence is not None:
            body.append(_front(evidence, about, title="h2"))
    return _page(f"Verdict on {found.file}", "".join(body))


def _banner(found: Verification) -> str:
    sign = {0: ("✓", "HOLDS"), 3: ("?", "CONSISTENT, SIGNER NOT CONFIRMED"), 1: ("✗", "DOES NOT HOLD")}
    mark, word = sign.get(found.exit_code, ("✗", "UNREADABLE"))
    said = found.verdict.partition(": ")[2]
    more = "".join(f"<li>{html.escape(problem)}</li>" for problem in found.problems[1:])
    listed = f"<p>Also:</p><ul>{more}</ul>" if more else ""
    return (
        f'<div class="banner"><span class="sign" aria-hidden="true">{mark}</span><div><strong>{word}</strong>'
        f"<p>{html.escape(said[:1].upper() + said[1:])}</p>{listed}</div></div>"
    )


def _facts(found: Verification) -> str:
    unseen = "; ".join(found.not_seen) or "nothing that is known of"
    rows = [
        ("signer", f"{found.signer}, key {found.key}" if found.key else "not known"),
        ("signer confirmed", f"yes, by {found.confirmed}" if found.trusted else "no"),
        ("run", found.run or "not known"),
        ("not seen", unseen if found.ok else "not known: the audit was not read to its end"),
        ("not proven in any audit", "that outputs are what the code printed; what the author withheld or arranged"),
    ]
    cells = "".join(f"<tr><th scope=row>{name}</th><td>{html.escape(value)}</td></tr>" for name, value in rows)
    return f'<table class="facts">{cells}</table>'


def _front(evidence: Evidence, about: About, title: str = "h1") -> str:
    lines = edges(evidence)
    parts = []
    for block in front(evidence, about):
        tag = title if block.title.startswith("Audit of ") else "h2"
        parts.append(f"<div><{tag}>{html.escape(block.title)}</{tag}>" if block.title else "<div>")
        parts.append(f"<p>{as_html(block.lead)}</p>" if block.lead else "")
        parts.append(_table(block))
        parts.append(_list(block))
        parts.append(svg(lines) if block.drawing and len(lines) <= 40 else "")
        parts.append(f"<pre>{html.escape(block.drawing)}</pre>" if block.drawing and len(lines) > 40 else "")
        parts.append("</div>")
    return f'<section class="front">{"".join(parts)}</section>'


def _table(block: Block) -> str:
    rows = "".join(
        f"<tr><th scope=row>{html.escape(name)}</th><td>{as_html(said)}</td></tr>" for name, said in block.rows
    )
    return f'<table class="facts">{rows}</table>' if rows else ""


def _list(block: Block) -> str:
    return "<ul>" + "".join(f"<li>{as_html(line)}</li>" for line in block.lines) + "</ul>" if block.lines else ""


def _evidence(block: Block, flagged: bool) -> str:
    return f'<aside class="evidence{" flagged" if flagged else ""}"><p>{as_html(block.lead)}</p>{_list(block)}</aside>'


def _code(cell: Json) -> str:
    count = cell.get("execution_count")
    outputs = "".join(_outputs(cell.get("outputs") or ()))
    label = f"[{count}]" if isinstance(count, int) else "[ ]"
    box = f'<div class="outputs">{outputs}</div>' if outputs else ""
    return f'<div class="code"><span class="count">{label}</span><pre>{highlighted(source_of(cell))}</pre></div>{box}'


def highlighted(source: str) -> str:
    """Python source as HTML that reads in black and white: keywords bold, comments italic."""
    if find_spec("pygments") is None:
        return html.escape(source)
    from pygments.lexers import PythonLexer  # type: ignore[import-untyped]
    from pygments.token import Comment, Keyword, Operator  # type: ignore[import-untyped]

    words = PythonLexer(stripnl=False, ensurenl=False).get_tokens(source)
    marks = ((Keyword, "b"), (Operator.Word, "b"), (Comment, "i"))
    parts = []
    for kind, word in words:
        tag = next((tag for family, tag in marks if kind in family), "")
        parts.append(f"<{tag}>{html.escape(word)}</{tag}>" if tag else html.escape(word))
    return "".join(parts)


def _text(cell: Json) -> str:
    source = source_of(cell)
    if cell.get("cell_type") != "markdown" or find_spec("mistune") is None:
        return f"<pre>{html.escape(source)}</pre>"
    import mistune

    return cleaned(str(mistune.create_markdown(escape=False, plugins=["table", "strikethrough"])(source)))


def _outputs(outputs: Sequence[Json]) -> Iterator[str]:
    for output in map(joined_output, outputs):
        kind = output.get("output_type")
        if kind == "stream":
            name = " (stderr)" if output.get("name") == "stderr" else ""
            yield f'<pre class="stream" title="printed{name}">{_bare(output.get("text"))}</pre>'
        elif kind == "error":
            told = output.get("traceback") or [f"{output.get('ename', '')}: {output.get('evalue', '')}"]
            yield f'<pre class="error">{_bare(chr(10).join(map(str, told)))}</pre>'
        elif isinstance(output.get("data"), dict):
            yield _data(output["data"])


def _data(data: dict[str, Json]) -> str:
    """The richest form that is harmless."""
    for kind in _PICTURES:
        if isinstance(data.get(kind), str):
            encoded = html.escape("".join(data[kind].split()))
            return f'<img alt="output" src="data:{kind};base64,{encoded}">'
    if isinstance(data.get("text/html"), str):
        return f'<div class="rich">{cleaned(data["text/html"])}</div>'
    if "text/plain" in data:
        return f"<pre>{_bare(data['text/plain'])}</pre>"
    return f"<pre>an output of kind {html.escape(', '.join(map(str, data)))}</pre>"


def _bare(text: Json) -> str:
    """Text without a terminal's colour codes, escaped."""
    return html.escape(style.COLOURS.sub("", text if isinstance(text, str) else str(text)))


def _page(title: str, body: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{style.CSS}</style></head><body><main>{body}</main></body></html>\n"
    )
