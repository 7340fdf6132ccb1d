"""Reading a small Thrift struct in the compact protocol, strictly, as far as Parquet's crypto metadata needs it.

Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md.
"""

from __future__ import annotations

from jupyter_mlsec.vault.damage import HeaderDamaged

_TRUE, _FALSE, _BINARY, _STRUCT = 1, 2, 8, 12
_INTEGERS = (4, 5, 6)
_DEPTH = 4
Value = bool | int | bytes | dict[int, "Value"]


def read_struct(data: bytes, at: int = 0, depth: int = 0) -> tuple[dict[int, Value], int]:
    """The fields by number of the struct that starts at `at`, and where it ends. Raises HeaderDamaged."""
    if depth > _DEPTH:
        raise _damaged()
    fields: dict[int, Value] = {}
    number = 0
    while True:
        head, at = _byte(data, at)
        if head == 0:
            return fields, at
        delta, kind = head >> 4, head & 15
        if delta == 0:
            zigzag, at = _varint(data, at)
            number = (zigzag >> 1) ^ -(zigzag & 1)
        else:
            number += delta
        if number in fields:
            raise _damaged()
        fields[number], at = _value(kind, data, at, depth)


def _value(kind: int, data: bytes, at: int, depth: int) -> tuple[Value, int]:
    if kind in (_TRUE, _FALSE):
        return kind == _TRUE, at
    if kind in _INTEGERS:
        return _varint(data, at)
    if kind == _BINARY:
        length, at = _varint(data, at)
        if at + length > len(data):
            raise _damaged()
        return data[at : at + length], at + length
    if kind == _STRUCT:
        return read_struct(data, at, depth + 1)
    raise _damaged()


def _varint(data: bytes, at: int) -> tuple[int, int]:
    found = shift = 0
    while shift < 64:
        byte, at = _byte(data, at)
        found |= (byte & 0x7F) << shift
        if byte < 0x80:
            return found, at
        shift += 7
    raise _damaged()


def _byte(data: bytes, at: int) -> tuple[int, int]:
    if at >= len(data):
        raise _damaged()
    return data[at], at + 1


def _damaged() -> HeaderDamaged:
    return HeaderDamaged("the start of its footer is malformed")
