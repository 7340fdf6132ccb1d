"""skops: models saved without pickle, and the look at what such a file wants to load.

`dumps` and `loads` work on bytes in memory and are left alone.
"""

from typing import Any

from jupyter_mlsec.interception import Library, reads, writes


def _file(call: Any) -> Any:  # Any: a Call, and what it names
    """The file; None for bytes, which are the model itself."""
    return None if isinstance(call.resource, bytes) else call.resource


LIBRARY = Library(
    name="skops",
    module="skops",
    versions=("0.9", "1"),
    watches=(
        writes("io:dump", resource="file", value="obj", format="skops", sealing="sink"),
        reads("io:load", resource="file", format="skops", sealing="sink", loading="own"),
        reads("io:get_untrusted_types", resource="file", format="skops", only_if="file", whole=False, sealing="sink"),
        reads("io:visualize", resource="file", format="skops", found_by=_file, whole=False, sealing="path"),
    ),
)
