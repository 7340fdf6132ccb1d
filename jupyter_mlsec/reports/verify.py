"""Verifies an audit notebook with nothing but the file itself: no ledger, no network, no trust in its author's machine.

Checked in this order, each only when those before it hold: the file is an audit; the signature holds; every cell is
what was signed; the checkpoint is signed by the same key; every entry is in the log at that checkpoint and belongs to
the run; the evidence shown is what those entries say; the file's bytes are as they were written.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from jupyter_mlsec.ledger import merkle, note
from jupyter_mlsec.protocol.entries import AnyEntry, is_of
from jupyter_mlsec.protocol.errors import Unverified, UsageError
from jupyter_mlsec.reports import canonical, comparison, dsse, layout, reading, signedpage, statement, tampering, typed
from jupyter_mlsec.reports.canonical import Json
from jupyter_mlsec.reports.evidence import Evidence, gather
from jupyter_mlsec.reports.files import artifacts
from jupyter_mlsec.reports.pages import About
from jupyter_mlsec.reports.unseen import not_seen
from jupyter_mlsec.reports.verdict import Verification
from jupyter_mlsec.vault.signing import fingerprint

_ENTRY: Any = AnyEntry  # Any: a union, which the type checker takes for no type


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """An audit taken apart, its signature found to hold, its contents not yet compared."""

    text: str
    notebook: dict[str, Json]
    envelope: dsse.Envelope
    statement: statement.Statement
    public_key: bytes


class Unreadable(Exception):
    """The file is not an audit notebook at all."""


def verify(
    path: Path | str,
    *,
    trust: Path | str | None = None,
    pins: Path | None = None,
    pin: bool = False,
    against: Path | str | None = None,
) -> Verification:
    """Verify the audit in a file.

    trust: a key file (or fingerprint) the signer must have. pins: the folder with this user's pinned keys, consulted
    when `trust` is not given; pin: remember the signer's key there if all holds. against: an older audit, or any
    checkpoint of the ledger, which this one must continue. Raises UsageError for a file that is not what it should be.
    """
    from jupyter_mlsec.reports.trust import fingerprint_from, pinned
    from jupyter_mlsec.reports.trust import pin as remember

    path = Path(path)
    wanted = fingerprint_from(trust) if trust is not None else None
    try:
        content = path.read_bytes()
    except OSError as error:
        problem = f"{path.name} could not be read: {error.strerror}."
        return Verification(file=path.name, ok=False, readable=False, problems=(problem,))
    found = check(content, path.name)
    if found.page and against is not None:
        raise UsageError(f"{path.name} is a page: only an audit notebook can be compared with an older one.")
    if found.ok and against is not None:
        found = _compared(found, content, Path(against))
    if not found.ok:
        return found
    if wanted is not None:
        return msgspec.structs.replace(found, trusted=found.key == wanted, confirmed="the key you trust")
    if pins is None:
        return found
    if pin:
        remember(found.key, found.signer, pins)
    return msgspec.structs.replace(found, trusted=found.key in pinned(pins), confirmed="a key you pinned")


def _compared(found: Verification, content: bytes, older: Path) -> Verification:
    """The verdict with what the comparison adds to it."""
    try:
        other = older.read_bytes()
    except OSError as error:
        raise UsageError(f"{older} could not be read: {error.strerror}.") from None
    audit = opened(content)
    newer = _of_audit(found, audit)
    try:
        carried = _carried(other, older.name, audit.public_key)
        problem = comparison.contradiction(newer, carried)
    except Unreadable as error:
        raise UsageError(f"{older} is no audit and no checkpoint to compare with: {error}") from None
    except Unverified as error:
        problem = f"{older.name}, to be compared with, does not hold itself: {error}"
    if problem:
        return msgspec.structs.replace(found, ok=False, problems=(problem,))
    return msgspec.structs.replace(found, continues=comparison.agreement(newer, carried))


def _of_audit(found: Verification, audit: Opened) -> comparison.Carried:
    checkpoint, log = note.parse_checkpoint(found.checkpoint), audit.statement.predicate.log
    return comparison.Carried(file=found.file, key=found.key, checkpoint=checkpoint, log=log)


def _carried(content: bytes, name: str, public_key: bytes) -> comparison.Carried:
    """What an audit carries of its ledger, or a checkpoint that stands alone and was signed by this key."""
    if content.lstrip()[:1] == b"{":
        found = check(content, name)
        if not found.ok:
            raise Unverified(found.problems[0]) if found.readable else Unreadable(found.problems[0])
        return _of_audit(found, opened(content))
    try:
        checkpoint = note.parse_checkpoint(content)
    except Unverified as error:
        raise Unreadable(str(error)) from None
    if note.signed_by(checkpoint, [public_key]) is None:
        raise Unverified("it is a checkpoint that the audit's key did not sign.")
    return comparison.Carried(file=name, key=fingerprint(public_key), checkpoint=checkpoint)


def check(content: bytes, name: str = "the audit") -> Verification:
    """Verify the bytes of an audit, or of an audit's page. Trusts no key: `trusted` is False."""
    if signedpage.is_page(content):
        return _check_page(content, name)
    try:
        audit = opened(content)
    except Unreadable as error:
        return Verification(file=name, ok=False, readable=False, problems=(str(error),))
    except Unverified as error:
        return Verification(file=name, ok=False, problems=(str(error),))
    said = audit.statement.predicate
    base = Verification(
        file=name,
        ok=False,
        key=fingerprint(audit.public_key),
        signer=said.signer.name,
        notebook=said.notebook,
        run=said.run,
        entries=len(said.log.entries),
    )
    try:
        problems = tuple(_changed(audit))
    except RecursionError:
        problems = ("The notebook is nested deeper than any we write: it was edited after signing.",)
    if problems:
        return msgspec.structs.replace(base, problems=problems)
    try:
        checkpoint = _checkpoint(said, audit.public_key)
        evidence = _evidence(audit, checkpoint)
    except Unverified as error:
        return msgspec.structs.replace(base, problems=(str(error),))
    problems = (*_misquoted(audit, evidence, checkpoint), *_rewritten(audit))
    return msgspec.structs.replace(
        base,
        ok=not problems,
        problems=problems,
        not_seen=(*not_seen(evidence), *_unrendered(said)),
        cells=len(evidence.cells),
        policy=evidence.opened.policy.removeprefix("sha256:") if evidence.opened else "",
        profile=evidence.opened.profile if evidence.opened else "",
        checkpoint=checkpoint.note,
    )


