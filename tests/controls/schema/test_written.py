"""An approved schema is YAML that a person and pandera read, and what cannot be followed is named with its line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlsec.controls.schema import written
from jupyter_mlsec.controls.schema.spec import Check, Column, Schema
from jupyter_mlsec.protocol.errors import SchemaError

_TEXT = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)
_CHECKS = st.one_of(
    st.integers(-(2**60), 2**60).map(lambda n: Check(name="less_than", statistics={"max_value": n})),
    st.floats(-1e300, 1e300).map(lambda n: Check(name="greater_than", statistics={"min_value": n})),
    st.lists(_TEXT, min_size=1).map(lambda words: Check(name="isin", statistics={"allowed_values": words})),
)
_COLUMNS = st.builds(
    lambda name, kind, nulls, unique, check: Column(name=name, type=kind, nulls=nulls, unique=unique, checks=(check,)),
    _TEXT,
    st.sampled_from(["integer", "number", "text", "boolean", "time", "duration"]),
    st.sampled_from([0.0, 1.0]),
    st.booleans(),
    _CHECKS,
)
_SCHEMAS = st.builds(
    lambda name, columns, strict: Schema(resource=name, columns=tuple(columns), strict=strict),
    _TEXT,
    st.lists(_COLUMNS, unique_by=lambda column: column.name, max_size=4),
    st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(_SCHEMAS)
def test_what_is_written_is_read_back_equal(schema: Schema) -> None:
    assert written.read(written.to_yaml(schema), "x.yaml") == schema


def test_a_length_bounded_above_stays_bounded_above() -> None:
    import pandera.pandas as pandera

    check = Check(name="str_length", statistics={"max_value": 3})
    ours = Schema(resource="t", columns=(Column(name="code", type="text", checks=(check,)),))
    assert written.read(written.to_yaml(ours), "x.yaml") == ours
    (theirs,) = pandera.DataFrameSchema.from_yaml(written.to_yaml(ours).decode()).columns["code"].checks
    assert (theirs.statistics.get("min_value"), theirs.statistics["max_value"]) == (None, 3)


def test_pandera_reads_what_we_write_and_we_read_what_it_writes() -> None:
    import pandera.pandas as pandera

    bounds = Check(name="in_range", statistics={"min_value": 0, "max_value": 9, "include_min": True})
    words = Check(name="isin", statistics={"allowed_values": ["no", "1", "y: #"]})
    columns = (Column(name="a", type="integer", nulls=0.0, checks=(bounds,)), Column(name="on", checks=(words,)))
    ours = Schema(resource="data/é.csv", columns=columns, strict=True)
    theirs = pandera.DataFrameSchema.from_yaml(written.to_yaml(ours).decode())
    assert theirs.strict
    assert theirs.columns["on"].checks[0].statistics == {"allowed_values": ["no", "1", "y: #"]}
    again = written.read(theirs.to_yaml().encode(), "x.yaml")
    assert [column.name for column in again.columns] == ["a", "on"]
    assert again.columns[1].checks == columns[1].checks


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("columns:\n  age:\n    is_prime: 3\n", r"line 3: key columns\.age\.is_prime"),
        ("columns:\n  a.b:\n    in_range:\n      floor: 3\n", r"line 3: key columns\.a\.b\.in_range"),
        ("columns: {}\nindex: [1]\n", "line 2: key index"),
        ('{"columns": {\n"age": {"is_prime": 3}}}', r"line 2: key columns\.age\.is_prime"),
        (
            "columns:\n  age: {nullable: false}\n  age: {nullable: true}\n",
            r"line 3: key columns\.age stands there twice",
        ),
        ("columns:\n  age: [\n", "line 3"),
        ("columns: !!python/object/apply:os.system ['true']\n", "line 1"),
        ("[" * 100_000, "YAML"),
        ("", "columns"),
    ],
)
def test_what_cannot_be_followed_is_named_with_its_line(text: str, named: str) -> None:
    name = "x.json" if text.startswith("{") else "x.yaml"
    with pytest.raises(SchemaError, match=named):
        written.read(text.encode(), name)


def test_aliases_do_not_grow_beyond_the_file() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(24)
    )
    with pytest.raises(SchemaError, match="columns"):
        written.read(bomb.encode(), "x.yaml")
