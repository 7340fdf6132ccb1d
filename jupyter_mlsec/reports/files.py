"""The files that a run read and wrote, and what its entries say of their bytes. Pure: the verifier redoes it."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlsec.protocol.facts import Fingerprint, SealedFor, Undigested
from jupyter_mlsec.reports.evidence import Deed, Evidence

Word = Fingerprint | SealedFor | Undigested
_WHY = {
    "changed": "it changed before its digest was taken",
    "too large": "it is larger than the policy has digested",
    "still open": "it was still open when its cell ended",
    "folder": "it is a folder",
    "unreadable": "it could not be read again",
    "too many": "there were too many at once",
    "not finished": "the run ended before it was taken",
}
_LATER = ", when its cell ended"
_MOST_OTHERS = 8


def words_of(deed: Deed) -> dict[str, Word]:
    """The last word on each file of an operation, by the file's name: its digest, or why there is none."""
    found: dict[str, Word] = {}
    for fact in deed.facts:
        if isinstance(fact, Fingerprint) and (fact.of, fact.algorithm) != ("resource", "sha256"):
            continue
        if isinstance(fact, Fingerprint | Undigested) or (isinstance(fact, SealedFor) and fact.digest):
            name = None if isinstance(fact, SealedFor) else fact.resource
            name = deed.operation.resource.name if name is None else name
            if name not in found or not _is_later(found[name]) or _is_later(fact):
                found[name] = fact
    return found


def _is_later(word: Word) -> bool:
    return not isinstance(word, SealedFor) and word.as_of == "cell"


def digest_in(word: Word | None) -> str | None:
    """SHA-256 in hex, if the word is one."""
    return None if word is None or isinstance(word, Undigested) else word.digest.removeprefix("sha256:")


def spoken(word: Word, *, whole: bool = False) -> str:
    """A word on a file, for people, with the beginning of its digest or the whole of it."""
    when = _LATER if _is_later(word) else ""
    if isinstance(word, Undigested):
        return f"no digest: {_WHY.get(word.why, word.why)}"
    size = "" if word.size is None else f", {word.size:,} bytes"
    digest = word.digest.removeprefix("sha256:")
    return f"sha256:{digest if whole else digest[:16]}{size}{when}"


def others(deed: Deed) -> list[str]:
    """What is said of the further files of an operation, each with its name."""
    own = deed.operation.resource.name
    said = [f"{name} {spoken(word)}" for name, word in words_of(deed).items() if name != own]
    more = len(said) - _MOST_OTHERS
    return said if more <= 0 else [*said[:_MOST_OTHERS], f"and {more} more files"]


def artifacts(evidence: Evidence) -> dict[str, str]:
    """The files the run wrote, by the SHA-256 (hex) of the bytes on disk after the last write, where that is known."""
    found: dict[str, str] = {}
    writes = (deed for deed in evidence.deeds() if deed.operation.action == "write" and deed.outcome == "done")
    for deed in sorted(writes, key=lambda each: each.operation.at):
        name = deed.operation.resource.name
        digest = digest_in(words_of(deed).get(name))
        if digest is None:
            found.pop(name, None)  # what an earlier write left is not there any more
        else:
            found[name] = digest
    return found


def moved(deed: Deed) -> Iterator[tuple[str, str, Word | None]]:
    """What an operation that went well did to each file it names: `read` or `wrote`, the name, the word on it."""
    operation, words = deed.operation, words_of(deed)
    if deed.outcome != "done" or operation.action not in ("read", "write"):
        return
    for place, resource in enumerate((operation.resource, *operation.others)):
        if resource.kind == "file":
            verb = "wrote" if operation.action == "write" and not place else "read"
            yield verb, resource.name, words.get(resource.name)


def without_digest(evidence: Evidence) -> tuple[str, ...]:
    """The files that were read or written and of whose bytes no entry of the run says anything."""
    known: dict[str, bool] = {}
    for deed in evidence.deeds():
        for _, name, word in moved(deed):
            known[name] = known.get(name, False) or digest_in(word) is not None
    return tuple(name for name, is_known in known.items() if not is_known)
