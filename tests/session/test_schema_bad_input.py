"""Odd tables and odd schema files, met through a watched load: nothing breaks, and what is not looked into is said."""

from __future__ import annotations

import datetime
import decimal
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import jupyter_mlsec
from jupyter_mlsec.protocol.entries import Recorded, Troubled
from jupyter_mlsec.protocol.errors import Denied


class Place:
    """A guarded project: what was said of each load, and the verb."""

    def __init__(self, folder, house):
        self.folder, self.house, self.entries = folder, house, []
        house.journal.listen(self.entries.append)

    def load(self, table, name="t.pkl"):
        """Read the table back from a file through pandas, as a notebook would."""
        with open(name, "wb") as file:
            pickle.dump(table, file)
        del self.entries[:]
        pd.read_pickle(name)
        return self.found()

    def found(self):
        assert [entry for entry in self.entries if isinstance(entry, Troubled)] == []
        recorded = [entry for entry in self.entries if isinstance(entry, Recorded)]
        return [one for entry in recorded for one in entry.decision.findings if one.control == "schema"]

    def say(self, *words):
        return self.house.controls["schema"].verbs()[0].run(words, {})


@pytest.fixture
def place(tmp_path, monkeypatch):
    (tmp_path / ".mlsec").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    with jupyter_mlsec.guard("guard") as house:
        house.gate.raise_ours = True
        yield Place(tmp_path, house)


FAR = [datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31)]
ODD = {
    "repeated names": pd.DataFrame(np.ones((30, 2)), columns=["a", "a"]),
    "levels of columns": pd.DataFrame(np.ones((30, 2)), columns=pd.MultiIndex.from_tuples([("a", 1), ("a", 2)])),
    "levels of rows": pd.DataFrame({"a": range(30)}, index=pd.MultiIndex.from_product([range(5), range(6)])),
    "no rows": pd.DataFrame({"a": pd.array([], "int64"), "b": pd.array([], "str")}),
    "no columns": pd.DataFrame(index=range(30)),
    "nothing": pd.DataFrame(),
    "all missing": pd.DataFrame({"a": [None] * 30, "b": [np.nan] * 30, "c": pd.array([pd.NA] * 30, "Int64")}),
    "nested": pd.DataFrame({"a": [[1, 2]] * 30, "b": [{"k": 1}] * 30, "c": [(1, "x")] * 30}),
    "categories": pd.DataFrame({"a": pd.Categorical(["x", "y", None] * 10), "b": pd.Categorical([1, 2, 3] * 10)}),
    "ordered categories": pd.DataFrame({"a": pd.Categorical(["lo", "hi"] * 15, ["lo", "hi"], ordered=True)}),
    "mixed": pd.DataFrame({"a": [1, "x", None, 2.5, b"y", object] * 5}),
    "zones": pd.DataFrame({"a": pd.date_range("2024-01-01", periods=30, tz="Europe/Berlin")}),
    "far dates": pd.DataFrame({"a": pd.Series(FAR * 15, dtype=object)}),
    "far seconds": pd.DataFrame({"a": np.array(["-5000-01-01", "9000-01-01"] * 15, "datetime64[s]")}),
    "decimals": pd.DataFrame({"a": [decimal.Decimal("1.10"), decimal.Decimal("1e30")] * 15}),
    "masked": pd.DataFrame(
        {"a": pd.array([1, None] * 15, "Int64"), "b": pd.array([True, None] * 15, "boolean"), "c": [None, 0.5] * 15}
    ),
    "arrow": pd.DataFrame({"a": pd.array([[1], None] * 15, pd.ArrowDtype(pa.list_(pa.int64())))}),
    "intervals": pd.DataFrame({"a": pd.interval_range(0, 30), "b": pd.period_range("2024-01", periods=30, freq="M")}),
    "sparse": pd.DataFrame({"a": pd.arrays.SparseArray([0, 0, 1] * 10)}),
    "complex": pd.DataFrame({"a": np.ones(30) * 1j}),
    "huge numbers": pd.DataFrame({"a": [2**63, 2**64 - 1] * 15, "b": [10**30, 1] * 15}),
    "infinite": pd.DataFrame({"a": [np.inf, -np.inf, np.nan] * 10}),
    "surrogates": pd.DataFrame({"a": pd.Series(["\ud800", "x"] * 15, dtype=object)}),
    "odd labels": pd.DataFrame({1: range(30), None: range(30), ("t", 2): range(30), b"b": range(30)}),
    "a series": pd.Series(range(30), name="s"),
    "polars": pl.DataFrame({"a": [[1], None] * 15, "b": [{"k": 1}] * 30, "c": ["x", "y"] * 15}),
    "no table": {"a": 1},
}


