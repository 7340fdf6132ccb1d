"""Worker processes: what they are given to do is noted in the cell's coverage, and happens where nothing is watched.

Not seen: a pool that a library drives without these methods (`torch.utils.data.DataLoader`), and MPI or Ray clusters;
the processes they start are noted by the safety net where they are started.
"""

from jupyter_mlsec.interception import Library, leaves_to

_POOL = ("apply", "apply_async", "map", "map_async", "starmap", "starmap_async", "imap", "imap_unordered")

LIBRARIES = (
    Library(
        name="multiprocessing",
        module="multiprocessing",
        versions=("3.11", "4"),
        watches=leaves_to("multiprocessing workers", *(f"pool:Pool.{name}" for name in _POOL)),
    ),
    Library(
        name="concurrent.futures",
        module="concurrent.futures",
        versions=("3.11", "4"),
        watches=leaves_to("process pool workers", "process:ProcessPoolExecutor.submit"),
        relays=("thread:_WorkItem",),
    ),
    Library(
        name="loky",
        module="joblib",
        versions=("1.3", "2"),
        watches=leaves_to("loky workers", "externals.loky.reusable_executor:_ReusablePoolExecutor.submit"),
    ),
    Library(
        name="dask",
        module="distributed",
        versions=("2024", "2100"),
        watches=leaves_to("dask workers", "client:Client._graph_to_futures"),
    ),
)
