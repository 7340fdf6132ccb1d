"""A fix names what it mends, whatever that is called, and is never more than lines of ours."""

from __future__ import annotations

import shlex

from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlsec.protocol.commands import line, lines


@given(st.text(min_size=1))
def test_a_name_is_one_word_of_one_line_or_there_is_no_line(name):
    made = line("seal", name)
    if made is None:
        assert not name.isprintable()
    else:
        assert len(made.splitlines()) == 1
        assert shlex.split(made) == ["%mlsec", "seal", name]


def test_words_after_the_name_stand_after_it():
    assert line("open", "a b.csv", after="-o PLAIN") == "%mlsec open 'a b.csv' -o PLAIN"
    assert line("schema check", "a.csv") == "%mlsec schema check a.csv"


def test_a_cell_lacks_no_line():
    assert lines(line("open", "a"), line("seal", "b")) == "%mlsec open a\n%mlsec seal b"
    assert lines(line("open", "a"), line("seal", "b\nimport os")) is None
