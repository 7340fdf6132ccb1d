"""pandas: what reads a table, and what writes one."""

from jupyter_mlsec.interception import Library, reads, writes

LIBRARY = Library(
    name="pandas",
    module="pandas",
    versions=("2.2", "4"),
    callers="by-file",
    watches=(
        reads("read_csv", resource="filepath_or_buffer", format="csv", sealing="sink", compression="compression"),
        reads("read_parquet", resource="path", format="parquet", sealing="sink"),
        reads("read_json", resource="path_or_buf", format="json", sealing="sink", compression="compression"),
        reads("read_excel", resource="io", format="excel", sealing="sink"),
        reads("read_pickle", resource="filepath_or_buffer", format="pickle", sealing="sink", compression="compression"),
        reads("read_sql", resource="sql", format="sql"),
        writes("DataFrame.to_csv", resource="path_or_buf", format="csv", sealing="sink", compression="compression"),
        writes("DataFrame.to_parquet", resource="path", format="parquet", sealing="sink"),
        writes("DataFrame.to_json", resource="path_or_buf", format="json", sealing="sink", compression="compression"),
        writes("DataFrame.to_pickle", resource="path", format="pickle", sealing="sink", compression="compression"),
        writes("DataFrame.to_excel", resource="excel_writer", format="excel", sealing="sink"),
    ),
)
