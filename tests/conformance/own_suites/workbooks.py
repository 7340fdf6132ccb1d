"""Excel workbooks of the shapes that pandas' own reader tests want to read, as `.xlsx` and `.xlsm`."""

from __future__ import annotations

import datetime
import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

Sheet = list[list[Any]]
"""Rows of cells; None is a cell that is not there."""

DAYS = [datetime.datetime(2015, 1, day) for day in range(1, 5)]
FOUR = [[1, 2.5, DAYS[0], True], [2, 3.5, DAYS[1], False], [3, 4.5, DAYS[2], False], [4, 5.5, DAYS[3], True]]
PAIRS = list(product(("foo", "bar"), ("a", "b")))
TITLED = [["Title", None, None], [None, None, None], ["A", "B", "C"], [1, 4, 7], [2, 5, 8], [3, 6, 9]]


def write(folder: Path) -> None:
    """All workbooks into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, sheets in {**dict(_plain()), **dict(_valued()), **dict(_headed())}.items():
        _save(folder / f"{name}.xlsx", sheets)
    _chartsheet(folder / "chartsheet.xlsx")
    _times_of_1904(folder / "times_1904.xlsx")
    _with_dimension(folder, "dimension_missing", "")
    _with_dimension(folder, "dimension_small", '<dimension ref="A1:A1"/>')
    _with_dimension(folder, "dimension_large", '<dimension ref="A1:ZZ500"/>')
    for path in sorted(folder.glob("*.xlsx")):
        shutil.copy(path, path.with_suffix(".xlsm"))


def _save(path: Path, sheets: dict[str, Sheet]) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for at, row in enumerate(rows, 1):
            for column, cell in enumerate(row, 1):
                if cell is not None:
                    sheet.cell(at, column, cell)
    book.save(path)


def _walk() -> Sheet:
    from tests.conformance.own_suites.data_files import walk

    head, *lines = (line.split(",") for line in walk().splitlines())
    return [
        [None, *head[1:]],
        *([datetime.datetime.fromisoformat(day), *map(float, cells)] for day, *cells in lines),
    ]


def _plain() -> Iterator[tuple[str, dict[str, Sheet]]]:
    walked = _walk()
    yield (
        "test1",
        {
            "Sheet1": walked,
            "Sheet2": [walked[0], ["skipped"], *walked[1:]],
            "Sheet3": [["A", "B", "C", "D", "E", "F"]],
            "Sheet4": [[None, "col1", "col2"], ["i1", "a", "x"], ["i2", "b", "y"]],
        },
    )
    yield "test2", {"Sheet1": [["Test", "Test1"], ["aaaa", "bbbbb"]]}
    yield "test3", {"Sheet1": [["Test"], ["#N/A"]]}
    yield "test4", {"Sheet1": [["Test"], ["NA"], [1], ["NA"], ["apple"], ["rabbit"]]}
    yield "test5", {"Sheet1": [["Test"], ["1.#QNAN"], [1], ["nan"], ["apple"], ["rabbit"]]}
    yield "test_none_type", {"Sheet1": [["Test"], [True], ["None"], [False], ["None"], [False], ["nan"], [True]]}
    yield "testdtype", {"Sheet1": [["a", "b", "c", "d"], *_typed()]}
    yield "df_mangle_dup_col_dtypes", {"Sheet1": [["a", "a"], [1, 1]]}
    spaced = ["this is great", "4    spaces", "1 trailing ", " 1 leading", "2  spaces  multiple  times"]
    yield "test_spaces", {"Sheet1": [["testcol"], *([text] for text in spaced)]}
    yield "test_multisheet", {name: [["a"], [1]] for name in ("Charlie", "Alpha", "Beta")}
    yield "blank", {"Sheet1": [], "Sheet2": [], "Sheet3": []}
    yield "blank_with_header", {"Sheet1": [["col_1", "col_2"]], "Sheet2": [], "Sheet3": []}
    yield "times_1900", {"Sheet1": _times()}
    yield "testskiprows", {"skiprows_list": [["skipped"], ["a", "b", "c", "d"], ["skipped"], *FOUR]}
    yield "one_col_blank_line", {"Sheet1": [["numbers"], [0.5], [None], [1], [2]]}
    yield "trailing_blanks", {"Sheet1": [["a", "b", "c"], [1, 2, 3], [4, 5, 6], [7, 8, 9]]}
    yield "empty_trailing_rows", {"Sheet1": TITLED}
    yield "empty_with_blank_row", {"Sheet1": []}


def _valued() -> Iterator[tuple[str, dict[str, Sheet]]]:
    yield "ints_spelled_with_decimals", {"Sheet1": [[number] for number in range(1, 12)]}
    yield (
        "test_decimal",
        {
            "Sheet1": [
                ["skipped"],
                ["Id", "Number1", "Number2", "Text1", "Text2", "Number3"],
                [1, "1521,1541", "187101,9543", "ABC", "poi", "4,738797819"],
                [2, "121,12", "14897,76", "DEF", "uyt", "0,377320872"],
                [3, "878,158", "108013,434", "GHI", "rez", "2,735694704"],
            ]
        },
    )
    yield "test_types", {"Sheet1": _types()}
    yield (
        "test_converters",
        {
            "Sheet1": [
                ["IntCol", "FloatCol", "BoolCol", "StrCol"],
                [1, 1.25, 1, "1"],
                [2, None, 1, None],
                [-3, 1.83, 1, "3"],
                [None, 1.92, None, "4"],
                [0, 0.0000000005, 1, "5"],
            ]
        },
    )


def _typed() -> Sheet:
    return [[n, n + 1.5, f"{n:03}", None if n == 3 else n] for n in range(1, 5)]


def _types() -> Sheet:
    dates = [(2013, 10, 30), (2013, 10, 31), (1905, 1, 1), (2013, 12, 14), (2015, 3, 14)]
    columns = [
        ["IntCol", 1, 2, -3, 4, 0],
        ["FloatCol", 1.25, 2.25, 1.83, 1.92, 0.0000000005],
        ["BoolCol", True, False, True, True, False],
        ["StrCol", 1, 2, 3, 4, 5],
        ["Str2Col", "a", 3, "c", "d", "e"],
        ["DateCol", *(datetime.datetime(*day) for day in dates)],
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def _times() -> Sheet:
    step = datetime.timedelta(hours=1, minutes=43, seconds=53, milliseconds=100)
    start = datetime.datetime(1, 1, 1, 1, 2, 3)
    return [["Time"], *([(start + n * step).time()] for n in range(11))]


def _headed() -> Iterator[tuple[str, dict[str, Sheet]]]:
    top, below = [[pair[at] for pair in PAIRS] for at in (0, 1)]
    numbered = [[n, *row] for n, row in enumerate(FOUR)]
    indexed = [[*pair, *row] for pair, row in zip(PAIRS, FOUR, strict=True)]
    named = [[None, "c1", *top], [None, "c2", *below], ["ilvl1", "ilvl2"], *indexed]
    blank = [None, None]
    yield (
        "testmultiindex",
        {
            "mi_column": [[None, *top], [None, *below], *numbered],
            "mi_index": [[*blank, "a", "b", "c", "d"], *indexed],
            "both": [[*blank, *top], [*blank, *below], *indexed],
            "mi_index_name": [["ilvl1", "ilvl2", "a", "b", "c", "d"], *indexed],
            "mi_column_name": [["c1", *top], ["c2", *below], *numbered],
            "name_with_int": [["c1", *top], ["c2", 1, 2, 1, 2], *numbered],
            "both_name": named,
            "both_name_skiprows": [[None], [None], *named],
            "both_name_blank_after_mi_name": [*named[:3], ["foo", None, *FOUR[0]], *indexed[1:]],
            "both_name_multiple_blanks": [
                *named[:3],
                *([pair[0], None, *row] for pair, row in zip(PAIRS, FOUR, strict=True)),
            ],
            "index_col_none": [["A", "A", "B", "B"], ["key", "val", "key", "val"], [1, 2, 3, 4], [1, 2, 3, 4]],
            "mi_column_empty_rows": [["a", "b"], ["A", "B"], [None], [None], [1, 3], [2, 4]],
        },
    )
    yield "test_index_name_pre17", dict(_before_names())
    yield "df_header_oob", {"Sheet1": [["a", "b"]]}
    header = [["I11", "A", "A"], ["I12", "B", "B"]]
    yield "df_empty", {"Sheet1": [*header, ["I2", None, None], ["Z", 1, 3]]}
    yield "df_equals", {"Sheet1": [*header, ["I2", None, None], ["Z", 1, 3]]}
    first, second = datetime.datetime(2020, 2, 29), datetime.datetime(2020, 3, 1)
    yield "test_datetime_mi", {"Sheet1": [[first, first], [second, second]]}
    yield (
        "multiindex_no_index_names",
        {
            "Sheet1": [
                [None, None, None, "X", "X", "XX", "XX"],
                [None, None, None, "Y", "Y", "YY", "YY"],
                [None, None, None, "A1", "A2", "B1", "B2"],
                ["A", "AA", "AAA", None, "x", "x", "x"],
                ["A", "BB", "BBB", "x"],
            ]
        },
    )


def _before_names() -> Iterator[tuple[str, Sheet]]:
    columns = [f"C_l0_g{n}" for n in range(5)]
    for levels, name in ((1, "single"), (2, "multi")):
        rows = [
            [*(f"R_l{level}_g{row}" for level in range(levels)), *(f"R{row}C{at}" for at in range(5))]
            for row in range(5)
        ]
        head = [*([None] * levels), *columns]
        yield f"{name}_names", [head, [f"R{level}" for level in range(levels)], *rows]
        yield f"{name}_no_names", [head, *rows]


def _chartsheet(path: Path) -> None:
    from openpyxl import Workbook
    from openpyxl.chart import BarChart, Reference

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Sheet1"
    for row in ((1,), (2,), (3,)):
        sheet.append(row)
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=1, min_row=1, max_row=3))
    book.create_chartsheet("Chart1").add_chart(chart)
    book.save(path)


def _times_of_1904(path: Path) -> None:
    from openpyxl import Workbook
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    sheet = book.worksheets[0]
    sheet.title = "Sheet1"
    for row in _times():
        sheet.append(row)
    book.save(path)


def _with_dimension(folder: Path, name: str, element: str) -> None:
    """A workbook whose sheet states its size wrongly, or not at all."""
    _save(folder / f"{name}.xlsx", {"Sheet1": TITLED})
    path, changed = folder / f"{name}.xlsx", io.BytesIO()
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as after:
        for entry in before.infolist():
            content = before.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                content = re.sub(rb"<dimension [^>]*/>", element.encode(), content)
            after.writestr(entry, content)
    path.write_bytes(changed.getvalue())
