"""`%mlsec pii`: what a table of yours holds, and a masked copy of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_mlsec.controls.contract import Answer, Verb
from jupyter_mlsec.controls.pii.wording import share_words
from jupyter_mlsec.protocol.errors import UsageError

USAGE = """%mlsec pii NAME [--full] [--mask] [--partial] [--json]
  NAME       a table (or a text) of this notebook
  --full     look at every row, not at a sample
  --mask     put a masked copy into NAME_masked: [EMAIL] in place of the value
  --partial  with --mask: keep a hint, such as ***6789
  --json     answer with data"""
_OPTIONS = frozenset(("--full", "--mask", "--partial", "--json"))


def _run(arguments: Sequence[str], namespace: Mapping[str, Any]) -> Answer:
    names = [word for word in arguments if not word.startswith("-")]
    options = {word for word in arguments if word.startswith("-")}
    if len(names) != 1 or options - _OPTIONS:
        raise UsageError(f"Nothing was searched: say which table.\n{USAGE}")
    name = names[0]
    if name not in namespace:
        raise UsageError(f"Nothing was searched: this notebook has no {name}.\n{USAGE}")
    if isinstance(namespace[name], str):
        return _text_answer(name, namespace[name])
    return _table_answer(name, namespace, options)


def _text_answer(name: str, text: str) -> Answer:
    from jupyter_mlsec.controls.pii.text import scan_text

    spans = scan_text(text)
    counts: dict[str, int] = {}
    for span in spans:
        counts[span.type] = counts.get(span.type, 0) + 1
    said = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "nothing personal found"
    return Answer(
        text=f"{name}: {said}.", data={"name": name, "spans": [[s.start, s.end, s.type, s.score] for s in spans]}
    )


def _table_answer(name: str, namespace: Mapping[str, Any], options: set[str]) -> Answer:
    from jupyter_mlsec.controls.pii.masking import mask
    from jupyter_mlsec.controls.pii.table import scan_table

    found = scan_table(namespace[name], full="--full" in options)
    rows = [
        (column, d.type, share_words(d.share), f"{d.score:.2f}", d.source + (", certain" if d.certain else ""))
        for column, ds in found.items()
        for d in ds
    ]
    if rows:
        heads = ("column", "type", "rows", "score", "ground")
        widths = [max(len(row[i]) for row in (heads, *rows)) for i in range(5)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in (heads, *rows)
        ]
    else:
        lines = [f"{name}: nothing personal found."]
    if "--mask" in options and rows:
        target = f"{name}_masked"
        namespace[target] = mask(namespace[name], "partial" if "--partial" in options else "redact")  # type: ignore[index]  # the user's own dict
        lines.append(f"A masked copy is in {target}.")
    data = {
        "name": name,
        "columns": {
            c: [
                {
                    "type": d.type,
                    "score": d.score,
                    "count": d.count,
                    "share": d.share,
                    "certain": d.certain,
                    "source": d.source,
                }
                for d in ds
            ]
            for c, ds in found.items()
        },
    }
    return Answer(text="\n".join(lines), data=data)


VERBS = (Verb(name="pii", summary="what personal data a table holds; --mask for a masked copy", usage=USAGE, run=_run),)
