"""`jupyter mlsec verifier -o FILE`: the verifier as one file, for a reviewer who has Python and `cryptography` only."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from jupyter_mlsec.cli.answers import say
from jupyter_mlsec.protocol.errors import UsageError


def run(arguments: Sequence[str]) -> int:
    """Write the file."""
    from jupyter_mlsec.reports.onefile.build import one_file

    parser = argparse.ArgumentParser(prog="jupyter mlsec verifier", description="Write the verifier as one file.")
    parser.add_argument("-o", "--output", type=Path, default=Path("verify_audit.py"), metavar="FILE")
    target = parser.parse_args(list(arguments)).output
    try:
        target.write_text(one_file(), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"The verifier was not written to {target}: {error.strerror}.") from None
    say(f"{target} needs Python 3.11 and cryptography: python {target} AUDIT.ipynb --trust KEYFILE")
    return 0
