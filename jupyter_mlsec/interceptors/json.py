"""json: values read from and written to open files, by the user's own code."""

from jupyter_mlsec.interception import Library, reads, writes

LIBRARY = Library(
    name="json",
    module="json",
    versions=("3.11", "4"),
    from_code=True,
    watches=(
        reads("load", resource="fp", format="json", sealing="sink"),
        writes("dump", resource="fp", value="obj", format="json"),
    ),
)
