"""`jupyter mlsec verify FILE`: the reviewer's command. Needs the file and nothing else."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from jupyter_mlsec.cli.answers import say, say_json
from jupyter_mlsec.protocol.errors import UsageError
from jupyter_mlsec.reports.verdict import Verification
from jupyter_mlsec.reports.verify import verify

PROGRAM = "jupyter mlsec verify"
"""What the command is called where it says so itself; the one-file verifier has a name of its own."""

_EXITS = """exit codes: 0 all holds and the signer is trusted; 3 consistent, but signed by a key you have not confirmed;
1 something does not hold (the first thing is named); 2 the file is no audit or could not be read"""


def run(arguments: Sequence[str]) -> int:
    """Verify, print the verdict, give its exit code."""
    given = _parser().parse_args(list(arguments))
    found = verify(given.file, trust=given.trust, pins=_pins(needed=given.pin), pin=given.pin, against=given.against)
    if given.page is not None and found.ok:
        found = _paged(found, given.file, given.page)
    if given.files is not None and found.ok:
        found = _with_files(found, given.file, given.files)
    if given.html is not None:
        _write_html(found, given.file, given.html)
    if given.json:
        say_json({**msgspec.to_builtins(found), "exit": found.exit_code, "verdict": found.verdict})
    else:
        say(str(found))
        if found.exit_code == 3:
            say("Compare the key with its owner on another way, then give --trust KEYFILE, or --pin to remember it.")
    return found.exit_code


def _paged(found: Verification, audit: Path, page: Path) -> Verification:
    from jupyter_mlsec.reports.pairing import with_page

    if found.page:
        raise UsageError(f"{audit} is a page itself: give the audit notebook, and the page with --page.")
    try:
        return with_page(found, audit.read_bytes(), page.read_bytes(), page.name)
    except OSError as error:
        raise UsageError(f"{error.filename} could not be read: {error.strerror}.") from None


def _with_files(found: Verification, audit: Path, folder: Path) -> Verification:
    from jupyter_mlsec.reports.held import with_files

    if found.page:
        raise UsageError(f"{audit} is a page: only an audit notebook names files to compare with.")
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder with the files of the run.")
    try:
        return with_files(found, audit.read_bytes(), folder)
    except OSError as error:
        raise UsageError(f"{error.filename} could not be read: {error.strerror}.") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=PROGRAM, description="Verify an audit notebook, offline.", epilog=_EXITS)
    parser.add_argument("file", type=Path)
    parser.add_argument("--trust", metavar="KEYFILE", help="the signer's public key (or its fingerprint, SHA256:...)")
    parser.add_argument("--pin", action="store_true", help="if all holds, remember the signer's key as trusted")
    parser.add_argument(
        "--against", type=Path, metavar="OLDER", help="an older audit, or a checkpoint, that this one must continue"
    )
    parser.add_argument("--page", type=Path, metavar="HTML", help="the audit's page, which must show this audit")
    parser.add_argument(
        "--files", type=Path, metavar="FOLDER", help="files you hold, which must be those the run read and wrote"
    )
    parser.add_argument("--json", action="store_true", help="the verdict as JSON")
    parser.add_argument("--html", type=Path, metavar="OUT", help="also write a one-page verdict")
    return parser


def _pins(*, needed: bool) -> Path | None:
    from jupyter_mlsec.host import places

    try:
        return places.data_folder()
    except OSError as error:
        if needed:
            raise UsageError(f"The key could not be pinned: {error.strerror} ({error.filename}).") from None
        return None


def _write_html(found: Verification, audit: Path, target: Path) -> None:
    from jupyter_mlsec.reports.html import verdict_page

    if target.exists() and audit.exists() and target.samefile(audit):
        raise UsageError("The verdict was not written: that would replace the audit itself.")
    content = b""
    with contextlib.suppress(OSError):
        content = audit.read_bytes()
    try:
        target.write_text(verdict_page(found, content), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"The verdict was not written to {target}: {error.strerror}.") from None
