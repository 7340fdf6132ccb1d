"""Makes the audit notebook: the notebook as executed, evidence before each cell, and a signed attestation inside.

The only door to nbformat. The notebook's own file is read, never changed.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from jupyter_mlsec._version import __version__
from jupyter_mlsec.ledger import merkle, note
from jupyter_mlsec.protocol.entries import AnyEntry, Opened
from jupyter_mlsec.protocol.errors import ExportError
from jupyter_mlsec.reports import canonical, dsse, earlier, statement, typed
from jupyter_mlsec.reports.canonical import Json
from jupyter_mlsec.reports.evidence import Evidence, gather
from jupyter_mlsec.reports.files import artifacts
from jupyter_mlsec.reports.layout import laid_out, unused
from jupyter_mlsec.reports.matching import code_cells
from jupyter_mlsec.reports.pages import About
from jupyter_mlsec.reports.redaction import Redact, Redactor
from jupyter_mlsec.reports.unseen import not_seen
from jupyter_mlsec.vault.signing import Signer, fingerprint

_ENTRY: msgspec.json.Decoder[AnyEntry] = msgspec.json.Decoder(AnyEntry)


class Log(earlier.Log, typed.Log, Protocol):
    """What is needed of a ledger: a `Ledger` or a read-only `Reader` will do."""

    def checkpoint(self) -> note.Checkpoint | None: ...

    def entries(self, run: str | None = None, start: int = 0) -> Iterator[tuple[int, bytes]]: ...

    def inclusion_proof(self, index: int, size: int) -> tuple[bytes, ...]: ...


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """An audit that was made: its text (an .ipynb), and what its verdict will rest on."""

    text: str
    run: str
    run_chosen: str
    cells: int
    entries: int
    not_seen: tuple[str, ...]
    key: str
    """The signing key's fingerprint."""
    checkpoint: str
    """The ledger's checkpoint it carries, a signed note."""
    path: Path | None = None


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The notebook to be audited: its nbformat 4.5 content, its project-relative name, and when it was saved."""

    notebook: dict[str, Json]
    name: str
    saved_at: int = 0


def read_notebook(path: Path, name: str | None = None) -> Source:
    """Read a notebook file of any nbformat. Raises ExportError when it is not one, or is itself an audit."""
    import nbformat

    try:
        status = path.stat()
        notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    except OSError as error:
        raise ExportError(f"{path.name} was not audited: it could not be read ({error.strerror}).") from None
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError, nbformat.ValidationError):
        raise ExportError(f"{path.name} was not audited: it is not a Jupyter notebook.") from None
    return Source(notebook=plain(notebook), name=name or path.name, saved_at=status.st_mtime_ns)


def plain(notebook: Json) -> dict[str, Json]:
    """A notebook as a plain nbformat 4.5 dict, every cell with an id. Raises ExportError for an audit."""
    made: dict[str, Json] = json.loads(json.dumps(notebook))
    if "attestation" in made.get("metadata", {}).get("mlsec", {}):
        raise ExportError("No audit was made of this notebook: it is an audit already. Export the notebook itself.")
    made["nbformat"], made["nbformat_minor"] = 4, max(5, int(made.get("nbformat_minor", 5)))
    cells = [canonical.joined_cell(cell) for cell in made.get("cells", [])]
    taken = {cell.get("id") for cell in cells}
    for number, cell in enumerate(cells, 1):
        if not cell.get("id"):
            cell["id"] = unused(f"cell-{number}", taken)
            taken.add(cell["id"])
    return {**made, "cells": cells}


def make(
    source: Source,
    log: Log,
    signer: Signer,
    *,
    run: str | None = None,
    redact: Redact | None = None,
    since: note.Checkpoint | None = None,
) -> Audit:
    """Make the audit of one run of a notebook: `run`, else the newest run of it. Raises ExportError.

    since: a checkpoint from outside, which the audit shall be shown to continue.
    """
    checkpoint = log.checkpoint()
    if checkpoint is None:
        empty = "the ledger is empty. Run it with %load_ext jupyter_mlsec."
        raise ExportError(f"No audit of {source.name} was made: {empty}")
    checkpoint = _vouched(checkpoint, signer)
    run, chosen = (run, "asked for") if run else choose_run(source, log)
    numbered = [(index, entry) for index, entry in log.entries(run) if index < checkpoint.size]
    if not numbered:
        raise ExportError(f"No audit of {source.name} was made: the ledger has no entries of run {run}.")
    cells: list[Json] = source.notebook["cells"]
    entries = tuple(_decoded(*each) for each in numbered)
    said = typed.said_in(entries, log)
    evidence = gather(run, typed.read_with(entries, said), cells)
    notebook, redacted, unsearched = _redacted(source.notebook, redact)
    about = _about(source, chosen, checkpoint, signer, (redacted, unsearched))
    shown, roles = laid_out(notebook, evidence, about)
    signed = _attested(shown, roles, evidence, about, _log(log, checkpoint, numbered, since), said, signer)
    return Audit(
        text=signed,
        run=run,
        run_chosen=chosen,
        cells=len(evidence.cells),
        entries=evidence.entries,
        not_seen=not_seen(evidence),
        key=about.key,
        checkpoint=checkpoint.note,
    )


def export(
    path: Path,
    target: Path,
    log: Log,
    signer: Signer,
    *,
    name: str | None = None,
    run: str | None = None,
    redact: Redact | None = None,
    since: note.Checkpoint | None = None,
) -> Audit:
    """Write the audit of the notebook file `path` to `target`. `name` is its project-relative name in the ledger.

    Raises ExportError; then `target` is as it was.
    """
    from jupyter_mlsec.vault.atomic import replacing

    try:
        is_itself = target.resolve() == path.resolve()
    except ValueError:  # a name that no file can have
        raise ExportError(f"No audit was made: {str(target)!r} is no file name.") from None
    if is_itself:
        raise ExportError(f"No audit was made: {target.name} is the notebook itself. Name another file with -o.")
    made = make(read_notebook(path, name), log, signer, run=run, redact=redact, since=since)
    try:
        with replacing(target) as sink:
            sink.write(made.text.encode())
    except OSError as error:
        raise ExportError(f"The audit was not written to {target}: {error.strerror}.") from None
    return msgspec.structs.replace(made, path=target)


def choose_run(source: Source, log: Log) -> tuple[str, str]:
    """The newest run of this notebook by its name, else the newest that ran code it shows. Raises ExportError."""
    opened = [
        entry
        for index, raw in log.entries()
        if b'"Opened"' in raw and isinstance(entry := _decoded(index, raw), Opened) and "/" not in entry.run
    ]
    for entry in reversed(opened):
        if entry.notebook in (source.name, Path(source.name).name):
            return entry.run, "newest of this notebook"
    shown = code_cells(source.notebook["cells"])
    for entry in reversed(opened):
        if entry.notebook is not None and Path(entry.notebook).name != Path(source.name).name:
            continue
        found = gather(entry.run, tuple(_decoded(*each) for each in log.entries(entry.run)), source.notebook["cells"])
        if any(cell.state == "as shown" for cell in found.cells if cell.cell.source.strip()):
            return entry.run, "newest that ran this code"
    what = f"none of the {len(opened)} runs in the ledger ran any of its {len(shown)} code cells"
    raise ExportError(f"No audit of {source.name} was made: {what}. Run it under the guard, or name a run with --run.")


def _about(
    source: Source, chosen: str, checkpoint: note.Checkpoint, signer: Signer, searched: tuple[int, int]
) -> About:
    """What the front page says besides the evidence. `searched`: texts redacted, and outputs that were not searched."""
    redacted, unsearched = searched
    return About(
        notebook=source.name,
        run_chosen=chosen,
        saved_at=source.saved_at,
        exported_at=time.time_ns(),
        exporter=f"jupyter-mlsec {__version__}",
        signer=signer.name,
        key=fingerprint(signer.public_key),
        checkpoint=checkpoint.short,
        origin=checkpoint.origin,
        redacted=redacted,
        unsearched=unsearched,
    )


def _vouched(checkpoint: note.Checkpoint, signer: Signer) -> note.Checkpoint:
    """The checkpoint with this signer's line on it: added when another key of ours signed it."""
    if note.signed_by(checkpoint, [signer.public_key]) is not None:
        return checkpoint
    signed = note.sign(note.parse(checkpoint.note), checkpoint.origin, signer)
    return note.parse_checkpoint(signed.render())


