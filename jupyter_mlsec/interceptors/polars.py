"""polars: what reads a table or the plan of one, what runs a plan, and what writes either."""

import re
from typing import Any

from jupyter_mlsec.interception import Details, Library, connects, queries, reads, writes

_SCAN = re.compile(r"^\s*\w+ SCAN \[(.*)\]$", re.M)


def _scanned(call: Any) -> Any:  # Any: a Call; a LazyFrame of the user's is its `self`
    """The files that a plan scans; None for a plan over what is in memory already."""
    scans = _SCAN.findall(call.args[0].explain(optimized=False))
    return [name for names in scans for name in names.split(", ")] or None


_RUN: Details = {"found_by": _scanned, "from_code": True, "whole": False}

LIBRARY = Library(
    name="polars",
    module="polars",
    versions=("1.9", "3"),
    watches=(
        reads("read_csv", resource="source", format="csv"),
        reads("read_parquet", resource="source", format="parquet"),
        reads("read_ipc", resource="source", format="arrow"),
        reads("read_ipc_stream", resource="source", format="arrow"),
        reads("read_json", resource="source", format="json"),
        reads("read_ndjson", resource="source", format="ndjson"),
        reads("read_lines", resource="source", format="text", optional=True),
        reads("read_avro", resource="source", format="avro"),
        reads("read_excel", resource="source", format="excel"),
        reads("read_ods", resource="source", format="ods"),
        reads("read_delta", resource="source", format="delta"),
        reads("read_clipboard", found_by=lambda _: "clipboard", kind="buffer"),
        queries("read_database", resource="query", whole=True),
        queries("read_database_uri", resource="query", whole=True),
        reads("scan_csv", resource="source", format="csv"),
        reads("scan_parquet", resource="source", format="parquet"),
        reads("scan_ipc", resource="source", format="arrow"),
        reads("scan_ndjson", resource="source", format="ndjson"),
        reads("scan_lines", resource="source", format="text", optional=True),
        reads("scan_delta", resource="source", format="delta"),
        reads("scan_iceberg", resource="source", format="iceberg"),
        connects("scan_pyarrow_dataset", resource="source"),
        reads("LazyFrame.collect", completes=True, **_RUN),
        reads("LazyFrame.collect_batches", optional=True, **_RUN),
        reads("LazyFrame.collect_async", **_RUN),
        writes("LazyFrame.sink_csv", resource="path", format="csv"),
        writes("LazyFrame.sink_parquet", resource="path", format="parquet"),
        writes("LazyFrame.sink_ipc", resource="path", format="arrow"),
        writes("LazyFrame.sink_ndjson", resource="path", format="ndjson"),
        writes("LazyFrame.sink_delta", resource="target", format="delta", optional=True),
        writes("LazyFrame.sink_iceberg", resource="target", format="iceberg", optional=True),
        writes("DataFrame.write_csv", resource="file", format="csv"),
        writes("DataFrame.write_parquet", resource="file", format="parquet"),
        writes("DataFrame.write_ipc", resource="file", format="arrow"),
        writes("DataFrame.write_ipc_stream", resource="file", format="arrow"),
        writes("DataFrame.write_json", resource="file", format="json"),
        writes("DataFrame.write_ndjson", resource="file", format="ndjson"),
        writes("DataFrame.write_avro", resource="file", format="avro"),
        writes("DataFrame.write_excel", resource="workbook", format="excel"),
        writes("DataFrame.write_delta", resource="target", format="delta"),
        writes("DataFrame.write_iceberg", resource="target", format="iceberg"),
        writes("DataFrame.write_database", resource="table_name", format="sql", kind="database"),
        writes("DataFrame.write_clipboard", found_by=lambda _: "clipboard", kind="buffer"),
    ),
)
