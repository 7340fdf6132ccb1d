"""pandas, called for real."""

from __future__ import annotations

import base64
import importlib
import itertools
import os
import zlib
from collections.abc import Callable
from typing import Any

import pandas as pd

from tests.conformance.recipes.recipe import ProbedPath, Recipe, loader, path_in, saver

FRAME = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})
XPORT = zlib.decompress(
    base64.b85decode(
        "c-qa9u?~VT5QYmAqmOW|4x}{L7`B5p!9>8c#KckJ8@Q-XFSW*?ppvrqExo@@uK#~+E>TDYN@kT33(IDmDpY&OyJvF?{R)6a4TjFzwgccH"
        "<wiHBV;nO02wRrbj`4)XNxVu}^sZqd`9R)67HPXTE^ox2RZNHb37x5JttQP+V2xVVMw{}l=T~AO^{>2aI4|)CAp!9Yj(&)t?eU^r@$bF-"
        "W{MZm^AfmNnerZ0s{3an{~ylm{bzjGzaX{6)oCU-?4ha("
    )
)
"""The same rows as a SAS transport file, which pandas can only read."""
STORES = itertools.count()
"""Every HDF5 file is a new one: it stays open as long as its store lives."""


def _module(name: str = "pandas") -> Callable[[], Any]:
    return lambda: importlib.import_module(name)


def _class(name: str, module: str = "pandas") -> Callable[[], Any]:
    return lambda: getattr(importlib.import_module(module), name)


def _reads(name: str, file: str, saved_by: str | Callable[[str], Any], **keywords: Any) -> Recipe:
    write = saved_by if callable(saved_by) else lambda path: getattr(FRAME, saved_by)(path)
    return loader(_module(), name, file, write, **keywords)


def _writes(name: str, file: str, **keywords: Any) -> Recipe:
    return saver(_class("DataFrame"), name, file, lambda: FRAME, **keywords)


def _series(name: str, file: str) -> Recipe:
    return saver(_class("Series"), name, file, lambda: FRAME["a"])


def _styled(name: str, file: str) -> Recipe:
    return saver(_class("Styler", "pandas.io.formats.style"), name, file, lambda: FRAME.style)


def sql(folder: str, query: str = "select * from t"):
    """A query, and an engine over a database in the folder that has a table t."""
    import sqlalchemy

    engine = sqlalchemy.create_engine(f"sqlite:///{folder}/t.db")
    FRAME.to_sql("t", engine, index=False, if_exists="replace")
    return query, engine


def sql_probed(query: str) -> Callable[..., Any]:
    """A query, and an engine that looks around before it is run."""

    def probed(folder: str, probe):
        import sqlalchemy

        _, engine = sql(folder)
        sqlalchemy.event.listen(engine, "before_cursor_execute", lambda *_: probe())
        return query, engine

    return probed


def _queries(name: str, good: str, bad: str) -> Recipe:
    return Recipe(_module(), name, lambda folder: sql(folder, good), lambda folder: sql(folder, bad), sql_probed(good))


def clipboard(module: str, name: str, found: Any) -> None:
    """A clipboard for a machine without a screen: the function by which the library reaches it does that instead."""
    setattr(importlib.import_module(module), name, found)


def _clipboard(give: Callable[[], Any] = lambda: None) -> tuple[()]:
    def copied() -> str:
        give()
        return "a b\n1 x\n"

    clipboard("pandas.io.clipboard", "clipboard_get", copied)
    clipboard("pandas.io.clipboard", "clipboard_set", lambda _: give())
    return ()


def _no_clipboard() -> None:
    raise RuntimeError("there is no clipboard")


def _spss(path: str) -> None:
    import pyreadstat

    pyreadstat.write_sav(FRAME, path)


def _unmade(kind: str, file: str) -> Recipe:
    """The making of an object that stands for a file."""

    def raw() -> Any:
        import pandas.io.excel._openpyxl as engine

        return object.__new__(engine.OpenpyxlWriter if kind == "ExcelWriter" else getattr(pd, kind))

    path = {"ExcelFile": lambda folder: path_in(folder, file, FRAME.to_excel)}.get(kind)
    path = path or (lambda folder: os.path.join(folder, f"{next(STORES)}-{file}"))
    return Recipe(
        _class(kind),
        "__init__",
        lambda folder: (raw(), path(folder)),
        lambda folder: (raw(), os.path.join(folder, "missing", file)),
        lambda folder, probe: (raw(), ProbedPath(path(folder), probe)),
        needs="tables" if kind == "HDFStore" else None,
    )


