"""pickle: objects written to and read from open files."""

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
