"""RFC 3161 time stamps: what is sent to a time stamping authority and what comes back, as files. No network here.

The extra `[timestamp]` (rfc3161-client) is needed.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

from jupyter_mlsec.protocol.errors import NoIdentity, Unverified, UsageError

MOST_BYTES = 1 << 16
"""Of a response that is read."""


def request(message: bytes) -> bytes:
    """The query (DER, `.tsq`) for a time stamp over the message's SHA-256; it asks for the authority's certificate."""
    library = _library()
    builder = library.TimestampRequestBuilder().data(message).hash_algorithm(library.HashAlgorithm.SHA256)
    return bytes(builder.cert_request(cert_request=True).build().as_bytes())


def is_over(response: bytes, message: bytes) -> bool:
    """Whether the response (DER, `.tsr`) speaks of this message; nothing else is checked. Raises Unverified."""
    return bool(_parsed(response).tst_info.message_imprint.message == hashlib.sha256(message).digest())


def stamped_at(response: bytes, message: bytes, certificates: Path) -> datetime:
    """When the authority saw the message, once its signature and certificate hold. Raises Unverified, NoIdentity.

    certificates: a PEM file with the root that is trusted, and any between it and the authority.
    """
    from cryptography.x509 import load_pem_x509_certificates

    library = _library()
    try:
        given = load_pem_x509_certificates(certificates.read_bytes())
    except (OSError, ValueError):
        raise NoIdentity(f"{certificates.name} could not be read as certificates (PEM).") from None
    builder = library.VerifierBuilder()
    for one in given:
        is_root = one.issuer == one.subject
        builder = builder.add_root_certificate(one) if is_root else builder.add_intermediate_certificate(one)
    if not any(one.issuer == one.subject for one in given):
        raise NoIdentity(f"{certificates.name} holds no root certificate (one that signed itself).")
    parsed = _parsed(response)
    try:
        builder.build().verify_message(parsed, message)
    except (library.VerificationError, ValueError) as error:
        raise Unverified(f"The time stamp does not hold: {error}.") from None
    at: datetime = parsed.tst_info.gen_time
    return at


def _parsed(response: bytes) -> Any:  # Any: the library's own type
    library = _library()
    try:
        if len(response) > MOST_BYTES:
            raise ValueError("it is too long")
        parsed = library.decode_timestamp_response(response)
        _ = parsed.tst_info  # of a refusal there is none
    except ValueError as error:
        raise Unverified(f"This is no time stamp: {error}.") from None
    return parsed


def _library() -> Any:  # Any: an extra that may not be installed
    try:
        import rfc3161_client
    except ImportError:
        raise UsageError("Time stamps need the extra: pip install 'jupyter-mlsec[timestamp]'.") from None
    return rfc3161_client
