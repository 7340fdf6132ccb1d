"""One entry as one RFC 5424 syslog line with structured data.

The SD-ID's number 32473 is the one RFC 5612 keeps for documentation: the project has none of its own.
"""

from __future__ import annotations

from jupyter_mlsec.protocol.records import Level
from jupyter_mlsec.reports.standards.source import PRODUCT, Around, Told, moment
from jupyter_mlsec.reports.standards.summary import summarise

SD_ID = "mlsec@32473"
_AUDIT = 13
_SEVERITY: dict[Level, int] = {"error": 3, "warning": 4, "note": 6}
_BOM = "\ufeff"
_LONGEST = 512
_ESCAPED = str.maketrans({'"': '\\"', "\\": "\\\\", "]": "\\]"})


def encode(entry: Told, around: Around) -> bytes:
    """The line, without a line's end. Facility 13 (log audit); hosts are not named. UTF-8 after a BOM, as 6.4 asks."""
    said = summarise(entry, around)
    opened = around.opened
    fields = (
        ("run", entry.run),
        ("number", str(entry.number)),
        ("action", said.action),
        ("resource", said.resource),
        ("outcome", said.outcome),
        ("effect", said.effect),
        ("rules", " ".join(said.rules)),
        ("error", said.error),
        ("operation", said.operation),
        ("subject", said.subject),
        ("project", around.project),
        ("notebook", opened.notebook or "" if opened else ""),
        ("profile", opened.profile if opened else ""),
    )
    data = "".join([f' {name}="{_value(value)}"' for name, value in fields if value])
    priority = _AUDIT * 8 + _SEVERITY[said.level]
    head = f"<{priority}>1 {moment(entry.at)} - {PRODUCT} {_word(entry.run, 128)} {_word(said.kind, 32)}"
    return f"{head} [{SD_ID}{data}] {_BOM}{_visible(said.sentence)}".encode()


def _value(text: str) -> str:
    return _visible(text[:_LONGEST]).translate(_ESCAPED)


def _visible(text: str) -> str:
    """Control characters replaced, so that one entry stays one line and forges no other."""
    if text.isprintable():
        return text
    return "".join([each if each.isprintable() else "\ufffd" for each in text])


def _word(text: str, longest: int) -> str:
    """A header's field: printable ASCII without spaces, `-` for none."""
    if text.isascii() and text.isprintable() and " " not in text:
        return text[:longest] or "-"
    return "".join([each if "!" <= each <= "~" else "?" for each in text])[:longest] or "-"
