"""What a table held goes into the record: equal content, equal digest, whoever keeps it; personal data has none."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lineage_notebook import operation
from test_lineage_values import CODES, FIT, READ, load, people, write

from jupyter_mlsec.controls.contract import Call
from jupyter_mlsec.controls.lineage.budget import Budget
from jupyter_mlsec.controls.lineage.control import Lineage
from jupyter_mlsec.controls.lineage.prints import fingerprints
from jupyter_mlsec.controls.lineage.settings import Settings
from jupyter_mlsec.protocol.facts import ColumnFingerprints, Facts

_ROWS = st.lists(
    st.tuples(st.integers(-(2**40), 2**40), st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)),
    min_size=1,
    max_size=12,
)


def told(value: Any, labelled: tuple[str, ...] = (), megabytes: int = 16) -> ColumnFingerprints:
    found = fingerprints(value, labelled, Budget(50, megabytes), 0)
    assert found is not None
    return found


@settings(max_examples=25, deadline=None)
@given(_ROWS)
def test_equal_columns_have_equal_digests_in_every_library(rows: list[tuple[int, str]]) -> None:
    plain = pa.table({"n": [number for number, _ in rows], "t": [text for _, text in rows]})
    middle = len(rows) // 2
    ways = (
        pa.concat_tables([plain[:middle], plain[middle:]]),
        pa.concat_tables([plain, plain])[len(rows) :],
        pl.from_arrow(plain),
        pd.DataFrame({"n": [number for number, _ in rows], "t": [text for _, text in rows]}),
        plain.to_pandas(types_mapper=pd.ArrowDtype),
    )

    assert {told(each).columns for each in ways} == {told(plain).columns}


def test_another_value_is_another_digest() -> None:
    one, other = pd.DataFrame({"a": [1, 2], "b": [3, 4]}), pd.DataFrame({"a": [1, 2], "b": [3, 5]})

    same = [left == right for left, right in zip(told(one).columns, told(other).columns, strict=True)]

    assert same == [True, False]
    assert all(len(digest) == 64 for _, digest in told(one).columns)


def test_labelled_columns_have_no_digest() -> None:
    found = told(people(), ("code",))

    assert [name for name, _ in found.columns] == ["age", "income", "member"]
    assert (found.withheld, found.more) == (1, 0)


def test_what_is_too_large_has_none_and_is_counted() -> None:
    wide = pd.DataFrame({"small": [1], "large": ["x" * 3_000_000]})
    found = told(pd.concat([wide, wide.rename(columns={"small": "more", "large": "most"})], axis=1), megabytes=1)

    assert ([name for name, _ in found.columns], found.more) == (["small", "large"], 2)


@pytest.mark.parametrize("value", [None, 3, "text", {"a": [1]}, [1, 2]])
def test_what_is_no_table_has_none(value: Any) -> None:
    assert fingerprints(value, (), Budget(50, 16), 0) is None


def test_what_is_read_written_and_learned_from_is_told() -> None:
    control, table, read, fit = Lineage(Settings()), people(), Facts(), Facts()
    control.after(operation("read", "file", "p.csv", 1), Call(READ, ("p.csv",), {}, {"path": 0}), table, read)
    written, _ = write(control, table)
    call = Call(FIT, (object(), table), {}, {"self": 0, "X": 1})
    control.after(operation("fit", "model", "model", 1), call, object(), fit)

    found = [each.find(ColumnFingerprints) for each in (read, written, fit)]
    assert found[0] is not None
    assert found == [found[0]] * 3
    assert (len(found[0].columns), found[0].rows) == (4, 300)


def test_a_label_that_came_along_withholds_the_digest_of_a_derived_column() -> None:
    control = Lineage(Settings())
    table = load(control, people(), labels=(CODES,))
    facts, _ = write(control, table[["code", "age"]].rename(columns={"code": "who"}))

    found = facts.find(ColumnFingerprints)
    assert found is not None
    assert ([name for name, _ in found.columns], found.withheld) == (["age"], 1)


def test_none_are_made_where_the_policy_wants_none() -> None:
    facts, _ = write(Lineage(Settings(digested=0)), people())

    assert facts.find(ColumnFingerprints) is None
