"""The demo's tables are what their note says they are."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from jupyter_mlsec.demo import tables

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "jupyter_mlsec" / "demo" / "data"


def read(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def test_the_notebook_of_the_package_is_the_one_in_notebooks() -> None:
    name = "01-guarded-notebook.ipynb"

    assert (ROOT / "notebooks" / name).read_bytes() == (ROOT / "jupyter_mlsec" / "demo" / name).read_bytes()


def test_the_passengers_are_the_ones_scikit_learn_carries() -> None:
    pytest.importorskip("sklearn.datasets.tests")

    assert tables.as_csv(tables.passengers()) == (DATA / "passengers.csv").read_text("utf-8")
    assert tables.as_csv(tables.spoilt(tables.passengers())) == (DATA / "passengers-next.csv").read_text("utf-8")


def test_the_passengers_keep_their_number_and_their_survivors() -> None:
    passengers = read("passengers.csv")

    assert len(passengers) == 1309
    assert sum(row["survived"] == "1" for row in passengers) == 500


def test_the_second_delivery_breaks_the_first_ones_rules() -> None:
    spoilt = read("passengers-next.csv")

    assert sum(row["age"] == "-999" for row in spoilt) > 20
    assert sum(row["survived"] == "9" for row in spoilt) > 5


def test_the_customers_identifiers_pass_the_checks_of_real_ones() -> None:
    luhn = pytest.importorskip("stdnum.luhn")
    ssn = pytest.importorskip("stdnum.us.ssn")
    customers = read("customers.csv")

    assert len(customers) == tables.CUSTOMERS
    assert all(luhn.is_valid(row["card"]) and ssn.is_valid(row["ssn"]) for row in customers)


def test_the_customers_cannot_be_reached() -> None:
    customers = read("customers.csv")

    assert all(row["email"].split("@")[1] in {"example.com", "example.net", "example.org"} for row in customers)
    assert all("555-01" in row["phone"] for row in customers)


def test_no_table_is_larger_than_it_needs_to_be() -> None:
    assert sum(path.stat().st_size for path in DATA.iterdir()) < 200_000
