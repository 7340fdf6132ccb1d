"""Labels and columns follow values from a loaded table into derived tables, arrays, models and files."""

from __future__ import annotations

import gc
import io
import weakref
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from lineage_notebook import Notebook, operation
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from jupyter_mlsec.controls.contract import Call
from jupyter_mlsec.controls.lineage.control import Lineage
from jupyter_mlsec.controls.lineage.settings import Settings
from jupyter_mlsec.protocol.errors import UsageError
from jupyter_mlsec.protocol.facts import ColumnOrigins, Facts, Label, Labels, Origin
from jupyter_mlsec.protocol.watch import Watch

READ = Watch(target="read_csv", action="read", resource="path")
WRITE = Watch(target="to_csv", action="write", resource="path", value="self")
FIT = Watch(target="fit", action="fit", resource="self", value="X")
CODES = Label(column="code", type="US_SSN", score=0.99, certain=True, source="validator", share=1.0)


def people(rows: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "code": [f"id-{number:06d}" for number in range(rows)],
            "age": rng.integers(18, 90, rows),
            "income": rng.normal(30_000, 5_000, rows),
            "member": rng.integers(0, 2, rows).astype(bool),
        }
    )


def load(control: Lineage, value: Any, name: str = "people.csv", labels: tuple[Label, ...] = (CODES,)) -> Any:
    facts = Facts()
    facts.add(Labels(labels=labels))
    control.after(
        operation("read", "file", name, 1, len(control.tables.known())),
        Call(READ, (name,), {}, {"path": 0}),
        value,
        facts,
    )
    return value


def write(control: Lineage, value: Any) -> tuple[Facts, list[Any]]:
    facts = Facts()
    call = Call(WRITE, (value, "out.csv"), {}, {"self": 0, "path": 1})
    said = control.before(operation("write", "file", "out.csv", 2), call, facts)
    return facts, list(said)


def labels(control: Lineage, value: Any) -> dict[tuple[str, str], bool]:
    found = write(control, value)[0].find(Labels)
    return {(each.column, each.type): each.certain for each in found.labels} if found else {}


@pytest.fixture
def control() -> Lineage:
    return Lineage(Settings())


def test_an_unchanged_table_keeps_its_certain_label(control: Lineage) -> None:
    assert labels(control, load(control, people())) == {("code", "US_SSN"): True}


@pytest.mark.parametrize(
    "derive",
    [
        lambda df: df.rename(columns={"code": "reference"}),
        lambda df: df.assign(reference=df["code"]).drop(columns="code"),
        lambda df: pl.from_pandas(df.rename(columns={"code": "reference"})),
        lambda df: pa.Table.from_pandas(df.rename(columns={"code": "reference"})),
        lambda df: df.rename(columns={"code": "reference"}).sample(frac=1.0, random_state=3),
        lambda df: df[df.age > 40].rename(columns={"code": "reference"}),
        lambda df: df.rename(columns={"code": "reference"}).sort_values("income"),
    ],
)
def test_a_label_follows_values_under_another_name(control: Lineage, derive: Any) -> None:
    assert labels(control, derive(load(control, people()))) == {("reference", "US_SSN"): True}


def test_a_masked_column_keeps_its_label_only_as_a_doubt(control: Lineage) -> None:
    masked = load(control, people()).assign(code="***")

    assert labels(control, masked) == {("code", "US_SSN"): False}


def test_a_dropped_column_takes_its_label_along(control: Lineage) -> None:
    assert labels(control, load(control, people()).drop(columns="code")) == {}


def test_labels_found_at_write_are_kept_beside_inherited_ones(control: Lineage) -> None:
    table = load(control, people())
    facts = Facts()
    facts.add(Labels(labels=(Label(column="age", type="AGE", score=0.5),)))
    control.before(operation("write", "file", "o", 2), Call(WRITE, (table, "o"), {}, {"self": 0, "path": 1}), facts)

    assert {each.column for each in facts.find(Labels).labels} == {"code", "age"}  # type: ignore[union-attr]


def test_a_table_nobody_loaded_has_no_labels(control: Lineage) -> None:
    load(control, people())

    assert labels(control, pd.DataFrame({"x": [f"other-{n}" for n in range(100)]})) == {}


def test_a_large_column_is_known_again_by_a_part_of_its_values(control: Lineage) -> None:
    table = load(control, people(200_000))

    assert labels(control, table[table.age > 50].rename(columns={"code": "c"})) == {("c", "US_SSN"): True}


def test_few_distinct_values_are_no_evidence(control: Lineage) -> None:
    label = Label(column="member", type="HEALTH", score=0.9, certain=True)
    load(control, people(), labels=(label,))

    assert labels(control, pd.DataFrame({"flag": [True, False] * 30})) == {}


def fit(control: Lineage, model: Any, value: Any) -> Facts:
    facts = Facts()
    call = Call(FIT, (model, value), {}, {"self": 0, "X": 1})
    control.after(operation("fit", "model", type(model).__name__, 3), call, model, facts)
    return facts


def test_a_model_fitted_on_labelled_columns_carries_the_label_as_a_whole(control: Lineage) -> None:
    model = LinearRegression()
    fit(control, model, load(control, people()))

    assert labels(control, model) == {("", "US_SSN"): True}
    assert labels(control, {"model": model, "version": 1}) == {("", "US_SSN"): True}


def test_a_model_fitted_on_other_columns_carries_none(control: Lineage) -> None:
    model = LinearRegression()
    fit(control, model, load(control, people())[["age", "income"]])

    assert labels(control, model) == {}


def test_a_step_of_a_pipeline_gives_the_pipeline_away(control: Lineage) -> None:
    scaler = StandardScaler()
    fit(control, scaler, load(control, people()))

    assert labels(control, make_pipeline(scaler)) == {("", "US_SSN"): True}


