"""Rows that are written one by one: masked, in their places, and with the writer's own errors."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from jupyter_mlsec.controls.pii.rows import MaskedRows
from jupyter_mlsec.controls.pii.settings import MaskRule

MAILS = [f"anna{number}@example.org" for number in range(40)]


def _written(rows: list[Any], *, at_once: bool = False, **more: Any) -> tuple[list[list[str]], list[Any]]:
    """What stands in the file, and what was told."""
    file, told = io.StringIO(), list[Any]()
    writer = MaskedRows(csv.writer(file), [MaskRule(on="save")], lambda *said: told.append(said), **more)
    if at_once:
        writer.writerows(row for row in rows)
    else:
        for row in rows:
            writer.writerow(row)
    return list(csv.reader(io.StringIO(file.getvalue()))), told


@pytest.mark.parametrize("at_once", [True, False])
def test_no_cell_takes_another_ones_place(at_once: bool) -> None:
    rows = [["a", "a", "0"], *[[number, mail, -number, "more"] for number, mail in enumerate(MAILS)]]

    written, _ = _written(rows, at_once=at_once)

    assert written[0] == ["a", "a", "0"]
    assert [row[1] for row in written[1:]] == ["[EMAIL]"] * 40
    assert [(row[0], row[2], row[3]) for row in written[1:]] == [(str(n), str(-n), "more") for n in range(40)]


def test_rows_of_every_length_stay_as_long() -> None:
    rows: list[list[Any]] = [[], ["x"], ["x", None, MAILS[0]], ["", "", "", 4]]

    written, _ = _written(rows)

    assert [len(row) for row in written] == [0, 1, 3, 4]
    assert written[2][2] == "[EMAIL]"


def test_a_header_that_is_known_is_written_as_it_is_once() -> None:
    written, told = _written([["mail"], *[[mail] for mail in MAILS]], names=["mail"])

    assert written[0] == ["mail"]
    assert {row[0] for row in written[1:]} == {"[EMAIL]"}
    assert [late for _, late in told] == [()]


def test_a_column_that_shows_itself_late_is_told_with_its_name() -> None:
    rows = [["who"], ["-"], ["n/a"], ["none"], *[[f"Anna Schmidt-{name}"] for name in ("Meier", "Bauer", "Wolf")] * 9]

    written, told = _written(rows)

    assert "Bauer" not in str(written[8:])
    assert told


def test_what_is_no_row_gives_the_writers_own_error() -> None:
    for at_once in (True, False):
        with pytest.raises(csv.Error, match="iterable expected"):
            _written([["a", "b"], 5], at_once=at_once)


def test_the_dialect_is_the_writers() -> None:
    writer = MaskedRows(csv.writer(io.StringIO(), delimiter=";"), [MaskRule(on="save")], lambda *_: None)

    assert writer.dialect.delimiter == ";"