@pytest.mark.parametrize("table", ODD.values(), ids=ODD)
def test_an_odd_table_teaches_and_comes_again_without_a_word(place, table):
    assert {one.rule for one in place.load(table)} <= {"schema.learned"}
    again = place.load(table)
    assert [one for one in again if one.level != "note"] == []
    place.load(table.iloc[:0] if hasattr(table, "iloc") else table)


@pytest.mark.parametrize("table", ODD.values(), ids=ODD)
def test_an_odd_table_can_be_approved_and_passes_what_it_taught(place, table):
    if not any(one.rule == "schema.learned" for one in place.load(table)):
        return
    place.say("approve", "t.pkl")
    assert [one.rule for one in place.load(table) if one.effect == "deny"] == []
    place.say("show", "t.pkl")
    place.say("code", "t.pkl")


@pytest.mark.parametrize("table", ODD.values(), ids=ODD)
def test_an_odd_table_in_the_place_of_an_ordinary_one_is_refused_or_warned_of_and_never_breaks(place, table):
    place.load(pd.DataFrame({"a": range(100, 200), "b": ["x", "y"] * 50}))
    place.say("approve", "t.pkl")
    if isinstance(table, dict):
        assert place.load(table) == []
        return
    if len(table) == 0 and len(table.columns):
        assert place.load(table) == []  # the right columns without a row break no promise about values
        return
    with pytest.raises(Denied, match="schema"):
        place.load(table)
    place.say("relax", "t.pkl", "--yes")
    assert [one.rule for one in place.load(table) if one.effect == "deny"] == []


def test_nested_columns_are_said_to_be_not_looked_into(place):
    (finding,) = place.load(ODD["nested"])
    assert "Not looked into: a (list)" in finding.message


def test_an_extension_type_nobody_knows_is_said_to_be_not_looked_into(place):
    class Odd(pa.ExtensionType):
        def __init__(self):
            super().__init__(pa.binary(4), "odd.type")

        def __arrow_ext_serialize__(self):
            return b""

        @classmethod
        def __arrow_ext_deserialize__(cls, storage, serialized):
            return cls()

    import pyarrow.parquet as pq

    column = pa.ExtensionArray.from_storage(Odd(), pa.array([b"1234"] * 30, pa.binary(4)))
    pa.register_extension_type(Odd())
    try:
        pq.write_table(pa.table({"a": column, "b": range(30)}), "odd.parquet")
        del place.entries[:]
        pq.read_table("odd.parquet")
        (finding,) = place.found()
        assert "Not looked into: a (" in finding.message
    finally:
        pa.unregister_extension_type("odd.type")


def test_five_thousand_columns_are_learned_approved_and_checked(place):
    wide = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 5000)), columns=[f"c{n}" for n in range(5000)])
    assert [one.rule for one in place.load(wide)] == ["schema.learned"]
    place.say("approve", "t.pkl")
    assert place.load(wide) == []
    with pytest.raises(Denied, match="column c4999"):
        place.load(wide.assign(c4999="text"))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("columns:\n  a:\n    is_prime: 3\n", r"line 3: key columns\.a\.is_prime is no check we know"),
        ("columns:\n  a: [\n", "not YAML, see line 3"),
        ("columns:\n  a: 7\n", r"line 2: key columns\.a must be a table"),
        ("columns:\n  a: {}\n  a: {}\n", r"line 3: key columns\.a stands there twice"),
        ("", "columns"),
        ("\x00", "YAML"),
    ],
)
def test_a_schema_file_that_cannot_be_followed_is_named_with_line_and_key(place, text, named):
    place.load(pd.DataFrame({"a": range(30)}))
    place.say("approve", "t.pkl")
    (file,) = (place.folder / ".mlsec" / "schemas").iterdir()
    file.write_text(text)
    finding = place.load(pd.DataFrame({"a": range(30)}))[0]
    assert finding.rule == "schema.unreadable"
    assert file.name in finding.message
    import re

    assert re.search(named, finding.message), finding.message


def test_two_schemas_of_one_resource_are_both_followed_and_said(place):
    place.load(pd.DataFrame({"a": range(30)}))
    place.say("approve", "t.pkl")
    (file,) = (place.folder / ".mlsec" / "schemas").iterdir()
    file.with_suffix(".json").write_text('{"columns": {"a": {"less_than": 5}}}')
    with pytest.raises(Denied, match="less_than failed for 25 of 30 rows"):
        place.load(pd.DataFrame({"a": range(30)}))
    assert [one.rule for one in place.found()] == ["schema.twice", "schema.violated"]