def test_an_array_of_changed_values_is_labelled_without_certainty(control: Lineage) -> None:
    table = load(control, people(), labels=(Label(column="income", type="INCOME", score=0.9, certain=True),))

    assert labels(control, table[["income"]].to_numpy()) == {("", "INCOME"): True}
    assert labels(control, table[["income"]].to_numpy() * 2) == {("", "INCOME"): False}


def test_nothing_is_kept_alive(control: Lineage) -> None:
    table, model = load(control, people()), LinearRegression()
    fit(control, model, table)
    gone = [weakref.ref(table), weakref.ref(model)]
    del table, model
    gc.collect()

    assert [each() for each in gone] == [None, None]


def test_a_write_names_its_origin(control: Lineage) -> None:
    facts, said = write(control, load(control, people()))

    assert facts.find(Origin) == Origin(operations=("op-1-0",), resources=("people.csv",))
    assert [each.rule for each in said] == ["lineage.inherited-labels"]


def test_a_write_names_the_columns_it_was_made_of(control: Lineage) -> None:
    table = load(control, people())
    facts, _ = write(control, table.rename(columns={"income": "pay"})[["pay"]].assign(double=table["income"] * 2))

    told = facts.find(ColumnOrigins)
    assert told is not None
    assert [(each.column, each.sources, each.evidence) for each in told.columns] == [
        ("pay", (("people.csv", "income"),), "fingerprint")
    ]
    assert told.more == 1


def test_beyond_the_time_for_it_a_loop_of_writes_is_traced_four_times_and_said_so() -> None:
    control = Lineage(Settings(milliseconds=0))
    table = load(control, people())

    told = [write(control, table) for _ in range(6)]

    assert [facts.find(ColumnOrigins) is not None for facts, _ in told] == [True] * 4 + [False] * 2
    assert [[each.rule for each in said].count("lineage.untraced") for _, said in told] == [0, 0, 0, 0, 1, 0]


def test_within_the_time_for_it_every_write_is_traced() -> None:
    control = Lineage(Settings(milliseconds=1_000_000))
    table = load(control, people())

    told = [write(control, table)[0].find(ColumnOrigins) for _ in range(9)]

    assert None not in told


def test_a_cell_says_how_many_of_its_writes_were_not_traced() -> None:
    notebook = notebook_with(people(), Settings(milliseconds=0))
    notebook.shell.user_ns["save"] = lambda table: write(notebook.control, table)
    notebook.run("for _ in range(7):\n    save(df)")
    notebook.run("save(df)")

    told = [[each.places[0].count for each in said if each.rule == "lineage.untraced"] for said in notebook.said[-2:]]
    assert told == [[3], []]


def test_no_value_reaches_a_finding(control: Lineage) -> None:
    _, said = write(control, load(control, people()))

    assert "id-0000" not in repr(said)


def notebook_with(table: pd.DataFrame, settings: Settings | None = None) -> Notebook:
    notebook = Notebook(settings)
    notebook.shell.user_ns["load"] = lambda name="people.csv": (notebook.loads(table, name), table)[1]
    notebook.run("df = load()")
    return notebook


def test_columns_are_found_again_by_value_and_else_by_slice() -> None:
    notebook = notebook_with(people())
    notebook.run("out = df.rename(columns={'income': 'pay'})[['code', 'pay']].assign(double=df.income * 2)")
    notebook.shell.user_ns["twice"] = lambda table: table[["age"]].rename(columns={"age": "more"}) * 2 + 101
    notebook.run("other = twice(df)")

    found = notebook.control.slice("out")

    assert found.executions == (1, 2)
    assert found.resources == ("people.csv",)
    assert found.columns["pay"] == {"people.csv:income"}
    assert found.columns["code"] == {"people.csv:code"}
    assert found.columns["double"] == {"people.csv:income"}
    assert found.evidence == {"code": "fingerprint", "pay": "fingerprint", "double": "operation"}
    other = notebook.control.slice("other")
    assert other.columns["more"] == {f"people.csv:{name}" for name in ("code", "age", "income", "member")}
    assert other.evidence == {"more": "assumed"}


def test_only_tables_of_the_slice_are_candidates() -> None:
    notebook = notebook_with(people())
    notebook.run("other = load('other.csv')")
    notebook.run("del other\nout = df[['age']] * 3")

    assert notebook.control.slice("out").resources == ("people.csv",)


def test_the_verb_answers_for_people_and_machines() -> None:
    notebook = notebook_with(people())
    notebook.run("out = df[['code']]")
    (verb,) = notebook.control.verbs()

    answer = verb.run(["out"], notebook.shell.user_ns)

    assert answer.data["executions"] == [1, 2]
    assert answer.data["columns"] == {"code": ["people.csv:code"]}
    assert "people.csv" in verb.run([], notebook.shell.user_ns).text
    assert "df = load()" in verb.run(["out", "--code"], notebook.shell.user_ns).text


@pytest.mark.parametrize("words", [["nobody"], ["a", "b"], ["--loud"]])
def test_the_verb_says_what_it_does_not_take(words: list[str]) -> None:
    notebook = Notebook()
    notebook.run("a = 1")

    with pytest.raises(UsageError):
        notebook.control.verbs()[0].run(words, notebook.shell.user_ns)


def test_a_buffer_is_written_and_read_without_a_path(control: Lineage) -> None:
    buffer = io.StringIO()
    call = Call(WRITE, (people(), buffer), {}, {"self": 0, "path": 1})

    assert list(control.before(operation("write", "buffer", "buffer", 2), call, Facts())) == []
