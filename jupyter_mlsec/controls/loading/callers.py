"""Who reads a pickle: the user, a library for its own use, or a library that loads what the user asked it to."""

from __future__ import annotations

import sys
from types import FrameType

_OURS = __name__.partition(".")[0]
_EXEMPT = frozenset(
    {
        "multiprocessing.connection",
        "multiprocessing.forkserver",
        "multiprocessing.queues",
        "multiprocessing.spawn",
        "joblib.externals.loky.backend.popen_loky_posix",
        "joblib.externals.loky.backend.popen_loky_win32",
        "joblib.externals.loky.backend.queues",
        "loky.backend.popen_loky_posix",
        "loky.backend.popen_loky_win32",
        "loky.backend.queues",
        "dask.local",
        "dask.multiprocessing",
        "distributed.protocol.pickle",
        "torch.multiprocessing.queue",
        "torch.multiprocessing.reductions",
        "ipyparallel.serialize",
        "IPython.external.pickleshare",
        "pickleshare",
        "pyspark.serializers",
        "ray._private.serialization",
    }
)
"""What reads pickles that its own processes wrote. No module that calls what the user hands it: `pickle.load` in a pool
of threads, an event loop or a task is the user's."""
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
    return module in _EXEMPT
