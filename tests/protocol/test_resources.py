"""What a resource's name never holds: credentials, queries, literals, values, places outside the project."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlsec.protocol.resources import bare_sql, resource_of

ROOT = "/project"
SECRET = "hunter2"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("https://ann:hunter2@host:8443/a.csv?key=hunter2#hunter2", "https://host:8443/a.csv"),
        ("https://host/a.csv;session=hunter2", "https://host/a.csv"),
        ("https:/ann:hunter2@host/a.csv", "https://host/a.csv"),  # as pathlib folds it
        (" https://ann:hunter2@host/a.csv", "https://host/a.csv"),
        ("jdbc:postgresql://ann:hunter2@host/db", "postgresql://host/db"),
        ("simplecache::s3://key:hunter2@bucket/a.csv", "simplecache::s3://bucket/a.csv"),
        ("zip://a.csv::https://ann:hunter2@host/a.zip", "zip://a.csv::https://host/a.zip"),
        ("ann:hunter2 ::s3://bucket/a.csv", "...::s3://bucket/a.csv"),
        ("http://[fe80::abc]/a.csv", "http://fe80::abc/a.csv"),
    ],
)
def test_a_url_is_named_without_what_opens_it(text, name):
    resource = resource_of(text, ROOT, "csv")
    assert (resource.kind, resource.name) == ("url", name)


def test_an_open_file_that_is_named_by_a_url_is_named_without_its_password():
    remote = io.BytesIO()
    remote.name = "s3://key:hunter2@bucket/a.csv"
    assert resource_of(remote, ROOT, "csv").name == "s3://bucket/a.csv"


@pytest.mark.parametrize("text", ['[{"ssn": "078-05-1120"}]', '{"ssn": "078-05-1120"}', "  <a>078-05-1120</a>"])
def test_data_given_as_text_is_not_taken_for_a_path(text):
    resource = resource_of(text, ROOT, "json")
    assert (resource.kind, resource.name) == ("buffer", "text")


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("select * from p where ssn = '078-05-1120' and age > 4", "select * from p where ssn = ? and age > ?"),
        ("exec find_patient 'Ann Smith', 4711", "exec find_patient ?, ?"),
        ("(select 1 where n = 'Ann')", "(select ? where n = ?)"),
        ("select 'a -- b', n from p where n = 'Ann'", "select ?, n from p where n = ?"),
        ("select /* Ann's */ n from p where n = 'Ann'", "select n from p where n = ?"),
        ("select $tag$Ann$tag$, 1e10, 0xFF", "select ?, ?, ?"),
        (r"select n from p where n = 'O\'Brien' and m = 'Ann'", "select n from p where n = ?"),
        ("select n from p # Ann's\nwhere n = 'Smith'", "select n from p # Ann ?"),
        ("select n from p where n = 'Ann", "select n from p where n = ?"),
        ("customers", "customers"),
    ],
)
def test_a_statement_is_named_without_its_literals(statement, name):
    resource = resource_of(statement, ROOT, "sql")
    assert (resource.kind, resource.name) == ("database", name)


@given(st.text("ab '\"\\-/*\n$", max_size=30), st.sampled_from(["'{}'", '"{}"', "$${}$$", "-- {}\n", "/*{}*/"]))
def test_no_literal_outlives_what_stands_around_it(around, quoted):
    before = around.replace("'", "''") if quoted == "'{}'" else ""
    assert SECRET not in bare_sql(f"select {before and quoted.format(before)} {quoted.format(SECRET)} {around}")


@pytest.mark.parametrize("name", ["copy of patients.csv", "from 2020.csv", "select.csv", "with names.xlsx"])
def test_a_file_whose_name_begins_like_a_statement_is_a_file(name):
    resource = resource_of(f"{ROOT}/{name}", ROOT, "csv")
    assert (resource.kind, resource.name) == ("file", name)
    assert resource_of(name, ROOT, "csv").kind == "file"


def test_a_file_url_is_the_file_it_names():
    assert resource_of(f"file://{ROOT}/a%20b.csv", ROOT, "csv").name == "a b.csv"
    assert resource_of("file:///home/ann/a.csv", ROOT, "csv").name == ".../a.csv"


def test_a_name_of_another_encoding_can_be_recorded():
    name = resource_of(b"/project/caf\xe9.csv", ROOT, "csv").name
    assert name.encode("utf-8") == b"caf\\udce9.csv"


def test_a_working_folder_that_is_gone_breaks_nothing(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(FileNotFoundError):
        os.getcwd()
    assert resource_of(f"{ROOT}/a.csv", ROOT, "csv").name == "a.csv"
    assert resource_of(Path("a.csv"), ROOT, "csv").name == ".../a.csv"
