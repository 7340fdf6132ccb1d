"""An audit and its page: does the page show this audit, and nothing else?"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import msgspec

from jupyter_mlsec._version import __version__
from jupyter_mlsec.protocol.errors import ExportError, Unverified
from jupyter_mlsec.reports import signedpage
from jupyter_mlsec.reports.html import audit_page
from jupyter_mlsec.reports.verdict import Verification
from jupyter_mlsec.reports.verify import opened
from jupyter_mlsec.vault.signing import Signer


def renderers() -> dict[str, str]:
    """What a page is drawn with, by name and version: the same draw the same page."""
    return {"jupyter-mlsec": __version__, "pygments": _version("pygments"), "mistune": _version("mistune")}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def signed_page(content: bytes, signer: Signer) -> str:
    """The page of an audit, from its bytes, signed. Raises ExportError for an audit that does not hold."""
    page = audit_page(content)
    audit = opened(content)
    said = audit.statement.predicate
    return signedpage.signed(page, signedpage.name_of(audit.envelope), said.notebook, said.run, renderers(), signer)


def with_page(found: Verification, content: bytes, page: bytes, name: str) -> Verification:
    """The verdict on an audit that holds, with what its page adds: a problem, or that it could not be drawn anew."""
    audit = opened(content)
    try:
        shown = signedpage.opened(page)
    except Unverified as error:
        return _refused(found, f"{name} does not hold: {error}")
    if shown.said.audit != signedpage.name_of(audit.envelope):
        return _refused(found, f"{name} is the page of another audit than {found.file}.")
    if shown.public_key != audit.public_key:
        return _refused(found, f"{name} is signed by another key than {found.file}: {shown.key}.")
    if shown.said.renderers != renderers():
        unlike = f"whether {name} shows what {found.file} says (drawn by other versions than are here)"
        return msgspec.structs.replace(found, not_seen=(*found.not_seen, unlike))
    try:
        anew = audit_page(content)
    except ExportError as error:
        return _refused(found, str(error))
    if signedpage.emptied(anew) != shown.hollow:
        return _refused(found, f"{name} does not show what {found.file} says.")
    return found


def _refused(found: Verification, problem: str) -> Verification:
    return msgspec.structs.replace(found, ok=False, trusted=False, problems=(problem,))
