"""dill: objects, functions and whole sessions, written to and read from files."""

from jupyter_mlsec.interception import Library, reads, writes

LIBRARY = Library(
    name="dill",
    module="dill",
    versions=("0.3.7", "1"),
    watches=(
        writes("dump", resource="file", value="obj", format="pickle"),
        reads("load", resource="file", format="pickle", loading="names"),
        writes("dump_module", resource="filename", value="module", format="pickle"),
        reads("load_module", resource="filename", format="pickle", loading="names"),
        reads("load_module_asdict", resource="filename", format="pickle", loading="names"),
    ),
)
