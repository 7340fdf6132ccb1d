"""xgboost's own functions; its scikit-learn classes are estimators and watched as such.

Not seen: data that an iterator hands to a DMatrix, other than by the iterator's own reads.
"""

import os
from typing import Any

from jupyter_mlsec.interception import Details, Library, fits, predicts, reads, writes


def _path(call: Any) -> Any:  # Any: a Call, and whatever the user gave a DMatrix
    """The file a matrix is read from; None for one made of what is in memory."""
    data = call.argument("data")
    return os.fspath(data).partition("?")[0] if isinstance(data, str | os.PathLike) else None  # `path?format=csv`


_TRAINS: Details = {"value": "dtrain", "kind": "model", "found_by": lambda _: "Booster"}

LIBRARY = Library(
    name="xgboost",
    module="xgboost",
    versions=("2", "4"),
    watches=(
        reads("core:DMatrix.__init__", resource="data", found_by=_path, sealing="folder"),
        writes("core:DMatrix.save_binary", resource="fname", format="dmatrix", sealing="folder"),
        fits("training:train", resource=None, **_TRAINS),
        fits("training:cv", resource=None, **_TRAINS),
        fits("core:Booster.update", value="dtrain"),
        predicts("core:Booster.predict", value="data"),
        predicts("core:Booster.inplace_predict", value="data"),
        reads("core:Booster.load_model", resource="fname", format="xgboost", sealing="folder"),
        writes("core:Booster.save_model", resource="fname", format="xgboost", sealing="folder"),
        writes("core:Booster.dump_model", resource="fout", format="text", sealing="path"),
        reads("sklearn:XGBModel.load_model", resource="fname", format="xgboost", sealing="folder"),
        writes("sklearn:XGBModel.save_model", resource="fname", format="xgboost", sealing="folder"),
    ),
)
