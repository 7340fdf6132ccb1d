"""Canonical bytes: equal notebooks have equal bytes, different ones never, whatever numbers and texts they hold."""

from __future__ import annotations

import copy
import json
import math
from typing import Any

import nbformat
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlsec.reports import canonical, reading
from tests.reports.stage import study

KEYS = st.one_of(st.text(max_size=5), st.sampled_from(["$mlsec:number", "$$mlsec:number", "$mlsec:text", "$schema"]))
NUMBERS = st.one_of(st.integers(), st.integers(min_value=2**53 - 2, max_value=2**53 + 2), st.floats())
LEAVES = st.one_of(
    st.none(), st.booleans(), NUMBERS, st.text(max_size=8), st.text(st.characters(categories=["Cs"]), max_size=1)
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)


def by_value(value: Any) -> Any:
    """A value equal to another exactly when both are the same JSON value (1.0 is 1, NaN is NaN, true is not 1)."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return (type(value).__name__, value)
    if isinstance(value, int | float):
        if isinstance(value, float) and not math.isfinite(value):
            return ("odd", repr(value))
        is_large = isinstance(value, int) and abs(value) > canonical.SAFE
        return ("large", value) if is_large else ("number", float(value))
    if isinstance(value, list):
        return ("list", [by_value(each) for each in value])
    return ("object", {key: by_value(each) for key, each in value.items()})


@given(VALUES, VALUES)
@settings(max_examples=300)
def test_two_values_share_their_bytes_only_when_they_are_the_same(one: Any, other: Any) -> None:
    same = by_value(one) == by_value(other)

    assert (canonical.canonical(one) == canonical.canonical(other)) == same


@given(VALUES)
@settings(max_examples=200)
def test_a_file_gives_back_the_bytes_of_what_was_written(value: Any) -> None:
    text = canonical.written({"cells": [], "value": value})

    text.encode("utf-8")
    assert canonical.written(reading.parsed(text)) == text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (2**60, float(2**60)),
        (float("nan"), "NaN"),
        (float("nan"), None),
        (float("nan"), {"$mlsec:number": "NaN"}),
        (2**53, {"$mlsec:number": str(2**53)}),
        ({"$mlsec:number": "1"}, {"$$mlsec:number": "1"}),
        ("\ud800", '"\\ud800"'),
        ("\ud800", {"$mlsec:text": '"\\ud800"'}),
    ],
)
def test_what_could_be_taken_for_another_is_kept_apart(one: Any, other: Any) -> None:
    assert canonical.canonical(one) != canonical.canonical(other)


def test_an_ordinary_notebook_is_plain_rfc_8785() -> None:
    value = {"b": [1, 1.5, "é", None, True], "$schema": "x", "a": {}}

    assert canonical.canonical(value) == rfc8785.dumps(value)


WORDED = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**53) + 1, 2**53 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=8),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@given(WORDED)
@settings(max_examples=500)
def test_what_rfc_8785_has_words_for_is_written_as_another_implementation_writes_it(value: Any) -> None:
    assert canonical.canonical({"v": value}) == rfc8785.dumps({"v": value})


@pytest.mark.parametrize("exponent", range(-30, 30))
def test_floats_of_every_size_are_written_as_another_implementation_writes_them(exponent: int) -> None:
    values = [sign * digits * 10.0**exponent for sign in (1, -1) for digits in (1.0, 1.5, 9.007199254740993, 1 / 3)]

    assert canonical.canonical(values) == rfc8785.dumps(values)


def test_keys_beyond_the_first_plane_come_in_the_order_of_their_utf_16_units() -> None:
    value = {"\ufb33": 1, "\U0001f600": 2, "a": 3}

    assert canonical.canonical(value) == rfc8785.dumps(value)
    assert canonical.canonical(value).decode().index("\U0001f600") < canonical.canonical(value).decode().index("\ufb33")


def test_the_digest_is_the_same_after_nbformat_wrote_and_read_it() -> None:
    notebook = study()
    text = nbformat.writes(nbformat.from_dict(copy.deepcopy(notebook)))

    assert canonical.notebook_digest(json.loads(text)) == canonical.notebook_digest(notebook)


def test_the_attestation_is_no_part_of_the_digest_but_a_cells_metadata_is() -> None:
    notebook, sealed, marked = study(), study(), study()
    sealed["metadata"]["mlsec"] = {"attestation": {}}
    marked["cells"][0]["metadata"]["mlsec"] = {"role": "front"}

    assert canonical.notebook_digest(sealed) == canonical.notebook_digest(notebook)
    assert canonical.notebook_digest(marked) != canonical.notebook_digest(notebook)
