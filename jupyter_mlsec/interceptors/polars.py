"""polars: what reads a table or the plan of one, what runs a plan, and what writes either.

SQL over files, `describe` and `show` end in `LazyFrame.collect`. Not seen: the names of more than two files of one scan
(the first is named, the rest counted), what a scan written in Python reads, plans that are sent to Polars Cloud.
To name what a plan scans it is explained: a function given to `pipe_with_schema` is asked once more.
What `sink_iceberg` asks of its catalog happens in a thread of polars' own, and is recorded by itself.
"""

import re
from typing import Any

from jupyter_mlsec.interception import Library, connects, hands_out, queries, reads, writes
from jupyter_mlsec.interception.statements import IN_SQL, read_statement
from jupyter_mlsec.protocol.records import Resource

_SCAN = re.compile(r"^\s*(\w+) SCAN \[(.*)\]$", re.M)
_NEXT, _NEXT_URL = re.compile(", "), re.compile(r", (?=[a-z0-9]+:/|\.\.\. \d+ other)")
_UNNAMED = re.compile(r"(?:\.\.\. )?(\d+ other sources?|\d+ in-mem bytes|open-file)$")
_BARE = re.compile(r'col\("[^"]*"\)')
_ALIAS = re.compile(r'\.alias\("([^"]*)"\)$')
_NAMED = re.compile(r'(?:col|alias)\("([^"]*)"\)')
_KEEPING = (
    *("FILTER ", "FROM", "SLICE[", "SORT BY [", "UNIQUE[", "CACHE[", "hint.sorted", "WITH_COLUMNS:"),
    *("Csv SCAN [", "Parquet SCAN [", "Ipc SCAN [", "Ndjson SCAN [", "NDJSON SCAN [", "IPC SCAN [", "PARQUET SCAN ["),
    *("CSV SCAN [", "PROJECT ", "ESTIMATED ROWS", "ROW_INDEX:"),
)
_INSIDE = ("_pl_partition_by", "base_path", "table_uri", "metadata_location")


def _clipboard(_: Any) -> Resource:
    return Resource(kind="buffer", name="clipboard")


def _place(call: Any) -> Any:  # Any: a Call; what it names may be a table's object, or the parts of one
    place = call.resource
    for name in _INSIDE:
        place = getattr(place, name, place)
    return place


def _kept(call: Any) -> frozenset[str] | str:
    """The columns that a plan computes, where all else is some rows of what it scans; or the step that is none of that.

    Of a computed column all names in its expression count as computed: more are left out than need be, never fewer.
    """
    computed: set[str] = set()
    for line in call.args[0].explain(optimized=False).splitlines():
        step = line.strip()
        if step.startswith(("SELECT [", "[")):
            if ".name." in step or "AS_STRUCT" in step.upper() or not step.endswith("]"):
                return "computed names"
            for one in _entries(step.removeprefix("SELECT ")[1:-1]):
                if not _BARE.fullmatch(one):
                    alias = _ALIAS.search(one)
                    computed.update([alias[1]] if alias else _NAMED.findall(one) or ["literal"])
        elif not step.startswith(_KEEPING):
            return step.partition("[")[0].strip(" :").lower() or "a step of the plan"
    return frozenset(computed)


def _entries(listed: str) -> list[str]:
    """The expressions of a list, split where a comma stands in no bracket and no quotes."""
    found, depth, quoted = [""], 0, False
    for sign in listed:
        quoted ^= sign == '"'
        depth += 0 if quoted else (sign in "([{") - (sign in ")]}")
        if sign == "," and not depth and not quoted:
            found.append("")
        else:
            found[-1] += sign
    return [one.strip() for one in found]


def _scanned(*plans: Any) -> list[Any] | None:
    """What these plans scan; None for plans over what is in memory already."""
    found: dict[Any, None] = {}
    for kind, names in _SCAN.findall("\n".join(plan.explain(optimized=False) for plan in plans)):
        if kind.upper().startswith("PYTHON"):
            found[Resource(kind="unknown", name="a scan in Python")] = None
            continue
        for name in (_NEXT_URL if "://" in names else _NEXT).split(names):
            unnamed = _UNNAMED.match(name)
            found[Resource(kind="unknown", name=unnamed[1]) if unnamed else name] = None
    return list(found) or None


def _over_files(call: Any) -> Any:
    """The SQL, if it names files: polars reads those by no function of its own that could be watched."""
    query = call.resource
    return query if isinstance(query, str) and read_statement(query).sources else None


def _run(call: Any) -> Any:
    flags = getattr(call.argument("optimizations"), "_pyoptflags", None)
    if call.argument("_eager") or getattr(flags, "eager", False):  # how polars 1 works on tables in memory
        return None
    return _scanned(call.args[0])


def _run_all(call: Any) -> Any:
    plans = call.argument("lazy_frames")
    return _scanned(*plans) if isinstance(plans, list | tuple) else Resource(kind="unknown", name="plans")


def _sunk(call: Any) -> Any:
    return [_place(call), *(_scanned(call.args[0]) or ())]


