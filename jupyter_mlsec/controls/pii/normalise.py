"""Text as a reader sees it: wide digits, invisible marks and look-alike letters folded, encodings undone."""

from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
from urllib.parse import unquote

FILLERS = frozenset(
    [
        "n/a",
        "na",
        "nan",
        "none",
        "null",
        "unknown",
        "unk",
        "-",
        "--",
        ".",
        "?",
        "nil",
        "missing",
        "unbekannt",
        "inconnu",
        "desconocido",
        "sconosciuto",
        "tbd",
        "#n/a",
        "<na>",
    ]
)
"""Cells that say that nothing is known, in lower case."""

ODD = "[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\uff01-\uff5e\u0660-\u0669\u06f0-\u06f9\u0966-\u096f]"
"""Characters that hide a value from a plain pattern. RE2 and `re` both take this class."""
_ODD = re.compile(ODD)
_INVISIBLE = dict.fromkeys((173, *range(8203, 8208), *range(8232, 8239), *range(8288, 8293), 65279))
_TWINS = str.maketrans("асеорхуіјѕһԁԛԝкмтвнАСЕОРХУІЈЅВНКМТαοεινκρτυχ", "aceopxyijshdqwkmtbhACEOPXYIJSBHKMTaoeivkptux")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,400}={0,2}")
_HEXED = re.compile(r"(?:[0-9a-fA-F]{2}){8,200}")


def is_filler(value: str) -> bool:
    """Whether a cell says that nothing is known."""
    if len(value) > 12:
        return value.isspace()
    plain = value.strip()
    return not plain or plain.lower() in FILLERS


def folded(text: str) -> str:
    """Wide forms and foreign digits as ASCII, invisible marks gone. Plain text is returned as it is."""
    if text.isascii() or not _ODD.search(text):
        return text
    text = unicodedata.normalize("NFKC", text.translate(_INVISIBLE))
    return "".join(str(unicodedata.digit(c)) if not c.isascii() and c.isdecimal() else c for c in text)


def untwinned(text: str) -> str:
    """Cyrillic and Greek look-alikes as Latin letters: for addresses, where a mix of scripts is a disguise."""
    return text if text.isascii() else text.translate(_TWINS)


def decoded(text: str) -> str | None:
    """What a whole cell says when it is Base64 or hex over printable ASCII, else None."""
    text = text.strip()
    raw: bytes | None = None
    if _HEXED.fullmatch(text):
        raw = bytes.fromhex(text)
    elif _BASE64.fullmatch(text):
        try:
            raw = base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
        except (binascii.Error, ValueError):
            return None
    if not raw or not raw.isascii():
        return None
    said = raw.decode("ascii")
    return said if said.isprintable() else None


def unescaped(text: str) -> str:
    """Percent and HTML escapes undone."""
    return html.unescape(unquote(text))
