"""Signed notes and checkpoints: C2SP signed-note, tlog-checkpoint and tlog-cosignature. Parsing is strict.

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
COSIGNED_ED25519 = 0x04
"""That of a time-stamped cosignature by Ed25519, as witnesses make them."""
COSIGNED_ML_DSA = 0x06
"""That of a time-stamped cosignature by ML-DSA-44, as logs and witnesses make them."""
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
            f"{_DASH}{line.name} {encode(line.key_id + line.signature)}\n" for line in self.signatures
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
        lines = (self.origin, str(self.size), encode(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)

    @property
    def short(self) -> str:
        """`SIZE HASH8`, for people."""
        return f"{self.size} {self.root.hex()[:8]}"


def kind_of(public_key: bytes) -> int:
    """The type of a log's own signature by that key: plain for Ed25519, and a cosignature for ML-DSA-44."""
    return COSIGNED_ML_DSA if len(public_key) == signing.ML_DSA_KEY_BYTES else ED25519


def cosigned_kind(public_key: bytes) -> int:
    """The type of a cosignature by that key."""
    return COSIGNED_ML_DSA if len(public_key) == signing.ML_DSA_KEY_BYTES else COSIGNED_ED25519


def key_id(name: str, public_key: bytes, kind: int | None = None) -> bytes:
    """The C2SP key id of a key of that name: SHA-256(name || 0x0A || type || key)[:4]."""
    kind = kind_of(public_key) if kind is None else kind
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public_key).digest()[:4]


def verifier_key(name: str, public_key: bytes, kind: int | None = None) -> str:
    """The key as other tlog tools take it: `name+hex key id+base64(type || key)`."""
    kind = kind_of(public_key) if kind is None else kind
    return f"{name}+{key_id(name, public_key, kind).hex()}+{encode(bytes([kind]) + public_key)}"


def parse_verifier_key(text: str) -> tuple[str, int, bytes]:
    """(name, type, raw key) of a verifier key. Raises Unverified when it is none, or of a type not known here."""
    name, _, rest = text.strip().partition("+")
    identifier, _, encoded = rest.partition("+")
    raw = decode(encoded) or b"\0"
    kind, public_key = raw[0], raw[1:]
    wanted = signing.ML_DSA_KEY_BYTES if kind == COSIGNED_ML_DSA else 32
    if kind not in (ED25519, COSIGNED_ED25519, COSIGNED_ML_DSA) or len(public_key) != wanted or not is_key_name(name):
        raise Unverified("This is no verifier key: NAME+ID+KEY in one line, of Ed25519 or ML-DSA-44.")
    if key_id(name, public_key, kind).hex() != identifier:
        raise Unverified(f"The verifier key of {name} is damaged: its id is not that of its key.")
    return name, kind, public_key


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
    raw = decode(encoded)
    if not line.startswith(_DASH) or not space or not is_key_name(name) or raw is None or len(raw) < 5:
        raise Unverified("The note has a signature line that is not one.")
    return NoteSignature(name=name, key_id=raw[:4], signature=raw[4:])


def encode(raw: bytes) -> str:
    """Base64, as all of these formats have it."""
    return base64.b64encode(raw).decode()


def decode(encoded: str) -> bytes | None:
    """What `encode` gave; None for anything else, so that each value has one spelling."""
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if encode(raw) == encoded else None


def parse_checkpoint(source: str | bytes) -> Checkpoint:
    """Read a checkpoint; its signatures are not looked at yet (`signed_by`). Raises Unverified."""
    note = parse(source)
    lines = note.text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise Unverified("The checkpoint does not have its three lines: origin, size, root hash.")
    if not _SIZE.fullmatch(lines[1]):
        raise Unverified("The checkpoint's size is not a plain number.")
    root = decode(lines[2])
    if root is None or len(root) != 32:
        raise Unverified("The checkpoint's root hash is not 32 bytes in base64.")
    return Checkpoint(origin=lines[0], size=int(lines[1]), root=root, note=note.render(), extensions=tuple(lines[3:]))


def sign(note: Note, name: str, signer: signing.Signer) -> Note:
    """The note with that signer's line added under `name` (for a log's own signature: its origin)."""
    if not is_key_name(name):
        raise ValueError("A key name may hold no space and no plus.")
    if kind_of(signer.public_key) != ED25519:
        raise ValueError("A plain signature is made with an Ed25519 key; with ML-DSA-44, cosign.")
    line = NoteSignature(name=name, key_id=key_id(name, signer.public_key), signature=signer.sign(note.text.encode()))
    return Note(text=note.text, signatures=(*note.signatures, line))


