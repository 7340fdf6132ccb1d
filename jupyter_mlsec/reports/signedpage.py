"""An audit's HTML page, signed: whoever holds it can see that it was not edited, and which audit it was made of.

In the page's head stands a DSSE envelope, in base64 in a `meta` element, around an in-toto statement about the page
with that element's content left empty. It names the audit by the SHA-256 of the audit's own signed payload.
"""

from __future__ import annotations

import base64
import hashlib
import re

import msgspec

from jupyter_mlsec.protocol.errors import Unverified
from jupyter_mlsec.reports import dsse, reading
from jupyter_mlsec.reports.statement import STATEMENT_TYPE, SignerSaid, Subject
from jupyter_mlsec.vault.signing import Signer, fingerprint

PAGE_TYPE = "https://jupyter-mlsec.dev/audit-page/v1"
"""A name, not an address: nothing is ever fetched from there."""

START = b"<!DOCTYPE html>"
_MARK = b'<meta name="mlsec-attestation" content="'
_FOUND = re.compile(re.escape(_MARK) + rb'([A-Za-z0-9+/=]*)">')


class PageSaid(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is said of a page: the audit it shows, and with which renderers it was made."""

    audit: str
    notebook: str
    run: str
    renderers: dict[str, str]
    signer: SignerSaid


class PageStatement(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An in-toto Statement v1 about one page."""

    type: str = msgspec.field(name="_type", default=STATEMENT_TYPE)
    subject: tuple[Subject, ...]
    predicate_type: str = PAGE_TYPE
    predicate: PageSaid


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page whose signature holds: what it says of itself, the key, and the page with nothing in its attestation."""

    said: PageSaid
    public_key: bytes
    hollow: bytes

    @property
    def key(self) -> str:
        """The signing key's fingerprint."""
        return fingerprint(self.public_key)


def is_page(content: bytes) -> bool:
    """Whether a file is HTML and no notebook."""
    return content.lstrip()[: len(START)].lower() == START.lower()


def name_of(envelope: dsse.Envelope) -> str:
    """What an audit is called in a page: the SHA-256 of its attestation's payload, in hex."""
    return hashlib.sha256(dsse.payload_of(envelope)).hexdigest()


def emptied(page: str) -> bytes:
    """The page with a place for its attestation, and nothing in it."""
    head, end, rest = page.partition("</head>")
    return f'{head}{_MARK.decode()}">{end}{rest}'.encode()


def signed(page: str, audit: str, notebook: str, run: str, renderers: dict[str, str], signer: Signer) -> str:
    """The page with an attestation about it in its head."""
    hollow = emptied(page)
    said = PageSaid(
        audit=audit,
        notebook=notebook,
        run=run,
        renderers=renderers,
        signer=SignerSaid(
            name=signer.name, algorithm=signer.algorithm, public_key=base64.b64encode(signer.public_key).decode()
        ),
    )
    digest = hashlib.sha256(hollow).hexdigest()
    about = PageStatement(subject=(Subject(name="page", digest={"sha256": digest}),), predicate=said)
    envelope = msgspec.json.encode(dsse.seal(msgspec.json.encode(about), signer))
    return hollow.replace(_MARK, _MARK + base64.b64encode(envelope), 1).decode()


def opened(content: bytes) -> Page:
    """Take a page apart. Raises Unverified for one that is not signed, or not as it was signed."""
    found = _FOUND.findall(content)
    if len(found) != 1:
        raise Unverified(
            "The page carries no attestation: it is no audit's page, or the attestation was taken out."
            if not found
            else "The page carries two attestations: it was edited after signing."
        )
    hollow = content.replace(found[0], b"", 1)
    try:
        envelope = reading.typed(dsse.unbase64(found[0].decode(), "The page's attestation"), dsse.Envelope)
        said = reading.typed(dsse.payload_of(envelope), PageStatement)
    except ValueError:
        raise Unverified("The page's attestation is not in the form we write: it was damaged or edited.") from None
    key = dsse.unbase64(said.predicate.signer.public_key, "The signer's key in the attestation")
    dsse.check(envelope, key)
    if said.type != STATEMENT_TYPE or said.predicate_type != PAGE_TYPE:
        raise Unverified("The attestation states something else than an audit's page.")
    if not said.subject or said.subject[0].digest.get("sha256") != hashlib.sha256(hollow).hexdigest():
        raise Unverified("The page was changed after signing.")
    return Page(said=said.predicate, public_key=key, hollow=hollow)
