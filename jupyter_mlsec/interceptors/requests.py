"""requests: what is downloaded and sent; a redirected request is one with where it leads."""

from jupyter_mlsec.interception import Library, hands_out, reads

LIBRARY = Library(
    name="requests",
    module="requests",
    versions=("2.28", "3"),
    watches=(
        reads("sessions:Session.send", resource="request.url", value="request.body", mode="request.method"),
        hands_out("models:Response.iter_content"),
    ),
)
