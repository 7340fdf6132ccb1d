"""What `%mlsec pii` answers: findings with masked examples, masked copies, and how easily rows are told apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jupyter_mlsec.controls.contract import Answer
from jupyter_mlsec.controls.pii.detection import Detection
from jupyter_mlsec.controls.pii.known import FILE, Entry, Known
from jupyter_mlsec.controls.pii.wording import counts_words, share_words

Put = Callable[[str, Any], None]
"""Binds a name in the user's namespace."""


def of_text(name: str, text: str) -> Answer:
    """The personal data in a text, by type."""
    from jupyter_mlsec.controls.pii.text import scan_text

    spans = scan_text(text)
    counts: dict[str, int] = {}
    for span in spans:
        counts[span.type] = counts.get(span.type, 0) + 1
    said = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "nothing personal found"
    return Answer(
        text=f"{name}: {said}.", data={"name": name, "spans": [[s.start, s.end, s.type, s.score] for s in spans]}
    )


def of_table(name: str, table: Any, *, full: bool) -> Answer:
    """The personal data in a table, by column; with `full` every row is read and masked examples are shown."""
    from jupyter_mlsec.controls.pii.table import scan_table

    found = scan_table(table, full=full)
    shown: Mapping[tuple[str, str], list[str]] = {}
    if full and found:
        from jupyter_mlsec.controls.pii.examples import examples_of

        shown = examples_of(table, found)
    text = "\n".join(lines_of(found, shown)) if found else f"{name}: nothing personal found."
    return Answer(text=text, data={"name": name, "columns": data_of(found, shown)})


def lines_of(
    found: Mapping[str, Sequence[Detection]], shown: Mapping[tuple[str, str], Sequence[str]] | None = None
) -> list[str]:
    """One line per column and type: share, score, on what ground, and masked examples where there are any."""
    heads: tuple[str, ...] = ("column", "type", "rows", "score", "ground")
    rows: list[tuple[str, ...]] = [
        (column, d.type, share_words(d.share), f"{d.score:.2f}", d.source + (", certain" if d.certain else ""))
        for column, ds in found.items()
        for d in ds
    ]
    if shown:
        heads = (*heads, "examples, masked")
        pairs = [(column, d.type) for column, ds in found.items() for d in ds]
        rows = [(*row, ", ".join(shown.get(pair, ()))) for row, pair in zip(rows, pairs, strict=True)]
    widths = [max(len(row[i]) for row in (heads, *rows)) for i in range(len(heads))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (heads, *rows)
    ]


def data_of(
    found: Mapping[str, Sequence[Detection]], shown: Mapping[tuple[str, str], Sequence[str]] | None = None
) -> dict[str, list[dict[str, Any]]]:
    """The same as builtins."""
    return {
        column: [
            {
                "type": d.type,
                "score": d.score,
                "count": d.count,
                "share": d.share,
                "certain": d.certain,
                "source": d.source,
                **({"examples": list(shown.get((column, d.type), ()))} if shown else {}),
            }
            for d in ds
        ]
        for column, ds in found.items()
    }


def masked(name: str, table: Any, columns: Sequence[str], way: str, person: str | None, put: Put) -> Answer:
    """A masked copy in NAME_masked, and what was masked."""
    from jupyter_mlsec.controls.pii.masking import mask
    from jupyter_mlsec.controls.pii.table import scan_table

    found = scan_table(table, full=True)
    if not found and not columns and way not in ("generalise", "shift"):
        return Answer(
            text=f"{name}: nothing personal found, so nothing was masked.", data={"name": name, "columns": {}}
        )
    target = f"{name}_masked"
    put(target, mask(table, way, columns=tuple(columns) or None, person=person))
    held = {column: ds for column, ds in found.items() if not columns or column in columns}
    changed = ", ".join(columns or held) or "what tells rows apart"
    lines = [*(lines_of(held) if held else ()), f"A masked copy is in {target} ({changed}: {way})."]
    data = {"name": name, "columns": data_of(held), "masked": target, "how": way, "changed": list(columns or held)}
    return Answer(text="\n".join(lines), data=data)


def unmasked(name: str, table: Any, put: Put) -> Answer:
    """A copy with reversible names opened in NAME_unmasked."""
    from jupyter_mlsec.controls.pii.masking import unmask

    target = f"{name}_unmasked"
    put(target, unmask(table))
    return Answer(text=f"A copy with its values is in {target}.", data={"name": name, "unmasked": target})


def risk(name: str, table: Any, quasi: Sequence[str], sensitive: str | None) -> Answer:
    """How easily the rows of a table are told apart."""
    from jupyter_mlsec.controls.pii import riskpage
    from jupyter_mlsec.controls.pii.anonymity import risk as measured

    found = measured(table, tuple(quasi) or None, sensitive)
    return Answer(
        text=f"{name}: {riskpage.text_of(found)}",
        data={"name": name, **riskpage.data_of(found)},
        html=riskpage.html_of(found, name),
    )


def trusted() -> Answer:
    """The project's key for tokens is used from now on, whoever made it."""
    from jupyter_mlsec.controls.pii.tokenkey import trust_project_key

    digest = trust_project_key()
    return Answer(text=f"The project's key for tokens is trusted as it is now ({digest[:8]}).", data={"digest": digest})


def listed(known: Known, told: Mapping[tuple[str, str, str], float], reason: str) -> Answer:
    """What was told in this run is known from now on, for that reason."""
    if not told:
        return Answer(text="Nothing was found in this run, so nothing was listed.", data={"listed": 0})
    entries = [
        Entry(resource=resource, column=column, type=kind, share=round(share, 4), reason=reason)
        for (resource, column, kind), share in told.items()
    ]
    count = known.add(entries)
    return Answer(
        text=f"{len(entries)} findings are listed in .mlsec/{FILE} as known ({count} in all); they are not told again. "
        "Commit it, so that a change is read.",
        data={"listed": len(entries), "in_all": count},
    )


def approved(known: Known) -> Answer:
    """The list of known findings is followed as it is now."""
    count = known.approve()
    return Answer(text=f".mlsec/{FILE} is followed as it is now: {count} findings.", data={"in_all": count})


def of_notebook(path: str | None) -> Answer:
    """The personal data in a saved notebook, by cell and part."""
    from jupyter_mlsec.controls.pii.notebook import search_notebook

    name, found = search_notebook(path)
    lines = [f"{name}: nothing personal found."] if not found else [f"{name}:"]
    lines += [f"  cell {part.number} ({part.kind}): {counts_words(part.counts)}" for part in found]
    data = {"name": name, "parts": [{"cell": p.number, "kind": p.kind, "counts": p.counts} for p in found]}
    return Answer(text="\n".join(lines), data=data)
