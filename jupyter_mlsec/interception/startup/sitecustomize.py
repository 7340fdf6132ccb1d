"""Runs first in a Python that a guarded process starts (`propagate = true`): the guard there, after the user's own.

It is on the path of every Python that is started, with our package or without, so it is written in few words, and
nothing that goes wrong in it can be heard.
"""

import os
import sys

_here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  # cheap, and any Python can
sys.path[:] = [each for each in sys.path if os.path.abspath(each) != _here]  # noqa: PTH100
_ours = sys.modules.pop("sitecustomize", None)
try:
    import sitecustomize  # type: ignore[import-not-found]  # noqa: F401  # the user's own, which ours stands before
except ImportError as error:
    if error.name != "sitecustomize":
        raise
finally:
    if _ours is not None:
        sys.modules.setdefault("sitecustomize", _ours)
    # multiprocessing's and loky's trackers are Pythons too, that run nothing of the user's.
    if not any("resource_tracker" in each for each in getattr(sys, "orig_argv", ())):
        try:
            from importlib import import_module

            import_module("jupyter_mlsec.session.propagation").inherit()
        except Exception:  # noqa: S110  # another environment, without the guard or with another version of it
            pass
