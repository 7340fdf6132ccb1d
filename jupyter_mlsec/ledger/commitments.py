"""Words that a user typed go into entries as salted commitments only, so that they can be taken back later.

An entry says `"reason": "hmac-sha256:HEX"`, where HEX is HMAC-SHA256 with a random 16-byte salt as its key, over the
text. The opening (salt and text) lies beside the tree and is not part of it: without it nobody can guess the text, not
even with a list of all likely ones, and the tree stays as it was signed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from typing import Any

import msgspec

from jupyter_mlsec.protocol.entries import Allowed, AnyEntry, Did, Switched

PREFIX = "hmac-sha256:"
SALT_BYTES = 16
MOST_CHARACTERS = 10_000
"""Of a longer text the beginning is kept."""
FIELD = "reason"
"""What is erasable: the `reason` of allowances and pauses, and that among the details of deeds."""
COMMITMENT = re.compile(r"hmac-sha256:[0-9a-f]{64}", re.ASCII)


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What opens one commitment."""

    opening: str
    """The commitment, as it stands in the entry."""
    salt: str
    """16 bytes as hex; empty once the opening was erased."""
    value: str

    def __repr__(self) -> str:
        return f"<Opening of {self.opening[:20]}>"

    @property
    def is_erased(self) -> bool:
        """Whether this is only the place where an opening was."""
        return not self.salt

    @property
    def fits(self) -> bool:
        """Whether salt and value are the ones the commitment was made of."""
        try:
            salt = bytes.fromhex(self.salt)
        except ValueError:
            return False
        return len(salt) == SALT_BYTES and hmac.compare_digest(_commitment(salt, self.value), self.opening)


def commit(value: str) -> Opening:
    """A new commitment to that text, with its opening."""
    value, salt = value[:MOST_CHARACTERS], secrets.token_bytes(SALT_BYTES)
    return Opening(opening=_commitment(salt, value), salt=salt.hex(), value=value)


def _commitment(salt: bytes, value: str) -> str:
    return PREFIX + hmac.new(salt, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def committed(entry: AnyEntry) -> tuple[AnyEntry, Opening | None]:
    """The entry as the tree may keep it, and what opens the commitment in it, if there is anything to commit to."""
    if isinstance(entry, Allowed | Switched) and entry.reason:
        opening = commit(entry.reason)
        return msgspec.structs.replace(entry, reason=opening.opening), opening
    if isinstance(entry, Did) and entry.details.get(FIELD):
        opening = commit(entry.details[FIELD])
        return msgspec.structs.replace(entry, details={**entry.details, FIELD: opening.opening}), opening
    return entry, None


def commitment_in(entry: dict[str, Any]) -> str | None:
    """The commitment in an entry's JSON, if it holds one."""
    for place in (entry, entry.get("details")):
        value = place.get(FIELD) if isinstance(place, dict) else None
        if isinstance(value, str) and COMMITMENT.fullmatch(value):
            return value
    return None


def told(entry: AnyEntry, text_of: Callable[[str], str]) -> AnyEntry:
    """The entry for people: `text_of` gives what to show for the commitment in it, if it holds one."""
    if isinstance(entry, Allowed | Switched) and COMMITMENT.fullmatch(entry.reason):
        return msgspec.structs.replace(entry, reason=text_of(entry.reason))
    if isinstance(entry, Did) and COMMITMENT.fullmatch(entry.details.get(FIELD, "")):
        return msgspec.structs.replace(entry, details={**entry.details, FIELD: text_of(entry.details[FIELD])})
    return entry


def opened(entry: dict[str, Any], text_of: Callable[[str], str]) -> dict[str, Any]:
    """The same for an entry's JSON."""
    commitment = commitment_in(entry)
    if commitment is None:
        return entry
    if entry.get(FIELD) == commitment:
        return {**entry, FIELD: text_of(commitment)}
    return {**entry, "details": {**entry["details"], FIELD: text_of(commitment)}}
