"""What the policy has masked when it is saved, whatever saves it; and what is refused because no mask can be made."""

from __future__ import annotations

import collections
import csv
import datetime as dt
import json
import pickle
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import joblib
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest

import jupyter_mlsec
from jupyter_mlsec.protocol.entries import Amended, Recorded
from jupyter_mlsec.protocol.errors import Denied
from jupyter_mlsec.protocol.facts import Labels
from jupyter_mlsec.vault import Identities, is_sealed

MAILS = [f"anna{number}@example.org" for number in range(60)]
PEOPLE = pd.DataFrame({"mail": MAILS, "age": range(60)})
Pair = collections.namedtuple("Pair", "mail age")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of its own whose policy masks what is saved."""
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    (folder / "chosen.toml").write_text('[[pii.mask]]\non = "save"\n')
    PEOPLE.to_csv(folder / "people.csv", index=False)
    return folder


def _into(name: str, write: Any, mode: str = "wb") -> None:
    with Path(name).open(mode) as file:
        write(file)


def _held(project: Path) -> list[str]:
    """The files that hold an address in plain, but for the one we began with."""
    written = [path for path in project.glob("out*") if path.is_file()]
    assert written
    return [path.name for path in written if b"anna" in path.read_bytes()]


def _copied(con: Any) -> None:
    con.execute("create table people as select * from 'people.csv'")
    con.execute("copy people (mail) to 'out1.csv' (header, delimiter ';')")
    con.sql("COPY (SELECT * FROM people WHERE age > $1) TO 'out2.parquet' (FORMAT parquet)", params=[3])
    con.sql("select * from people").write_parquet("out3.parquet")
    con.table("people").to_csv("out4.csv")


DEEP: Any = {"team": [{"who": {"mail": mail}, "born": dt.date(1980, 1, 1)} for mail in MAILS], "version": 1}
SAVES: dict[str, Any] = {
    "copy": lambda: _copied(duckdb.connect()),
    "copy a frame": lambda: duckdb.sql("copy (select * from PEOPLE) to 'out.csv'"),
    "pickled frames": lambda: _into("out.pkl", lambda file: pickle.dump({"all": PEOPLE, "few": [PEOPLE]}, file)),
    "pickled rows": lambda: _into("out.pkl", lambda file: pickle.dump([Pair(mail, 3) for mail in MAILS], file)),
    "joblib": lambda: joblib.dump((PEOPLE, {"contact": MAILS[0]}), "out.joblib"),
    "array": lambda: np.save("out.npy", np.array(MAILS)),
    "arrays": lambda: np.savez_compressed("out.npz", np.arange(3), mails=np.array([mail.encode() for mail in MAILS])),
    "text of an array": lambda: np.savetxt("out.txt", np.array([[m, "x"] for m in MAILS]), fmt="%s"),
    "deep json": lambda: _into("out.json", lambda file: json.dump(DEEP, file, default=str), "w"),
    "rows": lambda: _into("out.csv", lambda file: csv.writer(file).writerows([["mail"], *[[m] for m in MAILS]]), "w"),
    "row by row": lambda: _into("out.csv", _by_row, "w"),
    "dicts": lambda: _into("out.csv", _dicts, "w"),
    "lazy": lambda: pl.LazyFrame({"mail": MAILS}).sink_csv("out.csv"),
    "pieces": lambda: _pieces(),
    "dataset": lambda: pyarrow.dataset.write_dataset(
        pyarrow.dataset.dataset(pa.Table.from_pandas(PEOPLE)), "outs", format="csv"
    ),
    "sheet": lambda: PEOPLE.to_excel("out.xlsx"),
    "page": lambda: PEOPLE.to_html("out.html"),
}


def _by_row(file: Any) -> None:
    writer = csv.writer(file)
    for row in (["id", "mail", "note"], *[[n, mail, f"write to {mail} today"] for n, mail in enumerate(MAILS)]):
        writer.writerow(row)


def _dicts(file: Any) -> None:
    writer = csv.DictWriter(file, ["mail", "age"])
    writer.writeheader()
    writer.writerow({"mail": MAILS[0], "age": 3})
    writer.writerows({"mail": mail, "age": 3} for mail in MAILS)


def _pieces() -> None:
    table = pa.Table.from_pandas(PEOPLE)
    with pq.ParquetWriter("out.parquet", table.schema) as writer:
        writer.write_table(table)
        writer.write_batch(table.to_batches()[0])


@pytest.mark.parametrize("save", SAVES.values(), ids=SAVES.keys())
def test_whatever_saves_no_value_gets_out(project: Path, save: Any) -> None:
    with jupyter_mlsec.guard(project / "chosen.toml"):
        save()

    assert _held(project) == [] if list(project.glob("out*.*")) else list((project / "outs").iterdir())
    assert PEOPLE["mail"].tolist() == MAILS


def test_rows_that_a_statement_copies_are_written_as_it_says(project: Path) -> None:
    with jupyter_mlsec.guard(project / "chosen.toml"):
        con = duckdb.connect()
        count = con.execute("copy (select mail, age from 'people.csv') to 'out.csv' (header, delimiter ';')").fetchall()

    assert count == [(60,)]
    assert (project / "out.csv").read_text().splitlines()[:2] == ["mail;age", "[EMAIL];0"]


def test_what_is_not_personal_is_saved_as_it_is(project: Path) -> None:
    model = SimpleNamespace(weights=np.arange(4.0), names=["age", "height"])
    with jupyter_mlsec.guard(project / "chosen.toml"):
        joblib.dump(model, "out.joblib")
        duckdb.sql("copy (select 1 as n) to 'out.csv'")
        _into("out2.csv", lambda file: csv.writer(file, delimiter=";").writerows([["n", "word"], [1, "tree"]]), "w")

    assert joblib.load("out.joblib").names == ["age", "height"]
    assert (project / "out.csv").read_text() == "n\n1\n"
    assert (project / "out2.csv").read_text().split() == ["n;word", "1;tree"]


@pytest.mark.parametrize(
    ("save", "why"),
    [
        (lambda: joblib.dump(SimpleNamespace(rows=PEOPLE), "out"), "Inside of a SimpleNamespace there is EMAIL"),
        (lambda: joblib.dump({MAILS[0]: 1}, "out"), "Keys of a dict hold EMAIL"),
        (lambda: duckdb.sql("copy (select 1) to 'out'; copy (select 2) to 'out'"), "Run COPY"),
        (lambda: duckdb.execute("copy (select 1) to $1", ["out"]), "Run COPY"),
        (lambda: pa.csv.CSVWriter("out", pa.schema([("mail", pa.string())])), "write_csv"),
        (lambda: _into("out", lambda file: PEOPLE.style.to_html(file), "w"), "Inside of a Styler"),
    ],
    ids=["object", "keys", "two statements", "place unknown", "not seen", "styled"],
)
def test_what_cannot_be_masked_is_refused_with_the_reason_and_what_to_do(project: Path, save: Any, why: str) -> None:
    with jupyter_mlsec.guard(project / "chosen.toml"), pytest.raises(Denied, match=why) as refused:
        save()

    assert refused.value.rule == "pii.cannot-mask"
    assert not (project / "out").exists() or not (project / "out").read_bytes()


def test_a_mask_that_does_not_fit_an_open_writer_is_refused(project: Path) -> None:
    (project / "chosen.toml").write_text('[[pii.mask]]\non = "save"\ncolumns = ["age"]\n')
    table = pa.Table.from_pandas(PEOPLE[["age"]])
    with (
        jupyter_mlsec.guard(project / "chosen.toml"),
        pq.ParquetWriter("out.parquet", table.schema) as writer,
        pytest.raises(Denied, match="another type than its column"),
    ):
        writer.write_table(table)


def test_rows_inside_of_a_database_are_said_to_be_plain(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with jupyter_mlsec.guard(project / "chosen.toml"):
        duckdb.connect("out.duckdb").execute("create table people as select * from 'people.csv'")

    assert "saved without a mask: rows that SQL moves inside of a database are not seen" in capsys.readouterr().err


def test_rows_that_cursors_of_sqlite3_write_are_said_to_be_plain(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "here.db").touch()
    with jupyter_mlsec.guard(project / "chosen.toml"):
        sqlite3.connect(":memory:").close()
        sqlite3.connect("file:here.db?mode=ro", uri=True).close()
    assert capsys.readouterr().err == ""

    with jupyter_mlsec.guard(project / "chosen.toml"):
        sqlite3.connect("out.db").close()
    assert "out.db was opened by sqlite3, and rows that its cursors write are saved without" in capsys.readouterr().err


def test_a_column_that_shows_itself_late_is_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def write(file: Any) -> None:
        writer = csv.writer(file)
        writer.writerow(["code"])
        for row in (["-"], ["none yet"], *[[mail] for mail in MAILS]):
            writer.writerow(row)

    with jupyter_mlsec.guard(project / "chosen.toml"):
        _into("out.csv", write, "w")

    assert _held(project) == []
    assert "out.csv: code EMAIL" in capsys.readouterr().err


def test_the_record_says_which_labels_the_mask_took_off(project: Path) -> None:
    with jupyter_mlsec.guard(project / "chosen.toml") as house:
        entries: list[Any] = []
        house.journal.listen(entries.append)
        table = pd.read_csv("people.csv")
        table.to_csv("out1.csv")
        duckdb.sql("copy (select * from 'people.csv') to 'out2.csv'")

    for entry in (e for e in entries if isinstance(e, Recorded) and e.operation.resource.name.startswith("out")):
        (held,) = [fact for fact in entry.facts if isinstance(fact, Labels)]
        assert held.labels == ()
        assert ("mail", "EMAIL", "masked") in {(label.column, label.type, label.rule) for label in held.cleared}
        assert "pii.masked" in {finding.rule for finding in entry.decision.findings}
        assert not any("saved in plain" in finding.message for finding in entry.decision.findings)
    assert not any(isinstance(e, Amended) and e.findings for e in entries)


def test_a_column_that_only_its_lineage_gives_away_is_masked_too(project: Path) -> None:
    rows = "".join(f"{200 + n}{10 + n}{1000 + n},{n}\n" for n in range(60))
    (project / "ids.csv").write_text("ssn,n\n" + rows)
    with jupyter_mlsec.guard(project / "chosen.toml"):
        table = pd.read_csv("ids.csv")
        table.rename(columns={"ssn": "x"}).to_csv("out.csv", index=False)

    assert set(pd.read_csv("out.csv")["x"]) == {"[US_SSN]"}
    assert table["ssn"].iloc[0] == 200101000


def test_what_is_masked_may_be_sealed_as_well_and_is_told_in_one_line(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "chosen.toml").write_text('[encryption]\nseal = "all"\n[[pii.mask]]\non = "save"\n')
    identities = Identities(project.parent / "data" / "jupyter_mlsec")
    identities.create()
    identities.acknowledge(fleeting=True)
    with jupyter_mlsec.guard(project / "chosen.toml"):
        duckdb.sql("copy (select * from PEOPLE) to 'out.csv' (header, delimiter ';')")
        PEOPLE.to_parquet("out.parquet")
        read = pd.read_csv("out.csv", sep=";"), pd.read_parquet("out.parquet")

    assert is_sealed((project / "out.csv").read_bytes())
    assert is_sealed((project / "out.parquet").read_bytes())
    assert [set(table["mail"]) for table in read] == [{"[EMAIL]"}] * 2
    assert [line.partition(";")[0] for line in capsys.readouterr().err.splitlines()] == [
        f"mlsec: out.{kind} was sealed for you (holds mail EMAIL 100 %, masked on save by the policy (redact))"
        for kind in ("csv", "parquet")
    ]


def test_a_document_for_people_is_masked_where_only_an_export_is_to_be(project: Path) -> None:
    (project / "chosen.toml").write_text('[[pii.mask]]\non = "export"\n')
    with jupyter_mlsec.guard(project / "chosen.toml"):
        PEOPLE.to_html("out.html")
        PEOPLE.to_excel("out.xlsx")
        PEOPLE.to_string("out.txt")
        PEOPLE.to_csv("data.csv")

    assert _held(project) == []
    assert pd.read_csv("data.csv")["mail"].tolist() == MAILS
