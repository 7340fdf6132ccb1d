"""`%mlsec schema` relaxes by a diff and on word, says what an edit came to, and prints code that validates equally."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from jupyter_mlsec.controls.schema import modelcode, written
from jupyter_mlsec.controls.schema.spec import Check, Column, Schema
from jupyter_mlsec.protocol.errors import SchemaError, UsageError
from jupyter_mlsec.protocol.facts import Facts, Label, Labels
from tests.controls.schema.test_control import RESOURCE, Place, rules, table

WHEN = "2020-01-01 00:00:00"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A project with one approved schema."""
    made = Place(tmp_path)
    made.load(table())
    made.say("approve", RESOURCE)
    return made


def the_file(place: Place) -> Path:
    return next((place.state / "schemas").iterdir())


def test_relax_shows_a_diff_and_changes_nothing_until_it_is_told_to(place: Place) -> None:
    odd = table(age=[9000] * 100, site=["moon"] * 100)
    place.load(odd)
    before = the_file(place).read_bytes()
    shown = place.say("relax", RESOURCE).text
    assert "+    less_than_or_equal_to: 9000" in shown
    assert "+    - moon" in shown
    assert the_file(place).read_bytes() == before
    assert rules(place.load(odd)) == ["schema.violated"]
    place.say("relax", RESOURCE, "--yes")
    assert place.load(odd) == []
    assert rules(place.load(table(age=[9900] * 100))) == ["schema.violated"]


def test_what_relax_did_is_recorded_without_a_value_and_undone(place: Place) -> None:
    before = the_file(place).read_bytes()
    place.load(table(site=["moon"] * 100))
    place.say("relax", RESOURCE, "--yes")
    _, _, details = place.deeds[-1]
    assert details["deed"] == "relax"
    assert "moon" not in str(details)
    assert place.control.undo(details).ok
    assert the_file(place).read_bytes() == before
    assert rules(place.load(table(site=["moon"] * 100))) == ["schema.violated"]


def test_relax_keeps_what_else_a_person_wrote(place: Place) -> None:
    the_file(place).write_text("# asked for by the lab\ncolumns:\n  age:\n    description: years\n    less_than: 50\n")
    place.say("approve", RESOURCE)
    place.say("relax", "df", RESOURCE, "--yes", df=table(age=[70] * 100))
    assert the_file(place).read_text() == (
        "# asked for by the lab\ncolumns:\n  age:\n    description: years\n    less_than: 71\n"
    )


def test_a_learned_schema_is_relaxed_too(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.load(table())
    place.load(table(age=[9000] * 100))
    place.say("relax", RESOURCE, "--yes")
    assert place.load(table(age=[9000] * 100)) == []


def test_relax_takes_no_value_of_a_labelled_column(place: Place) -> None:
    facts = Facts()
    facts.add(Labels(labels=(Label(column="site", type="PERSON", score=1.0),)))
    place.load(table(site=["Zoe Smith"] * 100), facts=facts)
    assert "Zoe" not in place.say("relax", RESOURCE, "--yes").text
    assert "Zoe" not in the_file(place).read_text()
    assert "Zoe" not in place.say("check", "df", RESOURCE, df=table(site=["Zoe Smith"] * 100)).text


def test_check_without_a_table_tells_of_the_last_failure(place: Place) -> None:
    place.load(table(age=[9000] * 100))
    text = place.say("check", RESOURCE).text
    assert "age: less_than_or_equal_to  100 of 100  rows 0, 1, 2, 3, 4, ...  such as ####" in text
    with pytest.raises(SchemaError, match="No load of"):
        place.say("check", "other.csv")


def test_edit_says_what_the_file_comes_to(place: Place) -> None:
    assert "approved by you" in place.say("edit", RESOURCE).text
    the_file(place).write_text("columns: {}\n")
    assert "not approved by you as it is now" in place.say("edit", RESOURCE).text
    the_file(place).write_text("columns:\n  age:\n    is_prime: 3\n")
    with pytest.raises(SchemaError, match=r"line 3: key columns\.age\.is_prime"):
        place.say("edit", RESOURCE)


def test_two_files_for_one_resource_are_said_and_both_followed(place: Place) -> None:
    the_file(place).with_suffix(".json").write_text('{"columns": {"age": {"less_than": 30}}}')
    assert rules(place.load(table())) == ["schema.twice", "schema.violated"]
    the_file(place).with_suffix(".json").write_text('{"columns": {}}')
    assert rules(place.load(table(age=[9000] * 100))) == ["schema.twice", "schema.violated"]
    with pytest.raises(SchemaError, match="more than one"):
        place.say("relax", RESOURCE)


def test_a_json_file_that_was_approved_goes_on_to_work(place: Place) -> None:
    the_file(place).unlink()
    path = place.state / "schemas" / "x.json"
    name = next((place.state / "learned").glob("*.json")).name
    path = path.with_name(name)
    path.write_text('{"columns": {"age": {"less_than": 30}}}')
    place.say("approve", RESOURCE)
    assert rules(place.load(table())) == ["schema.violated"]


@pytest.mark.parametrize("words", [("approve", RESOURCE, "--yes"), ("relax",), ("code", "a", "b"), ("edit",)])
def test_words_that_mean_nothing_are_refused(place: Place, words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="schema takes"):
        place.say(*words)


def checks_of(column: Any) -> list[tuple[str, dict[str, Any]]]:
    return sorted((check.name, check.statistics) for check in column.checks)


def test_the_code_validates_as_the_file_does() -> None:
    pandera = pytest.importorskip("pandera.pandas")
    many = {"min_value": 0, "max_value": 9, "include_min": True, "include_max": False}
    columns = (
        Column(name="age", type="integer", nulls=0.0, checks=(Check(name="in_range", statistics=many),)),
        Column(
            name="é x", type="text", unique=True, checks=(Check(name="isin", statistics={"allowed_values": ["no"]}),)
        ),
        Column(name="class", type="time", checks=(Check(name="less_than", statistics={"max_value": WHEN}),)),
        Column(name="validate", type="number", required=False),
        Column(name="b", type="boolean", nulls=0.0),
        Column(name='q"\\', type="text", checks=(Check(name="str_matches", statistics={"pattern": "[\"']\\d"}),)),
        Column(name="Config"),
    )
    schema = Schema(resource='data/a"b\\.csv', columns=columns, strict=True)
    names: dict[str, Any] = {}
    exec(compile(modelcode.code(schema), "code", "exec", dont_inherit=True), names)
    model = names["ABCsv"].to_schema()
    filed = pandera.DataFrameSchema.from_yaml(written.to_yaml(schema).decode())
    assert (model.name, model.strict, list(model.columns)) == (filed.name, filed.strict, list(filed.columns))
    for ours, theirs in zip(model.columns.values(), filed.columns.values(), strict=True):
        assert (ours.dtype, ours.nullable, ours.unique, ours.required) == (
            theirs.dtype,
            theirs.nullable,
            theirs.unique,
            theirs.required,
        )
        assert checks_of(ours) == checks_of(theirs)


def test_code_is_printed_for_a_resource(place: Place) -> None:
    source = place.say("code", RESOURCE).text
    names: dict[str, Any] = {}
    exec(compile(source, "code", "exec", dont_inherit=True), names)
    fine = pd.DataFrame({"age": pd.array([40] * 3, "int64"), "site": ["north", "south", "north"]})
    names["PatientsCsv"].validate(fine)
    with pytest.raises(Exception, match="less_than_or_equal_to"):
        names["PatientsCsv"].validate(fine.assign(age=9000))