LIBRARY = Library(
    name="polars",
    module="polars",
    versions=("1.9", "3"),
    callers="by-file",
    watches=(
        reads("read_csv", resource="source", format="csv", sealing="path"),
        reads("read_csv_batched", resource="source", format="csv", optional=True, sealing="lasting"),
        hands_out("io.csv.batched_reader:BatchedCsvReader.next_batches"),
        reads("read_parquet", resource="source", format="parquet", sealing="path"),
        reads("read_parquet_schema", resource="source", format="parquet", whole=False, sealing="path"),
        reads("read_parquet_metadata", resource="source", format="parquet", whole=False, optional=True, sealing="path"),
        reads("read_ipc", resource="source", format="arrow", sealing="path"),
        reads("read_ipc_schema", resource="source", format="arrow", whole=False, sealing="path"),
        reads("read_ipc_stream", resource="source", format="arrow", sealing="path"),
        reads("read_json", resource="source", format="json", sealing="path"),
        reads("read_ndjson", resource="source", format="ndjson", sealing="path"),
        reads("read_lines", resource="source", format="text", optional=True, sealing="path"),
        reads("read_avro", resource="source", format="avro", sealing="path"),
        reads("read_excel", resource="source", format="excel", sealing="path"),
        reads("read_ods", resource="source", format="ods", sealing="path"),
        reads("read_delta", resource="source", format="delta", found_by=_place),
        reads("read_clipboard", found_by=_clipboard),
        queries("read_database", resource="query"),
        queries("read_database_uri", resource="query"),
        reads("DataFrame.deserialize", resource="source", format="polars", sealing="sink"),
        reads("scan_csv", resource="source", format="csv", sealing="lasting"),
        # By code only: the scan of a Delta table comes back to it in a thread of polars' own.
        reads("scan_parquet", resource="source", format="parquet", from_code=True, sealing="lasting"),
        reads("scan_ipc", resource="source", format="arrow", sealing="lasting"),
        reads("scan_ndjson", resource="source", format="ndjson", sealing="lasting"),
        reads("scan_lines", resource="source", format="text", optional=True, sealing="lasting"),
        reads("scan_delta", resource="source", format="delta", found_by=_place),
        reads("scan_iceberg", resource="source", format="iceberg", found_by=_place),
        reads("scan_lance", resource="source", format="lance", optional=True),
        connects("scan_pyarrow_dataset", resource="source"),
        # `pl.sql`, `frame.sql` and `execute_global` end here.
        queries("SQLContext.execute", resource="query", found_by=_over_files, spelling=IN_SQL, sealing="lasting"),
        connects("LazyFrame.deserialize", resource="source", format="polars", sealing="sink"),
        reads("LazyFrame.collect", completes=True, found_by=_run, format="plan", whole=False, keeps=_kept),
        reads("LazyFrame.collect_async", completes=True, found_by=_run, format="plan", whole=False, keeps=_kept),
        reads(
            "LazyFrame.collect_batches",
            completes=True,
            optional=True,
            found_by=_run,
            format="plan",
            whole=False,
            keeps=_kept,
        ),
        reads("LazyFrame.sink_batches", optional=True, found_by=_run, format="plan", whole=False, keeps=_kept),
        reads("LazyFrame.execute", optional=True, found_by=_run, format="plan", whole=False, keeps=_kept),
        reads("LazyFrame.profile", optional=True, found_by=_run, format="plan", whole=False, keeps=_kept),
        reads("LazyFrame.fetch", optional=True, found_by=_run, format="plan", whole=False, keeps=_kept),
        reads("collect_all", found_by=_run_all, format="plan", whole=False),
        reads("collect_all_async", found_by=_run_all, format="plan", whole=False),
        hands_out("lazyframe.in_process:InProcessQuery.fetch_blocking"),
        hands_out("_utils.async_:_AioDataFrameResult.__await__", known_by="result"),
        hands_out("lazyframe.engine:_CollectBatches.__next__"),
        writes("LazyFrame.serialize", resource="file", format="polars", only_if="file", sealing="sink"),
        writes("LazyFrame.sink_csv", resource="path", format="csv", found_by=_sunk, sealing="sink"),
        writes("LazyFrame.sink_parquet", resource="path", format="parquet", found_by=_sunk, sealing="sink"),
        writes("LazyFrame.sink_ipc", resource="path", format="arrow", found_by=_sunk, sealing="sink"),
        writes("LazyFrame.sink_ndjson", resource="path", format="ndjson", found_by=_sunk, sealing="sink"),
        writes("LazyFrame.sink_delta", resource="target", format="delta", found_by=_sunk, optional=True),
        writes("LazyFrame.sink_iceberg", resource="target", format="iceberg", found_by=_sunk, optional=True),
        writes("DataFrame.serialize", resource="file", format="polars", only_if="file", sealing="sink"),
        writes("DataFrame.write_csv", resource="file", format="csv", sealing="sink"),
        writes("DataFrame.write_parquet", resource="file", format="parquet", sealing="sink"),
        writes("DataFrame.write_ipc", resource="file", format="arrow", sealing="sink"),
        writes("DataFrame.write_ipc_stream", resource="file", format="arrow", sealing="sink"),
        writes("DataFrame.write_json", resource="file", format="json", sealing="sink"),
        writes("DataFrame.write_ndjson", resource="file", format="ndjson", sealing="sink"),
        writes("DataFrame.write_avro", resource="file", format="avro", sealing="sink"),
        writes("DataFrame.write_excel", resource="workbook", format="excel"),
        writes("DataFrame.write_delta", resource="target", format="delta", found_by=_place),
        writes("DataFrame.write_iceberg", resource="target", format="iceberg", found_by=_place, optional=True),
        writes("DataFrame.write_database", resource="table_name", format="sql", kind="database"),
        writes("DataFrame.write_clipboard", found_by=_clipboard),
    ),
)
