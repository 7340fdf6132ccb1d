"""numpy: arrays loaded from files, saved there, and mapped into memory.

Not seen: `ndarray.tofile` and `ndarray.dump`, methods of a C type that takes no watch, and what is changed in a map
before `flush`.
"""

from typing import Any

from jupyter_mlsec.interception import Library, closes, hands_out, reads, writes


def _file(call: Any) -> Any:  # Any: a Call, and what it names
    """The file; None for a list of lines, which come from nowhere outside."""
    return None if isinstance(call.resource, list | tuple) else call.resource


def _map(call: Any) -> Any:
    """The file behind a map that may be written; None for one that may not, or of which nothing is known."""
    return call.args[0].filename if getattr(call.args[0], "mode", "r") in ("r+", "w+") else None


LIBRARY = Library(
    name="numpy",
    module="numpy",
    versions=("1.26", "3"),
    watches=(
        reads("load", resource="file", format="npy", sealing="sink", loading="names", by_path_if="mmap_mode"),
        hands_out("lib.npyio:NpzFile.__getitem__"),
        closes("lib.npyio:NpzFile.close"),
        reads("loadtxt", resource="fname", format="text", found_by=_file, sealing="path"),
        reads("genfromtxt", resource="fname", format="text", found_by=_file, sealing="path"),
        reads("fromregex", resource="file", format="text", sealing="path"),
        reads(
            "fromfile",
            resource="file",
            format="binary",
            parameters=("file", "dtype", "count", "sep", "offset"),
            sealing="path",
        ),
        reads("memmap.__new__", resource="filename", format="binary", mode="mode", sealing="path"),
        reads("lib.format:open_memmap", resource="filename", format="npy", mode="mode", sealing="path"),
        writes("memmap.flush", format="binary", found_by=_map),
        writes("save", resource="file", value="arr", format="npy", sealing="sink"),
        writes("savez", resource="file", value="args", format="npz", sealing="sink"),
        writes("savez_compressed", resource="file", value="args", format="npz", sealing="sink"),
        writes("savetxt", resource="fname", value="X", format="text", sealing="path"),
    ),
)