def _hdf(folder: str, **options: Any) -> str:
    path = os.path.join(folder, f"{next(STORES)}.h5")
    FRAME.to_hdf(path, key="t", format="table", data_columns=True, **options)
    return path


class _Looking(str):
    """A name that looks around when it is taken apart."""

    probe: Callable[[], None]

    @classmethod
    def at(cls, text: str, probe: Callable[[], None]) -> _Looking:
        made = cls(text)
        made.probe = probe
        return made

    def startswith(self, *args: Any) -> bool:
        self.probe()
        return super().startswith(*args)


def _store(name: str, *more: Any, bad: tuple[Any, ...] | None = None) -> Recipe:
    return Recipe(
        _class("HDFStore"),
        name,
        lambda folder: (pd.HDFStore(_hdf(folder)), "t", *more),
        lambda folder: (pd.HDFStore(_hdf(folder)), *(bad or ("no", *more))),
        lambda folder, probe: (pd.HDFStore(_hdf(folder)), _Looking.at("t", probe), *more),
        needs="tables",
    )


def _result(folder: str, function: Callable[..., Any]) -> tuple[Any, ...]:
    from pandas.io.pytables import TableIterator

    store = pd.HDFStore(_hdf(folder))
    return (TableIterator(store, store.get_storer("t"), function, where=None, nrows=3),)


def _probed_columns(probe: Callable[[], None]) -> Callable[[str], bool]:
    def wanted(_: str) -> bool:
        probe()
        return True

    return wanted


def _written(path: str, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)


def _no_rows(*_: Any) -> None:
    raise KeyError("no such rows")


CATALOG: dict[str, Any] = {"type": "sql"}


def _iceberg(folder: str, table: str, *, saved: bool) -> str:
    """The name of a table, and in CATALOG where its catalog is: in that folder."""
    from pyiceberg.catalog import load_catalog

    CATALOG.update(uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}")
    load_catalog(None, **CATALOG).create_namespace_if_not_exists("n")
    if saved:
        FRAME.to_iceberg(table, catalog_properties=CATALOG)
    return table


