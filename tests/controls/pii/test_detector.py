"""The quality gate on the development split, and the promises about single kinds of columns."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jupyter_mlsec.controls.pii import scan_table, scan_text

DEV = Path(__file__).parents[2] / "data" / "pii_dev"
TRUTH = json.loads((DEV / "truth.json").read_text())


def _f1(hit: int, wrong: int, missed: int) -> float:
    return 2 * hit / (2 * hit + wrong + missed)


def _score(*, names: bool) -> tuple[float, int]:
    """Micro F1 over (column, type), and how many columns that hold nothing were flagged."""
    soft, prefix = set(TRUTH["soft"]), "" if names else "nh_"
    tables = defaultdict(list)
    for column in TRUTH["columns"]:
        tables[column["table"]].append(column)
    hit = wrong = missed = alarms = 0
    for name, columns in tables.items():
        found = scan_table(pq.read_table(DEV / "tables" / f"{name}.parquet"), names=names)
        for column in columns:
            told = {d.type for d in found.get(column["column"], [])}
            expected = set(column[f"{prefix}expect"]) - soft
            beside = told - expected - set(column[f"{prefix}allow"]) - soft
            hit, wrong, missed = hit + len(told & expected), wrong + len(beside), missed + len(expected - told)
            alarms += bool(beside) and "negative" in column["tags"]
    return _f1(hit, wrong, missed), alarms


def test_columns_are_judged_well_with_their_names() -> None:
    f1, alarms = _score(names=True)
    assert f1 >= 0.98
    assert alarms <= 1


def test_columns_are_judged_well_by_values_alone() -> None:
    f1, alarms = _score(names=False)
    assert f1 >= 0.97
    assert alarms <= 1


def test_spans_in_texts_are_exact() -> None:
    soft = set(TRUTH["soft"])
    hit = wrong = missed = 0
    for text in json.loads((DEV / "texts.json").read_text()):
        expected = {tuple(span) for span in text["spans"] if span[2] not in soft}
        told = {(s.start, s.end, s.type) for s in scan_text(text["text"])}
        hit, wrong, missed = hit + len(told & expected), wrong + len(told - expected), missed + len(expected - told)
    assert _f1(hit, wrong, missed) >= 0.97


def _types(values: list[object], name: str = "v1") -> set[str]:
    return {d.type for d in scan_table(pa.table({name: values})).get(name, [])}


def test_a_number_that_passes_luhn_by_chance_is_no_card() -> None:
    assert _types([str(4_000_000_000_000_000 + 7919 * i) for i in range(300)]) == set()


def test_cards_are_found_as_integers() -> None:
    assert "CREDIT_CARD" in _types([4111111111111111, 5555555555554444, 378282246310005, 6011111111111117] * 5)


def test_versions_are_no_addresses_of_machines() -> None:
    assert _types([f"{i % 9}.{i % 13}.{i % 17}.{i % 5}" for i in range(1, 90)]) == set()


@pytest.mark.parametrize("name", ["order_id", "lot", "case_ref"])
def test_an_order_number_shaped_like_an_ssn_is_left_alone(name: str) -> None:
    assert _types([f"{100 + i}-{10 + i % 80}-{1000 + 7 * i}" for i in range(200)], name) == set()


def test_a_name_alone_decides_nothing() -> None:
    frame = pa.table({"patient_name": [0.5, 1.5, 2.5], "phone": ["a", "b", "c"], "diagnosis": ["x1", "y2", "z3"]})
    assert scan_table(frame) == {}


def test_one_address_in_sixty_thousand_rows_is_found() -> None:
    notes = [f"the pump ran for {i} hours" for i in range(60_000)]
    notes[41_233] = "ask erin.vale@example.org about it"
    assert "EMAIL" in _types(notes, "notes")


def test_masked_and_hashed_columns_are_left_alone() -> None:
    assert _types(["***-**-1234", "***-**-7734", "***-**-0034"] * 9, "ssn_masked") == set()


def test_a_checked_number_is_certain_and_a_mere_shape_is_not() -> None:
    codes = ["GB82WEST12345698765432", "DE89370400440532013000", "FR1420041010050500013M02606", "NL91ABNA0417164300"]
    found = scan_table(pa.table({"x": codes * 5, "passport_no": [f"{i:09d}" for i in range(31000000, 31000020)]}))
    assert [d.certain for d in found["x"]] == [True]
    assert [(d.type, d.certain) for d in found["passport_no"]] == [("PASSPORT", False)]


def test_counts_are_of_rows() -> None:
    mails = [f"user{i}@example.org" if i % 4 == 0 else None for i in range(2000)]
    detection = scan_table(pa.table({"m": mails}))["m"][0]
    assert detection.count == 500
    assert detection.share == 1.0


def test_a_few_codes_that_begin_like_a_dialling_code_are_no_phones() -> None:
    codes = [f"{4_000_000_000_000 + 37_123_456 * i:013d}" for i in range(100)]
    assert _types([*codes, "0044207946018", "0049301234567"], "ean") == set()
    assert _types([f"{20_000_000_000 + 91_234_567 * i}" for i in range(95)] + ["13912345678"] * 6) == set()


@pytest.mark.parametrize("name", ["license_plate", "plate"])
def test_a_number_plate_is_no_driving_licence(name: str) -> None:
    assert _types([f"{chr(65 + i % 20)}KX-{4000 + 7 * i}" for i in range(90)], name) == set()


def test_firms_and_streets_that_bear_names_are_no_people() -> None:
    family = ["Weber", "Schmidt", "Fischer", "Wagner", "Becker", "Hoffmann", "Koch", "Richter", "Klein", "Wolf"]
    given = ["Anna", "Peter", "Maria", "Paul", "Laura", "Jan", "Eva", "Karl", "Julia", "Max"]
    pairs = [f"{one} {other}" for one in given for other in family]
    assert _types(pairs) == {"PERSON"}
    assert _types([f"{pair} Lda." if i % 3 else pair for i, pair in enumerate(pairs)]) == set()
    assert _types([f"rue {pair}" for pair in pairs]) == set()
    assert _types([f"{pair} Straße" for pair in pairs], "street_name") == set()


def test_a_street_a_number_a_code_and_a_town_are_an_address_in_any_language() -> None:
    towns = ["Drniš", "Καστοριά", "Mursko", "Чоп"]
    cells = [f"Svibovac {i % 90 + 1}b, {22000 + 37 * i} {towns[i % 4]}" for i in range(80)]
    assert _types(cells) == {"ADDRESS"}


def test_finnish_numbers_are_known_with_every_sign_between() -> None:
    letters = "0123456789ABCDEFHJKLMNPRSTUVWXY"
    made = [(f"{i % 28 + 1:02d}{i % 12 + 1:02d}{i % 80 + 10:02d}", f"{i * 7 % 890 + 2:03d}") for i in range(60)]
    cells = [f"{day}{'-A'[i % 2]}{number}{letters[int(day + number) % 31]}" for i, (day, number) in enumerate(made)]
    assert _types(cells) == {"NATIONAL_ID"}
