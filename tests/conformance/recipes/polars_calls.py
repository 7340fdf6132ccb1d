"""polars, called for real. Its own work is not Python's: most rows are probed by the path they are given."""

from __future__ import annotations

import importlib
import os
import pathlib
import zipfile
from collections.abc import Callable
from typing import Any

import polars as pl

from tests.conformance.recipes.pandas_calls import clipboard, sql, sql_probed
from tests.conformance.recipes.recipe import Recipe, loader, path_in, unprobed

FRAME = pl.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})


class _LookingPath(type(pathlib.Path())):
    """polars takes no paths but pathlib's: one of those that looks around when it is asked for."""

    probe: Callable[[], None]

    def __fspath__(self) -> str:
        self.probe()
        return super().__fspath__()


def _path(path: str, probe: Callable[[], None]) -> _LookingPath:
    made = _LookingPath(path)
    made.probe = probe
    return made


def _module() -> Any:
    return pl


def _class(name: str, module: str = "polars") -> Callable[[], Any]:
    return lambda: getattr(importlib.import_module(module), name)


def _reads(name: str, file: str, saved_by: str | Callable[[str], Any], **keywords: Any) -> Recipe:
    write = saved_by if callable(saved_by) else lambda path: getattr(FRAME, saved_by)(path)
    recipe = loader(_module, name, file, write, **keywords)
    return recipe._replace(probed=lambda folder, probe: (_path(path_in(folder, file, write), probe),))


def _scans(name: str, file: str, saved_by: str) -> Recipe:
    """A scan opens nothing yet: a file that is missing is noticed when it is collected."""
    return _reads(name, file, saved_by)._replace(bad=None)


def _saves(holder: Callable[[], Any], name: str, file: str, value: Callable[[str], Any], **keywords: Any) -> Recipe:
    return Recipe(
        holder,
        name,
        lambda folder: (value(folder), os.path.join(folder, file)),
        lambda folder: (value(folder), os.path.join(folder, "missing", file)),
        lambda folder, probe: (value(folder), _path(os.path.join(folder, file), probe)),
        keywords=keywords,
    )


def _writes(name: str, file: str, **keywords: Any) -> Recipe:
    return _saves(_class("DataFrame"), name, file, lambda _: FRAME, **keywords)


def _sinks(name: str, file: str, **keywords: Any) -> Recipe:
    return _saves(_class("LazyFrame"), name, file, _plan, **keywords)


def _csv(folder: str) -> str:
    return path_in(folder, "t.csv", FRAME.write_csv)


def _plan(folder: str) -> pl.LazyFrame:
    """A plan over a file that is not the scan itself."""
    return pl.scan_csv(_csv(folder)).filter(pl.col("a") > 0)


def _missing(folder: str) -> pl.LazyFrame:
    return pl.scan_csv(os.path.join(folder, "missing.csv")).filter(pl.col("a") > 0)


def _looking(folder: str, probe: Callable[[], None]) -> pl.LazyFrame:
    """A plan with a step in Python that looks around when it runs."""

    def look(column: pl.Series) -> pl.Series:
        probe()
        return column

    return _plan(folder).select(pl.col("a").map_batches(look, return_dtype=pl.Int64))


def _runs(name: str, *more: Any, **keywords: Any) -> Recipe:
    return Recipe(
        _class("LazyFrame"),
        name,
        lambda folder: (_plan(folder), *more),
        lambda folder: (_missing(folder), *more),
        lambda folder, probe: (_looking(folder, probe), *more),
        keywords=keywords,
    )


