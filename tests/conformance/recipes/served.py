"""Recipes for the clients of served models: what they send goes through one method, answered here without a network."""

from __future__ import annotations

from types import ModuleType

import httpx2

from tests.conformance.recipes.recipe import Recipe

ANSWER = {"id": "1", "object": "chat.completion", "type": "message", "model": "toy", "choices": [], "content": []}


def recipes_for(module: ModuleType, plain: str, later: str, path: str) -> dict[str, Recipe]:
    """The recipes for a module with the clients `plain` and `later` (asynchronous), whose requests go to `path`."""
    options_of = __import__(f"{module.__name__}._models", fromlist=["*"]).FinalRequestOptions
    base = __import__(f"{module.__name__}._base_client", fromlist=["*"])
    body = {"model": "toy", "messages": [{"role": "user", "content": "hello"}]}

    def asked(kind: str, status: int, probe=lambda: None):
        def answer(request: httpx2.Request) -> httpx2.Response:
            probe()
            return httpx2.Response(status, json=ANSWER)

        transport = httpx2.MockTransport(answer)
        http = (httpx2.AsyncClient if kind == later else httpx2.Client)(transport=transport)
        client = getattr(module, kind)(api_key="k", base_url="http://127.0.0.1", max_retries=0, http_client=http)
        return client, dict[str, object], options_of(method="post", url=path, json_data=body)

    return {
        f"_base_client:{name}.request": Recipe(
            lambda name=name: getattr(base, name),
            "request",
            lambda _, kind=kind: asked(kind, 200),
            lambda _, kind=kind: asked(kind, 401),
            lambda _, probe, kind=kind: asked(kind, 200, probe),
        )
        for name, kind in (("SyncAPIClient", plain), ("AsyncAPIClient", later))
    }
