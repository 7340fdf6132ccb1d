"""urllib, called for real."""

from __future__ import annotations

import os
import urllib.request

from tests.conformance.recipes import web
from tests.conformance.recipes.recipe import Recipe


class _Probed(urllib.request.Request):
    """A request that looks around when it is asked for its method."""

    probe = staticmethod(lambda: None)

    def get_method(self) -> str:
        self.probe()
        return super().get_method()


def _probed(probe):
    request = _Probed(web.address())
    request.probe = probe
    return request


def _module():
    return urllib.request


def _opener():
    return urllib.request.OpenerDirector


RECIPES = {
    "request:urlopen": Recipe(
        _module,
        "urlopen",
        lambda _: (web.address(),),
        lambda _: (web.NOBODY,),
        lambda _, probe: (_probed(probe),),
    ),
    "request:urlretrieve": Recipe(
        _module,
        "urlretrieve",
        lambda folder: (web.address(), os.path.join(folder, "o.json")),
        lambda _: (web.NOBODY,),
        lambda folder, probe: (web.address(), os.path.join(folder, "o.json"), lambda *_: probe()),
    ),
    "request:OpenerDirector.open": Recipe(
        _opener,
        "open",
        lambda _: (urllib.request.build_opener(), web.address()),
        lambda _: (urllib.request.build_opener(), web.NOBODY),
        lambda _, probe: (urllib.request.build_opener(), _probed(probe)),
    ),
}