def _check_page(content: bytes, name: str) -> Verification:
    """A page is its signer's word; whether the evidence holds is for the audit to show."""
    try:
        page = signedpage.opened(content)
    except Unverified as error:
        return Verification(file=name, ok=False, problems=(str(error),))
    said = page.said
    return Verification(
        file=name,
        ok=True,
        key=page.key,
        signer=said.signer.name,
        notebook=said.notebook,
        run=said.run,
        page=f"the page of the audit of {said.notebook} (run {said.run})",
    )


def opened(content: bytes) -> Opened:
    """Take an audit apart and check its signature. Raises Unreadable for no audit, Unverified for a broken one."""
    try:
        text = content.decode("utf-8")
        notebook = reading.parsed(text)
    except reading.NamedTwice:
        raise Unverified("The file names the same key of an object twice: it was edited after signing.") from None
    except (ValueError, RecursionError):
        raise Unreadable("The file is not JSON, so it is no notebook, or it was damaged.") from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise Unreadable("The file is not a Jupyter notebook.")
    metadata = notebook.get("metadata")
    ours = metadata.get("mlsec") if isinstance(metadata, dict) else None
    if not isinstance(ours, dict) or "attestation" not in ours:
        raise Unreadable("The notebook carries no attestation: it is not an audit notebook.")
    if set(ours) != {"attestation"}:
        raise Unverified("Something was added beside the attestation, where nothing is signed.")
    try:
        envelope = msgspec.convert(ours["attestation"], dsse.Envelope)
        said = reading.typed(dsse.payload_of(envelope), statement.Statement)
    except (msgspec.ValidationError, ValueError, RecursionError):
        raise Unverified("The attestation is not in the form we write: it was damaged or edited.") from None
    key = dsse.unbase64(said.predicate.signer.public_key, "The signer's key in the attestation")
    dsse.check(envelope, key)
    if said.type != statement.STATEMENT_TYPE or said.predicate_type != statement.PREDICATE_TYPE:
        raise Unverified("The attestation states something else than an audit.")
    return Opened(text=text, notebook=notebook, envelope=envelope, statement=said, public_key=key)


def _changed(audit: Opened) -> Iterator[str]:
    """What of the notebook is not what was signed. Cells are looked at one by one only when something is wrong."""
    said = audit.statement
    signed = [(cell.id, cell.type) for cell in said.predicate.cells]
    found = [(cell.get("id"), cell.get("cell_type")) if isinstance(cell, dict) else None for cell in _cells(audit)]
    digest = canonical.notebook_digest(audit.notebook)
    if said.subject and said.subject[0].digest.get("sha256") == digest and found == signed:
        return
    named = tuple(tampering.differences(audit.notebook, said.predicate.cells, said.predicate.frame))
    yield from named or ("The notebook is not the one that was signed.",)


def _cells(audit: Opened) -> list[Json]:
    cells: list[Json] = audit.notebook["cells"]
    return cells


def _checkpoint(said: statement.Predicate, key: bytes) -> note.Checkpoint:
    checkpoint = note.parse_checkpoint(said.log.checkpoint)
    if note.signed_by(checkpoint, [key]) is None:
        raise Unverified("The ledger's checkpoint is not signed by the key that signed the audit.")
    return checkpoint


