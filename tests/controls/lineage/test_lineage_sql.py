"""What the columns of SQL results were made of, where sqlglot is there to read the statement."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from lineage_guarded import Guarded

from jupyter_mlsec.controls.lineage.forms import Query, Table
from jupyter_mlsec.controls.lineage.queries import table_of
from jupyter_mlsec.controls.lineage.reading import read

PEOPLE = Table({name: frozenset((("p", name),)) for name in ("id", "ssn", "age", "pay")})
CITIES = Table({name: frozenset((("c", name),)) for name in ("id", "city")})
READ = pytest.mark.skipif(find_spec("sqlglot") is None, reason="the sql extra is not installed")

# statement, column, what it is made of; "?" among it: not surely all of these
CASES: list[tuple[str, str, set[str]]] = [
    ("select p.id, upper(city) as town from p join c on p.id = c.id", "town", {"c.city"}),
    ("select * from p where age > 3", "pay", {"p.pay"}),
    ("select * exclude (ssn) from p", "age", {"p.age"}),
    ("select * replace (pay * 2 as pay) from p", "pay", {"p.pay"}),
    ("select city, avg(pay) m from p join c using (id) group by city", "m", {"c.city", "p.pay aggregated"}),
    ("select count(distinct ssn) as k from p", "k", {"p.ssn counted"}),
    ("with t as (select id, pay + age as s from p) select s * 2 as d from t", "d", {"p.age", "p.pay"}),
    ("select id, (select max(city) from c) as top from p", "top", {"c.city"}),
    ("select id from p union all select id from c", "id", {"p.id", "c.id"}),
    ("select row_number() over (partition by city order by pay) n from p join c using (id)", "n", {"c.city", "p.pay"}),
    (
        "select case when age > 3 then city else ssn end z from p join c on p.id = c.id",
        "z",
        {"p.age", "c.city", "p.ssn"},
    ),
    ("select Pay as Wage from P", "Wage", {"p.pay"}),
    ("from p select pay / 2 as half", "half", {"p.pay"}),
    ("select a.age from (select age, id from p) a", "age", {"p.age"}),
    ("select pay from other join p on true", "pay", {"?", "op:other.pay", "p.id", "p.ssn", "p.age", "p.pay"}),
]


def shown(source: tuple[str, ...]) -> str:
    operation, column, *rule = source
    return " ".join([f"{operation}.{column}".replace("\0", ":"), *rule]) if operation else "?"


@READ
@pytest.mark.parametrize(
    ("text", "column", "truth"), CASES, ids=lambda each: str(sorted(each) if isinstance(each, set) else each)[:50]
)
def test_a_column_of_a_statement_is_traced_to_its_tables(text: str, column: str, truth: set[str]) -> None:
    made = table_of(Query(text=text, dialect="duckdb", tables={"p": PEOPLE, "c": CITIES}, place="op"))

    assert isinstance(made, Table)
    found = made.columns[column] or frozenset()
    assert {shown(each) for each in found} == truth


@READ
@pytest.mark.parametrize(
    "text", ["describe p", "pivot p on age using sum(pay)", "select (", "", "x" * 200, "select 1;;"]
)
def test_a_statement_that_is_not_read_claims_nothing(text: str) -> None:
    made = table_of(Query(text=text, dialect="duckdb", tables={"p": PEOPLE}, place="op"))

    assert not isinstance(made, Table) or all(not sources for sources in made.columns.values())


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guarded]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    rows = range(300)
    people = pd.DataFrame({"id": rows, "age": [(i * 37) % 90 for i in rows], "pay": [i * 1.7 + 3 for i in rows]})
    people.to_csv("people.csv", index=False)
    book = Guarded(tmp_path)
    book.run("import pandas as pd, duckdb, sqlite3")
    yield book
    book.close()


@READ
def test_sql_over_a_table_of_the_notebook_names_its_file(book: Guarded) -> None:
    book.run("df = pd.read_csv('people.csv').assign(sm=lambda d: d.age + d.pay)")
    book.run("out = duckdb.sql('select id, sm * 2 as b2 from df where age > 9').df()\nout['c'] = out.b2 - 1")

    assert book.told("out", "c")[0] == {"people.csv:age", "people.csv:pay"}
    assert book.told("out", "b2") == ({"people.csv:age", "people.csv:pay"}, "plan")


@READ
def test_sql_over_a_file_names_the_file(book: Guarded) -> None:
    book.run("con = duckdb.connect()")
    book.run("out = con.sql(\"select pay + age as s from 'people.csv'\").pl()")

    assert book.told("out", "s") == ({"people.csv:age", "people.csv:pay"}, "plan")


@READ
@pytest.mark.parametrize("place", ["{}/people.csv", "file://{}/people.csv"])
def test_a_file_that_sql_names_is_told_without_its_folder(book: Guarded, tmp_path: Path, place: str) -> None:
    book.run(f"out = duckdb.sql(\"select pay * 3 as p from '{place.format(tmp_path)}'\").df()")

    assert book.told("out", "p") == ({"people.csv:pay"}, "plan")


@READ
def test_what_a_database_gives_names_its_table(book: Guarded) -> None:
    book.run("con = sqlite3.connect('x.db')\n_ = pd.read_csv('people.csv').to_sql('staff', con, index=False)")
    book.run("out = pd.read_sql('select id, pay * 2 as twice from staff where age > 30', con)")
    book.run("every = pd.read_sql('select * from staff', con)")

    assert book.told("out", "twice") == ({"staff:pay"}, "plan")
    assert book.told("every", "age") == ({"staff:age"}, "fingerprint")


def test_without_sqlglot_nothing_is_claimed(book: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_mlsec.controls.lineage.queries.find_spec", lambda _name: None)
    book.run("df = pd.read_csv('people.csv')")
    book.run("out = duckdb.sql('select pay * 2 + 1 as p from df').df()")

    assert book.told("out", "p")[1] == "assumed"


def magic(book: Guarded) -> None:
    """An SQL magic as others offer it: over the tables of the notebook, into a name where `name <<` stands."""

    def sql(line: str, cell: str | None = None) -> pd.DataFrame | None:
        name, into, rest = line.partition("<<")
        text = f"{rest if into else line if cell is None else ''}\n{cell or ''}"
        text = text.format(**book.shell.user_ns)
        names = [each for each, held in book.shell.user_ns.items() if isinstance(held, pd.DataFrame) and each in text]
        connection = duckdb.connect()
        for each in names:
            connection.register(each, book.shell.user_ns[each])
        found = connection.execute(text).df()
        if not into:
            return found
        book.shell.user_ns[name.strip()] = found
        return None

    book.shell.register_magic_function(sql, "line_cell", "sql")


MAGICS = {
    "a cell into a name": "%%sql out <<\nselect id, pay * 2 as twice\nfrom df where age > {low}",
    "a cell into a name, with the rest": "%%sql out << select id, pay * 2 as twice\nfrom df where age > {low}",
    "a line into a name": "out = %sql select id, pay * 2 as twice from df where age > {low}",
    "a line with an arrow": "%sql out << select id, pay * 2 as twice from df where age > {low}",
}


@READ
@pytest.mark.parametrize("cell", MAGICS)
def test_an_sql_magic_is_followed(book: Guarded, cell: str) -> None:
    magic(book)
    book.run("df = pd.read_csv('people.csv')")
    book.run("low, high = 30, 40")
    book.run(MAGICS[cell])
    book.run("part = out[['twice']] + 1")

    assert book.slice("part").executions == (1, 2, 3, 4, 5)
    assert book.told("out", "twice") == ({"people.csv:pay"}, "plan")
    assert book.told("part", "twice")[0] == {"people.csv:pay"}


def test_an_sql_magic_that_reads_no_table_of_the_notebook_depends_on_none(book: Guarded) -> None:
    magic(book)
    book.run("df = pd.read_csv('people.csv')")
    book.run("%%sql out <<\nselect 1 as one")

    assert book.slice("out").executions == (3,)


ODD = ["%%sql", "%%sql duckdb://\n", "%sql", "out = %sql", "%%sql a <<", "%%sql\nselect '", "%sql <<"]


@pytest.mark.parametrize("text", ODD)
def test_an_sql_magic_of_any_shape_is_read_as_one(text: str) -> None:
    found = read(text)

    assert found.readable
    assert "sql" in found.attributes
