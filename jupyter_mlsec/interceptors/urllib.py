"""urllib: what the user's own code opens by URL; other libraries' downloads are told by those libraries.

A request is told as one that reads, unless it is a Request that names its method.
"""

from typing import Any

from jupyter_mlsec.interception import Library, reads


def _address(call: Any) -> Any:  # Any: a Call; of a Request, or the text of a URL
    asked = call.resource
    return getattr(asked, "full_url", asked)


LIBRARY = Library(
    name="urllib",
    module="urllib",
    versions=("3.11", "4"),
    from_code=True,
    watches=(
        reads("request:urlopen", resource="url", value="data", mode="url.method", found_by=_address),
        reads("request:urlretrieve", resource="url", value="data", found_by=_address),
        reads(
            "request:OpenerDirector.open", resource="fullurl", value="data", mode="fullurl.method", found_by=_address
        ),
    ),
)