def cosign(note: Note, name: str, signer: signing.Signer, at: int) -> Note:
    """The checkpoint's note with a cosignature added: `name` saw this state at that time (POSIX seconds)."""
    if not is_key_name(name):
        raise ValueError("A key name may hold no space and no plus.")
    kind = cosigned_kind(signer.public_key)
    signature = at.to_bytes(8, "big") + signer.sign(_cosigned(note, name, kind, at))
    line = NoteSignature(name=name, key_id=key_id(name, signer.public_key, kind), signature=signature)
    return Note(text=note.text, signatures=(*note.signatures, line))


def _cosigned(note: Note, name: str, kind: int, at: int) -> bytes:
    """What a cosignature is made over."""
    if kind == COSIGNED_ED25519:
        return f"cosignature/v1\ntime {at}\n{note.text}".encode()
    checkpoint = parse_checkpoint(note.render())
    witness, origin = name.encode(), checkpoint.origin.encode()
    if max(len(witness), len(origin)) > 255:
        raise Unverified("The name is too long for a cosignature.")
    parts = (
        b"subtree/v1\n\0",
        bytes([len(witness)]) + witness,
        at.to_bytes(8, "big"),
        bytes([len(origin)]) + origin,
        (0).to_bytes(8, "big") + checkpoint.size.to_bytes(8, "big"),
        checkpoint.root,
    )
    return b"".join(parts)


def sign_checkpoint(
    origin: str, size: int, root: bytes, signer: signing.Signer, second: signing.Signer | None = None, at: int = 0
) -> Checkpoint:
    """A new checkpoint, signed under the origin's name; by `second` (ML-DSA-44) too, at that time, where given."""
    bare = Checkpoint(origin=origin, size=size, root=root)
    note = sign(Note(text=bare.text), origin, signer)
    note = note if second is None else cosign(note, origin, second, at)
    return Checkpoint(origin=origin, size=size, root=root, note=note.render())


def verify(note: Note, name: str, public_key: bytes, kind: int | None = None) -> bool:
    """Whether that key signed the note under that name. Raises Unverified if its line is there and is false."""
    return _times(note, name, public_key, kind_of(public_key) if kind is None else kind) != ()


def cosigned_at(note: Note, name: str, public_key: bytes, kind: int) -> int | None:
    """When that key cosigned the note last (POSIX seconds); None if it did not. Raises Unverified for a false line."""
    return max(_times(note, name, public_key, kind), default=None)


def _times(note: Note, name: str, public_key: bytes, kind: int) -> tuple[int, ...]:
    """The time of each line of that key, all of them checked; 0 for signatures without one."""
    wanted = key_id(name, public_key, kind)
    found = []
    for line in note.signatures:
        if line.name != name or line.key_id != wanted:
            continue
        at, message, signature = 0, note.text.encode(), line.signature
        if kind != ED25519:
            at, signature = int.from_bytes(line.signature[:8], "big"), line.signature[8:]
            message = _cosigned(note, name, kind, at)
        if not signing.verify(public_key, message, signature):
            raise Unverified(f"The signature of {name} on the note is false.")
        found.append(at)
    return tuple(found)


def signed_by(checkpoint: Checkpoint, keys: Iterable[bytes]) -> bytes | None:
    """The first of these public keys that signed under the origin's name; None if none did.

    Raises Unverified if the line of any of them is false, whatever the others say.
    """
    note = parse(checkpoint.note)
    if note.text != checkpoint.text:
        raise Unverified("The checkpoint is not what its note says.")
    found = [key for key in keys if verify(note, checkpoint.origin, key)]
    return found[0] if found else None


def carries(checkpoint: Checkpoint, public_key: bytes) -> bool:
    """Whether a line of that key is there under the origin's name; it is not checked."""
    wanted = key_id(checkpoint.origin, public_key)
    return any(line.key_id == wanted and line.name == checkpoint.origin for line in parse(checkpoint.note).signatures)


def merged(stored: Checkpoint, other: Checkpoint) -> Checkpoint:
    """The stored checkpoint with the signature lines of the other that it does not have. Raises Unverified."""
    if stored.text != other.text:
        raise Unverified(f"The checkpoint of {other.size} entries is not this ledger's.")
    mine, theirs = parse(stored.note), parse(other.note)
    added = tuple(line for line in theirs.signatures if line not in mine.signatures)
    note = Note(text=mine.text, signatures=(*mine.signatures, *added))
    if len(note.signatures) > MOST_SIGNATURES:
        raise Unverified("The checkpoint has as many signatures as are read; none was added.")
    return parse_checkpoint(note.render())
