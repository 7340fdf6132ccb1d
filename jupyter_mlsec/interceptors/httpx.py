"""httpx: what is downloaded and sent, at once, in pieces or asynchronously.

Not seen: the pieces of an asynchronous stream, and what flows over web sockets (that they were asked for is).
"""

from typing import Any

from jupyter_mlsec.interception import Library, hands_out, reads


def _address(call: Any) -> str:  # Any: a Call; its URL is an object of the library's own
    return str(call.resource)


LIBRARY = Library(
    name="httpx",
    module="httpx",
    versions=("0.24", "1"),
    watches=(
        reads("Client.send", resource="request.url", mode="request.method", found_by=_address),
        reads("AsyncClient.send", resource="request.url", mode="request.method", found_by=_address),
        hands_out("Response.iter_raw"),
    ),
)
