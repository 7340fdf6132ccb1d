"""What the tests of several files are handed."""

from __future__ import annotations

import pytest

from tests.interception.toys import Toy


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """Makes a library of this source, with these functions to watch."""
    monkeypatch.syspath_prepend(tmp_path)
    made = []

    def make(source, *targets, callers="by-count"):
        made.append(Toy(tmp_path, source, targets, callers))
        return made[-1]

    yield make
    for one in made:
        one.forget()
