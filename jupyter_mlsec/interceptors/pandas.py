"""pandas: what reads a table, and what writes one. Series, pd.concat over a chunked reader and the like come along.

Where HDF5 is read, `read_hdf` and `HDFStore.select` look for the variables of their `where` in the frame that called
them: no frame may come between, so what they both end in is watched. Not seen: `HDFStore.select_as_coordinates`, which
gives row numbers.
"""

from typing import Any

from jupyter_mlsec.interception import Library, closes, connects, hands_out, queries, reads, writes
from jupyter_mlsec.protocol.records import Resource


def _clipboard(_: Any) -> Resource:
    return Resource(kind="buffer", name="clipboard")


def _iceberg(call: Any) -> Resource:  # Any: a Call
    return Resource(kind="database", name=str(call.argument("table_identifier")), format="iceberg")


LIBRARY = Library(
    name="pandas",
    module="pandas",
    versions=("2.2", "4"),
    callers="by-file",
    watches=(
        reads("read_csv", resource="filepath_or_buffer", format="csv", sealing="sink", compression="compression"),
        reads("read_table", resource="filepath_or_buffer", format="csv", sealing="sink", compression="compression"),
        reads("read_fwf", resource="filepath_or_buffer", format="fwf", sealing="path"),
        reads("read_parquet", resource="path", format="parquet", sealing="sink"),
        reads("read_feather", resource="path", format="feather", sealing="sink"),
        reads("read_orc", resource="path", format="orc", sealing="sink"),
        reads("read_json", resource="path_or_buf", format="json", sealing="sink", compression="compression"),
        reads("read_excel", resource="io", format="excel", sealing="sink"),
        reads(
            "read_pickle",
            resource="filepath_or_buffer",
            format="pickle",
            sealing="sink",
            loading="names",
            compression="compression",
        ),
        reads("read_html", resource="io", format="html", sealing="sink"),
        reads("read_xml", resource="path_or_buffer", format="xml", sealing="sink", compression="compression"),
        reads("read_stata", resource="filepath_or_buffer", format="stata", sealing="sink", compression="compression"),
        reads("read_sas", resource="filepath_or_buffer", format="sas", sealing="sink", compression="compression"),
        reads("read_spss", resource="path", format="spss", sealing="path"),
        reads("read_clipboard", found_by=_clipboard),
        reads("read_iceberg", found_by=_iceberg, optional=True),
        queries("read_sql", resource="sql"),
        queries("read_sql_query", resource="sql"),
        queries("read_gbq", resource="query", optional=True),
        reads("read_sql_table", resource="table_name", format="sql", kind="database"),
        connects("ExcelFile.__init__", resource="path_or_buffer", format="excel", sealing="sink"),
        reads("ExcelFile.parse", resource="self.io", format="excel", optional=True),
        connects("HDFStore.__init__", resource="path", from_code=True, format="hdf", sealing="folder"),
        reads("HDFStore.get", resource="self._path", format="hdf"),
        reads("HDFStore.select_column", resource="self._path", format="hdf"),
        reads("io.pytables:TableIterator.get_result", found_by=lambda call: call.args[0].store._path, format="hdf"),
        hands_out("io.parsers.readers:TextFileReader.read"),
        closes("io.parsers.readers:TextFileReader.close"),
        hands_out("io.json._json:JsonReader.__next__"),
        hands_out("io.json._json:JsonReader.read"),
        closes("io.json._json:JsonReader.close"),
        hands_out("io.stata:StataReader.read"),
        closes("io.stata:StataReader.close"),
        hands_out("io.sas.sas7bdat:SAS7BDATReader.read"),
        closes("io.sas.sas7bdat:SAS7BDATReader.close"),
        hands_out("io.sas.sas_xport:XportReader.read"),
        closes("io.sas.sas_xport:XportReader.close"),
        hands_out("io.pytables:TableIterator.__iter__"),
        writes("DataFrame.to_csv", resource="path_or_buf", format="csv", sealing="sink", compression="compression"),
        writes("DataFrame.to_parquet", resource="path", format="parquet", sealing="sink"),
        writes("DataFrame.to_feather", resource="path", format="feather", sealing="sink"),
        writes("DataFrame.to_orc", resource="path", format="orc", only_if="path", sealing="sink"),
        writes("DataFrame.to_json", resource="path_or_buf", format="json", sealing="sink", compression="compression"),
        writes("DataFrame.to_pickle", resource="path", format="pickle", sealing="sink", compression="compression"),
        writes(
            "to_pickle",
            resource="filepath_or_buffer",
            value="obj",
            format="pickle",
            sealing="sink",
            compression="compression",
        ),
        writes("DataFrame.to_excel", resource="excel_writer", format="excel", sealing="sink"),
        writes("ExcelWriter.__init__", resource="path", format="excel", sealing="sink", finished_by="close"),
        writes("DataFrame.to_hdf", resource="path_or_buf", format="hdf", sealing="folder"),
        writes("HDFStore.put", resource="self._path", value="value", format="hdf"),
        writes("HDFStore.append", resource="self._path", value="value", format="hdf"),
        writes("HDFStore.append_to_multiple", resource="self._path", value="value", format="hdf"),
        writes("DataFrame.to_stata", resource="path", format="stata", sealing="sink", compression="compression"),
        writes(
            "DataFrame.to_xml",
            resource="path_or_buffer",
            format="xml",
            only_if="path_or_buffer",
            sealing="sink",
            compression="compression",
        ),
        writes("DataFrame.to_html", resource="buf", format="html", only_if="buf", sealing="path"),
        writes("DataFrame.to_latex", resource="buf", format="latex", only_if="buf", sealing="path"),
        writes("DataFrame.to_markdown", resource="buf", format="markdown", only_if="buf", sealing="path"),
        writes("Series.to_markdown", resource="buf", format="markdown", only_if="buf", sealing="path"),
        writes("DataFrame.to_string", resource="buf", format="text", only_if="buf", sealing="path"),
        writes("Series.to_string", resource="buf", format="text", only_if="buf", sealing="path"),
        writes("io.formats.style:Styler.to_excel", resource="excel_writer", format="excel", sealing="sink"),
        writes("io.formats.style:Styler.to_html", resource="buf", format="html", only_if="buf", sealing="path"),
        writes("io.formats.style:Styler.to_latex", resource="buf", format="latex", only_if="buf", sealing="path"),
        writes("io.formats.style:Styler.to_string", resource="buf", format="text", only_if="buf", sealing="path"),
        writes(
            "io.formats.style:Styler.to_typst",
            resource="buf",
            format="typst",
            optional=True,
            only_if="buf",
            sealing="path",
        ),
        writes("DataFrame.to_sql", resource="name", format="sql", kind="database"),
        writes("DataFrame.to_gbq", resource="destination_table", format="sql", kind="database", optional=True),
        writes("DataFrame.to_clipboard", found_by=_clipboard),
        writes("DataFrame.to_iceberg", found_by=_iceberg, optional=True),
    ),
)
