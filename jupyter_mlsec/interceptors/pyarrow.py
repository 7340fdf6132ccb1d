"""pyarrow: tables read from files, streams and folders, and written there.

Not seen: what a `dataset` hands out later, the batches of `csv.open_csv` and `json.open_json`, the tables given to a
`CSVWriter`, what flows through an `OSFile` or a file that a `fs.FileSystem` opened: their types take no watch.
"""

from typing import Any

from jupyter_mlsec.interception import Library, closes, hands_out, reads, takes_in, writes
from jupyter_mlsec.protocol.records import Resource


def _place(call: Any) -> Any:  # Any: a Call, and what it names: paths, buffers, open files
    """Where that is: a path on another file system begins with its name; bytes are the content, not a name."""
    found, system = call.resource, call.argument("filesystem")
    if isinstance(found, bytes | bytearray | memoryview):
        return Resource(kind="buffer", name="bytes", format=call.watch.format)
    protocol = getattr(system, "type_name", None) or getattr(system, "protocol", None)
    protocol = protocol[0] if isinstance(protocol, tuple | list) else protocol
    if not isinstance(protocol, str) or protocol in ("local", "file"):
        return found
    scheme = protocol.removeprefix("py::fsspec+")
    if isinstance(found, list | tuple):
        return [f"{scheme}://{each}" for each in found]
    return f"{scheme}://{found}" if isinstance(found, str) and "://" not in found else found


def _opened(call: Any) -> Any:
    """What was opened before the guard was there; else reading it completes the record of its opening."""
    return call.args[0]


LIBRARY = Library(
    name="pyarrow",
    module="pyarrow",
    versions=("16", "27"),
    watches=(
        reads("csv:read_csv", resource="input_file", format="csv", found_by=_place, sealing="sink"),
        reads("csv:open_csv", resource="input_file", format="csv", found_by=_place, sealing="sink"),
        writes("csv:write_csv", resource="output_file", value="data", format="csv", sealing="sink"),
        writes("csv:CSVWriter", resource="sink", value="schema", format="csv", parameters=("sink", "schema")),
        reads("json:read_json", resource="input_file", format="json", found_by=_place, sealing="sink"),
        reads("json:open_json", resource="input_file", format="json", optional=True, found_by=_place, sealing="sink"),
        reads("parquet:read_table", resource="source", format="parquet", found_by=_place, sealing="sink"),
        writes(
            "parquet:write_table", resource="where", value="table", format="parquet", found_by=_place, sealing="sink"
        ),
        reads("parquet:ParquetFile.__init__", resource="source", format="parquet", found_by=_place, sealing="sink"),
        reads("parquet:ParquetFile.read", format="parquet", found_by=_opened, kind="unknown", completes=True),
        hands_out("parquet:ParquetFile.read_row_group"),
        hands_out("parquet:ParquetFile.read_row_groups"),
        hands_out("parquet:ParquetFile.iter_batches"),
        closes("parquet:ParquetFile.close"),
        reads(
            "parquet:ParquetDataset.__init__",
            resource="path_or_paths",
            format="parquet",
            found_by=_place,
            sealing="path",
        ),
        reads("parquet:ParquetDataset.read", format="parquet", found_by=_opened, kind="unknown", completes=True),
        writes(
            "parquet:ParquetWriter.__init__",
            resource="where",
            format="parquet",
            found_by=_place,
            sealing="sink",
            finished_by="close",
        ),
        takes_in("parquet:ParquetWriter.write_table", value="table"),
        takes_in("parquet:ParquetWriter.write_batch", value="batch"),
        closes("parquet:ParquetWriter.close"),
        reads("feather:read_table", resource="source", format="arrow", found_by=_place, sealing="sink"),
        reads("feather:read_feather", resource="source", format="arrow", found_by=_place, sealing="sink"),
        writes("feather:write_feather", resource="dest", value="df", format="arrow", sealing="sink"),
        reads("orc:read_table", resource="source", format="orc", found_by=_place, sealing="sink"),
        writes("orc:write_table", resource="where", value="table", format="orc", sealing="sink"),
        reads("orc:ORCFile.__init__", resource="source", format="orc", found_by=_place, sealing="sink"),
        reads("orc:ORCFile.read", format="orc", found_by=_opened, kind="unknown", completes=True),
        hands_out("orc:ORCFile.read_stripe"),
        writes("orc:ORCWriter.__init__", resource="where", format="orc", sealing="sink", finished_by="close"),
        takes_in("orc:ORCWriter.write", value="table"),
        closes("orc:ORCWriter.close"),
        reads("ipc:RecordBatchFileReader.__init__", resource="source", format="arrow", found_by=_place, sealing="sink"),
        hands_out("ipc:RecordBatchFileReader.read_all", rest=True),
        hands_out("ipc:RecordBatchFileReader.get_batch"),
        closes("ipc:RecordBatchFileReader.__exit__"),
        reads(
            "ipc:RecordBatchStreamReader.__init__", resource="source", format="arrow", found_by=_place, sealing="sink"
        ),
        hands_out("ipc:RecordBatchStreamReader.read_all", rest=True),
        hands_out("ipc:RecordBatchStreamReader.read_next_batch"),
        closes("ipc:RecordBatchStreamReader.close"),
        *(
            watch
            for kind in ("File", "Stream")
            for watch in (
                writes(
                    f"ipc:RecordBatch{kind}Writer.__init__",
                    resource="sink",
                    format="arrow",
                    sealing="sink",
                    finished_by="close",
                ),
                takes_in(f"ipc:RecordBatch{kind}Writer.write_batch", value="batch"),
                takes_in(f"ipc:RecordBatch{kind}Writer.write_table", value="table"),
                closes(f"ipc:RecordBatch{kind}Writer.close"),
            )
        ),
        reads("dataset:dataset", resource="source", whole=False, found_by=_place, sealing="lasting"),
        writes("dataset:write_dataset", resource="base_dir", value="data", found_by=_place, sealing="folder"),
        writes("fs:copy_files", resource="destination", value="source"),
        reads("memory_map", resource="path", mode="mode", sealing="path"),
        reads("OSFile", resource="path", mode="mode", parameters=("path", "mode"), sealing="path"),
        writes("create_memory_map", resource="path", value="size"),
        reads("input_stream", resource="source", found_by=_place, sealing="path"),
        writes("output_stream", resource="source", value="source"),
    ),
)