def _ods(path: str) -> None:
    """The smallest OpenDocument sheet there is."""
    office, table, text = (f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("office", "table", "text"))
    cells = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in "ab"
    )
    rows = f"<table:table-row>{cells}</table:table-row>" * 2
    with zipfile.ZipFile(path, "w") as sheet:
        sheet.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        sheet.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{office}" xmlns:table="{table}" xmlns:text="{text}">'
            f'<office:body><office:spreadsheet><table:table table:name="s">{rows}</table:table></office:spreadsheet>'
            "</office:body></office:document-content>",
        )
        manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
        sheet.writestr("META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{manifest}"/>')


def _uri(folder: str, query: str) -> tuple[str, str]:
    sql(folder)
    return query, f"sqlite://{folder}/t.db"


def _clipboard(give: Callable[[], Any] = lambda: None) -> tuple[()]:
    def copied() -> str:
        give()
        return "a\tb\n1\tx\n"

    clipboard("polars.io.clipboard", "_read_clipboard_string", copied)
    clipboard("polars.dataframe.frame", "_write_clipboard_string", lambda _: give())
    return ()


def _no_clipboard() -> None:
    raise RuntimeError("there is no clipboard")


def _dataset(folder: str) -> Any:
    import pyarrow.dataset

    return pyarrow.dataset.dataset(path_in(folder, "t.parquet", FRAME.write_parquet))


def _iceberg(folder: str) -> Any:
    """A table with a row in a catalog of that folder."""
    from pyiceberg.catalog import load_catalog

    settings = {"type": "sql", "uri": f"sqlite:///{folder}/catalog.db", "warehouse": f"file://{folder}"}
    catalog = load_catalog(None, **settings)
    catalog.create_namespace_if_not_exists("n")
    table = catalog.create_table_if_not_exists("n.t", schema=FRAME.to_arrow().schema)
    table.append(FRAME.to_arrow())
    return table


def _delta(folder: str) -> str:
    return path_in(folder, "t.delta", FRAME.write_delta)


def _ended(*_: Any) -> bool:
    return True


RECIPES = {
    "read_csv": _reads("read_csv", "t.csv", "write_csv"),
    "read_csv_batched": _reads("read_csv_batched", "t.csv", "write_csv"),
    "read_parquet": _reads("read_parquet", "t.parquet", "write_parquet"),
    "read_parquet_schema": _reads("read_parquet_schema", "t.parquet", "write_parquet"),
    "read_parquet_metadata": _reads("read_parquet_metadata", "t.parquet", "write_parquet"),
    "read_ipc": _reads("read_ipc", "t.arrow", "write_ipc"),
    "read_ipc_schema": _reads("read_ipc_schema", "t.arrow", "write_ipc"),
    "read_ipc_stream": _reads("read_ipc_stream", "t.arrows", "write_ipc_stream"),
    "read_json": _reads("read_json", "t.json", "write_json"),
    "read_ndjson": _reads("read_ndjson", "t.ndjson", "write_ndjson"),
    "read_lines": _reads("read_lines", "t.csv", "write_csv"),
    "read_avro": _reads("read_avro", "t.avro", "write_avro"),
    # These four make a str of a path before they are called upon, or take only what `open` does.
    "read_excel": unprobed(_reads("read_excel", "t.xlsx", "write_excel", engine="openpyxl")),
    "read_ods": unprobed(_reads("read_ods", "t.ods", _ods))._replace(needs="fastexcel"),
    # deltalake, fastexcel and pyiceberg take what they are given apart before polars works, or in Rust.
    "read_delta": unprobed(_reads("read_delta", "t.delta", "write_delta"))._replace(needs="deltalake"),
    "read_clipboard": Recipe(
        _module,
        "read_clipboard",
        lambda _: _clipboard(),
        lambda _: _clipboard(_no_clipboard),
        lambda _, probe: _clipboard(probe),
    ),
    "read_database": Recipe(
        _module, "read_database", sql, lambda folder: sql(folder, "select * from no"), sql_probed("select * from t")
    ),
    # What reads is Rust: nothing in Python is asked.
    "read_database_uri": Recipe(
        _module,
        "read_database_uri",
        lambda folder: _uri(folder, "select * from t"),
        lambda folder: _uri(folder, "select * from no"),
        needs="connectorx",
    ),
    "DataFrame.deserialize": unprobed(loader(_class("DataFrame"), "deserialize", "t.bin", FRAME.serialize)),
    "scan_csv": _scans("scan_csv", "t.csv", "write_csv"),
    "scan_parquet": _scans("scan_parquet", "t.parquet", "write_parquet"),
    "scan_ipc": _scans("scan_ipc", "t.arrow", "write_ipc"),
    "scan_ndjson": _scans("scan_ndjson", "t.ndjson", "write_ndjson"),
    "scan_lines": _scans("scan_lines", "t.csv", "write_csv"),
    "scan_delta": unprobed(_scans("scan_delta", "t.delta", "write_delta"))._replace(needs="deltalake"),
    "scan_iceberg": Recipe(_module, "scan_iceberg", lambda folder: (_iceberg(folder),), needs="pyiceberg"),
    "scan_lance": _reads("scan_lance", "t.lance", _csv)._replace(needs="lance"),
    "scan_pyarrow_dataset": Recipe(
        _module, "scan_pyarrow_dataset", lambda folder: (_dataset(folder),), lambda _: ("no dataset",)
    ),
    # What runs SQL is Rust: nothing in Python is asked.
    "SQLContext.execute": Recipe(
        _class("SQLContext"),
        "execute",
        lambda folder: (pl.SQLContext(), f"SELECT a FROM read_csv('{_csv(folder)}')"),
        lambda folder: (pl.SQLContext(), f"SELECT a a a FROM read_csv('{_csv(folder)}')"),
    ),
    "LazyFrame.deserialize": unprobed(loader(_class("LazyFrame"), "deserialize", "t.plan", FRAME.lazy().serialize)),
    "LazyFrame.collect": _runs("collect"),
    # What runs there does so in polars' own threads: no frame of the user's is below it.
    "LazyFrame.collect_async": _runs("collect_async")._replace(bad=lambda _: ("no plan",), probed=None, awaited=True),
    "LazyFrame.collect_batches": _runs("collect_batches")._replace(bad=lambda _: ("no plan",), probed=None),
    "LazyFrame.sink_batches": _runs("sink_batches", _ended),
    "LazyFrame.execute": _runs("execute"),
    "LazyFrame.profile": _runs("profile"),
    "LazyFrame.fetch": _runs("fetch"),
    "collect_all": Recipe(
        _module,
        "collect_all",
        lambda folder: ([_plan(folder), FRAME.lazy()],),
        lambda folder: ([_missing(folder)],),
        None,
    ),
    "collect_all_async": Recipe(
        _module, "collect_all_async", lambda folder: ([_plan(folder)],), lambda _: (["no plan"],), awaited=True
    ),
    "LazyFrame.serialize": _saves(_class("LazyFrame"), "serialize", "o.plan", _plan),
    "LazyFrame.sink_csv": _sinks("sink_csv", "o.csv"),
    "LazyFrame.sink_parquet": _sinks("sink_parquet", "o.parquet"),
    "LazyFrame.sink_ipc": _sinks("sink_ipc", "o.arrow"),
    "LazyFrame.sink_ndjson": _sinks("sink_ndjson", "o.ndjson"),
    "LazyFrame.sink_delta": _sinks("sink_delta", "o.delta", mode="overwrite")._replace(
        bad=None, probed=None, needs="deltalake"
    ),
    "LazyFrame.sink_iceberg": Recipe(
        _class("LazyFrame"),
        "sink_iceberg",
        lambda folder: (FRAME.lazy(), _iceberg(folder)),
        keywords={"mode": "append"},
        needs="pyiceberg",
    ),
    "DataFrame.serialize": _writes("serialize", "o.bin"),
    "DataFrame.write_csv": _writes("write_csv", "o.csv"),
    "DataFrame.write_parquet": _writes("write_parquet", "o.parquet"),
    "DataFrame.write_ipc": _writes("write_ipc", "o.arrow"),
    "DataFrame.write_ipc_stream": _writes("write_ipc_stream", "o.arrows"),
    "DataFrame.write_json": _writes("write_json", "o.json"),
    "DataFrame.write_ndjson": _writes("write_ndjson", "o.ndjson"),
    "DataFrame.write_avro": _writes("write_avro", "o.avro"),
    "DataFrame.write_excel": unprobed(_writes("write_excel", "o.xlsx")),
    "DataFrame.write_delta": _writes("write_delta", "o.delta", mode="overwrite")._replace(
        bad=None, probed=None, needs="deltalake"
    ),
    "DataFrame.write_iceberg": Recipe(
        _class("DataFrame"),
        "write_iceberg",
        lambda folder: (FRAME, _iceberg(folder), "append"),
        lambda folder: (FRAME.rename({"a": "z"}), _iceberg(folder), "append"),
        needs="pyiceberg",
    ),
    "DataFrame.write_database": Recipe(
        _class("DataFrame"),
        "write_database",
        lambda folder: (FRAME, *sql(folder, "t")),
        lambda folder: (FRAME.rename({"a": "no such column"}), *sql(folder, "t")),
        lambda folder, probe: (FRAME, *sql_probed("t")(folder, probe)),
        keywords={"if_table_exists": "append"},
    ),
    "DataFrame.write_clipboard": Recipe(
        _class("DataFrame"),
        "write_clipboard",
        lambda _: (FRAME, *_clipboard()),
        lambda _: (FRAME, *_clipboard(_no_clipboard)),
        lambda _, probe: (FRAME, *_clipboard(probe)),
    ),
}
