"""Short texts are searched for hints by Python's engine: with the same answers as RE2's, and in linear time."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlsec.controls.pii import prefilter
from jupyter_mlsec.controls.pii.recognizers import catalogue

HINTS = sorted({one.hint for one in catalogue()} | set(prefilter.RUNS.values()))
PIECES = st.sampled_from(
    ["key", "token", " = ", "'", "pass", "@", "AKIA", "ghp_", "0123456789", "A1b2C3d4", "-", ".", "\n", " ", "é", "://"]
)


@given(st.lists(PIECES | st.text(max_size=8), max_size=30))
@settings(max_examples=60, deadline=None)
def test_both_engines_say_the_same_of_every_hint(pieces):
    data = "".join(pieces).encode("utf-8", "replace")
    differing = [hint for hint in HINTS if prefilter._occurs_once(hint, data) != prefilter._by_arrow(hint, data)]
    assert differing == []


def test_a_cells_source_is_searched_without_compiling_anew(monkeypatch):
    monkeypatch.setattr(prefilter, "_by_arrow", None)  # called, it would raise
    monkeypatch.setattr(prefilter, "engine", lambda: prefilter.Engine())
    assert [one.type for one in prefilter.hinted(b"password = 'Xk29fjq8'", frozenset(("CREDENTIAL",)))]


@pytest.mark.parametrize("hint", HINTS)
def test_no_hint_repeats_within_what_it_repeats(hint):
    """A repeat without end inside another (`(a+)+`) is what takes Python's engine more than linear time."""
    assert hint.isascii()
    assert not re.search(r"[+*}]\)[+*]|[+*]\)\{", hint), hint
