"""The age v1 header, strictly: parse and serialise. No cryptography here (https://age-encryption.org/v1)."""

from __future__ import annotations

import base64
import binascii
from typing import BinaryIO

import msgspec

from jupyter_mlsec.vault.damage import HeaderDamaged

MAGIC = b"age-encryption.org/"
VERSION_LINE = b"age-encryption.org/v1\n"
ARMOR_BEGIN = b"-----BEGIN AGE ENCRYPTED FILE-----"
PREFIX_SIZE = len(ARMOR_BEGIN)
"""How many first bytes `is_sealed` needs at most."""

HEADER_LIMIT = 1 << 20
"""A header longer than this is refused: some 600 post-quantum recipients, or a file that is not one."""
_COLUMNS = 64
_PREFACE = b"-> "
_CLOSING = b"---"


class Stanza(msgspec.Struct, frozen=True, kw_only=True):
    """One recipient stanza: a type, its arguments, and the wrapped file key."""

    type: str
    arguments: tuple[str, ...] = ()
    body: bytes = b""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed header: its stanzas, its MAC, the exact bytes the MAC is over, and its whole length in bytes."""

    stanzas: tuple[Stanza, ...]
    mac: bytes
    authenticated: bytes
    size: int


def is_sealed(prefix: bytes) -> bool:
    """Whether a file that starts with `prefix` (PREFIX_SIZE bytes are plenty) is an age file, armored or not."""
    return prefix.startswith((MAGIC, ARMOR_BEGIN))


def encode64(data: bytes) -> str:
    """Base64 as age writes it: the standard alphabet, no padding."""
    return base64.b64encode(data).rstrip(b"=").decode("ascii")


def decode64(text: str) -> bytes:
    """The bytes of canonical unpadded base64; raises ValueError for anything else."""
    if "=" in text or "\n" in text or "\r" in text:
        raise ValueError("padding or line ends")
    try:
        data = binascii.a2b_base64(text.encode("ascii") + b"=" * (-len(text) % 4), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ValueError("not base64") from None
    if encode64(data) != text:
        raise ValueError("not canonical")
    return data


def serialise(stanzas: tuple[Stanza, ...]) -> bytes:
    """The header up to and including `---`: what the MAC is over."""
    lines = [VERSION_LINE]
    for stanza in stanzas:
        lines.append(" ".join(("->", stanza.type, *stanza.arguments)).encode("ascii") + b"\n")
        body = encode64(stanza.body)
        full = [body[at : at + _COLUMNS] for at in range(0, len(body), _COLUMNS)]
        if len(body) % _COLUMNS == 0:
            full.append("")
        lines += [line.encode("ascii") + b"\n" for line in full]
    lines.append(_CLOSING)
    return b"".join(lines)


def close_header(authenticated: bytes, mac: bytes) -> bytes:
    """The whole header: what was authenticated, then its MAC."""
    return authenticated + b" " + encode64(mac).encode("ascii") + b"\n"


def read_header(source: BinaryIO) -> Header:
    """Read and parse the header at the source's position, which is left somewhere behind it."""
    data = bytearray()
    end = -1
    while end < 0:
        block = source.read(4096)
        data += block
        if not data.startswith(MAGIC[: len(data)]):
            raise HeaderDamaged("it does not start as an age file does")
        mark = data.find(b"\n" + _CLOSING)
        end = data.find(b"\n", mark + 1) if mark >= 0 else -1
        if end < 0 and (not block or len(data) > HEADER_LIMIT):
            raise HeaderDamaged("its header does not end")
    return parse(bytes(data[: end + 1]))


def parse(data: bytes) -> Header:
    """Parse exactly one whole header. Raises HeaderDamaged, naming the line."""
    if not data.startswith(VERSION_LINE):
        raise HeaderDamaged("it is not version 1 of the age format")
    lines = data.split(b"\n")
    if lines.pop() != b"":
        raise HeaderDamaged("its header does not end")
    stanzas: list[Stanza] = []
    at = 1
    while at < len(lines) and lines[at].startswith(_PREFACE):
        stanza, at = _parse_stanza(lines, at)
        stanzas.append(stanza)
    if at != len(lines) - 1 or not stanzas:
        raise HeaderDamaged(f"line {at + 1} of its header is not as it must be")
    mac = _parse_mac(lines[at])
    authenticated = data[: len(data) - len(lines[at]) - 1] + _CLOSING
    return Header(stanzas=tuple(stanzas), mac=mac, authenticated=authenticated, size=len(data))


def _parse_stanza(lines: list[bytes], at: int) -> tuple[Stanza, int]:
    arguments = lines[at][len(_PREFACE) :].split(b" ")
    if not all(argument and all(33 <= byte <= 126 for byte in argument) for argument in arguments):
        raise HeaderDamaged(f"line {at + 1} of its header has a malformed argument")
    body: list[bytes] = []
    while True:
        at += 1
        if at >= len(lines) or len(lines[at]) > _COLUMNS or lines[at].startswith(b"-"):
            raise HeaderDamaged(f"line {at + 1} of its header does not end a stanza")
        body.append(lines[at])
        if len(lines[at]) < _COLUMNS:
            break
    try:
        raw = decode64(b"".join(body).decode("ascii"))
    except ValueError:
        raise HeaderDamaged(f"the stanza before line {at + 2} of its header is not canonical base64") from None
    kind, *rest = (argument.decode("ascii") for argument in arguments)
    return Stanza(type=kind, arguments=tuple(rest), body=raw), at + 1


def _parse_mac(line: bytes) -> bytes:
    if not line.startswith(_CLOSING + b" "):
        raise HeaderDamaged("its header has no MAC")
    try:
        mac = decode64(line[len(_CLOSING) + 1 :].decode("ascii"))
    except ValueError:
        raise HeaderDamaged("its header's MAC is not canonical base64") from None
    if len(mac) != 32:
        raise HeaderDamaged("its header's MAC has a wrong length")
    return mac
