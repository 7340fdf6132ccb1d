"""Texts on their way out: hidden in place, so that layout, tags and colours stay; and what is no data is left alone."""

from __future__ import annotations

import random

import pytest

from jupyter_mlsec.controls.pii.shown import bare, counted, hidden, hidden_in, texts_in
from jupyter_mlsec.session.outputs import Lines

PIECES = [*"<>/ \n\t&;é中\udcff\u202e0123456789._-%", "anna@example.org", "078-05-1120", "<td>", "</td>", "\x1b[0;31m",
          "<style>", "</style>"]  # fmt: skip


@pytest.mark.parametrize("count", [300, pytest.param(20_000, marks=pytest.mark.long)])
def test_whatever_is_hidden_everything_else_stays_in_its_place(count: int) -> None:
    chance = random.Random(count)
    for _ in range(count):
        text = "".join(chance.choice(PIECES) for _ in range(chance.randrange(60)))
        for kind in ("text/plain", "text/html"):
            made = hidden(kind, text)
            assert len(made) == len(text)
            assert [c for c in made if c in "<>\n\x1b"] == [c for c in text if c in "<>\n\x1b"]


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        ("text/plain", "to anna@example.org now", "to [EMAIL]********* now"),
        ("text/html", "<td>anna@example.org</td>", "<td>[EMAIL]*********</td>"),
        ("text/html", "<td>anna@<b>example</b>.org</td>", "<td>anna@<b>example</b>.org</td>"),
        ("text/plain", "\x1b[31manna@example.org\x1b[0m", "\x1b[31m[EMAIL]*********\x1b[0m"),
        ("text/plain", "loss 0.123456789, 0.987654321", "loss 0.123456789, 0.987654321"),
        ("text/html", "<style>#sk-toggleable__label-arrow {}</style>", "<style>#sk-toggleable__label-arrow {}</style>"),
        ("text/plain", "", ""),
    ],
)
def test_a_text_is_hidden_by_its_kind(kind: str, text: str, shown: str) -> None:
    assert hidden(kind, text) == shown


def test_only_wanted_types_are_hidden_and_counted() -> None:
    text = "anna@example.org 078-05-1120"

    assert "078-05-1120" in hidden("text/plain", text, frozenset({"EMAIL"}))
    assert counted([text], lambda kind, _: kind == "EMAIL") == {"EMAIL": 1}


def test_the_body_of_a_request_keeps_its_form() -> None:
    body = {"model": "toy", "messages": [{"role": "user", "content": [{"type": "text", "text": "anna@example.org"}]}]}

    made = hidden_in(body)

    assert made["messages"][0]["content"][0] == {"type": "text", "text": "[EMAIL]*********"}
    assert (made["model"], made["messages"][0]["role"]) == ("toy", "user")
    assert list(texts_in(body)) == ["anna@example.org"]
    assert body["messages"][0]["content"][0]["text"] == "anna@example.org"


def test_time_stays_linear_in_the_length() -> None:
    for pattern in ("<", "<style", "<a ", "\x1b[", "anna@", "1 "):
        assert len(bare(pattern * 40_000)) == len(pattern) * 40_000


def test_printed_pieces_come_out_whole_whichever_way_they_were_cut() -> None:
    chance, text = random.Random(1), "one two\nthree\rfour anna@example.org\nand no end"
    for _ in range(100):
        cuts = sorted(chance.randrange(len(text) + 1) for _ in range(4))
        lines, out, rest = Lines(), list[str](), list[str]()
        for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
            content = {"name": "stdout", "text": text[start:end]}
            out.append(lines.whole(content, (None, "stream", (), {}), hidden))
        lines.release(lambda _socket, _kind, content, kept=rest: kept.append(content["text"]))
        assert "".join([*out, *rest]) == text.replace("anna@example.org", "[EMAIL]*********")
