"""fsspec: files on other systems, opened, fetched, sent and copied by the user's own code.

Other libraries read through it all the time: theirs is what they were asked for, and is recorded there.
Not seen: what flows through a file after it was opened, and `get`, `put`, `cat`, `pipe` of file systems that work in a
loop of their own (http, s3, gcs): those are made for each object anew. Their `open` is seen.
"""

from typing import Any

from jupyter_mlsec.interception import Library, reads, writes


def _remote(parameter: str) -> Any:  # Any: gives what finds, for a Call, paths of its file system
    def named(call: Any) -> Any:
        system, paths = call.args[0], call.argument(parameter)
        if isinstance(paths, dict):  # `pipe` takes what to write by its path
            paths = list(paths)
        if isinstance(paths, list | tuple):
            return [system.unstrip_protocol(path) for path in paths]
        return system.unstrip_protocol(paths)

    return named


LIBRARY = Library(
    name="fsspec",
    module="fsspec",
    versions=("2023.9", "2028"),
    from_code=True,
    through_itself=True,
    watches=(
        reads("core:OpenFile.__enter__", resource="self.full_name", mode="self.mode"),
        reads("spec:AbstractFileSystem.open", found_by=_remote("path"), mode="mode"),
        reads("spec:AbstractFileSystem.get", found_by=_remote("rpath")),
        reads("spec:AbstractFileSystem.get_file", found_by=_remote("rpath")),
        reads("spec:AbstractFileSystem.cat", found_by=_remote("path")),
        reads("spec:AbstractFileSystem.cat_file", found_by=_remote("path")),
        writes("spec:AbstractFileSystem.put", value="lpath", found_by=_remote("rpath")),
        writes("spec:AbstractFileSystem.put_file", value="lpath", found_by=_remote("rpath")),
        writes("spec:AbstractFileSystem.pipe", value="value", found_by=_remote("path")),
        writes("spec:AbstractFileSystem.copy", value="path1", found_by=_remote("path2")),
    ),
)
