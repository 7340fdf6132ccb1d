"""pickle: objects written to and read from open files.

Not seen: what a `Pickler` or `Unpickler` of one's own writes and reads (C types that take no watch); `dumps` and
`loads` work on bytes in memory and are left alone.
"""

from jupyter_mlsec.interception import Library, reads, writes

LIBRARY = Library(
    name="pickle",
    module="pickle",
    versions=("3.11", "4"),
    watches=(
        writes("dump", resource="file", value="obj", format="pickle"),
        reads("load", resource="file", format="pickle", sealing="sink"),
    ),
)
