"""`%mlsec panel`: what its small pictures are made of, and what is to be chosen, as lines and as buttons."""

from __future__ import annotations

import json
import random
import shlex

import pytest

from jupyter_mlsec.session.verbs.choosing import Choices

CHOOSER = """
from jupyter_mlsec.session import running
from jupyter_mlsec.session.verbs.choosing import Chooser
chooser = Chooser(running.the_house(), dict(people=people))
"""


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
    assert "expected " in said  # the bounds are wider than the values were: not what the column holds
    assert "anna" not in said
    assert "Rome" not in said


def test_a_table_nobody_loaded_has_no_picture(guarded):
    assert "Nothing is known" in guarded.run("%mlsec panel --columns no.csv").text
    assert json.loads(guarded.run("%mlsec panel --columns no.csv --json").text) == {}


def test_without_widgets_the_lines_are_printed(people):
    said = people.run(
        "import sys; sys.modules['ipywidgets'] = None\n"
        "import importlib.util; importlib.util.find_spec = lambda name: None\n"
        "%mlsec panel --choose"
    ).text

    assert "%mlsec schema approve people.csv" in said
    assert "%mlsec pii people --mask" in said


def test_the_lines_name_files_whatever_they_are_called():
    odd = Choices(schemas=("it's \\ odd.csv", "a\nimport os"), tables=())

    (_, made) = odd.lines().splitlines()

    assert shlex.split(made.partition(", then ")[2]) == ["%mlsec", "schema", "approve", "it's \\ odd.csv"]


def test_a_preview_shows_masked_values_only(people):
    people.run(CHOOSER)

    assert people.run("print(chooser.preview('people', 'redact'))").text.strip() == "mail: [EMAIL]"
    assert "anna" not in people.run("print(chooser.preview('people', 'partial'))").text
    assert "gone" in people.run("print(chooser.preview('gone', 'redact'))").text


def test_a_preview_shows_no_value_that_is_masked_in_part(people):
    people.run(
        "told = 'Zoe Maria Schmidt, Hauptstr. 5, fell ill {}'\n"
        "people['id'] = [f'{100 + n}-45-{6000 + n}' if n % 3 else told.format(n) for n in range(200)]\n" + CHOOSER
    )

    assert "id: [US_SSN]" in people.run("print(chooser.preview('people', 'redact'))").text.splitlines()
    assert "Zoe" not in people.run("print(chooser.preview('people', 'partial'))").text


def test_a_choice_does_what_its_line_does(people):
    people.run(CHOOSER)

    assert "is approved" in people.run("print(chooser.approve('people.csv'))").text
    assert "nothing to choose" not in people.run("%mlsec panel --choose").text
    assert "people.csv  approved" in people.run("%mlsec schema").text


def test_with_widgets_a_button_answers_in_place(people):
    pytest.importorskip("ipywidgets", reason="make test-heavy brings ipywidgets")
    people.run(f"{CHOOSER}\nfrom jupyter_mlsec.session.widgets import choosing; answer = choosing(chooser)")

    found = people.run(
        "import ipywidgets as w; from ipywidgets.widgets.widget import _instances\n"
        "button = next(x for x in _instances.values() if getattr(x, 'description', '') == 'Preview')\n"
        "button.click()\n"
        "print([x.value for x in _instances.values() if isinstance(x, w.HTML) and x.value])"
    ).text

    assert "mail: " in found
    assert "anna" not in found
