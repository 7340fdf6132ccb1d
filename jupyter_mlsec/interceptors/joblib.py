"""joblib: objects, models above all, saved and loaded."""

from jupyter_mlsec.interception import Library, reads, writes

LIBRARY = Library(
    name="joblib",
    module="joblib",
    versions=("1.3", "2"),
    relays=("parallel:BatchedCalls", "parallel:BatchCompletionCallBack"),
    watches=(
        writes("dump", resource="filename", value="value", format="joblib", sealing="sink"),
        reads("load", resource="filename", format="joblib", sealing="sink", loading="names", by_path_if="mmap_mode"),
    ),
)
