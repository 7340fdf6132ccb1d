"""Makes input files for the library's own tests that its wheel does not carry: invented rows of the right shape.

`python -m tests.conformance.own_suites.data_files LIBRARY FOLDER` writes them below FOLDER/LIBRARY/tests, beside which
the fixtures of the tests then look (see plugin.py). Where a test states what it wants to read, the file says that.
"""

from __future__ import annotations

import bz2
import gzip
import importlib.util
import io
import json
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]

BOOKS = """<?xml version="1.0" encoding="UTF-8"?>
<bookstore>
  <book category="cooking">
    <title>Everyday Italian</title><author>Giada De Laurentiis</author><year>2005</year><price>30.00</price>
  </book>
  <book category="children">
    <title>Harry Potter</title><author>J K. Rowling</author><year>2005</year><price>29.99</price>
  </book>
  <book category="web">
    <title>Learning XML</title><author>Erik T. Ray</author><year>2003</year><price>39.95</price>
  </book>
</bookstore>
"""

LINES = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>Ferries</name>
<Placemark id="ID_1"><name>North</name><styleUrl>#Line</styleUrl><LineString><extrude>0</extrude>
<coordinates>10.5,59.9,0 10.6,59.8,0</coordinates></LineString></Placemark>
<Placemark id="ID_2"><name>South</name><styleUrl>#Line</styleUrl><LineString><extrude>0</extrude>
<coordinates>10.7,59.7,0 10.8,59.6,0</coordinates></LineString></Placemark>
</Document></kml>
"""

FOOD = [
    ("Proximates", "Proximates", "Proximates"),
    ("Water", "g", "51.70"),
    ("Energy", "kcal", "315"),
    ("Fibre", "g", "0.0"),
    ("Calcium", "mg", "0"),
    ("Iron", "mg", "0.64"),
]

BANKS = [
    ("First Bank of Elsewhere", "Elsewhere", "GA", 10001, "Second Bank", "March 1, 2012", "March 5, 2012"),
    ("Metcalf Bank", "Lees Summit", "MO", 10002, "Third Bank", "April 2, 2012", "April 9, 2012"),
    ("Heartland Bank", "Leawood", "KS", 10003, "Metcalf Bank", "May 3, 2012", "May 8, 2012"),
    ("Palm Bank of Florida", "Tampa", "FL", 10004, "Fourth Bank", "June 4, 2012", "June 7, 2012"),
]
BANK_COLUMNS = ("Bank Name", "City", "ST", "CERT", "Acquiring Institution", "Closing Date", "Updated Date")


def make(library: str, folder: Path) -> Path:
    """The overlay of one library, made in a process of its own so that this one imports nothing heavy."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.conformance.own_suites.data_files", library, str(folder)]
    subprocess.run(command, cwd=ROOT, check=True)
    return folder


def main() -> None:
    """Write all files of the library named first into the folder named second."""
    library, folder = sys.argv[1], Path(sys.argv[2])
    if library != "pandas":
        return
    from tests.conformance.own_suites import workbooks

    tests = folder / "pandas" / "tests"
    for place, content in files():
        path = tests / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    workbooks.write(tests / "io" / "data" / "excel")
    # The templates that some tests read lie in the library itself.
    library_home = Path(str(importlib.util.find_spec("pandas").origin)).parent
    (folder / "pandas" / "io").symlink_to(library_home / "io")


def files() -> Iterator[tuple[str, str | bytes]]:
    """Every file but the workbooks: its place below the library's tests, and its content."""
    yield from _tables()
    yield from _for_the_parser()
    yield from _json()
    yield from _markup()
    yield from _arrow()


def walk() -> str:
    """Seven working days with four columns of numbers: the table that csv and Excel tests share."""
    rows = ["index,A,B,C,D"]
    for day in range(7):
        values = [((day * 7 + column * 5) % 11 - 5) / 3.7 + column / 9.1 for column in range(4)]
        date = f"2000-01-{(3, 4, 5, 6, 7, 10, 11)[day]:02} 00:00:00"
        rows.append(",".join([date, *(f"{value:.12f}" for value in values)]))
    return "\n".join(rows) + "\n"


def _tables() -> Iterator[tuple[str, str | bytes]]:
    from sklearn.datasets import load_iris

    walked = walk().encode()
    yield "io/data/csv/test1.csv", walked
    yield "io/data/csv/test1.csv.gz", gzip.compress(walked)
    yield "io/data/csv/test1.csv.bz2", bz2.compress(walked)
    iris = load_iris()
    rows = [
        ",".join([*map(str, values), f"Iris-{iris.target_names[kind]}"])
        for values, kind in zip(iris.data.tolist(), iris.target, strict=True)
    ]
    yield "io/data/csv/iris.csv", "\n".join(["SepalLength,SepalWidth,PetalLength,PetalWidth,Name", *rows]) + "\n"
    numerals = "a,b,c\n1,one,I\n2,two,II\n3,three,III\n"
    yield "io/data/csv/test_mmap.csv", numerals
    yield "io/parser/data/test_mmap.csv", numerals
    yield (
        "io/data/fixed_width/fixed_width_format.txt",
        "A         B         C\n1         2         3\n4         5         6\n",
    )
    yield "io/data/csv/banklist.csv", _as_csv([BANK_COLUMNS, *BANKS])
    yield "io/data/tar/test-csv.tar", _tar("test.csv", b"1;2\n3;4\n", "w")


