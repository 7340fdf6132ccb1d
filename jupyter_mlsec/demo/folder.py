"""The folder a demo runs in: the notebook, its tables, and keys of its own, so that yours are never touched."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import msgspec

from jupyter_mlsec.protocol.errors import UsageError

NOTEBOOK = "01-guarded-notebook.ipynb"
MARK = ".mlsec-demo"
"""An empty file that says: this folder was made by the demo, and a new demo may replace it."""
SOURCE = Path(__file__).parent


class DemoFolder(msgspec.Struct, frozen=True, kw_only=True):
    """Where the demo's files are."""

    path: Path

    @property
    def notebook(self) -> Path:
        return self.path / NOTEBOOK

    @property
    def audit(self) -> Path:
        return self.path / NOTEBOOK.replace(".ipynb", ".audit.ipynb")

    @property
    def private(self) -> Path:
        """Jupyter's and IPython's folders of this demo: keys, trust, history. Beside it: no key lies in a project."""
        return self.path.with_name(f".{self.path.name}-jupyter")

    def environment(self) -> dict[str, str]:
        """This process's environment, with Jupyter's and IPython's folders moved into the demo's."""
        return {
            **os.environ,
            "JUPYTER_DATA_DIR": str(self.private),
            "JUPYTER_CONFIG_DIR": str(self.private / "config"),
            "JUPYTER_RUNTIME_DIR": str(self.private / "runtime"),
            "IPYTHONDIR": str(self.private / "ipython"),
            "JPY_SESSION_NAME": str(self.notebook),
        }


def lay_out(target: Path) -> DemoFolder:
    """Make the demo's folder anew, with the notebook and its tables in it.

    Raises UsageError if something is there that no demo made.
    """
    target = target.absolute()
    if target.exists() and any(target.iterdir()):
        if not (target / MARK).is_file():
            raise UsageError(
                f"The demo was not laid out in {target}: the folder holds files of yours. Name another: --into DIR"
            )
        shutil.rmtree(target)
    target.mkdir(parents=True, exist_ok=True)
    (target / MARK).touch()
    # The nearest folder with a .mlsec is the project: without it, the checkout around us would be.
    (target / ".mlsec").mkdir(mode=0o700)
    shutil.copyfile(SOURCE / NOTEBOOK, target / NOTEBOOK)
    for table in sorted((SOURCE / "data").glob("*.csv")):
        shutil.copyfile(table, target / table.name)
    folder = DemoFolder(path=target)
    shutil.rmtree(folder.private, ignore_errors=True)
    folder.private.mkdir(mode=0o700)
    return folder
