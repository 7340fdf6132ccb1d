"""A real kernel for tests, in a project and with Jupyter folders of its own."""

from __future__ import annotations

import os
import queue
import re
import sys
from pathlib import Path
from typing import NamedTuple

from jupyter_client.manager import KernelManager

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


class Ran(NamedTuple):
    """What one cell printed, and the type of its error."""

    text: str
    error: str
    traceback: str


class Kernel:
    """Runs cells as a front end would; IOPub is read to the end of each."""

    def __init__(self, project: Path, home: Path, **environment: str) -> None:
        self.project = project
        home.mkdir(exist_ok=True)
        self._manager = KernelManager()
        env = {
            name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER_", "JPY_", "IPYTHON"))
        }
        env |= {
            "HOME": str(home),
            "IPYTHONDIR": str(home / "ipython"),
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "JUPYTER_MLSEC_RAISE_OURS": "1",
            **environment,
        }
        self._manager.start_kernel(cwd=str(project), env=env, extra_arguments=["--IPKernelApp.log_level=40"])
        self._client = self._manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=120)
        self._listener = self._manager.client()
        self._listener.start_channels(shell=False, stdin=False, hb=False, control=False)

    def run(self, source: str, timeout: float = 120) -> Ran:
        texts: list[str] = []
        failed: dict = {}

        def take(message: dict) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                texts.append(content["text"])
            elif message["msg_type"] in ("execute_result", "display_data"):
                texts.append(str(content["data"].get("text/plain", "")) + "\n")
            elif message["msg_type"] == "error":
                failed.update(content)

        self._client.execute_interactive(source, output_hook=take, timeout=timeout, allow_stdin=False)
        traceback = _ANSI.sub("", "\n".join(failed.get("traceback", ())))
        return Ran("".join(texts), failed.get("ename", ""), traceback)

    def published(self) -> list[dict]:
        """Everything the kernel sent on IOPub since the last time, whatever it belongs to."""
        messages = []
        try:
            while True:
                messages.append(self._listener.get_iopub_msg(timeout=1))
        except queue.Empty:
            return messages

    def stop(self, *, kill: bool = False) -> None:
        self._client.stop_channels()
        self._listener.stop_channels()
        self._manager.shutdown_kernel(now=kill)

    def interrupt(self) -> None:
        """What the stop button does, also while a cell runs in another thread."""
        self._manager.interrupt_kernel()

    @property
    def pid(self) -> int:
        return self._manager.provisioner.pid


def python() -> str:
    return sys.executable
