"""cloudpickle: objects and their code, written to open files and to bytes in memory. Its `load` is pickle's own.

What the user's own code makes in memory is known again by its digest when it is read in the same process. Of what is in
it nothing is looked at: it has gone nowhere yet.
"""

from typing import Any

from jupyter_mlsec.interception import Library, writes
from jupyter_mlsec.protocol.records import Resource
from jupyter_mlsec.protocol.watch import Watch


def _bytes(_: Any) -> Resource:  # Any: a Call
    return Resource(kind="buffer", name="bytes", format="pickle")


LIBRARY = Library(
    name="cloudpickle",
    module="cloudpickle",
    versions=("2.2", "4"),
    watches=(
        writes("dump", resource="file", value="obj", format="pickle"),
        Watch(target="dumps", action="write", format="pickle", found_by=_bytes, from_code=True),
    ),
)
