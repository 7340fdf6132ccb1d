"""csv: tables read from and written to open files, by the user's own code.

Not seen: the rows themselves, which readers and writers of C hand on; they are there once the file is read or closed.
"""

from typing import Any

from jupyter_mlsec.interception import Library, hands_out, reads, takes_in, writes


def _file(call: Any) -> Any:  # Any: a Call
    """The open file; None for lines that are in memory already."""
    given = call.resource
    return given if hasattr(given, "read") or hasattr(given, "write") else None


LIBRARY = Library(
    name="csv",
    module="csv",
    versions=("3.11", "4"),
    from_code=True,
    watches=(
        reads("reader", resource="iterable", format="csv", found_by=_file, parameters=("iterable", "dialect")),
        reads("DictReader.__init__", resource="f", format="csv", found_by=_file),
        hands_out("DictReader.__next__"),
        writes("writer", resource="fileobj", value="fileobj", format="csv", found_by=_file, parameters=("fileobj",)),
        writes("DictWriter.__init__", resource="f", format="csv", found_by=_file),
        takes_in("DictWriter.writerow", value="rowdict"),
    ),
)
