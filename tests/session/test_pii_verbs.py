"""`%mlsec pii` in a real kernel: masked copies that join and open again, and what a finding was made of."""

from __future__ import annotations

import json

import pytest

from tests.session.kernels import Kernel

PEOPLE = "mail,age,zip\n" + "".join(f"anna{n}@example.org,{20 + n % 50},{10115 + n}\n" for n in range(60))


@pytest.fixture
def loaded(guarded: Kernel) -> Kernel:
    (guarded.project / "people.csv").write_text(PEOPLE)
    guarded.run("df = pd.read_csv('people.csv')")
    return guarded


def test_tokens_join_across_tables_and_reversible_names_open_again(loaded: Kernel) -> None:
    assert "keys init" in loaded.run("%mlsec pii df --mask --how token").traceback
    loaded.run("%mlsec keys init --yes --fleeting")
    loaded.run("other = df.sample(frac=1, random_state=1)[['mail']]")

    loaded.run("%mlsec pii df --mask --how token\n%mlsec pii other --mask --how token")
    loaded.run("names = __import__('jupyter_mlsec').mask(df, 'reversible')\n%mlsec pii names --unmask")

    assert loaded.run("print(len(df_masked.merge(other_masked, on='mail')))").text.strip() == "60"
    assert (
        loaded.run("print(names_unmasked.mail.equals(df.mail), names.mail.equals(df.mail))").text.strip()
        == "True False"
    )
    shown = loaded.run("%mlsec ledger show")
    assert "unmasked" in shown.text
    assert "anna" not in shown.text


def test_the_labels_of_a_masked_copy_are_taken_off_or_weakened_by_a_rule_that_is_recorded(loaded: Kernel) -> None:
    loaded.run("%mlsec pii df --mask")
    loaded.run("df_masked.to_csv('off.csv')")
    loaded.run("%mlsec pii df --mask --how partial")
    loaded.run("df_masked.to_csv('weak.csv')")

    entries = json.loads(loaded.run("%mlsec ledger show --json").text)
    labels = {
        entry["resource"]: next(fact for fact in entry["facts"] if fact["fact"] == "Labels")
        for entry in entries
        if entry.get("resource") in ("off.csv", "weak.csv")
    }
    assert [(one["column"], one["rule"]) for one in labels["off.csv"]["cleared"]] == [("mail", "masked")]
    assert [(one["column"], one["rule"]) for one in labels["weak.csv"]["labels"]] == [("mail", "computed")]
    deeds = [entry["details"] for entry in entries if entry.get("verb") == "masked"]
    assert [(deed["into"], deed["columns"], deed["rule"]) for deed in deeds] == [
        ("df_masked", "mail", "masked"),
        ("df_masked", "mail", "computed"),
    ]


def test_why_shows_masked_examples_and_never_a_value(loaded: Kernel) -> None:
    ran = loaded.run("%mlsec why")

    assert "pii.email" in ran.text
    assert "a***@***.org" in ran.text
    assert "anna" not in ran.text


def test_risk_is_told_and_columns_can_be_named(loaded: Kernel) -> None:
    found, named = loaded.run("%mlsec pii df --risk"), loaded.run("%mlsec pii df age --risk")

    assert "60 rows by age, zip: 100 % are unique, k = 1." in found.text
    assert "60 rows by age:" in named.text


def test_a_comment_in_the_loading_cell_mutes_it(guarded: Kernel) -> None:
    (guarded.project / "people.csv").write_text(PEOPLE)

    ran = guarded.run("# mlsec: allow EMAIL in mail -- test data\ndf = pd.read_csv('people.csv')")

    assert "mlsec:" not in ran.text
    assert "not told: mail EMAIL (test data)" in guarded.run("%mlsec findings").text


def test_a_saved_notebook_is_searched_with_its_markdown(guarded: Kernel) -> None:
    (guarded.project / "talk.ipynb").write_text(
        '{"cells": [{"cell_type": "markdown", "source": ["ask anna@example.org"]},'
        '{"cell_type": "code", "source": "df", "outputs": [{"data": {"text/html": ["<td>bob@example.org</td>"]}}]}]}'
    )

    assert guarded.run("%mlsec pii --notebook talk.ipynb").text.splitlines()[:3] == [
        "talk.ipynb:",
        "  cell 1 (Markdown): 1 EMAIL",
        "  cell 2 (output): 1 EMAIL",
    ]
