"""From a header to the file key: who may open it, and whether the header is the one that was written."""

from __future__ import annotations

from collections.abc import Iterable

from jupyter_mlsec.vault import filekey, scrypt
from jupyter_mlsec.vault.damage import HeaderDamaged, HeaderForged, NoMatch
from jupyter_mlsec.vault.format import Header
from jupyter_mlsec.vault.keys import Identity


def file_key(header: Header, identities: Iterable[Identity]) -> tuple[bytes, Identity]:
    """The file's key and the identity that gave it.

    Raises HeaderDamaged, HeaderForged, or NoMatch when none of the identities opens it.
    """
    kinds = [stanza.type for stanza in header.stanzas]
    if scrypt.TYPE in kinds and len(kinds) > 1:
        raise HeaderDamaged("its header has a passphrase beside other recipients")
    for identity in identities:
        key = identity.unwrap(header.stanzas)
        if key is not None:
            if not filekey.holds(key, header.authenticated, header.mac):
                raise HeaderForged("its header was changed after it was written")
            return key, identity
    raise NoMatch(f"it is sealed for others ({describe(kinds)}); none of the identities at hand opens it")


_WORDS = {"X25519": "a classic key", "mlkem768x25519": "a post-quantum key", "scrypt": "a passphrase"}


def describe(kinds: Iterable[str]) -> str:
    """What a header's stanza types ask for, in words."""
    named = [_WORDS[kind] for kind in kinds if kind in _WORDS]
    return ", ".join(dict.fromkeys(named)) or "a kind of key not known here"
