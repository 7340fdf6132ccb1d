"""What a request to a model that is served elsewhere acts on: the model it names, and the address it goes to."""

from __future__ import annotations

from typing import Any

from jupyter_mlsec.protocol.records import Resource
from jupyter_mlsec.protocol.resources import resource_of

_LONGEST = 200


def model_asked(call: Any) -> list[Resource] | None:  # Any: a Call of `request(self, cast_to, options, ...)`
    """The model that the body of the request names, and its address; None for a request that asks no model.

    The clients of openai and anthropic are made by one generator: all that they send goes through one such method.
    """
    options = call.argument("options")
    body = getattr(options, "json_data", None)
    name = body.get("model") if isinstance(body, dict) else None
    if not isinstance(name, str):
        return None
    address = str(getattr(options, "url", ""))
    if "://" not in address:
        address = f"{str(call.args[0].base_url).rstrip('/')}/{address.lstrip('/')}"
    return [Resource(kind="model", name=name[:_LONGEST]), resource_of(address, "")]