RECIPES = {
    "read_csv": _reads("read_csv", "t.csv", "to_csv"),
    "read_table": _reads("read_table", "t.csv", "to_csv"),
    "read_fwf": _reads("read_fwf", "t.txt", "to_string"),
    "read_parquet": _reads("read_parquet", "t.parquet", "to_parquet"),
    "read_feather": _reads("read_feather", "t.feather", "to_feather"),
    "read_orc": _reads("read_orc", "t.orc", "to_orc"),
    "read_json": _reads("read_json", "t.json", "to_json"),
    "read_excel": _reads("read_excel", "t.xlsx", "to_excel"),
    "read_pickle": _reads("read_pickle", "t.pkl", "to_pickle"),
    "read_html": _reads("read_html", "t.html", "to_html"),
    "read_xml": _reads("read_xml", "t.xml", "to_xml"),
    "read_stata": _reads("read_stata", "t.dta", "to_stata"),
    "read_sas": _reads("read_sas", "t.xpt", lambda path: _written(path, XPORT), format="xport", encoding="latin-1"),
    "read_spss": _reads("read_spss", "t.sav", _spss)._replace(needs="pyreadstat"),
    "read_clipboard": Recipe(
        _module(),
        "read_clipboard",
        lambda _: _clipboard(),
        lambda _: _clipboard(_no_clipboard),
        lambda _, probe: _clipboard(probe),
    ),
    "read_sql": _queries("read_sql", "select * from t", "select * from no"),
    "read_sql_query": _queries("read_sql_query", "select * from t", "select * from no"),
    "read_sql_table": _queries("read_sql_table", "t", "no"),
    "ExcelFile.__init__": _unmade("ExcelFile", "t.xlsx"),
    "ExcelFile.parse": Recipe(
        _class("ExcelFile"),
        "parse",
        lambda folder: (pd.ExcelFile(path_in(folder, "t.xlsx", FRAME.to_excel)),),
        lambda folder: (pd.ExcelFile(path_in(folder, "t.xlsx", FRAME.to_excel)), "no such sheet"),
        lambda folder, probe: (
            *(pd.ExcelFile(path_in(folder, "t.xlsx", FRAME.to_excel)), 0, 0, None, None),
            _probed_columns(probe),
        ),
    ),
    "ExcelWriter.__init__": _unmade("ExcelWriter", "o.xlsx"),
    "HDFStore.__init__": _unmade("HDFStore", "o.h5"),
    "HDFStore.get": _store("get"),
    "HDFStore.select_column": _store("select_column", "a"),
    "io.pytables:TableIterator.get_result": Recipe(
        _class("TableIterator", "pandas.io.pytables"),
        "get_result",
        lambda folder: _result(folder, lambda *_: FRAME),
        lambda folder: _result(folder, _no_rows),
        lambda folder, probe: _result(folder, lambda *_: probe()),
        needs="tables",
    ),
    # pyiceberg copies the name it is given before anything else: nothing looks around there.
    "read_iceberg": Recipe(
        _module(),
        "read_iceberg",
        lambda folder: (_iceberg(folder, "n.t", saved=True),),
        lambda folder: (_iceberg(folder, "n.no", saved=False),),
        keywords={"catalog_properties": CATALOG},
        needs="pyiceberg",
    ),
    # Not in pandas 3 any more; where they are, they reach for a service of Google's.
    "read_gbq": Recipe(_module(), "read_gbq", lambda _: ("select 1",), needs="pandas_gbq"),
    "DataFrame.to_gbq": Recipe(_class("DataFrame"), "to_gbq", lambda _: (FRAME, "d.t"), needs="pandas_gbq"),
    "DataFrame.to_csv": _writes("to_csv", "o.csv"),
    "DataFrame.to_parquet": _writes("to_parquet", "o.parquet"),
    "DataFrame.to_feather": _writes("to_feather", "o.feather"),
    "DataFrame.to_orc": _writes("to_orc", "o.orc"),
    "DataFrame.to_json": _writes("to_json", "o.json"),
    "DataFrame.to_pickle": _writes("to_pickle", "o.pkl"),
    "to_pickle": saver(_module(), "to_pickle", "o.pkl", lambda: FRAME),
    "DataFrame.to_excel": _writes("to_excel", "o.xlsx"),
    "DataFrame.to_hdf": _writes("to_hdf", "o.h5", key="t")._replace(needs="tables"),
    "HDFStore.put": _store("put", FRAME, bad=("t", FRAME, "no format")),
    "HDFStore.append": _store("append", FRAME, bad=("t", FRAME[["b"]])),
    "HDFStore.append_to_multiple": Recipe(
        _class("HDFStore"),
        "append_to_multiple",
        lambda folder: (pd.HDFStore(_hdf(folder)), {"l": ["a"], "r": None}, FRAME, "l"),
        lambda folder: (pd.HDFStore(_hdf(folder)), {"l": ["a"], "r": None}, FRAME, "no"),
        lambda folder, probe: (pd.HDFStore(_hdf(folder)), {_Looking.at("l", probe): ["a"], "r": None}, FRAME, "l"),
        needs="tables",
    ),
    "DataFrame.to_stata": _writes("to_stata", "o.dta"),
    "DataFrame.to_xml": _writes("to_xml", "o.xml"),
    "DataFrame.to_html": _writes("to_html", "o.html"),
    "DataFrame.to_latex": _writes("to_latex", "o.tex"),
    "DataFrame.to_markdown": _writes("to_markdown", "o.md")._replace(needs="tabulate"),
    "Series.to_markdown": _series("to_markdown", "o.md")._replace(needs="tabulate"),
    "DataFrame.to_string": _writes("to_string", "o.txt"),
    "Series.to_string": _series("to_string", "o.txt"),
    "io.formats.style:Styler.to_excel": _styled("to_excel", "o.xlsx"),
    "io.formats.style:Styler.to_html": _styled("to_html", "o.html"),
    "io.formats.style:Styler.to_latex": _styled("to_latex", "o.tex"),
    "io.formats.style:Styler.to_string": _styled("to_string", "o.txt"),
    "io.formats.style:Styler.to_typst": _styled("to_typst", "o.typ"),
    "DataFrame.to_sql": Recipe(
        _class("DataFrame"),
        "to_sql",
        lambda folder: (FRAME, *sql(folder, "t")),
        lambda folder: (FRAME.rename(columns={"a": "no such column"}), *sql(folder, "t")),
        lambda folder, probe: (FRAME, *sql_probed("t")(folder, probe)),
        keywords={"if_exists": "append", "index": False},
    ),
    "DataFrame.to_clipboard": Recipe(
        _class("DataFrame"),
        "to_clipboard",
        lambda _: (FRAME, *_clipboard()),
        lambda _: (FRAME, *_clipboard(_no_clipboard)),
        lambda _, probe: (FRAME, *_clipboard(probe)),
    ),
    "DataFrame.to_iceberg": Recipe(
        _class("DataFrame"),
        "to_iceberg",
        lambda folder: (FRAME, _iceberg(folder, "n.o", saved=False)),
        lambda folder: (FRAME, _iceberg(folder, "no.o", saved=False)),
        keywords={"catalog_properties": CATALOG},
        needs="pyiceberg",
    ),
}
