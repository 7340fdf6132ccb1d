"""A real JupyterLab (or Notebook 7) on loopback, with folders of its own, and one page of it seen through Chromium."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT / "jupyter_mlsec" / "labextension"
PATIENCE = 20_000
"""Milliseconds a page may take for anything, on a busy machine."""


def find_chromium() -> str | None:
    """The Chromium that `make chromium` would name, or None."""
    found = subprocess.run([ROOT / ".ci" / "find-chromium"], capture_output=True, text=True, check=False)
    return found.stdout.strip() or None


class Lab:
    """A Jupyter server in its own folders; `close` ends it and its kernels."""

    def __init__(self, folder: Path) -> None:
        self.token = secrets.token_hex(16)
        self.notebooks = folder / "notebooks"
        self.notebooks.mkdir(parents=True)
        self._log = (folder / "server.log").open("wb")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *self._options()],
            env=self._environment(folder),
            cwd=folder,  # jupyter-collaboration keeps a database where the server starts
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self._await(folder / "server.log")

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    def notebook(self, name: str, cells: Sequence[str]) -> str:
        """Write a notebook with these cells; its file name."""
        made = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        nbformat.write(made, self.notebooks / f"{name}.ipynb")
        return f"{name}.ipynb"

    def close(self) -> None:
        self._server.terminate()
        try:
            self._server.wait(20)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._log.close()

    def _options(self) -> list[str]:
        root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        return [
            "--no-browser",
            "--ip=127.0.0.1",
            f"--port={self.port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={self.notebooks}",
            f"--IdentityProvider.token={self.token}",
            "--LabApp.expose_app_in_browser=True",
            "--JupyterNotebookApp.expose_app_in_browser=True",
            *root,
        ]

    def _environment(self, folder: Path) -> dict[str, str]:
        """Nothing of the user's own: a fresh home, and this checkout's bundle before any installed one."""
        data, home = folder / "data", folder / "home"
        (data / "labextensions").mkdir(parents=True)
        home.mkdir()
        (data / "labextensions" / "jupyter-mlsec").symlink_to(BUNDLE, target_is_directory=True)
        config = folder / "config" / "jupyter_server_config.d"
        shutil.copytree(ROOT / "jupyter-config" / "server-config", config)
        settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True)
        (settings / "notification.jupyterlab-settings").write_text(
            json.dumps({"fetchNews": "false", "checkForUpdates": False})
        )
        return {
            **os.environ,
            "HOME": str(home),
            "JUPYTER_DATA_DIR": str(data),
            "JUPYTER_PREFER_ENV_PATH": "0",  # else what is installed in the environment would be served
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
            "IPYTHONDIR": str(folder / "ipython"),
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(Path(__file__).parent))),
        }

    def _await(self, log: Path) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._server.poll() is None:
            try:
                with urllib.request.urlopen(self.url(f"api/status?token={self.token}"), timeout=5):
                    return
            except OSError:
                time.sleep(0.2)
        self.close()
        raise RuntimeError("JupyterLab did not start:\n" + log.read_text(errors="replace")[-2000:])


class Page:
    """One notebook open in a page. Knows the panel, so that the tests need no selectors."""

    def __init__(self, lab: Lab, page: Any, name: str) -> None:  # Any: playwright's Page
        self.lab = lab
        self.page = page
        self.name = name
        self.errors: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, *, app: str = "lab", workspace: str | None = None) -> Page:
        """Load the notebook (`lab`, or `notebooks` for Notebook 7) and wait until its kernel has answered."""
        place = f"lab/workspaces/{workspace or self.name.removesuffix('.ipynb')}/tree" if app == "lab" else app
        self.page.goto(self.lab.url(f"{place}/{self.name}?reset&token={self.lab.token}"))
        return self.await_kernel()

    def await_kernel(self) -> Page:
        self.page.wait_for_selector(".jp-NotebookPanel[data-mlsec-ready]")
        return self

    def show_panel(self) -> Page:
        """Bring the panel to the front by its command, as the palette would."""
        if not self.panel.is_visible():
            self.command("mlsec:open-panel")
        self.panel.wait_for(state="visible")
        return self

    def command(self, name: str, **arguments: str) -> None:
        """Run one of Lab's commands."""
        self.page.evaluate(
            "([name, arguments]) => window.jupyterapp.commands.execute(name, arguments)", [name, arguments]
        )

    def theme(self, name: str) -> None:
        self.command("apputils:change-theme", theme=name)
        self.page.wait_for_selector(f"body[data-jp-theme-name='{name}']", state="attached")

    @property
    def status(self) -> str:
        """What the status bar says."""
        return str(self.page.locator(".jp-MlsecStatus").inner_text()).strip()

    @property
    def panel(self) -> Any:
        return self.page.locator("#jp-mlsec-panel")

    def cell(self, index: int) -> Any:
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def run(self, index: int, *, wait: bool = True) -> None:
        """Run the cell, and wait until it has its execution count."""
        self.cell(index).locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        if wait:
            self.page.wait_for_function(
                """index => /^\\[\\d+\\]:$/.test(document.querySelectorAll('.jp-Notebook .jp-Cell')[index]
                    .querySelector('.jp-InputPrompt').textContent)""",
                arg=index,
            )

    def tab(self, name: str) -> None:
        self.panel.get_by_role("tab", name=name).click()

    def open_rows(self) -> None:
        """Open every row of the section in front, and choose a node of the lineage."""
        self.panel.locator("details:not([open]):visible > summary").evaluate_all("rows => rows.forEach(r => r.click())")
        self.panel.locator(".jp-MlsecLineage-item[aria-pressed='false']:visible").evaluate_all("n => n[0]?.click()")

    def expect(self, text: str) -> None:
        """Wait until the panel shows this text."""
        self.panel.get_by_text(text).locator("visible=true").first.wait_for()

    def restart(self) -> None:
        """Restart the kernel by the menu's command, and confirm."""
        self.page.evaluate("() => void window.jupyterapp.commands.execute('kernelmenu:restart')")
        self.page.locator(".jp-Dialog button.jp-mod-warn").click()
