"""How much a word looks like a part of somebody's name, in any script: pieces of words weighed by a small fitted model.

The weights (`names.model`, signed sixteenths of a nat) are of hashed pieces of two to four letters, beginnings and
ends marked, and of whole words. benchmarks/pii_names.py says how they were fitted, and on what.
"""

from __future__ import annotations

import unicodedata
import zlib
from functools import lru_cache
from pathlib import Path

BUCKETS = 1 << 16
"""Into how many weights the pieces are hashed."""
_UNIT = 16
_FAR_EAST = 0x2E80
"""From here on a single letter is a syllable or a word."""


@lru_cache(maxsize=20000)
def plain(word: str) -> str:
    """A word in lower case, accents gone: as our lists keep names, and as they are weighed."""
    word = word.lower().replace("ł", "l").replace("ø", "o").replace("ß", "ss").replace("đ", "d").replace("ı", "i")  # noqa: RUF001  # the dotless i
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


def pieces(word: str) -> list[int]:
    """The buckets of a word's pieces. `word` is in lower case, without accents."""
    marked = f"^{word[:24]}$"
    small = 1 if len(word) and ord(word[0]) >= _FAR_EAST else 2
    found = [marked[at : at + size] for size in range(small, 5) for at in range(len(marked) - size + 1)]
    return [zlib.crc32(piece.encode("utf-8", "replace")) % BUCKETS for piece in (*found, marked)]


@lru_cache(maxsize=1)
def _weights() -> memoryview:
    return memoryview((Path(__file__).parent / "names.model").read_bytes()).cast("b")


@lru_cache(maxsize=8192)
def resemblance(word: str) -> float:
    """Nats for (positive) or against a word in lower case being a given or a family name."""
    weights = _weights()
    return (weights[0] + sum(weights[1 + bucket] for bucket in set(pieces(word)))) / _UNIT
