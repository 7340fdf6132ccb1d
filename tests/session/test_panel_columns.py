"""What the panel's small pictures are made of: what was learned, and nothing of personal columns."""

from __future__ import annotations

import json
import random

import pytest


@pytest.fixture
def people(guarded, project):
    """A guarded kernel that loaded a table with mail addresses, numbers, a few words and gaps."""
    draw = random.Random(7)
    rows = [
        f"anna{n}@example.org,{draw.randint(20, 60)},{draw.choice(('Rome', 'Paris'))},{'' if n % 4 == 0 else n}"
        for n in range(200)
    ]
    (project / "people.csv").write_text("mail,age,city,visits\n" + "\n".join(rows) + "\n")
    guarded.run("people = pd.read_csv('people.csv')")
    return guarded


def test_ranges_counts_and_gaps_are_told_and_personal_columns_are_left_out(people):
    found = json.loads(people.run("%mlsec panel --columns people.csv --json").text)

    assert list(found) == ["age", "city", "visits"]
    low, high = found["age"]["usual"]
    least, most = found["age"]["admitted"]
    assert least < low < 20 < 60 < high < most
    assert found["city"] == {"values": 2}
    assert 0.2 < found["visits"]["missing"] < 0.3


def test_it_is_also_said_in_words(people):
    said = people.run("%mlsec panel --columns people.csv").text

    assert "2 different values" in said
    assert "anna" not in said
    assert "Rome" not in said


def test_a_table_nobody_loaded_has_no_picture(guarded):
    assert "Nothing is known" in guarded.run("%mlsec panel --columns no.csv").text
    assert json.loads(guarded.run("%mlsec panel --columns no.csv --json").text) == {}
