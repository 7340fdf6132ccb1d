"""Which column each column was made of, told from values, names and the code, with the truth beside each cell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from lineage_notebook import Notebook, operation
from sklearn.model_selection import train_test_split

from jupyter_mlsec.controls.contract import Call
from jupyter_mlsec.protocol.facts import Facts, Label, Labels
from jupyter_mlsec.protocol.watch import Watch

COLUMNS = ("pclass", "sex", "age", "sibsp", "parch", "fare", "name")
EVERY = set(COLUMNS)
NAMES = "name and values"
CODE = "operation"
DECK = {"cities.csv:deck"}
LOAD = "df = load('people.csv')"


def people(rows: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "pclass": rng.integers(1, 4, rows),
            "sex": rng.choice(["male", "female"], rows),
            "age": rng.integers(0, 80, rows).astype(float),
            "sibsp": rng.integers(0, 6, rows),
            "parch": rng.integers(0, 5, rows),
            "fare": rng.normal(30, 8, rows).round(4),
            "name": [f"Person {number:04d}" for number in range(rows)],
        }
    )


def cities() -> pd.DataFrame:
    return pd.DataFrame({"pclass": [1, 2, 3], "deck": ["upper", "middle", "lower"], "fare": [90.0, 40.0, 10.0]})


def notebook(labels: tuple[Label, ...] = ()) -> Notebook:
    book = Notebook()
    tables = {"people.csv": people, "cities.csv": cities}

    def load(name: str) -> pd.DataFrame:
        table = tables[name]()
        facts = Facts()
        facts.add(Labels(labels=labels if name == "people.csv" else ()))
        book._number += 1
        read = operation("read", "file", name, book.shell.execution_count, book._number)
        watch = Watch(target="read_csv", action="read", resource="path")
        book.control.after(read, Call(watch, (name,), {}, {"path": 0}), table, facts)
        return table

    book.shell.user_ns.update(load=load, train_test_split=train_test_split)
    assert book.run("import pandas as pd\nimport numpy as np")
    assert book.run(LOAD)
    return book


def told(book: Notebook, name: str, column: str) -> tuple[set[str], str]:
    found = book.control.slice(name)
    return {each.removeprefix("people.csv:") for each in found.columns[column]}, found.evidence[column]


# each: cells, column of `out`, the columns it is made of, the evidence
KNOWN: list[tuple[list[str], str, set[str], str]] = [
    (["a = df[df.age >= 18]", "out = a[['pclass', 'age']]"], "pclass", {"pclass"}, NAMES),
    (["a = df[df.age >= 18]", "out = a[['pclass']].assign(woman=a.sex == 'female')"], "woman", {"sex"}, CODE),
    (["out = df[df.sex == 'male'][['sex', 'parch']]"], "sex", {"sex"}, NAMES),
    (["out = df.assign(family=df.sibsp + df['parch'] + 1)"], "family", {"sibsp", "parch"}, CODE),
    (["out = df.copy()\nout['double'] = out.fare * 2"], "double", {"fare"}, CODE),
    (
        ["out = df.copy()", "out['rich'] = (out['fare'] > out.fare.mean()) & (out.pclass == 1)"],
        "rich",
        {"fare", "pclass"},
        CODE,
    ),
    (["out = df.rename(columns={'sibsp': 'parch', 'parch': 'sibsp'})[df.age > 30]"], "sibsp", {"parch"}, CODE),
    (["out = df.rename(columns={'age': 'years'})[['years']] * 2"], "years", {"age"}, CODE),
    (["out = df.groupby('pclass')['fare'].mean().reset_index()"], "fare", {"fare", "pclass"}, CODE),
    (["out = df.groupby('pclass').agg(top=('fare', 'max'), n=('name', 'count'))"], "top", {"fare", "pclass"}, CODE),
    (["out = df.assign(z=df.groupby('sex')['age'].transform('mean'))"], "z", {"age", "sex"}, CODE),
    (["c = load('cities.csv')", "out = df.merge(c, on='pclass')"], "deck", {"cities.csv:deck"}, NAMES),
    (["c = load('cities.csv')", "out = df.merge(c, on='pclass')"], "fare_y", {"cities.csv:fare"}, CODE),
    (["out = df.assign(sibsp=df.parch)[df.age > 20]"], "sibsp", {"parch"}, CODE),
    (["out = df.assign(s=lambda d: d.name.str[:3], t=lambda d: d.s.str.upper())"], "t", {"name"}, CODE),
    (["out = df.assign(band=np.where(df.age > 18, 'old', df.sex))"], "band", {"age", "sex"}, CODE),
    (["out = df.assign(band=pd.cut(df.age, 3, labels=False))"], "band", {"age"}, CODE),
    (["k = 3", "out = df.assign(more=df.parch * k)"], "more", {"parch"}, CODE),
    (["out = df[df.age > 30].assign(note=df.sex)"], "note", {"sex"}, CODE),
    (["m = df.fare.mean()", "out = df.assign(more=df.parch + m)"], "more", {"parch", "fare"}, CODE),
    (["out = df.assign(more=7)"], "more", set(), CODE),
    (["out = df.copy()", "out.loc[out.age > 60, 'pclass'] = 9"], "pclass", {"pclass", "age"}, CODE),
    (["out = df.copy()", "also = out", "also['x'] = also.parch - 1"], "x", {"parch"}, CODE),
    (["out = pd.concat([df, df]).assign(y=df.fare.round())[['y', 'sex']]"], "y", {"fare"}, CODE),
    (["out = pd.DataFrame({'a': df.age % 7, 'b': [x * 2 for x in df.parch]})"], "b", {"parch"}, CODE),
    (["df = df[df.age > 5]\ndf['new'] = df.sibsp > 0\nout = df"], "new", {"sibsp"}, CODE),
    (["out = df.assign(f=df.apply(lambda r: r['age'] * r.pclass, axis=1))"], "f", {"age", "pclass"}, CODE),
    (["cols = ['sex', 'parch']", "out = df.loc[df.age < 40, cols]"], "parch", {"parch"}, NAMES),
    (["out = df.assign(sibsp=df.sibsp.fillna(0).clip(upper=3))"], "sibsp", {"sibsp"}, CODE),
    (
        ["c = load('cities.csv').set_index('pclass')", "out = df.join(c, on='pclass', rsuffix='_c')"],
        "deck",
        DECK,
        NAMES,
    ),
    (["out = df[['name']].join(df.fare * 2)"], "fare", {"fare"}, CODE),
    (["out = df.melt(id_vars='sex', value_vars=['age', 'fare'], value_name='v')"], "v", {"age", "fare"}, CODE),
    (["out = df.melt(id_vars='sex', value_vars=['age', 'fare'])"], "variable", set(), CODE),
    (["out = df.pivot_table(index='pclass', columns='sex', values='fare')"], "male", {"fare", "pclass", "sex"}, CODE),
    (["out = df.pivot(columns='sex', values='age')"], "female", {"age", "sex"}, CODE),
    (["out = pd.concat([df.age * 2, df[['sex']]], axis=1)"], "age", {"age"}, CODE),
    (["out = pd.get_dummies(df[['sex', 'fare']], columns=['sex'])"], "sex_male", {"sex"}, CODE),
    (["out = pd.crosstab(df.sex, df.pclass)"], "1", {"pclass", "sex"}, CODE),
    (["out = df.eval('ratio = fare / (age + 1)')"], "ratio", {"age", "fare"}, CODE),
    (
        ["c = load('cities.csv')", "out = df.merge(c, left_on='pclass', right_on='pclass')"],
        "fare_x",
        {"fare"},
        "fingerprint",
    ),
    (["out = df.fillna(df.mean(numeric_only=True)).assign(k=df.parch * 7)"], "k", {"parch"}, CODE),
    (["tr, out = train_test_split(df.assign(k=df.parch * 7), random_state=1)"], "k", {"parch"}, CODE),
    (["out = df[['age', 'fare']].pow(2)"], "fare", {"age", "fare"}, "assumed"),
    (["out = df[['age', 'fare']].stack().unstack().assign(z=df.age * 3)"], "z", {"age"}, CODE),
]

# cells after which nothing can be said, though a hasty reader would
OPEN: list[tuple[list[str], str]] = [
    (["def f(t): return t.parch * 0 + 100", "out = df.assign(x=f(df))"], "x"),
    (["out = df.assign(x=df.age * weight)"], "x"),
    (["out = df.copy()", "out['x'] = df.age\nfor k in range(2):\n    out['x'] = out.fare * k + 1"], "x"),
    (["def spoil(t): t['x'] = t.parch + 50", "out = df.assign(x=df.age + 200)\nspoil(out)"], "x"),
    (["out = df.assign(x=df.age + 200)", "if len(out):\n    out = out.assign(x=df.parch + 100)"], "x"),
    (["out = df.assign(x=df.age + 200)", "out.eval('x = fare * 3', inplace=True)"], "x"),
    (["out = df.assign(x=df.age + 200)", "exec('out[\"x\"] = out.fare * 3')"], "x"),
    (["out = df.assign(parch=df.fare.map(hidden).astype(int))"], "parch"),
]


@pytest.mark.parametrize(
    ("cells", "column", "truth", "evidence"),
    KNOWN,
    ids=lambda each: str(sorted(each) if isinstance(each, set) else each)[:60],
)
def test_a_column_is_traced_to_what_it_was_made_of(
    cells: list[str], column: str, truth: set[str], evidence: str
) -> None:
    book = notebook()
    for cell in cells:
        assert book.run(cell)

    assert told(book, "out", column) == (truth, evidence)


@pytest.mark.parametrize(
    ("cells", "column"), OPEN, ids=lambda each: str(sorted(each) if isinstance(each, set) else each)[:60]
)
def test_what_is_not_understood_stays_assumed(cells: list[str], column: str) -> None:
    book = notebook()
    book.shell.user_ns["weight"] = type("Own", (float,), {"__module__": "__main__"})(2.0)
    book.shell.user_ns["hidden"] = eval("lambda v: 90 + v % 3", {"__name__": "__main__"})
    for cell in cells:
        assert book.run(cell)

    assert told(book, "out", column) == (EVERY, "assumed")


def test_a_name_with_other_values_is_no_evidence() -> None:
    book = notebook()
    book.shell.user_ns["made"] = lambda t: t.assign(sibsp=t.parch + 40)[["sibsp"]]
    book.run("out = made(df)")

    assert told(book, "out", "sibsp") == (EVERY, "assumed")


def test_a_name_with_few_values_of_the_same_kind_can_fool_us_where_the_code_is_not_read() -> None:
    book = notebook()
    book.shell.user_ns["made"] = lambda t: t.assign(sibsp=t.parch)[t.age > 20]
    book.run("out = made(df)")

    assert told(book, "out", "sibsp") == ({"sibsp"}, NAMES)  # wrong, and why it is the weaker evidence


def test_the_words_of_the_verb_name_one_source() -> None:
    book = notebook()
    book.run("adults = df[df.age >= 18]\nfeatures = adults[['pclass']].assign(woman=adults.sex == 'female', one=1)")
    (verb,) = book.control.verbs()

    text = verb.run(["features"], book.shell.user_ns).text

    assert "pclass <- people.csv:pclass (name and values)" in text
    assert "woman <- people.csv:sex (operation)" in text
    assert "one <- no loaded column (operation)" in text


def labels(book: Notebook, cell: str) -> dict[tuple[str, str], bool]:
    found: dict[tuple[str, str], bool] = {}

    def write(value: Any) -> None:
        facts = Facts()
        watch = Watch(target="to_csv", action="write", resource="path", value="self")
        call = Call(watch, (value, "out.csv"), {}, {"self": 0, "path": 1})
        book.control.before(operation("write", "file", "out.csv", 9, 99), call, facts)
        present = facts.find(Labels)
        found.update({(each.column, each.type): each.certain for each in present.labels} if present else {})

    book.shell.user_ns["write"] = write
    assert book.run(cell)
    return found


SEX = (Label(column="sex", type="GENDER", score=0.9, certain=True, source="header"),)


@pytest.mark.parametrize("cell", ["out = df[df.age > 40][['sex', 'age']]", "out = df[['sex', 'fare']].head(9)"])
def test_a_label_of_few_values_stays_certain_where_code_only_leaves_rows_out(cell: str) -> None:
    book = notebook(SEX)
    book.run(cell)

    assert labels(book, "write(out)") == {("sex", "GENDER"): True}
    assert labels(book, f"{cell}\nwrite(out)") == {("sex", "GENDER"): True}


def test_a_label_goes_to_what_is_computed_of_it_as_a_doubt() -> None:
    book = notebook(SEX)

    assert labels(book, "out = df[['age']].assign(woman=df.sex == 'female')\nwrite(out)") == {
        ("woman", "GENDER"): False
    }


def test_a_column_renamed_to_a_labelled_name_is_doubted_only() -> None:
    book = notebook(SEX)

    assert labels(book, "out = df[['age']].rename(columns={'age': 'sex'})\nwrite(out)") == {("sex", "GENDER"): False}


def book_of_a_file(tmp_path: Any) -> Notebook:
    """A notebook in which pandas' own read_csv tells the control, as the watched one does."""
    book = Notebook()
    people().to_csv(tmp_path / "people.csv", index=False)

    class Reader:
        @staticmethod
        def read_csv(path: Any) -> pd.DataFrame:
            table = pd.read_csv(path)
            book.loads(table, "people.csv")
            return table

    book.shell.user_ns.update(reader=Reader, path=tmp_path / "people.csv", opaque=np.add.reduce)
    return book


