"""Where evidence stands in an audit: a front page, a block before each code cell, and what is gone at the end."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from jupyter_mlsec.reports.canonical import Json, source_of
from jupyter_mlsec.reports.evidence import Evidence
from jupyter_mlsec.reports.frontpage import front
from jupyter_mlsec.reports.pages import About, cell_block, deleted_blocks
from jupyter_mlsec.reports.prose import markdown
from jupyter_mlsec.reports.statement import Role


def laid_out(notebook: dict[str, Json], evidence: Evidence, about: About) -> tuple[dict[str, Json], tuple[Role, ...]]:
    """The notebook with our cells among its own, and the role of each cell. The argument is left alone."""
    taken = {cell.get("id") for cell in notebook["cells"]}
    cells: list[Json] = []
    roles: list[Role] = []

    def add(name: str, role: Role, text: str) -> None:
        name = unused(name, taken)
        taken.add(name)
        cells.append({"cell_type": "markdown", "id": name, "metadata": {"mlsec": {"role": role}}, "source": text})
        roles.append(role)

    add("mlsec-front", "front", front_text(evidence, about))
    blocks = iter(block_texts(evidence))
    for place, cell in enumerate(notebook["cells"]):
        if cell.get("cell_type") == "code":
            add(f"mlsec-{place + 1}", "evidence", next(blocks))
        cells.append(cell)
        roles.append("cell")
    gone = gone_text(evidence)
    if gone:
        add("mlsec-gone", "evidence", gone)
    return {**notebook, "cells": cells}, tuple(roles)


def front_text(evidence: Evidence, about: About) -> str:
    """The front page as Markdown."""
    blocks = front(evidence, about)
    return markdown(blocks[:1], level=1) + "\n\n" + markdown(blocks[1:], level=2)


def block_texts(evidence: Evidence) -> list[str]:
    """The block of each code cell as Markdown, set off as a quotation."""
    return [_quoted(markdown((cell_block(cell),))) for cell in evidence.cells]


def gone_text(evidence: Evidence) -> str:
    """What ran but is not shown, as Markdown; empty when there is nothing."""
    return _quoted(markdown(deleted_blocks(evidence))) if deleted_blocks(evidence) else ""


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def own_texts(cells: Sequence[Json], roles: Sequence[Role]) -> list[str]:
    """The text of our own cells, in order: front page, blocks, what is gone."""
    return [source_of(cell) for cell, role in zip(cells, roles, strict=True) if role != "cell"]


def expected_texts(evidence: Evidence, about: About) -> list[str]:
    """What `own_texts` must be, made afresh from the entries."""
    gone = gone_text(evidence)
    return [front_text(evidence, about), *block_texts(evidence), *([gone] if gone else [])]


def unused(name: str, taken: Collection[str | None]) -> str:
    """The name, with as many strokes added as it takes to be new."""
    while name in taken:
        name += "-"
    return name
