"""The files a reviewer holds, compared with those the audited run read and wrote."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import msgspec

from jupyter_mlsec.reports.evidence import Evidence
from jupyter_mlsec.reports.files import artifacts, digest_in, moved
from jupyter_mlsec.reports.verdict import Verification
from jupyter_mlsec.reports.verify import evidence_of, opened

_MOST_NAMED = 5


def with_files(found: Verification, content: bytes, folder: Path) -> Verification:
    """The verdict on an audit that holds, with what the files in that folder add to it.

    A file of a recorded name must be one of the states the run met it in, and one that the run wrote the last of them.
    Raises OSError for a file that cannot be read.
    """
    evidence, _ = evidence_of(opened(content))
    recorded, last = _recorded(evidence), artifacts(evidence)
    problems, alike, missing = [], 0, []
    for name, digests in recorded.items():
        digest = _digest(folder, name)
        if digest is None:
            missing.append(name)
        elif digest not in digests:
            problems.append(f"{name} in {folder} is not the file of the run: its SHA-256 is {digest}.")
        elif name in last and digest != last[name]:
            problems.append(f"{name} in {folder} is not what the run left, but an earlier state of it.")
        else:
            alike += 1
    if problems:
        return msgspec.structs.replace(found, ok=False, problems=tuple(problems))
    return msgspec.structs.replace(found, held=_said(alike, len(recorded), missing))


def _recorded(evidence: Evidence) -> dict[str, set[str]]:
    """Of each file with a digest, all that were recorded."""
    recorded: dict[str, set[str]] = {}
    for deed in evidence.deeds():
        for _, name, word in moved(deed):
            digest = digest_in(word)
            if digest is not None:
                recorded.setdefault(name, set()).add(digest)
    return recorded


def _digest(folder: Path, name: str) -> str | None:
    """SHA-256 of the file of that name below the folder; None where there is none. A name never leads out of it."""
    parts = PurePosixPath(name).parts
    if not parts or parts[0] in ("/", "...") or ".." in parts or "\0" in name:
        return None
    path = folder.joinpath(*parts)
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _said(alike: int, total: int, missing: list[str]) -> str:
    return f"Files: {alike} of {total} are here, and are those of the run{''.join(_absent(missing))}."


def _absent(missing: list[str]) -> Iterator[str]:
    if missing:
        more = len(missing) - _MOST_NAMED
        yield f"; not here: {', '.join(missing[:_MOST_NAMED])}"
        yield f" and {more} more" if more > 0 else ""