def _decoded(index: int, raw: bytes) -> AnyEntry:
    try:
        return _ENTRY.decode(raw)
    except msgspec.DecodeError:
        raise ExportError(f"No audit was made: entry {index} of the ledger is not readable by this version.") from None


def _redacted(notebook: dict[str, Json], redact: Redact | None) -> tuple[dict[str, Json], int, int]:
    if redact is None:
        return notebook, -1, 0
    redactor = Redactor(redact)
    cells = [
        {**cell, "outputs": redactor.outputs(cell["outputs"])} if "outputs" in cell else cell
        for cell in notebook["cells"]
    ]
    metadata = dict(notebook.get("metadata", {}))
    if "widgets" in metadata:
        metadata["widgets"] = redactor.value(metadata["widgets"])
    return {**notebook, "cells": cells, "metadata": metadata}, redactor.changed, redactor.unsearched


def _log(
    log: Log, checkpoint: note.Checkpoint, numbered: Sequence[tuple[int, bytes]], since: note.Checkpoint | None
) -> statement.Log:
    places: dict[bytes, int] = {}
    entries = []
    for index, raw in numbered:
        proof = log.inclusion_proof(index, checkpoint.size)
        if not merkle.verify_inclusion(index, checkpoint.size, merkle.leaf_hash(raw), proof, checkpoint.root):
            raise ExportError(
                f"No audit was made: the ledger does not hold at entry {index}. Run: jupyter mlsec ledger verify"
            )
        path = tuple(places.setdefault(node, len(places)) for node in proof)
        entries.append(statement.Proven(index=index, entry=raw.decode(), path=path))
    continued = tuple(
        statement.Continued(size=size, path=tuple(places.setdefault(node, len(places)) for node in proof))
        for size, proof in sorted(earlier.proofs(log, checkpoint, since).items())
    )
    nodes = tuple(node.hex() for node in places)
    return statement.Log(checkpoint=checkpoint.note, nodes=nodes, entries=tuple(entries), earlier=continued)


