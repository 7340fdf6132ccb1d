"""One small declarative file per library. To add a library: its file, and its line here."""

from jupyter_mlsec.interception import Library
from jupyter_mlsec.interceptors import joblib, pandas, pickle, polars, sklearn

LIBRARIES: tuple[Library, ...] = (
    pandas.LIBRARY,
    polars.LIBRARY,
    sklearn.LIBRARY,
    pickle.LIBRARY,
    joblib.LIBRARY,
)
