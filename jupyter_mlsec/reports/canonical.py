"""One notebook, one string of bytes: RFC 8785 of the notebook without `metadata.mlsec`, and the digests made of it.

RFC 8785 has no words for integers of 2^53 and more, for NaN and Infinity, nor for text that is not Unicode. Notebooks
hold all of them (outputs, widget state), so they are put as objects of one reserved key each:

    18014398509481984   ->  {"$mlsec:number": "18014398509481984"}
    NaN, Infinity       ->  {"$mlsec:number": "NaN"}, {"$mlsec:number": "Infinity"}
    "\\ud800" (alone)    ->  {"$mlsec:text": "\\"\\\\ud800\\""}          (its ASCII JSON form, as text)

and a key of the notebook's own that begins with `$mlsec:` (after any number of further `$`) gets one more `$` in front.
So no two notebooks of different JSON values share their bytes; numbers count by value, as RFC 8785 has it: 1.0 is 1.
Multi-line text counts as the text it is, whether a file holds it as one string or as a list of lines.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

SCHEME = "rfc8785+mlsec-1"
"""The name of the treatment above, written beside every digest made with it."""

NUMBER = "$mlsec:number"
TEXT = "$mlsec:text"
SAFE = 2**53 - 1
_AT_ONCE = 1024
_RESERVED = re.compile(r"\$+mlsec:")
_SURROGATE = re.compile("[\ud800-\udfff]")

Json = Any  # Any: whatever a JSON text can hold


def canonical(value: Json) -> bytes:
    """The canonical bytes of a JSON value. Raises TypeError for what JSON has no words for."""
    parts: list[str] = []
    _put(value, parts.append)
    return "".join(parts).encode()


def digest(value: Json) -> str:
    """SHA-256 of the canonical bytes, in hex; a large notebook's are never held at once."""
    state, waiting = hashlib.sha256(), list[str]()

    def put(text: str) -> None:
        waiting.append(text)
        if len(waiting) == _AT_ONCE:
            state.update("".join(waiting).encode())
            waiting.clear()

    _put(value, put)
    state.update("".join(waiting).encode())
    return state.hexdigest()


def text_digest(text: str) -> str:
    """SHA-256 of a text as UTF-8, in hex: what the ledger keeps of a cell's source."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


_quoted = json.JSONEncoder(ensure_ascii=False).encode
"""A text in quotes, only those characters escaped that JSON cannot do without: what RFC 8785 §3.2.2.2 asks for."""


def _put(value: Json, put: Callable[[str], None]) -> None:
    """Hand on the canonical text of a value, piece by piece."""
    if isinstance(value, str):
        put(f'{{"{TEXT}":{_quoted(json.dumps(value))}}}' if _SURROGATE.search(value) else _quoted(value))
    elif value is None or isinstance(value, bool):
        put("null" if value is None else "true" if value else "false")
    elif isinstance(value, int):
        put(str(value) if -SAFE <= value <= SAFE else f'{{"{NUMBER}":"{value}"}}')
    elif isinstance(value, float):
        put(_number(value) if math.isfinite(value) else f'{{"{NUMBER}":"{json.dumps(value)}"}}')
    elif isinstance(value, Mapping):
        _put_object(value, put)
    elif isinstance(value, list | tuple):
        before = "["
        for inner in value:
            put(before)
            _put(inner, put)
            before = ","
        put("]" if value else "[]")
    else:
        raise TypeError(f"a notebook holds a {type(value).__name__}, for which JSON has no word")


def _put_object(value: Mapping[Json, Json], put: Callable[[str], None]) -> None:
    """Keys in the order of their UTF-16 code units (RFC 8785 §3.2.3)."""
    named = [(_key(key), inner) for key, inner in value.items()]
    named.sort(key=lambda item: item[0].encode("utf-16-be"))
    before = "{"
    for key, inner in named:
        put(f"{before}{_quoted(key)}:")
        _put(inner, put)
        before = ","
    put("}" if named else "{}")


def _number(value: float) -> str:
    """A finite float as ECMAScript writes it (RFC 8785 §3.2.2.3): Python's shortest digits, set another way."""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    sign, count = "-" if value < 0 else "", len(digits)
    if not digits:
        return "0"
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    more = f".{digits[1:]}" if count > 1 else ""
    return f"{sign}{digits[0]}{more}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def _key(key: Json) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a notebook holds an object with a key that is a {type(key).__name__}, not text")
    if _RESERVED.match(key):
        return "$" + key
    return f"{TEXT}:{json.dumps(key)}" if _SURROGATE.search(key) else key


def joined(text: Json) -> Json:
    """A notebook's multi-line text as one string; anything else as it is."""
    if isinstance(text, list) and all(isinstance(line, str) for line in text):
        return "".join(text)
    return text


def source_of(cell: Mapping[str, Json]) -> str:
    """A cell's source as one string (empty when it has none that is text)."""
    source = joined(cell.get("source", ""))
    return source if isinstance(source, str) else ""


def joined_output(output: Json) -> Json:
    """An output with its multi-line texts joined: stream text, and every kind of data but JSON."""
    if not isinstance(output, Mapping):
        return output
    plain = dict(output)
    if "text" in plain:
        plain["text"] = joined(plain["text"])
    if isinstance(plain.get("data"), Mapping):
        plain["data"] = {kind: data if _is_json(kind) else joined(data) for kind, data in plain["data"].items()}
    return plain


def _is_json(kind: str) -> bool:
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def joined_cell(cell: Json) -> Json:
    """A cell with the multi-line texts of its source, outputs and attachments joined."""
    if not isinstance(cell, Mapping):
        return cell
    plain = dict(cell)
    if "source" in plain:
        plain["source"] = joined(plain["source"])
    if isinstance(plain.get("outputs"), Sequence) and not isinstance(plain["outputs"], str):
        plain["outputs"] = [joined_output(output) for output in plain["outputs"]]
    if isinstance(plain.get("attachments"), Mapping):
        plain["attachments"] = {
            name: {kind: joined(data) for kind, data in bundle.items()} if isinstance(bundle, Mapping) else bundle
            for name, bundle in plain["attachments"].items()
        }
    return plain


def without_attestation(notebook: Mapping[str, Json]) -> dict[str, Json]:
    """The notebook's own part: all but `metadata.mlsec`, multi-line texts joined. The argument is left alone."""
    plain = dict(notebook)
    if isinstance(plain.get("metadata"), Mapping):
        plain["metadata"] = {key: value for key, value in plain["metadata"].items() if key != "mlsec"}
    if isinstance(plain.get("cells"), list):
        plain["cells"] = [joined_cell(cell) for cell in plain["cells"]]
    return plain


def notebook_digest(notebook: Mapping[str, Json]) -> str:
    """The digest an attestation is about: of the notebook without the attestation."""
    return digest(without_attestation(notebook))


def written(notebook: Mapping[str, Json]) -> str:
    """The one way an audit is put into a file: as nbformat writes it, with text that is not Unicode escaped."""
    text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True, separators=(",", ": ")) + "\n"
    return _SURROGATE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
