"""Bech32 (BIP 173) without its length limit, as age spells recipients and identities."""

from __future__ import annotations

from collections.abc import Iterable

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def encode(prefix: str, data: bytes) -> str:
    """`data` under the human-readable `prefix`, in the prefix's own case."""
    low = prefix.lower()
    values = _regroup(data, 8, 5, pad=True)
    checked = _polymod([*_spread(low), *values, 0, 0, 0, 0, 0, 0]) ^ 1
    values += [(checked >> 5 * (5 - place)) & 31 for place in range(6)]
    text = low + "1" + "".join(_ALPHABET[value] for value in values)
    return text.upper() if prefix.isupper() else text


def decode(text: str) -> tuple[str, bytes]:
    """The human-readable prefix (in its own case) and the data. Raises ValueError; the text is never quoted."""
    if text not in (text.lower(), text.upper()):
        raise ValueError("mixed case")
    low = text.lower()
    prefix, separator, rest = low.rpartition("1")
    if not separator or not prefix or len(rest) < 6:
        raise ValueError("no separator")
    if not all(33 <= ord(letter) <= 126 for letter in prefix):
        raise ValueError("a prefix with characters that are not printable ASCII")
    try:
        values = [_VALUES[letter] for letter in rest]
    except KeyError:
        raise ValueError("a character outside the alphabet") from None
    if _polymod([*_spread(prefix), *values]) != 1:
        raise ValueError("a wrong checksum")
    data = bytes(_regroup(values[:-6], 5, 8, pad=False))
    return (prefix.upper() if text.isupper() else prefix), data


def _spread(prefix: str) -> list[int]:
    return [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]


def _polymod(values: Iterable[int]) -> int:
    checked = 1
    for value in values:
        top = checked >> 25
        checked = (checked & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATORS):
            if top >> place & 1:
                checked ^= generator
    return checked


def _regroup(values: Iterable[int], wide: int, to: int, *, pad: bool) -> list[int]:
    held, bits, groups = 0, 0, []
    for value in values:
        held = (held << wide | value) & ((1 << (wide + to)) - 1)
        bits += wide
        while bits >= to:
            bits -= to
            groups.append(held >> bits & ((1 << to) - 1))
    rest = held & ((1 << bits) - 1)
    if pad and bits:
        groups.append(rest << (to - bits))
    elif not pad and (bits >= wide or rest):
        raise ValueError("padding that is not zero")
    return groups
