"""Random texts and cells, a hundred thousand in the long run: no error, and time that grows with length only."""

# ruff: noqa: E501, RUF001  (odd pieces, many to a line)

from __future__ import annotations

import random
import time

import pyarrow as pa
import pytest

from jupyter_mlsec.controls.pii import scan_table, scan_text

PIECES = [
    "@", "a@b.org", "+49", "0", "12", "4111 1111", "://", "key=", "sk-", "eyJ", "Calle", "12 rue", "Anna", "王", "김", "ก็", "शर्मा", "\u0301", "\ud800",
    "\u200b", " ", "  ", ",", ".", "-", "/", "(", ")", ":", "\n", "\0", "１", "ß", "İ", "ﬁ", "x" * 40, "9" * 20, "A1", "bc1q", "%40", "dni:", "born 1.1.",
]  # fmt: skip


def _text(rng: random.Random) -> str:
    return "".join(rng.choice(PIECES) for _ in range(rng.randrange(1, 14)))


def _fuzz(inputs: int, seed: int) -> None:
    rng = random.Random(seed)
    for number in range(inputs):
        text = _text(rng)
        assert all(0 <= s.start < s.end <= len(text) for s in scan_text(text))
        if number % 20 == 0:
            cells = [_text(rng).encode("utf-8", "replace").decode() for _ in range(rng.randrange(1, 30))]
            scan_table(pa.table({_text(rng).encode("utf-8", "replace").decode(): cells}))


def test_random_texts_and_tables_never_raise() -> None:
    _fuzz(400, 1)


@pytest.mark.long
def test_a_hundred_thousand_random_texts_and_tables_never_raise() -> None:
    _fuzz(100_000, 2)


@pytest.mark.parametrize("unit", ["เ", "ก็", "ab ", "a.b-", "12 a ", "A, ", "1 (", "क्ष ", "Ab/", "王 "])
def test_a_column_of_the_same_again_and_again_takes_linear_time(unit: str) -> None:
    def took(size: int) -> float:
        cells = [f"{i} " + unit * (size // len(unit)) for i in range(80)]
        began = time.process_time()
        scan_table(pa.table({"a": cells}))
        return time.process_time() - began

    took(60)
    assert took(1_600) <= 12 * max(took(400), 0.05)
