"""GET `jupyter-mlsec/history?path=NOTEBOOK`: for whoever may read the notebook, what its last run recorded."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import ApiPath, ensure_async, to_os_path
from tornado import web

from jupyter_mlsec.protocol.errors import MlsecError
from jupyter_mlsec.server.history import last_run


class HistoryHandler(APIHandler):
    """Read-only. Answers 404 for a notebook that is not there, may not be seen, or has no history."""

    auth_resource = "contents"

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """A batch as the panel takes it from a kernel, with the newest entries of the notebook's last run."""
        path = self.get_query_argument("path").strip("/")
        root = getattr(self.contents_manager, "root_dir", None)
        if root is None or not await self._may_read(path):
            raise web.HTTPError(404, "There is no such notebook.")
        notebook = Path(to_os_path(ApiPath(path), root))
        loop = asyncio.get_running_loop()
        try:
            batch = await loop.run_in_executor(None, partial(last_run, notebook))
        except MlsecError as error:
            raise web.HTTPError(404, str(error)) from None
        if batch is None:
            raise web.HTTPError(404, "The ledger knows no run of this notebook.")
        await self.finish(batch)

    async def _may_read(self, path: str) -> bool:
        """Whether the contents manager would give the file: it knows what lies outside its root or is hidden."""
        contents: Any = self.contents_manager  # Any: Jupyter Server's managers are not typed
        if not path.endswith(".ipynb") or not await ensure_async(contents.file_exists(path)):
            return False
        return bool(contents.allow_hidden or not await ensure_async(contents.is_hidden(path)))
