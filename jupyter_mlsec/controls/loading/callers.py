"""Who reads a pickle: the user, a library for its own use, or a library that loads what the user asked it to."""

from __future__ import annotations

import sys
from types import FrameType

_OURS = __name__.partition(".")[0]
_EXEMPT = (
    "multiprocessing",
    "concurrent",
    "asyncio",
    "logging",
    "joblib.externals.loky",
    "joblib.parallel",
    "joblib.pool",
    "joblib._memmapping_reducer",
    "joblib._parallel_backends",
    "loky",
    "dask",
    "distributed",
    "torch.multiprocessing",
    "torch.utils.data",
    "IPython",
    "ipykernel",
    "ipyparallel",
    "pickleshare",
    "zmq",
    "ray",
    "pyspark",
    "execnet",
    "xdist",
)
"""What reads pickles that its own processes wrote, not files."""
_BETWEEN = frozenset({"pickle", "_pickle", "_compat_pickle", "copyreg"})
_STANDING_AROUND = "<importlib._bootstrap: jupyter_mlsec>"
"""The file name that frames of watches bear."""


def caller() -> str:
    """The module whose code has a pickle read: the nearest that is neither pickle nor ours. Empty if there is none."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        ours = name.partition(".")[0] == _OURS or frame.f_code.co_filename == _STANDING_AROUND
        if name not in _BETWEEN and not ours:
            run_as = getattr(frame.f_globals.get("__spec__"), "name", "") if name == "__main__" else ""
            return run_as if is_exempt(run_as) else name  # loky's workers are `python -m`
        frame = frame.f_back
    return ""


def is_exempt(module: str) -> bool:
    """Whether pickles that this module reads are between processes of one run."""
    return any(module == each or module.startswith(f"{each}.") for each in _EXEMPT)
