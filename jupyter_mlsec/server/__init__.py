"""What Jupyter Server offers for us: the history of notebooks whose kernel is gone, read from their ledgers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Where Jupyter Server finds us."""
    return [{"module": "jupyter_mlsec.server"}]


def _load_jupyter_server_extension(app: ServerApp) -> None:
    """Add our one address to the server; it asks for the server's own login and rights."""
    from jupyter_server.utils import url_path_join

    from jupyter_mlsec.server.handler import HistoryHandler

    web: Any = app.web_app  # Any: tornado's method is not typed
    place = url_path_join(web.settings["base_url"], "jupyter-mlsec", "history")
    web.add_handlers(".*$", [(place, HistoryHandler)])
