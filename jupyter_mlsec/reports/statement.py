"""What an audit states: an in-toto Statement v1 about the notebook and the files written, the log's evidence inside.

The statement's JSON is signed as it stands (dsse.py). All a reviewer needs travels in it: the checkpoint, every entry
of the run as the exact bytes that are in the log, and for each the RFC 6962 path to the checkpoint's root. Hashes
shared by many paths stand once in `nodes`; a path is a list of places in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from jupyter_mlsec.reports.canonical import Json, digest, joined_cell, without_attestation

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://jupyter-mlsec.dev/audit/v1"
"""A name, not an address: nothing is ever fetched from there."""

RENDERING = 4
"""Raised whenever the evidence drawn from the same entries would read differently."""

Role = Literal["front", "evidence", "cell"]


class Subject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing the statement is about (in-toto ResourceDescriptor): a name and digests by algorithm."""

    name: str
    digest: dict[str, str]
    annotations: dict[str, str] = {}


class SignerSaid(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Who signed: the signer's name, the algorithm, and the raw public key in base64."""

    name: str
    algorithm: str
    public_key: str


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the log: its index, its exact bytes as text, and its path as places in the log's `nodes`."""

    index: int
    entry: str
    path: tuple[int, ...]


class Continued(msgspec.Struct, frozen=True, kw_only=True):
    """A consistency proof: the checkpoint's log continues what it was at `size` entries. `path` as in `Proven`."""

    size: int
    path: tuple[int, ...]


class Log(msgspec.Struct, frozen=True, kw_only=True):
    """The part of the ledger that belongs to the run, provable against the checkpoint (a C2SP signed note)."""

    checkpoint: str
    nodes: tuple[str, ...]
    entries: tuple[Proven, ...]
    earlier: tuple[Continued, ...] = ()
    """That the ledger continues what left in earlier audits."""


class Said(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What a user typed, where an entry has a commitment to it only: its opening, or when that was erased."""

    commitment: str
    salt: str = ""
    value: str = ""
    erased_at: int = 0
    """Nanoseconds since the epoch; 0 where it is not erased, or nobody recorded that."""


class SignedCell(msgspec.Struct, frozen=True, kw_only=True):
    """What one cell of the audit was when signed, part by part, so that a change can be named."""

    id: str
    role: Role
    type: str
    source: str
    outputs: str
    rest: str


class Predicate(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is said of the notebook: which run of it, the log's evidence, and what each cell was."""

    run: str
    run_chosen: str
    """How the run was found: `asked for`, `newest of this notebook`, or `newest that ran this code`."""
    notebook: str
    saved_at: int
    """When the notebook's file was last written, in nanoseconds; 0 when it was not read from a file."""
    exported_at: int
    exporter: str
    rendering: int
    signer: SignerSaid
    log: Log
    said: tuple[Said, ...] = ()
    """Of each commitment in the entries, once, in their order."""
    cells: tuple[SignedCell, ...]
    frame: str
    """Digest of the notebook's own metadata and format numbers."""
    text: str
    """SHA-256 of the file's text, payload and signature left empty: tells 1.0 from 1, as the subject's does not."""
    redacted: int = -1
    """How many output texts were redacted; -1 when outputs were kept as they are."""
    unsearched: int = 0
    """How many outputs (pictures, mostly) could not be searched for personal data."""


class Statement(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An in-toto Statement v1. The first subject is the notebook itself, further ones the files the run wrote."""

    type: str = msgspec.field(name="_type", default=STATEMENT_TYPE)
    subject: tuple[Subject, ...]
    predicate_type: str = PREDICATE_TYPE
    predicate: Predicate


def encoded(statement: Statement) -> bytes:
    """The statement's JSON bytes, as they are signed."""
    return msgspec.json.encode(statement)


def signed_cell(cell: Json, role: Role) -> SignedCell:
    """What a cell is, part by part: source as text, outputs and all the rest as canonical JSON."""
    whole = joined_cell(cell)
    rest = {key: value for key, value in whole.items() if key not in ("source", "outputs")}
    return SignedCell(
        id=str(whole.get("id", "")),
        role=role,
        type=str(whole.get("cell_type", "")),
        source=digest(whole.get("source")),
        outputs=digest(whole.get("outputs")),
        rest=digest(rest),
    )


def frame_digest(notebook: Mapping[str, Json]) -> str:
    """The digest of all of a notebook but its cells and its attestation."""
    return digest({key: value for key, value in without_attestation(notebook).items() if key != "cells"})


def written_files(digests: Mapping[str, str]) -> tuple[Subject, ...]:
    """Files as subjects: SHA-256 in hex by name."""
    return tuple(Subject(name=name, digest={"sha256": hexes}) for name, hexes in sorted(digests.items()))
