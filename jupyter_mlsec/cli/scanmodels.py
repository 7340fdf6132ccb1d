"""`jupyter mlsec scan --models PATH`: what pickled models on disk would call, told without loading them."""

from __future__ import annotations

from pathlib import Path

import msgspec

from jupyter_mlsec.cli.answers import say, say_json
from jupyter_mlsec.protocol.errors import UsageError


def scan_models(path: Path, *, as_json: bool, as_sarif: bool) -> int:
    """Scan a file or folder; 1 when the guard would refuse one of them, or it could not be followed."""
    from jupyter_mlsec.controls.loading.sarif import log_of
    from jupyter_mlsec.controls.loading.scanning import Scanned, scan

    if not path.exists():
        raise UsageError(f"{path} was not searched: there is no such file or folder.")
    found: list[Scanned] = []
    is_clean = True
    for each in scan(path):
        is_clean &= each.finding is None
        if as_sarif:
            found.append(each)
        elif as_json:
            say_json({name: value for name, value in msgspec.to_builtins(each).items() if name != "finding"})
        else:
            say(each.finding.message if each.finding else f"{each.file}: {_streams(each.streams)}, nothing to refuse")
    if as_sarif:
        say_json(log_of(found))
    return 0 if is_clean else 1


def _streams(count: int) -> str:
    return "no pickle" if not count else "1 pickle" if count == 1 else f"{count} pickles"
