"""From a header to the file key: who may open it, and whether the header is the one that was written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jupyter_mlsec.vault import filekey, scrypt
from jupyter_mlsec.vault.damage import HeaderDamaged, HeaderForged, NoMatch
from jupyter_mlsec.vault.format import Header, close_header, parse
from jupyter_mlsec.vault.hidden import HiddenBytes
from jupyter_mlsec.vault.keys import Held, Identity, Unwrapped, Unwrapper


def file_key(header: Header, identities: Iterable[Identity]) -> tuple[bytes, Identity]:
    """The file's key and the identity that gave it.

    Raises HeaderDamaged, HeaderForged, or NoMatch when none of the identities opens it.
    """
    kinds = [stanza.type for stanza in header.stanzas]
    if scrypt.TYPE in kinds and len(kinds) > 1:
        raise HeaderDamaged("its header has a passphrase beside other recipients")
    for identity in identities:
        found = _asked(identity, header) if isinstance(identity, Unwrapper) else _tried(identity, header)
        if found is not None:
            key, giver = found
            if not filekey.holds(key, header.authenticated, header.mac):
                raise HeaderForged("its header was changed after it was written")
            return key, giver
    raise NoMatch(f"it is sealed for others ({describe(kinds)}); none of the identities at hand opens it")


def _tried(identity: Held, header: Header) -> tuple[HiddenBytes, Identity] | None:
    key = identity.unwrap(header.stanzas)
    return None if key is None else (HiddenBytes(key), identity)


def _asked(unwrapper: Unwrapper, header: Header) -> tuple[HiddenBytes, Identity] | None:
    try:
        found = unwrapper.unwrap_header(close_header(header.authenticated, header.mac))
    except NoMatch:
        return None
    return HiddenBytes(found.key), Elsewhere(unwrapper, found.name)


class Named:
    """A recipient of which only the short name is known here."""

    def __init__(self, name: str) -> None:
        self.name = name


class Elsewhere:
    """An identity that is held elsewhere and opened a file: `recipient.name` says which it was."""

    def __init__(self, unwrapper: Unwrapper, name: str) -> None:
        self._unwrapper = unwrapper
        self.recipient = Named(name)

    def unwrap_header(self, header: bytes) -> Unwrapped:
        """See Unwrapper."""
        return self._unwrapper.unwrap_header(header)


class LocalUnwrapper:
    """An Unwrapper over identities that this process holds: the local file's, usually."""

    def __init__(self, identities: Sequence[Identity]) -> None:
        self._identities = tuple(identities)
        self._names = {id(identity): _name(identity) for identity in self._identities}  # costly to derive each time

    def unwrap_header(self, header: bytes) -> Unwrapped:
        """See Unwrapper."""
        key, identity = file_key(parse(header), self._identities)
        return Unwrapped(key=key, name=self._names.get(id(identity)) or _name(identity))


def _name(identity: Identity) -> str:
    return str(getattr(getattr(identity, "recipient", None), "name", "passphrase"))


_WORDS = {"X25519": "a classic key", "mlkem768x25519": "a post-quantum key", "scrypt": "a passphrase"}


def describe(kinds: Iterable[str]) -> str:
    """What a header's stanza types ask for, in words."""
    named = [_WORDS[kind] for kind in kinds if kind in _WORDS]
    return ", ".join(dict.fromkeys(named)) or "a kind of key not known here"
