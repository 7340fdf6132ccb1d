"""httpx, called for real, and httpx2 in the same way."""

from __future__ import annotations

from types import ModuleType

import httpx

from tests.conformance.recipes import web
from tests.conformance.recipes.recipe import Recipe


def recipes_for(module: ModuleType) -> dict[str, Recipe]:
    """The recipes for the one or the other, whose names are the same."""

    def asked(address: str, probe=None):
        client = module.Client(transport=_probed(module.HTTPTransport, probe))
        return client, client.build_request("GET", address)

    def asked_later(address: str, probe=None):
        client = module.AsyncClient(transport=_probed(module.AsyncHTTPTransport, probe))
        return client, client.build_request("GET", address)

    return {
        f"{kind}.send": Recipe(
            lambda kind=kind: getattr(module, kind),
            "send",
            lambda _, ask=ask: ask(web.address()),
            lambda _, ask=ask: ask(web.NOBODY),
            lambda _, probe, ask=ask: ask(web.address(), probe),
        )
        for kind, ask in (("Client", asked), ("AsyncClient", asked_later))
    }


def _probed(transport, probe):
    """A way out that looks around first."""
    if probe is None:
        return transport()

    class Probed(transport):
        def handle_request(self, request):
            probe()
            return super().handle_request(request)

        async def handle_async_request(self, request):
            probe()
            return await super().handle_async_request(request)

    return Probed()


RECIPES = recipes_for(httpx)