def _for_the_parser() -> Iterator[tuple[str, str | bytes]]:
    people = "".join(f"{n}\tcafé no. {n}\t{n * 1.5}\t{'a' if n % 3 else 'b'}\n" for n in range(50))
    yield "io/parser/data/utf16_ex.txt", ("id\tname\tweight\tkind\n" + people).encode("utf-16")
    titles = [f"{n},Fjärde filmen nr {n} (1994)" for n in range(1600, 1632)]
    titles += ["1632,Á köldum klaka (Cold Fever) (1994)", "1633,Señor Nadie (1995)"]
    yield "io/parser/data/unicode_series.csv", "\n".join(titles).encode("latin-1") + b"\n"
    yield "io/parser/data/salaries.csv", "S\tX\tE\tM\n13876\t1\t1\t1\n11608\t1\t3\t0\n18701\t1\t3\t1\n"
    yield "io/parser/data/sub_char.csv", "a,\x1ab,c\n1,2,3\n"
    japanese = "番号,名前\n1,冥王\n2,指輪\n3,塔\n"
    yield "io/parser/data/sauron.SHIFT_JIS.csv", japanese.encode("shift_jis")
    yield "io/parser/data/tar_csv.tar", _tar("tar_data.csv", b"a\n1\n", "w")
    yield "io/parser/data/tar_csv.tar.gz", _tar("tar_data.csv", b"a\n1\n", "w:gz")
    accounts = "Country\tTwitter\nVenezuela\tHugo Chávez Frías\nVenezuela\tHenrique Capriles R.\n"
    for bits in (8, 16, 32):
        yield f"io/parser/data/utf{bits}_ex_small.zip", _zip("accounts.txt", accounts.encode(f"utf-{bits}"))


def _json() -> Iterator[tuple[str, str | bytes]]:
    start, day = 946_684_800_000, 86_400_000
    series = {name: {str(start + n * day): n * step for n in range(5)} for name, step in (("A", 1.5), ("B", -0.25))}
    text = json.dumps(series)
    yield "io/json/data/tsframe_v012.json", text
    yield "io/json/data/tsframe_v012.json.zip", _zip("tsframe_v012.json", text.encode())
    yield "io/json/data/line_delimited.json", '{"a": 1, "b": 2}\n{"a": 3, "b": 4}\n{"a": 5, "b": 6}\n'
    rows = [(1900 + n, f"T{n}", f"City {n}", n * 0.5 if n % 2 else "") for n in range(10)]
    yield "io/json/data/teams.csv", _as_csv([("year", "team", "city", "share"), *rows])


def _markup() -> Iterator[tuple[str, str | bytes]]:
    yield "io/data/xml/books.xml", BOOKS
    yield "io/data/xml/cta_rail_lines.kml", LINES
    pairs = [("José", "Sofía"), ("Luís", "Marí"), ("Raúl", "Zoë")]
    rows = "".join(
        f"<row><rank>{n}</rank><malename>{his}</malename><femalename>{hers}</femalename></row>"
        for n, (his, hers) in enumerate(pairs, 1)
    )
    names = f'<?xml version="1.0" encoding="ISO-8859-1"?>\n<data>{rows}</data>\n'
    yield "io/data/xml/baby_names.xml", names.encode("latin-1")
    food = _as_html(["Nutrient", "Unit", "Value per 100 g"], FOOD)
    yield "io/data/html/spam.html", f"<html><body>{food}</body></html>"
    banks = _as_html(list(BANK_COLUMNS), BANKS, ' id="table"')
    yield "io/data/html/banklist.html", f"<html><body>{banks}</body></html>"
    plain = _as_html(["a", "b"], [("6", "7"), ("8", "9")])
    yield "io/data/html/valid_markup.html", f"<!DOCTYPE html><html><body>{plain}</body></html>"
    for name, words in (("chinese", ("数字", "漢字")), ("letz", ("Lëtzebuerg", "Miersch"))):
        for encoding in ("utf-8", "utf-16", "utf-32") if name == "chinese" else ("latin1",):
            page = f"<html><body>{_as_html(list(words), [(words[1], '1'), (words[0], '2')])}</body></html>"
            yield f"io/data/html_encoding/{name}_{encoding}.html", page.encode(encoding)


def _arrow() -> Iterator[tuple[str, str | bytes]]:
    import pyarrow
    from pyarrow import feather

    table = pyarrow.table({"number": [1, 2, 3], "word": ["one", "two", "three"]})
    sink = io.BytesIO()
    feather.write_feather(table, sink, compression="uncompressed")
    yield "io/data/feather/simple_dataset.feather", sink.getvalue()


def _as_csv(rows: list[tuple[object, ...]]) -> str:
    quoted = [[f'"{cell}"' if "," in str(cell) else str(cell) for cell in row] for row in rows]
    return "\n".join(",".join(row) for row in quoted) + "\n"


def _as_html(columns: list[str], rows: list[tuple[object, ...]], attributes: str = "") -> str:
    head = "".join(f"<th>{name}</th>" for name in columns)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table{attributes}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _tar(name: str, content: bytes, mode: str) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode=mode) as archive:  # type: ignore[call-overload]
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return sink.getvalue()


def _zip(name: str, content: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr(name, content)
    return sink.getvalue()


if __name__ == "__main__":
    main()
