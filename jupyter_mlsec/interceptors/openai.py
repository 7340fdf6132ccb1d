"""openai: the prompts that leave and the answers that enter, whichever method of the client asks a model.

The API key travels in a header, which is never looked at. Not seen: what flows over web sockets.
"""

from jupyter_mlsec.interception import Library, closes, holds, predicts
from jupyter_mlsec.interception.served import model_asked

LIBRARY = Library(
    name="openai",
    module="openai",
    versions=("1.40", "4"),
    watches=(
        predicts("_base_client:SyncAPIClient.request", resource=None, value="options.json_data", found_by=model_asked),
        predicts("_base_client:AsyncAPIClient.request", resource=None, value="options.json_data", found_by=model_asked),
        holds("_streaming:Stream._iterator"),
        holds("_streaming:AsyncStream._iterator"),
        closes("_streaming:Stream.close"),
        closes("_streaming:AsyncStream.close"),
    ),
)
