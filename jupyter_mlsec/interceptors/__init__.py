"""One small declarative file per library. To add a library: its file, and its line here."""

from jupyter_mlsec.interception import Library
from jupyter_mlsec.interceptors import (
    cloudpickle,
    dill,
    duckdb,
    joblib,
    lightgbm,
    numpy,
    pandas,
    pickle,
    polars,
    pyarrow,
    safetensors,
    scipy,
    sklearn,
    skops,
    xgboost,
)

LIBRARIES: tuple[Library, ...] = (
    pandas.LIBRARY,
    polars.LIBRARY,
    pyarrow.LIBRARY,
    numpy.LIBRARY,
    scipy.LIBRARY,
    duckdb.LIBRARY,
    sklearn.LIBRARY,
    xgboost.LIBRARY,
    lightgbm.LIBRARY,
    pickle.LIBRARY,
    cloudpickle.LIBRARY,
    dill.LIBRARY,
    joblib.LIBRARY,
    skops.LIBRARY,
    safetensors.LIBRARY,
)
