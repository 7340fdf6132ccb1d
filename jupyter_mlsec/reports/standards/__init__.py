"""The ledger's entries in the shapes that other systems read: OpenLineage, PROV, OCSF, OTLP logs, syslog, CycloneDX.

Each encoder is a pure function of one entry and of how its run began. None sends anything anywhere.
"""

from jupyter_mlsec.reports.standards.export import FORMATS, export
from jupyter_mlsec.reports.standards.source import Around, Other, Told, read, told

__all__ = ["FORMATS", "Around", "Other", "Told", "export", "read", "told"]
