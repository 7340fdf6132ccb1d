"""requests, called for real."""

from __future__ import annotations

import requests

from tests.conformance.recipes import web
from tests.conformance.recipes.recipe import Recipe


class _Probed(requests.adapters.HTTPAdapter):
    """The way out, which looks around first."""

    def __init__(self, probe) -> None:
        super().__init__()
        self.probe = probe

    def send(self, *args, **kwargs):
        self.probe()
        return super().send(*args, **kwargs)


def _asked(address: str, probe=None):
    session = requests.Session()
    if probe is not None:
        session.mount("http://", _Probed(probe))
    return session, requests.Request("GET", address).prepare()


RECIPES = {
    "sessions:Session.send": Recipe(
        lambda: requests.Session,
        "send",
        lambda _: _asked(web.address()),
        lambda _: _asked(web.NOBODY),
        lambda _, probe: _asked(web.address(), probe),
    ),
}
