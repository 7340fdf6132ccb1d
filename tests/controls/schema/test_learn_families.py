"""A resource is known again: numbered files, moved files, statements; and one name in two places is two resources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import jupyter_mlsec
from jupyter_mlsec.controls.contract import Answer
from jupyter_mlsec.controls.schema.families import Families, agrees, is_among, outside, pattern, skeleton
from jupyter_mlsec.controls.schema.store import Store, safe_name
from jupyter_mlsec.protocol.entries import Amended, Did, Recorded
from jupyter_mlsec.protocol.errors import Denied


def month(rows: int = 100, **changed: object) -> pd.DataFrame:
    return pd.DataFrame({"amount": range(rows), "site": ["north", "south"] * (rows // 2), **changed})


class Project:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.house: Any = None
        self.deeds: list[dict[str, str]] = []
        self.heard: list[tuple[str, str]] = []

    def hear(self, entry: object) -> None:
        found = entry.decision.findings if isinstance(entry, Recorded) else getattr(entry, "findings", ())
        if isinstance(entry, Did):
            self.deeds.append(entry.details)
        if isinstance(entry, Recorded | Amended):
            self.heard += [(one.rule, one.message) for one in found if one.rule.startswith("schema.")]

    def write(self, name: str, table: pd.DataFrame) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        table.to_csv(path, index=False)
        return path

    def load(self, name: str) -> list[str]:
        self.heard.clear()
        pd.read_csv(self.root / name)
        return [rule for rule, _ in self.heard]

    def say(self, *words: str) -> Answer:
        answer: Answer = self.house.controls["schema"].verbs()[0].run(words, {})
        return answer

    def known(self) -> dict[str, str]:
        return Store(self.root / ".mlsec", self.root / "jupyter").resources()


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "p" / ".mlsec").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "p")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    made = Project(tmp_path / "p")
    for name, table in {"data/2024-01.csv": month(), "data/2024-02.csv": month(120)}.items():
        made.write(name, table)
    with jupyter_mlsec.guard("guard") as house:
        made.house = house
        house.journal.listen(made.hear)
        yield made


def test_the_next_month_is_compared_with_the_first(project: Project) -> None:
    assert project.load("data/2024-01.csv") == ["schema.learned"]
    assert project.load("data/2024-02.csv") == ["schema.recognized"]
    assert project.known() == {"data/2024-*.csv": "learned (2 files)"}
    assert project.load("data/2024-02.csv") == []
    project.write("data/2024-03.csv", month(amount=[9e9] * 100))
    assert project.load("data/2024-03.csv") == ["schema.recognized", "schema.differs"]


def test_a_load_of_some_rows_or_columns_is_not_blamed_for_the_rest(project: Project) -> None:
    project.load("data/2024-01.csv")
    project.heard.clear()
    pd.read_csv("data/2024-01.csv", nrows=20)
    pd.read_csv("data/2024-01.csv", usecols=["site"])
    pl.read_csv("data/2024-01.csv", columns=["amount"], n_rows=3)
    assert project.heard == []
    assert project.load("data/2024-01.csv") == []
    project.write("data/2024-01.csv", month(20))
    assert project.load("data/2024-01.csv") == ["schema.differs"]


def test_a_peek_is_no_count_of_rows(project: Project) -> None:
    pd.read_csv("data/2024-01.csv", nrows=30)
    assert project.load("data/2024-01.csv") == []


def test_a_file_replaced_after_it_was_loaded_is_judged_as_loaded(project: Project) -> None:
    project.load("data/2024-01.csv")
    project.heard.clear()
    table = pd.read_csv("data/2024-01.csv")
    project.write("data/2024-01.csv", month(site=["moon"] * 100))
    assert project.heard == []
    assert set(table["site"]) == {"north", "south"}
    assert project.load("data/2024-01.csv") == ["schema.differs"]


def test_a_pattern_read_at_once_is_its_family(project: Project) -> None:
    for number in (1, 2):
        project.write(f"data/2024-0{number}.csv", month(amount=[1, 2, 3, 4] * 25))
        project.load(f"data/2024-0{number}.csv")
    project.heard.clear()
    pl.read_csv("data/2024-*.csv")
    assert project.heard == []


def test_a_numbered_file_with_other_columns_is_no_member(project: Project) -> None:
    project.load("data/2024-01.csv")
    project.write("data/2024-02.csv", pd.DataFrame({"other": range(50)}))
    assert project.load("data/2024-02.csv") == ["schema.learned"]
    assert set(project.known()) == {"data/2024-01.csv", "data/2024-02.csv"}


def test_a_column_lost_after_two_months_is_missed(project: Project) -> None:
    wide = month(a=1, b=2, c=3)
    for number in (1, 2, 3):
        project.write(f"data/2024-0{number}.csv", wide if number < 3 else wide.drop(columns="c"))
    said = [project.load(f"data/2024-0{number}.csv") for number in (1, 2, 3)]
    assert said[2] == ["schema.recognized", "schema.differs"]
    assert "column c is missing" in project.heard[-1][1]


def test_the_same_name_in_two_folders_has_two_schemas(project: Project) -> None:
    for folder in ("a", "b", "2023", "2024"):
        project.write(f"{folder}/x.csv", month())
    assert [project.load(f"{folder}/x.csv") for folder in ("a", "b", "2023", "2024")] == [["schema.learned"]] * 4


def test_the_same_name_in_two_folders_outside_of_the_project_has_two_schemas(project: Project) -> None:
    for folder in ("a", "b"):
        project.write(f"../out/{folder}/x.csv", month())
        assert project.load(f"../out/{folder}/x.csv") == ["schema.learned"]
    assert project.load("../out/a/x.csv") == []
    assert "out" not in "".join(project.known())


def test_a_moved_folder_keeps_its_schema(project: Project) -> None:
    project.write("old/x.csv", month())
    project.load("old/x.csv")
    (project.root / "old").rename(project.root / "new")
    assert project.load("new/x.csv") == ["schema.recognized"]
    assert set(project.known()) == {"new/x.csv"}
    project.write("new/x.csv", month(amount=[9e9] * 100))
    assert project.load("new/x.csv") == ["schema.differs"]


def test_a_moved_family_is_known_again(project: Project) -> None:
    project.load("data/2024-01.csv")
    project.load("data/2024-02.csv")
    (project.root / "data").rename(project.root / "archive")
    assert project.load("archive/2024-01.csv") == ["schema.recognized"]
    assert project.load("archive/2024-02.csv") == ["schema.recognized"]
    assert project.known() == {"archive/2024-*.csv": "learned (2 files)"}


def test_a_moved_project_keeps_its_schemas(project: Project, tmp_path: Path) -> None:
    project.load("data/2024-01.csv")
    project.root.rename(tmp_path / "q")
    assert Store(tmp_path / "q" / ".mlsec", tmp_path / "jupyter").learned("data/2024-01.csv") is not None


def test_an_approved_family_denies_in_every_member(project: Project) -> None:
    project.load("data/2024-01.csv")
    project.load("data/2024-02.csv")
    store = Store(project.root / ".mlsec", project.root / "elsewhere")
    written = store.approve("data/2024-02.csv")
    assert "name: data/2024-*.csv" in (project.root / ".mlsec" / "schemas" / written["file"]).read_text().replace(
        '"', ""
    )
    project.write("data/2024-07.csv", month(site=["moon"] * 100))
    with pytest.raises(Denied):
        project.load("data/2024-07.csv")
    project.write("data/2025-01.csv", month(site=["moon"] * 100))
    assert "schema.violated" not in project.load("data/2025-01.csv")


def test_an_approved_file_that_moved_is_still_enforced(project: Project) -> None:
    project.write("old/x.csv", month())
    project.load("old/x.csv")
    Store(project.root / ".mlsec", project.root / "elsewhere").approve("old/x.csv")
    (project.root / "old").rename(project.root / "new")
    project.write("new/x.csv", month(site=["moon"] * 100))
    with pytest.raises(Denied):
        project.load("new/x.csv")


def test_reset_forgets_the_family(project: Project) -> None:
    project.load("data/2024-01.csv")
    project.load("data/2024-02.csv")
    store = Store(project.root / ".mlsec", project.root / "elsewhere")
    assert store.reset("data/2024-02.csv")
    assert project.known() == {}


def test_a_statement_keeps_its_schema_whatever_it_asks_for() -> None:
    assert skeleton("select a1 from t2 where x = ?") is None
    assert Families().key("select * from data.t1") is None


def test_a_policy_makes_families_and_forbids_them(tmp_path: Path) -> None:
    families = {"runs/run-*.csv": False, "exports/*.csv": True}
    store = Store(tmp_path / ".mlsec", tmp_path, tmp_path, families)
    from jupyter_mlsec.controls.schema.spec import Column, Schema

    for name in ("runs/run-1.csv", "exports/north.csv"):
        store.keep(Schema(resource=name, columns=(Column(name="a"),), rows=30))
    assert store.recognized("runs/run-2.csv", ["a"]) is None
    found = store.recognized("exports/south.csv", ["b"])
    assert found is not None
    assert found[1] == "exports/*.csv"


@pytest.mark.parametrize(
    ("name", "bone"),
    [
        ("data/2024-01.csv", "data/*-*.csv"),
        ("data/2024-*.csv", "data/*-*.csv"),
        ("2023/x.csv", None),
        ("lake/year=2024/part-0.parquet", "lake/year=*/part-*.parquet"),
        ("log.2024.01.02.csv.gz", "log.*.*.*.csv.gz"),
        ("v2/x.h5", None),
        ("x.csv", None),
        ("file", None),
    ],
)
def test_only_numbers_of_the_name_vary_in_a_family(name: str, bone: str | None) -> None:
    assert skeleton(name) == bone


@given(st.lists(st.integers(0, 99), min_size=2, max_size=2), st.lists(st.integers(0, 99), min_size=2, max_size=2))
def test_a_family_is_named_by_what_its_members_share(one: list[int], other: list[int]) -> None:
    first, second = (f"d/a{a}-{b}.csv" for a, b in (one, other))
    family = pattern(first, second)
    assert is_among(first, family)
    assert is_among(second, family)
    assert skeleton(family) == skeleton(first)
    assert safe_name(family) == safe_name("d/a*-*.csv") or first == second
    assert pattern(family, first) == family


def test_columns_agree_exactly_until_two_files_taught_them() -> None:
    assert agrees(["b", "a"], ["a", "b"], members=1)
    assert not agrees(["a"], ["a", "b"], members=1)
    assert agrees(["a", "b", "c"], ["a", "b", "c", "d"], members=2)
    assert not agrees(["a", "x"], ["a", "b"], members=2)


def test_where_a_file_lies_outside_is_not_told(tmp_path: Path) -> None:
    named = outside(".../x.csv", tmp_path / "secret-client" / "x.csv", str(tmp_path / "p"))
    assert "secret-client" not in named
    assert named.endswith("/x.csv")
    assert named == outside(".../x.csv", str(tmp_path / "secret-client" / "x.csv"), str(tmp_path / "p"))
    assert outside("a/x.csv", tmp_path, str(tmp_path)) == "a/x.csv"


def test_a_family_is_one_to_every_library(project: Project) -> None:
    project.load("data/2024-01.csv")
    project.heard.clear()
    pl.read_csv("data/2024-02.csv")
    assert [rule for rule, _ in project.heard] == ["schema.recognized"]


def test_one_month_s_change_of_the_approved_schema_is_the_family_s_and_undone_as_such(project: Project) -> None:
    project.load("data/2024-01.csv")
    project.load("data/2024-02.csv")
    assert "data/2024-*.csv is approved" in project.say("approve", "data/2024-02.csv").text
    file = next((project.root / ".mlsec" / "schemas").iterdir())
    approved = file.read_bytes()
    project.write("data/2024-03.csv", month(site=["east", "west"] * 50))
    with pytest.raises(Denied, match="site"):
        project.load("data/2024-03.csv")
    project.say("relax", "data/2024-03.csv", "--yes")
    assert project.load("data/2024-01.csv") == project.load("data/2024-03.csv") == []
    assert list((project.root / ".mlsec" / "schemas").iterdir()) == [file]
    project.house.controls["schema"].undo(project.deeds[-1])
    assert file.read_bytes() == approved


def test_a_resource_is_named_as_the_notebook_loads_it(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.load("data/2024-01.csv")
    project.load("data/2024-02.csv")
    monkeypatch.chdir(project.root / "data")
    for name in ("2024-02.csv", "data/2024-02.csv", "../data/2024-01.csv"):
        assert project.say("show", name).text.startswith("data/2024-*.csv, learned:")