def _attested(
    notebook: dict[str, Json],
    roles: Sequence[statement.Role],
    evidence: Evidence,
    about: About,
    log: statement.Log,
    typed_by_users: tuple[statement.Said, ...],
    signer: Signer,
) -> str:
    """The audit's text: the laid out notebook with the signed statement about it in `metadata.mlsec`."""
    shown = _as_nbformat_writes(notebook)
    payload, signature = secrets.token_hex(16), secrets.token_hex(16)  # stand where the real ones will
    envelope = dsse.hollow(signer, payload, signature)
    shown["metadata"] = {**shown["metadata"], "mlsec": {"attestation": msgspec.to_builtins(envelope)}}
    text = canonical.written(shown)
    said = statement.Statement(
        subject=(
            statement.Subject(
                name=about.notebook,
                digest={"sha256": canonical.notebook_digest(shown)},
                annotations={"canonicalization": canonical.SCHEME, "without": "metadata.mlsec"},
            ),
            *statement.written_files(artifacts(evidence)),
        ),
        predicate=statement.Predicate(
            run=evidence.run,
            run_chosen=about.run_chosen,
            notebook=about.notebook,
            saved_at=about.saved_at,
            exported_at=about.exported_at,
            exporter=about.exporter,
            rendering=statement.RENDERING,
            signer=statement.SignerSaid(
                name=signer.name, algorithm=signer.algorithm, public_key=base64.b64encode(signer.public_key).decode()
            ),
            log=log,
            said=typed_by_users,
            cells=tuple(statement.signed_cell(cell, role) for cell, role in zip(shown["cells"], roles, strict=True)),
            frame=statement.frame_digest(shown),
            text=canonical.text_digest(text.replace(payload, "").replace(signature, "")),
            redacted=about.redacted,
            unsearched=about.unsearched,
        ),
    )
    signed = dsse.seal(statement.encoded(said), signer)
    return text.replace(payload, signed.payload).replace(signature, signed.signatures[0].sig)


def _as_nbformat_writes(notebook: dict[str, Json]) -> dict[str, Json]:
    """As nbformat puts it into a file: multi-line texts split into lines, what is not kept left out."""
    import nbformat
    from nbformat.v4.rwbase import split_lines, strip_transient

    shown: dict[str, Json] = strip_transient(split_lines(nbformat.from_dict(notebook)))
    return shown
