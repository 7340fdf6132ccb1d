"""Armor: an age file wrapped as text (RFC 7468, read strictly). It is held in memory; armor is for small things."""

from __future__ import annotations

import binascii
import io
from typing import BinaryIO

from jupyter_mlsec.vault.damage import ArmorDamaged
from jupyter_mlsec.vault.format import ARMOR_BEGIN

_END = b"-----END AGE ENCRYPTED FILE-----"
_COLUMNS = 64
_WHITESPACE = b" \t\r\n"
LIMIT = 64 << 20
"""An armored file longer than this is refused; seal it in the binary form instead."""


def is_armored(prefix: bytes) -> bool:
    """Whether text that starts so may be armor (white space before it is allowed)."""
    return prefix.lstrip(_WHITESPACE).startswith(ARMOR_BEGIN[:10])


def unwrap(source: BinaryIO) -> BinaryIO:
    """The binary age file in the armor that starts at the source's position. Raises ArmorDamaged."""
    text = source.read(LIMIT + 1)
    if len(text) > LIMIT:
        raise ArmorDamaged("its armor is longer than 64 MiB")
    return io.BytesIO(decode(text))


def decode(text: bytes) -> bytes:
    """The bytes in the armor: full lines of 64 columns, then one that is not empty and not longer, LF or CRLF."""
    lines = text.strip(_WHITESPACE).split(b"\n")
    lines = [line[:-1] if line.endswith(b"\r") else line for line in lines]
    if lines[0] != ARMOR_BEGIN:
        raise ArmorDamaged("its armor does not begin as it must")
    if len(lines) < 2 or lines[-1] != _END:
        raise ArmorDamaged("its armor does not end as it must")
    body = lines[1:-1]
    for number, line in enumerate(body, start=2):
        if not line or len(line) > _COLUMNS or (len(line) < _COLUMNS and number < len(body) + 1):
            raise ArmorDamaged(f"line {number} of its armor has a wrong length")
    joined = b"".join(body)
    try:
        data = binascii.a2b_base64(joined, strict_mode=True) if joined else b""
    except binascii.Error:
        raise ArmorDamaged("its armor is not base64") from None
    if binascii.b2a_base64(data, newline=False) != joined:
        raise ArmorDamaged("its armor is not canonical base64")
    return data


def encode(data: bytes) -> bytes:
    """A binary age file in armor."""
    text = binascii.b2a_base64(data, newline=False)
    lines = [text[start : start + _COLUMNS] for start in range(0, len(text), _COLUMNS)]
    return b"\n".join((ARMOR_BEGIN, *lines, _END, b""))
