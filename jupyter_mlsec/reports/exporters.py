"""Audits in "Save and Export Notebook As" and `jupyter nbconvert --to mlsec-audit`: the only door to nbconvert."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter

from jupyter_mlsec.host import places
from jupyter_mlsec.host.ledgerplace import ledger_folder
from jupyter_mlsec.ledger import LedgerBusy, LedgerUnwritable
from jupyter_mlsec.reports import earlier
from jupyter_mlsec.reports.audit import Audit, Source, make, plain
from jupyter_mlsec.reports.redaction import by_policy


class AuditExporter(Exporter):  # type: ignore[misc]  # nbconvert has no types
    """The audit notebook of the newest run. The project is found from the notebook's folder."""

    export_from_notebook = "Audit notebook (verifiable)"
    output_mimetype = "application/json"

    def _file_extension_default(self) -> str:
        return ".audit.ipynb"

    def from_notebook_node(self, nb: Any, resources: Any = None, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        """nbconvert's entry: the audit's text and its resources. Raises ExportError, LedgerError."""
        copied, resources = super().from_notebook_node(nb, resources, **kwargs)
        return self.shaped(_audit(copied, resources)), resources

    def shaped(self, audit: Audit) -> str:
        """The audit in this exporter's shape."""
        return audit.text


class AuditHtmlExporter(AuditExporter):
    """The same as one HTML file."""

    export_from_notebook = "Audit (HTML)"
    output_mimetype = "text/html"

    def _file_extension_default(self) -> str:
        return ".audit.html"

    def shaped(self, audit: Audit) -> str:
        """The audit as HTML."""
        from jupyter_mlsec.reports.pairing import signed_page
        from jupyter_mlsec.vault.agent.client import signer_of

        return signed_page(audit.text.encode(), signer_of(places.data_folder()))


def _audit(notebook: Any, resources: Any) -> Audit:
    from jupyter_mlsec.ledger import Ledger
    from jupyter_mlsec.vault.agent.client import second_of, signer_of

    metadata = (resources or {}).get("metadata", {})
    folder = Path(metadata.get("path") or Path.cwd()).resolve()
    file = folder / f"{metadata.get('name', 'notebook')}.ipynb"
    root = places.project_root(folder)
    state, data = places.state_folder(root), places.data_folder()
    signer = signer_of(data)
    ledger = Ledger(
        ledger_folder(state.path).path, lambda: signer, mirror=data / "checkpoints", second=partial(second_of, data)
    )
    try:
        with contextlib.suppress(LedgerBusy, LedgerUnwritable):  # what is folded already can be audited
            ledger.fold()
            ledger.strengthen()
        name = file.relative_to(root).as_posix()
        saved = file.stat().st_mtime_ns if file.is_file() else 0
        source = Source(notebook=plain(notebook), name=name, saved_at=saved)
        made = make(source, ledger, signer, redact=by_policy(root, data, name))
        earlier.remember(ledger, f"{file.stem}.audit.ipynb", made.checkpoint)
        return made
    finally:
        ledger.close()
