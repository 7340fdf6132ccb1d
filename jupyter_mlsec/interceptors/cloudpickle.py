"""cloudpickle: objects and the code they need, written to open files. Its `load` is pickle's own."""

from jupyter_mlsec.interception import Library, writes

LIBRARY = Library(
    name="cloudpickle",
    module="cloudpickle",
    versions=("2.2", "4"),
    watches=(writes("dump", resource="file", value="obj", format="pickle"),),
)
