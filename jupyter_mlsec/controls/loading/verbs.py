"""What `%mlsec trust` does: let one file, known by its digest, use the names that it was refused for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlsec.controls.contract import Answer, Site, Verb
from jupyter_mlsec.controls.loading import containers, wording
from jupyter_mlsec.controls.loading.machine import Findings, Name
from jupyter_mlsec.controls.loading.origins import Trust
from jupyter_mlsec.controls.loading.reading import passes, runs_code
from jupyter_mlsec.controls.loading.source import Source
from jupyter_mlsec.protocol.errors import UsageError
from jupyter_mlsec.protocol.resources import relative_name

if TYPE_CHECKING:
    from jupyter_mlsec.controls.loading.control import Loading

_USAGE = (
    'trust FILE --reason "..."   let this very file (by its digest) use the names it was refused for\n'
    "trust FILE                  show what it names, and trust nothing\n"
    "trust                       list the files that are trusted"
)


def verbs_of(control: Loading, site: Site) -> tuple[Verb, ...]:
    """The one verb of loading."""

    def run(arguments: Sequence[str], namespace: Mapping[str, Any]) -> Answer:
        del namespace
        words = [word for word in arguments if word != "--json"]
        if not words:
            return _list(control)
        file, *rest = words
        if file.startswith("-") or (rest and (len(rest) != 2 or rest[0] != "--reason")):
            raise UsageError(f"trust does not take these words. {_USAGE}")
        return _trust(control, site, Path(file).expanduser(), rest[1].strip() if rest else None)

    return (Verb(name="trust", summary="let one file use the names it was refused for", usage=_USAGE, run=run),)


def _list(control: Loading) -> Answer:
    found = control.origins.trusted()
    lines = [f"{each.file}  sha256 {digest[:12]}  {each.reason}" for digest, each in found.items()]
    data = [{"file": each.file, "sha256": digest, "names": list(each.names)} for digest, each in found.items()]
    return Answer(text="\n".join(lines) or "No file is trusted.", data=data)


def _trust(control: Loading, site: Site, path: Path, reason: str | None) -> Answer:
    if not path.is_file():
        raise UsageError(f"{path.name} was not trusted: there is no such file.")
    source = Source(str(path))
    with site.ours(), source.content() as content:
        found = containers.followed(*content) if content is not None else Findings()
        digest = source.digest()
    name = relative_name(str(path.absolute()), str(site.project()))
    if digest is None or not source.is_unchanged():
        raise UsageError(f"{name} was not trusted: it changed while it was looked at.")
    names = [each for each in found.uses if not passes(control.names, each, found)]
    shown = "\n".join(_line(each, found) for each in names)
    data = {"file": name, "sha256": digest, "names": [str(each) for each in names], "unclear": found.unclear}
    if reason is None:
        unclear = f"\nNot all of it could be followed: {found.unclear}." if found.unclear else ""
        return Answer(text=f"{name} names what is not let in:\n{shown or '  nothing'}{unclear}", data=data)
    if not reason:
        raise UsageError("A reason is needed: it goes into the ledger, for whoever reads it later.")
    if not names:
        raise UsageError(f"{name} needs no trust: it names nothing that is refused.")
    texts = tuple(str(each) for each in names)
    control.origins.trust(digest, Trust(names=texts, reason=reason, file=name))
    said = " ".join(wording.shown_name(text) for text in texts[:20])
    site.record("trusted", name, {"sha256": digest, "file": name, "names": said, "reason": reason})
    return Answer(
        text=f"{name} (sha256 {digest[:12]}) may use from now on:\n{shown}\n%mlsec undo takes it back.", data=data
    )


def _line(name: Name, found: Findings) -> str:
    how = ", ".join(sorted({use.how for use in found.uses[name]})) or "named"
    warns = "  RUNS CODE" if runs_code(name) else ""
    return f"  {wording.shown_name(str(name))}  ({how}, byte {found.first.get(name, 0)}){warns}"
