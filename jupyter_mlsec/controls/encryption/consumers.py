"""Programs that a cell started and that cannot open what is sealed: which sealed files they were told to read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from jupyter_mlsec.protocol.facts import Coverage

_PROGRAMS = frozenset({"shell", "subprocess", "program"})
_SCRIPT = re.compile(r"[\w./\\~-]+\.(?:py|sh|r|R|jl|sql|js)\b")
_READER = re.compile(
    r"(?:\b(?:i?python[\d.]*|pypy\d?|Rscript|julia|node|duckdb|sqlite3|spark-submit|papermill|jupyter)\b|sys\.executable)"
)
"""Programs that load data. Whoever looks at a file's first bytes, copies it or lists it needs no key."""
_MOST_BYTES = 256 << 10
_MOST_SCRIPTS = 8


def named_to_programs(source: str, coverage: Coverage, sealed: Iterable[str]) -> tuple[str, ...]:
    """Of these sealed files (by name), those that the cell's text or a script it names speaks of.

    Nothing where the cell started no program. What a program really opens is not known: only what was written.
    """
    commands = _commands(source)
    if not any(each.kind in _PROGRAMS for each in coverage.unobserved) or not _READER.search(commands):
        return ()
    text = "\n".join((commands, *_scripts(source)))
    return tuple(name for name in sealed if re.search(rf"(?<![\w.]){re.escape(Path(name).name)}(?!\w)", text))


def _commands(source: str) -> str:
    """The lines that start programs; all of it where that is not said by a line (subprocess.run)."""
    if source.lstrip().startswith("%%") or "subprocess" in source or "os." in source:
        return source
    return "\n".join(line for line in source.splitlines() if "!" in line or line.lstrip().startswith("%"))


def _scripts(source: str) -> list[str]:
    texts = []
    for found in list(dict.fromkeys(_SCRIPT.findall(source)))[:_MOST_SCRIPTS]:
        path = Path(found).expanduser()
        try:
            if path.is_file() and path.stat().st_size <= _MOST_BYTES:
                texts.append(path.read_text(encoding="utf-8", errors="replace"))
        except OSError:
            continue
    return texts
