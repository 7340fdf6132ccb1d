"""Worker processes: what they are given to do is noted in the cell's coverage, and happens where nothing is watched.

Not seen: what MPI, Ray or a pool of a library's own is given; the processes they start are noted by the safety net
where they are started (torch's DataLoader is declared with torch).
"""

from jupyter_mlsec.interception import Library, leaves_to

_POOL = ("apply_async", "_map_async", "imap", "imap_unordered")
"""All of a pool's other methods (`map`, `starmap`, `apply` ...) come down to one of these."""

LIBRARIES = (
    Library(
        name="multiprocessing",
        module="multiprocessing",
        versions=("3.11", "4"),
        watches=leaves_to("multiprocessing workers", *(f"pool:Pool.{name}" for name in _POOL), unless="ThreadPool"),
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
