"""Hugging Face datasets: loaded from files, folders, databases or a hub, and written out.

Not seen: rows of a dataset that is streamed or mapped from disk, when they are looked at later; `push_to_hub`.
"""

import os
from typing import Any

from jupyter_mlsec.interception import Library, queries, reads, writes


def _files(call: Any) -> Any:  # Any: a Call
    """The files or folder a builder reads, where it is given any; else the name of the dataset on the hub."""
    given = call.argument("data_files")
    if isinstance(given, dict):
        given = [name for names in given.values() for name in (names if isinstance(names, list) else [names])]
    found = given or call.argument("data_dir")
    named = call.resource
    if found or not isinstance(named, str) or os.path.exists(named):  # noqa: PTH110
        return found or named
    return f"hf://{named}"


LIBRARY = Library(
    name="datasets",
    module="datasets",
    versions=("2.18", "6"),
    watches=(
        reads("load:load_dataset", resource="path", format="dataset", found_by=_files),
        reads("load:load_from_disk", resource="dataset_path", format="dataset", sealing="lasting"),
        reads("arrow_dataset:Dataset.load_from_disk", resource="dataset_path", format="dataset", sealing="lasting"),
        reads(
            "dataset_dict:DatasetDict.load_from_disk", resource="dataset_dict_path", format="dataset", sealing="lasting"
        ),
        reads("arrow_dataset:Dataset.from_text", resource="path_or_paths", format="text"),
        reads("arrow_dataset:Dataset.from_csv", resource="path_or_paths", format="csv"),
        reads("arrow_dataset:Dataset.from_json", resource="path_or_paths", format="json"),
        reads("arrow_dataset:Dataset.from_parquet", resource="path_or_paths", format="parquet"),
        queries("arrow_dataset:Dataset.from_sql", resource="sql"),
        writes("arrow_dataset:Dataset.save_to_disk", resource="dataset_path", format="dataset", sealing="folder"),
        writes(
            "dataset_dict:DatasetDict.save_to_disk", resource="dataset_dict_path", format="dataset", sealing="folder"
        ),
        writes("arrow_dataset:Dataset.to_csv", resource="path_or_buf", format="csv", sealing="sink"),
        writes("arrow_dataset:Dataset.to_json", resource="path_or_buf", format="json", sealing="sink"),
        writes("arrow_dataset:Dataset.to_parquet", resource="path_or_buf", format="parquet", sealing="sink"),
        writes("arrow_dataset:Dataset.to_sql", resource="name", format="sql", kind="database"),
    ),
)
