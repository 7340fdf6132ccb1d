"""How the demo's tables were made: real passengers from scikit-learn's own files, customers invented by Faker.

`python -m jupyter_mlsec.demo.tables` writes them again. The customers' seed is fixed, but Faker's words change with its
versions, so the stored table is what counts; the passengers must always come out the same, and a test says so.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path

DATA = Path(__file__).parent / "data"
CUSTOMERS = 400
SEED = 20120414


def passengers() -> list[dict[str, str]]:
    """The 1,309 passengers of the Titanic as text, an empty string where a value is not known."""
    archive = resources.files("sklearn.datasets.tests.data.openml.id_40945") / "data-v1-dl-16826755.arff.gz"
    text = gzip.decompress(archive.read_bytes()).decode("utf-8")
    head, _, body = text.partition("@data\n")
    names = [
        line.split()[1].strip("'").replace(".", "_") for line in head.splitlines() if line.startswith("@attribute")
    ]
    reader = csv.reader(io.StringIO(body), escapechar="\\")
    rows = (dict(zip(names, row, strict=True)) for row in reader if row)
    return [{name: "" if value == "?" else value for name, value in row.items()} for row in rows]


def spoilt(rows: Iterable[dict[str, str]]) -> Iterator[dict[str, str]]:
    """Every fourth passenger, from a careless export: unknown ages as -999, survival with a third value."""
    for number, row in enumerate(rows):
        if number % 4 == 0:
            yield {**row, "age": row["age"] or "-999", "survived": "9" if number % 40 == 8 else row["survived"]}


def customers() -> Iterator[dict[str, str]]:
    """Invented customers with the identifiers a real table would have; a few notes mention an address or a number."""
    import faker

    fake = faker.Faker("en_US")
    fake.seed_instance(SEED)
    for number in range(1, CUSTOMERS + 1):
        note = fake.sentence(nb_words=6)
        if number % 40 == 0:
            note += f" Write to {fake.safe_email()} instead."
        yield {
            "customer": f"C{number:05d}",
            "name": fake.name(),
            "ssn": fake.ssn(),
            "email": fake.safe_email(),
            "phone": fake.numerify("(212) 555-01##"),
            "card": fake.credit_card_number(card_type="visa16"),
            "city": fake.city(),
            "spent": f"{fake.pyfloat(min_value=5, max_value=900, right_digits=2):.2f}",
            "note": note,
        }


def as_csv(rows: Iterable[dict[str, str]]) -> str:
    """The rows as CSV text with a header; at least one row is needed."""
    table = list(rows)
    sink = io.StringIO()
    writer = csv.DictWriter(sink, fieldnames=list(table[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return sink.getvalue()


def main() -> None:
    """Write all three tables into the package."""
    people = passengers()
    (DATA / "passengers.csv").write_text(as_csv(people), "utf-8")
    (DATA / "passengers-next.csv").write_text(as_csv(spoilt(people)), "utf-8")
    (DATA / "customers.csv").write_text(as_csv(customers()), "utf-8")


if __name__ == "__main__":
    main()