def _entries(said: statement.Predicate, checkpoint: note.Checkpoint) -> tuple[AnyEntry, ...]:
    """The run's entries, each shown to be in the log. Raises Unverified naming the first that is not."""
    try:
        nodes = [bytes.fromhex(node) for node in said.log.nodes]
    except ValueError:
        raise Unverified("The audit's proofs hold something that is no hash.") from None
    entries: list[AnyEntry] = []
    before = -1
    for proven in said.log.entries:
        raw = proven.entry.encode("utf-8", "surrogatepass")
        if proven.index <= before:
            raise Unverified(f"Entry {proven.index} of the ledger stands twice or out of order in the audit.")
        before = proven.index
        if any(not 0 <= place < len(nodes) for place in proven.path):
            raise Unverified(f"The proof of entry {proven.index} points nowhere.")
        proof = [nodes[place] for place in proven.path]
        if not merkle.verify_inclusion(proven.index, checkpoint.size, merkle.leaf_hash(raw), proof, checkpoint.root):
            raise Unverified(
                f"Entry {proven.index} is not in the ledger at this checkpoint: it was edited, or the checkpoint was."
            )
        try:
            entry = reading.typed(raw, _ENTRY)
        except ValueError:
            raise Unverified(f"Entry {proven.index} is of a kind this version does not know.") from None
        if not is_of(entry.run, said.run):
            raise Unverified(f"Entry {proven.index} belongs to another run than the audit is about.")
        entries.append(entry)
    return tuple(entries)


def _evidence(audit: Opened, checkpoint: note.Checkpoint) -> Evidence:
    said = audit.statement.predicate
    return gather(said.run, typed.read_with(_entries(said, checkpoint), said.said), own_cells(audit))


def evidence_of(audit: Opened) -> tuple[Evidence, About]:
    """What an audit found to hold says. Raises Unverified for one whose proofs do not hold after all."""
    said = audit.statement.predicate
    checkpoint = _checkpoint(said, audit.public_key)
    return _evidence(audit, checkpoint), about(said, checkpoint, fingerprint(audit.public_key))


def own_cells(audit: Opened) -> list[Json]:
    """The notebook's own cells: all but those the audit added."""
    signed = audit.statement.predicate.cells
    return [cell for cell, known in zip(_cells(audit), signed, strict=True) if known.role == "cell"]


def _misquoted(audit: Opened, evidence: Evidence, checkpoint: note.Checkpoint) -> Iterator[str]:
    """Evidence that reads otherwise than the entries say; not asked of evidence another version wrote."""
    said = audit.statement.predicate
    if said.rendering != statement.RENDERING:
        return
    shown = layout.own_texts(audit.notebook["cells"], [cell.role for cell in said.cells])
    meant = layout.expected_texts(evidence, about(said, checkpoint, fingerprint(audit.public_key)))
    if len(shown) != len(meant):
        yield "The audit shows more or less evidence than its entries give."
    if audit.statement.subject[1:] != statement.written_files(artifacts(evidence)):
        yield "The files the attestation names are not those the entries say were written."
    for place, (one, other) in enumerate(zip(shown, meant, strict=False)):
        if one != other:
            where = "The front page" if place == 0 else f"The evidence of cell {place}"
            yield f"{where} does not say what the entries say."


def about(said: statement.Predicate, checkpoint: note.Checkpoint, key: str) -> About:
    """What the front page says besides the evidence, from the signed statement."""
    return About(
        notebook=said.notebook,
        run_chosen=said.run_chosen,
        saved_at=said.saved_at,
        exported_at=said.exported_at,
        exporter=said.exporter,
        signer=said.signer.name,
        key=key,
        checkpoint=checkpoint.short,
        origin=checkpoint.origin,
        redacted=said.redacted,
        unsearched=said.unsearched,
    )


def _rewritten(audit: Opened) -> Iterator[str]:
    """Bytes that mean the same but are not as written. Line ends of another system and the last one are let pass."""
    text = audit.text
    if text.count("\r\n") == text.count("\n"):
        text = text.replace("\r\n", "\n")
    text = text.removesuffix("\n") + "\n"
    envelope = audit.envelope
    hollow = text.replace(envelope.payload, "", 1).replace(envelope.signatures[0].sig, "", 1)
    is_whole = canonical.text_digest(hollow) == audit.statement.predicate.text
    if not is_whole or canonical.written(audit.notebook) != text:
        yield "The file's text was changed after signing, though not its meaning (spacing, escapes or number spelling)."


def _unrendered(said: statement.Predicate) -> tuple[str, ...]:
    if said.rendering == statement.RENDERING:
        return ()
    return (f"whether the evidence reads as {said.exporter} would write it (another version)",)
