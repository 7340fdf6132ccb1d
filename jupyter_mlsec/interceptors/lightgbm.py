"""lightgbm's own functions; its scikit-learn classes are estimators and watched as such."""

import os
from typing import Any

from jupyter_mlsec.interception import Details, Library, fits, predicts, reads, writes


def _path(call: Any) -> Any:  # Any: a Call, and whatever the user gave a Dataset
    """The file a data set is read from, at once or when it is used; None for one made of what is in memory."""
    data = call.argument("data")
    return data if isinstance(data, str | os.PathLike) else None


_TRAINS: Details = {"value": "train_set", "kind": "model", "found_by": lambda _: "Booster"}

LIBRARY = Library(
    name="lightgbm",
    module="lightgbm",
    versions=("4", "5"),
    watches=(
        reads("basic:Dataset.__init__", resource="data", found_by=_path, sealing="lasting"),
        # Not by a path of a file in memory: where there is a file already, it writes nothing, with a warning.
        writes("basic:Dataset.save_binary", resource="filename", format="lightgbm", sealing="folder"),
        fits("engine:train", resource=None, **_TRAINS),
        fits("engine:cv", resource=None, **_TRAINS),
        fits("basic:Booster.update", value="train_set"),
        fits("basic:Booster.refit", value="data"),
        predicts("basic:Booster.predict", value="data"),
        reads("basic:Booster.__init__", resource="model_file", format="lightgbm", only_if="model_file", sealing="path"),
        writes("basic:Booster.save_model", resource="filename", format="lightgbm", sealing="path"),
    ),
)
