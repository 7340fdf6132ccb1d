"""Where Jupyter keeps a user's data, as `jupyter_core.paths` says: it stands in for it in the one-file verifier."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def jupyter_data_dir() -> str:
    """The folder of this user's Jupyter data; pins of keys lie below it."""
    given = os.environ.get("JUPYTER_DATA_DIR")
    if given:
        return given
    home = Path.home()
    if sys.platform == "darwin":
        return str(home / "Library" / "Jupyter")
    if sys.platform == "win32":
        return str(Path(os.environ.get("APPDATA") or home) / "jupyter")
    return str(Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "jupyter")
