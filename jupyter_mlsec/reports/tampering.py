"""Names what was changed in an audit since it was signed: which cell, and which part. In the order of the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from jupyter_mlsec.reports.canonical import Json
from jupyter_mlsec.reports.statement import SignedCell, frame_digest, signed_cell


def differences(notebook: Mapping[str, Json], signed: Sequence[SignedCell], frame: str) -> Iterator[str]:
    """Sentences, first the first place in the file that differs. Nothing when every part is as signed."""
    cells = notebook.get("cells", [])
    found = [signed_cell(cell if isinstance(cell, Mapping) else {}, "cell") for cell in cells]
    if signed and not any(_same(mine, other) for mine in found for other in _alike(mine, signed)):
        yield f"The attestation belongs to another notebook: none of the {len(signed)} cells it signs is in this file."
        return
    yield from _cells(found, signed)
    if frame_digest(notebook) != frame:
        yield "The notebook's own metadata or format was changed after signing."


def _alike(cell: SignedCell, signed: Sequence[SignedCell]) -> Iterator[SignedCell]:
    return (other for other in signed if other.id == cell.id)


def _same(cell: SignedCell, other: SignedCell) -> bool:
    return (cell.type, cell.source, cell.outputs, cell.rest) == (other.type, other.source, other.outputs, other.rest)


def _cells(found: Sequence[SignedCell], signed: Sequence[SignedCell]) -> Iterator[str]:
    names = _names(signed)
    place_of = {cell.id: place for place, cell in enumerate(signed)}
    here: dict[str, int] = {}
    for place, cell in enumerate(found):
        if cell.id not in place_of or cell.id in here:
            after = (
                f"after {names[place_of[found[place - 1].id]]}"
                if place and found[place - 1].id in place_of
                else "at the top"
            )
            yield f"A {cell.type or 'cell'} cell was inserted {after} after signing (place {place + 1} in the file)."
        else:
            here[cell.id] = place
            yield from _parts(cell, signed[place_of[cell.id]], names[place_of[cell.id]])
    for place, cell in enumerate(signed):
        if cell.id not in here:
            yield f"{_first(names[place])} was removed after signing."
    kept = [cell.id for cell in signed if cell.id in here]
    moved = [name for name, other in zip(kept, sorted(kept, key=here.__getitem__), strict=True) if name != other]
    if moved:
        yield f"Cells were moved after signing: {names[place_of[moved[0]]]} is not where it was."


def _parts(cell: SignedCell, other: SignedCell, name: str) -> Iterator[str]:
    what = "The text of" if other.role != "cell" or other.type != "code" else "The source of"
    if cell.source != other.source:
        yield f"{what} {name} was changed after signing."
    if cell.outputs != other.outputs:
        yield f"The outputs of {name} were changed after signing."
    if cell.type != other.type:
        yield f"{_first(name)} was made a {cell.type or 'nameless'} cell after signing."
    elif cell.rest != other.rest:
        rest = "metadata or execution count" if cell.type == "code" else "metadata or attachments"
        yield f"The {rest} of {name} was changed after signing."


def _names(signed: Sequence[SignedCell]) -> list[str]:
    """What to call each signed cell, code cells by the numbers the audit gives them."""
    names: list[str] = []
    code = 0
    for place, cell in enumerate(signed, 1):
        if cell.role == "front":
            names.append("the front page")
        elif cell.role == "evidence":
            last = not any(later.role == "cell" and later.type == "code" for later in signed[place:])
            names.append("the list of what is not in the notebook" if last else f"the evidence of cell {code + 1}")
        elif cell.type == "code":
            code += 1
            names.append(f"cell {code}")
        else:
            names.append(f"the {cell.type} cell at place {place}")
    return names


def _first(name: str) -> str:
    return name[:1].upper() + name[1:]
