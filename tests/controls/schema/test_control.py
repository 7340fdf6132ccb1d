"""The first load teaches, later loads are compared, approved schemas deny, and a stranger's schema loosens nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import polars as pl
import pytest

from jupyter_mlsec.controls.contract import Call, Site
from jupyter_mlsec.controls.schema import RULES, Settings, build
from jupyter_mlsec.controls.schema.store import safe_name
from jupyter_mlsec.protocol.errors import SchemaError, UsageError
from jupyter_mlsec.protocol.facts import Facts, Label, Labels, SchemaVerdict, Shape
from jupyter_mlsec.protocol.records import Cell, Finding, Operation, Resource, Subject
from jupyter_mlsec.protocol.watch import Watch

RESOURCE = "data/patients.csv"


def table(rows: int = 100, seed: int = 0, **changed: Any) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    columns = {"age": chance.integers(18, 90, rows), "site": chance.choice(["north", "south"], rows)}
    return pd.DataFrame({**columns, **changed})


class Place:
    def __init__(self, folder: Path, profile: str = "guard", **settings: Any) -> None:
        self.state, self.data = folder / ".mlsec", folder / "data"
        self.state.mkdir(exist_ok=True)
        self.data.mkdir(exist_ok=True)
        self.deeds: list[tuple[str, str, dict[str, str]]] = []
        chosen = msgspec.structs.replace(Settings.of(profile), **settings)
        self.control: Any = build(
            Site(
                settings=chosen,
                profile=profile,
                project=lambda: folder,
                state=lambda: self.state,
                data=lambda: self.data,
                amend=lambda *_, **__: None,
                record=lambda *deed: self.deeds.append(deed),
            )
        )

    def load(self, value: Any, name: str = RESOURCE, kind: str = "file", facts: Facts | None = None) -> list[Finding]:
        watch = Watch(target="read_csv", action="read")
        operation = Operation(
            id="1",
            action="read",
            subject=Subject(name="someone"),
            resource=Resource(kind=kind, name=name),
            cell=Cell(execution=1),
            library="pandas",
            function="read_csv",
            at=0,
        )
        return list(self.control.after(operation, Call(watch, (), {}, {}), value, Facts() if facts is None else facts))

    def say(self, *words: str, **namespace: Any) -> Any:
        return self.control.verbs()[0].run(words, namespace)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def rules(findings: list[Finding]) -> list[str]:
    return [finding.rule for finding in findings]


def test_the_first_load_teaches_and_the_second_is_silent(place: Place) -> None:
    assert rules(place.load(table())) == ["schema.learned"]
    assert place.load(table(seed=1)) == []


def test_a_load_that_differs_from_what_was_learned_warns_with_column_check_and_count(place: Place) -> None:
    place.load(table())
    facts = Facts()
    (finding,) = place.load(table(age=[9000] * 100), facts=facts)
    assert (finding.rule, finding.effect, finding.level) == ("schema.differs", "permit", "warning")
    assert "column age: less_than_or_equal_to failed for 100 of 100 rows" in finding.message
    verdict = facts.find(SchemaVerdict)
    assert verdict is not None
    assert (verdict.state, verdict.ok, verdict.failures) == ("learned", False, (("age", "less_than_or_equal_to", 100),))


def test_a_load_that_violates_an_approved_schema_is_denied(place: Place) -> None:
    place.load(table())
    place.say("approve", RESOURCE)
    assert place.load(table(seed=1)) == []
    (finding,) = place.load(table(site=["moon"] * 100))
    assert (finding.rule, finding.effect, finding.level) == ("schema.violated", "deny", "error")
    assert "was not loaded" in finding.message
    assert "column site: isin failed for 100 of 100 rows" in finding.message
    assert "moon" not in finding.message


def test_a_missing_column_and_a_changed_type_are_named(place: Place) -> None:
    place.load(table())
    place.say("approve", RESOURCE)
    (finding,) = place.load(table(age=["old"] * 100).drop(columns="site"))
    assert "column site is missing" in finding.message
    assert "column age: dtype integer" in finding.message


def test_observe_never_denies_even_when_its_section_says_so(tmp_path: Path) -> None:
    place = Place(tmp_path, "observe", approved="deny", unapproved="deny", learned="deny")
    assert not place.control.may_deny
    place.load(table())
    place.say("approve", RESOURCE)
    (finding,) = place.load(table(age=[9000] * 100))
    assert (finding.rule, finding.effect, finding.level) == ("schema.violated", "permit", "warning")
    assert "was not loaded" not in finding.message


def test_strict_denies_what_nobody_approved_and_learns_it(tmp_path: Path) -> None:
    place = Place(tmp_path, "strict")
    assert rules(place.load(table())) == ["schema.learned", "schema.unapproved"]
    place.say("approve", RESOURCE)
    assert place.load(table(seed=1)) == []


def test_a_schema_that_came_with_the_project_tightens_but_approves_nothing(tmp_path: Path) -> None:
    author = Place(tmp_path, "strict")
    author.load(table())
    author.say("approve", RESOURCE)
    (tmp_path / "data" / "trusted-policies.json").unlink()
    reader = Place(tmp_path, "strict")
    assert rules(reader.load(table(seed=1))) == ["schema.unapproved"]
    assert rules(reader.load(table(site=["moon"] * 100))) == ["schema.violated", "schema.differs", "schema.unapproved"]
    reader.say("approve", RESOURCE)
    assert reader.load(table(seed=1)) == []


def test_a_labelled_column_leaves_no_value_in_the_schema(place: Place) -> None:
    facts = Facts()
    facts.add(Labels(labels=tuple(Label(column=name, type="PERSON", score=1.0) for name in ("site", "age"))))
    place.load(table(), facts=facts)
    place.say("approve", RESOURCE)
    files = [path for path in place.state.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".json", ".yaml"}
    written = "".join(path.read_text() for path in files)
    assert "north" not in written
    assert "_than_or_equal_to" not in written


def test_rare_or_uncodelike_values_are_never_listed(place: Place) -> None:
    secrets = np.random.default_rng(0).choice(["s3cr3t!Pa55word-of-mine", "x@example.org"], 100)
    place.load(table(secret=secrets, once=["Zebulon"] + ["other"] * 99))
    written = next((place.state / "learned").glob("*.json")).read_text()
    assert "s3cr3t" not in written
    assert "example.org" not in written
    assert "Zebulon" not in written


def test_buffers_other_values_and_empty_tables_teach_nothing(place: Place) -> None:
    assert place.load(table(), kind="buffer") == []
    assert place.load([1, 2]) == []
    assert place.load(pd.DataFrame()) == []
    assert place.load(table(rows=0)) == []
    assert not (place.state / "learned").exists()


def test_every_read_table_gets_its_shape_as_a_fact(place: Place) -> None:
    facts = Facts()
    place.load(pl.DataFrame({"a": [1]}), facts=facts)
    assert facts.find(Shape) == Shape(rows=1, columns=("a",), types=("int64",))


def stream(place: Place, id: str, *pieces: Any, facts: Facts | None = None) -> list[list[str]]:
    """What is said of each piece of one load."""
    operation = Operation(
        id=id,
        action="read",
        subject=Subject(name="someone"),
        resource=Resource(kind="file", name=RESOURCE),
        cell=Cell(execution=1),
        library="pandas",
        function="read_csv",
        at=0,
    )
    facts = Facts() if facts is None else facts
    return [rules(list(place.control.during(operation, piece, facts))) for piece in pieces]


def test_a_stream_that_teaches_teaches_with_all_of_its_pieces(place: Place) -> None:
    assert stream(place, "1", table(), table(seed=1), table(age=[9000] * 100)) == [["schema.learned"], [], []]
    assert place.load(table(age=[8000] * 100)) == []


def test_a_later_stream_is_checked_piece_by_piece_and_says_each_failure_once(place: Place) -> None:
    place.load(table())
    odd, facts = table(age=[9000] * 100), Facts()
    assert stream(place, "2", table(seed=1), odd, odd, table(site=["moon"] * 100), facts=facts) == [
        [],
        ["schema.differs"],
        [],
        ["schema.differs"],
    ]
    verdict = facts.find(SchemaVerdict)
    assert verdict is not None
    assert not verdict.ok
    assert ("age", "less_than_or_equal_to", 200) in verdict.failures


def test_a_piece_that_violates_an_approved_schema_is_denied_with_its_place_in_the_stream(place: Place) -> None:
    place.load(table())
    place.say("approve", RESOURCE)
    said = stream(place, "3", table(seed=1), table(seed=2, age=[50] * 90 + [9000] * 10))
    assert said == [[], ["schema.violated"]]
    failed = place.control.failed.find(RESOURCE)
    assert "rows 190, 191, 192, 193, 194, ..." in failed.report


def test_that_uniqueness_holds_within_a_piece_only_is_said_once(place: Place) -> None:
    folder = place.state / "schemas"
    folder.mkdir()
    (folder / f"{safe_name(RESOURCE)}.yaml").write_text("columns: {age: {unique: true}}")
    place.say("approve", RESOURCE)
    keys = [pd.DataFrame({"age": range(100)})] * 2
    assert stream(place, "4", *keys) == [["schema.unchecked"], []]


def test_undo_takes_an_approval_back(place: Place) -> None:
    place.load(table())
    place.say("approve", RESOURCE)
    (verb, subject, details) = place.deeds[0]
    assert (verb, subject) == ("schema", RESOURCE)
    assert place.control.undo(details).ok
    assert rules(place.load(table(age=[9000] * 100))) == ["schema.differs"]
    assert list((place.state / "schemas").iterdir()) == []


def test_undo_of_a_second_approval_brings_the_first_back(place: Place) -> None:
    place.load(table())
    place.say("approve", RESOURCE)
    place.say("reset", RESOURCE)
    place.control.store.keep(msgspec.structs.replace(place.control.store.approved(RESOURCE).schema, columns=(), rows=1))
    place.say("approve", RESOURCE)
    assert place.load(table(age=[9000] * 100)) == []
    place.control.undo(place.deeds[-1][2])
    assert rules(place.load(table(age=[9000] * 100))) == ["schema.violated"]


def test_an_edited_schema_is_not_removed_by_undo(place: Place) -> None:
    place.load(table())
    place.say("approve", RESOURCE)
    path = next((place.state / "schemas").iterdir())
    path.write_text(path.read_text().replace("north", "north"[::-1]))
    assert "stays" in place.control.undo(place.deeds[0][2]).text
    assert path.exists()


def test_reset_makes_the_next_load_teach_again(place: Place) -> None:
    place.load(table())
    place.say("reset", RESOURCE)
    assert rules(place.load(table(age=[9000] * 100))) == ["schema.learned"]
    assert not place.control.undo(place.deeds[-1][2]).ok


def test_the_verbs_show_list_and_check(place: Place) -> None:
    place.load(table())
    assert place.say().data == {RESOURCE: "learned"}
    assert "site" in place.say("show", RESOURCE).text
    assert "age" in place.say("df", df=table()).text
    assert place.say("check", "df", RESOURCE, df=table(seed=1)).ok
    answer = place.say("check", "df", RESOURCE, df=table(age=[9000] * 100))
    assert not answer.ok
    assert answer.data["failures"] == [{"column": "age", "check": "less_than_or_equal_to", "count": 100}]
    place.say("approve", RESOURCE)
    assert place.say("list").data == {RESOURCE: "approved"}
    msgspec.json.encode(place.say("show", RESOURCE).data)


@pytest.mark.parametrize("words", [("approve",), ("show", "a", "b"), ("check",), ("approve", "a", "b", "c")])
def test_words_a_verb_does_not_take_are_refused(place: Place, words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="schema takes"):
        place.say(*words)


def test_the_end_of_a_path_is_enough_where_it_is_unique(place: Place) -> None:
    there = place.state.parent / RESOURCE
    there.parent.mkdir(exist_ok=True)
    there.touch()
    place.load(table())
    assert RESOURCE in place.say("show", "patients.csv").text
    place.load(table(), name="other/patients.csv")
    with pytest.raises(SchemaError, match=r"No schema of patients\.csv"):
        place.say("show", "patients.csv")


def test_unknown_resources_and_variables_are_named(place: Place) -> None:
    for words in (("approve", "x.csv"), ("reset", "x.csv"), ("show", "x.csv"), ("check", "df", "x.csv")):
        with pytest.raises(SchemaError, match=r"x\.csv"):
            place.say(*words)
    place.load(table())
    with pytest.raises(UsageError, match="no table"):
        place.say("check", "absent", RESOURCE)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"columns": {\n"age": \n}}', "line 3"),
        ("[]", "columns"),
        ('{"columns": {"age": {"is_prime": true}}}', "columns.age.is_prime"),
        ('{"columns": {"age": {"in_range": {"floor": 3}}}}', "columns.age.in_range"),
        ('{"columns": {"age": {"nullable": "no"}}}', "columns.age.nullable"),
        ('{"columns": {}, "index": [1]}', "index"),
        ('{"columns": {}, "drop_invalid_rows": true}', "drop_invalid_rows"),
    ],
)
def test_a_schema_file_that_cannot_be_followed_is_said_with_its_key(place: Place, text: str, named: str) -> None:
    folder = place.state / "schemas"
    folder.mkdir()
    (folder / f"{safe_name(RESOURCE)}.json").write_text(text)
    findings = place.load(table())
    assert rules(findings) == ["schema.unreadable", "schema.learned"]
    assert named in findings[0].message


def test_a_schema_written_as_pandera_yaml_is_followed(place: Place) -> None:
    pytest.importorskip("yaml")
    import pandera.pandas as pandera

    schema = pandera.DataFrameSchema({"age": pandera.Column("int64", pandera.Check.in_range(0, 50), nullable=True)})
    folder = place.state / "schemas"
    folder.mkdir()
    (folder / f"{safe_name(RESOURCE)}.yaml").write_text(schema.to_yaml())
    assert "schema.violated" in rules(place.load(table()))
    assert "schema.violated" not in rules(place.load(table(age=[20] * 100)))


def test_an_approved_file_is_one_pandera_reads(place: Place) -> None:
    import pandera.pandas as pandera

    place.load(table())
    place.say("approve", RESOURCE)
    schema = pandera.DataFrameSchema.from_yaml(next((place.state / "schemas").iterdir()).read_text())
    schema.validate(table(seed=1))
    with pytest.raises(pandera.errors.SchemaError):
        schema.validate(table(age=[9000] * 100))


def test_planted_links_are_not_followed_or_written_through(place: Place, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (place.state / "learned").mkdir()
    (place.state / "learned" / f"{safe_name(RESOURCE)}.json").symlink_to(victim)
    (place.state / "schemas").symlink_to(tmp_path)
    place.load(table())
    assert victim.read_text() == "mine"
    with pytest.raises(SchemaError, match="link"):
        place.say("approve", RESOURCE)


def test_a_damaged_learned_file_is_learned_anew(place: Place) -> None:
    place.load(table())
    next((place.state / "learned").iterdir()).write_bytes(b"\xff")
    assert rules(place.load(table(seed=1))) == ["schema.learned"]


def test_the_same_file_name_in_two_folders_has_two_schemas() -> None:
    assert safe_name("a/x.csv") != safe_name("b/x.csv")
    assert "/" not in safe_name("../../etc/passwd")
    assert not safe_name("..").startswith(".")


def test_a_policy_may_only_be_tightened_by_what_refuses_more() -> None:
    guard = Settings()
    assert Settings.of("observe").loosened(guard) == ("approved",)
    assert Settings.of("strict").loosened(guard) == ()
    assert Settings(learn=False, learned="note").loosened(guard) == ("learn", "learned")


def test_every_rule_says_all_of_its_sentences() -> None:
    for rule in RULES:
        assert all(getattr(rule, field) for field in ("what", "why", "safeguard", "fix", "way_on", "teach", "message"))
        assert rule.id.startswith("schema.")
