"""Signed notes and checkpoints, as C2SP signed-note and tlog-checkpoint define them. Parsing is strict.

jupyter-mlsec/0123456789abcdef      origin: which log
42                                  size: how many entries
CsUYapGGPo4dkMgIAUqom/Xajj7h2f...=  root hash

— jupyter-mlsec/0123456789abcdef Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+Z...
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable

import msgspec

from jupyter_mlsec.protocol.errors import Unverified
from jupyter_mlsec.vault import signing

ED25519 = 0x01
"""The signature type byte of Ed25519 in key ids."""
MOST_SIGNATURES = 100
MOST_BYTES = 1 << 20

_DASH = "— "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class NoteSignature(msgspec.Struct, frozen=True, kw_only=True):
    """One signature line: the key's name, its four-byte id and the signature itself."""

    name: str
    key_id: bytes
    signature: bytes


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A text that ends in a newline, and who signed it."""

    text: str
    signatures: tuple[NoteSignature, ...] = ()

    def render(self) -> str:
        """The note as it is stored and sent."""
        return f"{self.text}\n" + "".join(
            f"{_DASH}{line.name} {base64.b64encode(line.key_id + line.signature).decode()}\n"
            for line in self.signatures
        )


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A log's state: `size` entries with this RFC 6962 root. `note` is the signed text it was read from."""

    origin: str
    size: int
    root: bytes
    note: str = ""
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is signed."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)

    @property
    def short(self) -> str:
        """`SIZE HASH8`, for people."""
        return f"{self.size} {self.root.hex()[:8]}"


def key_id(name: str, public_key: bytes) -> bytes:
    """The C2SP key id of an Ed25519 key of that name: SHA-256(name || 0x0A || 0x01 || key)[:4]."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([ED25519]) + public_key).digest()[:4]


def verifier_key(name: str, public_key: bytes) -> str:
    """The key as other tlog tools take it: `name+hex key id+base64(type || key)`."""
    encoded = base64.b64encode(bytes([ED25519]) + public_key).decode()
    return f"{name}+{key_id(name, public_key).hex()}+{encoded}"


def is_key_name(name: str) -> bool:
    """Whether a key may be called so: not empty, no Unicode space, no plus, no control character."""
    return bool(name) and "+" not in name and not any(char.isspace() or char < " " for char in name)


def parse(source: str | bytes) -> Note:
    """Read a signed note. Raises Unverified, saying what is not as it should be."""
    try:
        text = source.decode() if isinstance(source, bytes) else source
        length = len(text.encode())
    except UnicodeError:
        raise Unverified("The note is not UTF-8 text.") from None
    if length > MOST_BYTES:
        raise Unverified("The note is too long to be a checkpoint.")
    if _CONTROL.search(text):
        raise Unverified("The note holds a control character.")
    body, blank, lines = text.rpartition("\n\n")
    if not blank or not body or not lines.endswith("\n"):
        raise Unverified("The note has no signatures: a blank line and signature lines are missing.")
    signed = tuple(_parse_line(line) for line in lines[:-1].split("\n"))
    if len(signed) > MOST_SIGNATURES:
        raise Unverified("The note has more signatures than are read.")
    return Note(text=body + "\n", signatures=signed)


def _parse_line(line: str) -> NoteSignature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    raw = _decode(encoded)
    if not line.startswith(_DASH) or not space or not is_key_name(name) or raw is None or len(raw) < 5:
        raise Unverified("The note has a signature line that is not one.")
    return NoteSignature(name=name, key_id=raw[:4], signature=raw[4:])


def _decode(encoded: str) -> bytes | None:
    """Canonical base64 only: one spelling for each value."""
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == encoded else None


def parse_checkpoint(source: str | bytes) -> Checkpoint:
    """Read a checkpoint; its signatures are not looked at yet (`signed_by`). Raises Unverified."""
    note = parse(source)
    lines = note.text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise Unverified("The checkpoint does not have its three lines: origin, size, root hash.")
    if not _SIZE.fullmatch(lines[1]):
        raise Unverified("The checkpoint's size is not a plain number.")
    root = _decode(lines[2])
    if root is None or len(root) != 32:
        raise Unverified("The checkpoint's root hash is not 32 bytes in base64.")
    return Checkpoint(origin=lines[0], size=int(lines[1]), root=root, note=note.render(), extensions=tuple(lines[3:]))


def sign(note: Note, name: str, signer: signing.Signer) -> Note:
    """The note with that signer's line added under `name` (for a log's own signature: its origin)."""
    if not is_key_name(name):
        raise ValueError("A key name may hold no space and no plus.")
    line = NoteSignature(name=name, key_id=key_id(name, signer.public_key), signature=signer.sign(note.text.encode()))
    return Note(text=note.text, signatures=(*note.signatures, line))


def sign_checkpoint(origin: str, size: int, root: bytes, signer: signing.Signer) -> Checkpoint:
    """A new checkpoint, signed under the origin's name."""
    bare = Checkpoint(origin=origin, size=size, root=root)
    note = sign(Note(text=bare.text), origin, signer).render()
    return Checkpoint(origin=origin, size=size, root=root, note=note)


def verify(note: Note, name: str, public_key: bytes) -> bool:
    """Whether that key signed the note under that name. Raises Unverified if its line is there and is false."""
    wanted = key_id(name, public_key)
    found = [line for line in note.signatures if line.name == name and line.key_id == wanted]
    for line in found:
        if not signing.verify(public_key, note.text.encode(), line.signature):
            raise Unverified(f"The signature of {name} on the note is false.")
    return bool(found)


def signed_by(checkpoint: Checkpoint, keys: Iterable[bytes]) -> bytes | None:
    """The first of these public keys that signed under the origin's name; None if none did. Raises Unverified."""
    note = parse(checkpoint.note)
    if note.text != checkpoint.text:
        raise Unverified("The checkpoint is not what its note says.")
    return next((key for key in keys if verify(note, checkpoint.origin, key)), None)
