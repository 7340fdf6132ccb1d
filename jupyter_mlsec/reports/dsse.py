"""The envelope an attestation travels in: DSSE v1 (secure-systems-lab/dsse), Ed25519 over the exact payload bytes."""

from __future__ import annotations

import base64
import binascii

import msgspec

from jupyter_mlsec.protocol.errors import Unverified
from jupyter_mlsec.vault.signing import Signer, fingerprint, verify

PAYLOAD_TYPE = "application/vnd.in-toto+json"


class Signature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One signature; `keyid` is the fingerprint of the key and only a hint, as DSSE has it."""

    keyid: str
    sig: str


class Envelope(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A DSSE envelope in its JSON shape: payload and signatures in standard base64."""

    payload_type: str
    payload: str
    signatures: tuple[Signature, ...]


def pae(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding: what is signed in place of the payload."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def seal(payload: bytes, signer: Signer, payload_type: str = PAYLOAD_TYPE) -> Envelope:
    """Sign a payload and put both into an envelope."""
    signature = signer.sign(pae(payload_type, payload))
    return Envelope(
        payload_type=payload_type,
        payload=base64.b64encode(payload).decode(),
        signatures=(Signature(keyid=fingerprint(signer.public_key), sig=base64.b64encode(signature).decode()),),
    )


def hollow(signer: Signer, payload: str, signature: str) -> Envelope:
    """The envelope that `seal` will give, with other words where payload and signature will stand."""
    line = Signature(keyid=fingerprint(signer.public_key), sig=signature)
    return Envelope(payload_type=PAYLOAD_TYPE, payload=payload, signatures=(line,))


def unbase64(text: str, what: str) -> bytes:
    """Strict base64: a text that decodes but is not the one encoding of its bytes is refused (Unverified)."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Unverified(f"{what} is not base64: it was damaged or edited.") from None
    if base64.b64encode(data).decode() != text:
        raise Unverified(f"{what} is not written as base64 is: it was edited.")
    return data


def payload_of(envelope: Envelope) -> bytes:
    """The payload's bytes, whether or not a signature holds. Raises Unverified for another type or broken base64."""
    if envelope.payload_type != PAYLOAD_TYPE:
        raise Unverified(f"The attestation's payload type is {envelope.payload_type!r}, not {PAYLOAD_TYPE!r}.")
    return unbase64(envelope.payload, "The attestation's payload")


def check(envelope: Envelope, public_key: bytes) -> None:
    """Raise Unverified unless every signature of the envelope is this key's and holds."""
    payload = payload_of(envelope)
    if not envelope.signatures:
        raise Unverified("The attestation carries no signature.")
    for signature in envelope.signatures:
        raw = unbase64(signature.sig, "The attestation's signature")
        if not verify(public_key, pae(envelope.payload_type, payload), raw):
            raise Unverified("The attestation's signature does not hold: the attestation was edited after signing.")
        if signature.keyid != fingerprint(public_key):
            raise Unverified("The attestation names another key than the one that signed it.")