def test_a_load_that_keeps_its_name_is_looked_at_only_when_asked(tmp_path: Any) -> None:
    book = book_of_a_file(tmp_path)
    book.run("df = reader.read_csv(path)\nlen(df)")
    assert len(book.control.tables.pending) == 1

    book.run("out = df[['fare']].sample(frac=0.8)")

    assert told(book, "out", "fare") == ({"fare"}, "values")
    assert not book.control.tables.pending


@pytest.mark.parametrize(
    "cells",
    [
        ["df = reader.read_csv(path)", "out = df.head(300)", "df['fare'] = 0.0"],
        ["df = reader.read_csv(path)", "out = df.head(300)", "df = 1"],
        ["df = reader.read_csv(path)", "out = df.head(300)", "del df"],
        ["df = reader.read_csv(path)", "out = df.head(300)", "df.drop(columns='fare', inplace=True)"],
        ["df = reader.read_csv(path)", "box = [df]; out = df.head(300)", "box[0]['fare'] = 1.0"],
        ["df = reader.read_csv(path); out = df.head(300); del df"],
        ["out = reader.read_csv(path).head(300)"],
        ["def load(): return reader.read_csv(path)", "out = load().head(300)"],
    ],
)
def test_a_load_that_is_changed_or_dropped_was_looked_at_before(tmp_path: Any, cells: list[str]) -> None:
    book = book_of_a_file(tmp_path)
    for cell in cells:
        assert book.run(cell)

    assert told(book, "out", "fare") == ({"fare"}, "values")
