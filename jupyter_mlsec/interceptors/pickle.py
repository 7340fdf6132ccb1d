"""pickle: objects written to and read from open files.

Not seen: what a `Pickler` or `Unpickler` of one's own writes and reads (C types that take no watch), but for the names
that an `Unpickler` looks up; `dumps` works on bytes in memory and is left alone, and so is `loads` but where the user's
own code calls it: libraries speak to their own processes with it.
"""

from typing import Any

from jupyter_mlsec.interception import Library, reads, writes
from jupyter_mlsec.protocol.records import Resource


def _bytes(_: Any) -> Resource:  # Any: a Call
    return Resource(kind="buffer", name="bytes", format="pickle")


LIBRARY = Library(
    name="pickle",
    module="pickle",
    versions=("3.11", "4"),
    watches=(
        writes("dump", resource="file", value="obj", format="pickle"),
        reads("load", resource="file", format="pickle", sealing="sink", loading="names"),
        reads("loads", resource="data", format="pickle", found_by=_bytes, from_code=True, loading="names"),
    ),
)
