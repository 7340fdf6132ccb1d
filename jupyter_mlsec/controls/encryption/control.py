"""Decides what is sealed when it is saved, opens what was sealed when it is loaded, and can take a seal back."""

from __future__ import annotations

import hashlib
import io
import os
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from jupyter_mlsec.controls.contract import NOTHING, Answer, Call, Fulfilment, Judgement, Quiet, Site, Verb
from jupyter_mlsec.controls.encryption import modular, readers, target, wording
from jupyter_mlsec.controls.encryption.consumers import named_to_programs
from jupyter_mlsec.controls.encryption.settings import SUFFIX, Settings
from jupyter_mlsec.controls.encryption.sources import Source, source_of
from jupyter_mlsec.host import memfd, memory_folder
from jupyter_mlsec.protocol.commands import line
from jupyter_mlsec.protocol.errors import NoIdentity, UsageError, VaultError
from jupyter_mlsec.protocol.facts import Coverage, Facts, Label, Labels, SealedFor
from jupyter_mlsec.protocol.records import Finding, Obligation, Operation, Place
from jupyter_mlsec.vault import Identities

if TYPE_CHECKING:
    from jupyter_mlsec.vault.files import Sealed
    from jupyter_mlsec.vault.reader import AgeReader

_DIGEST_LIMIT = 8 << 20
"""Sealed files up to this size are digested when they are read; of longer ones the record names no digest."""
_INIT = "%mlsec keys init"
_IN_PLACE = "a database is changed in place, in plain"
_SEALING_VERBS = ("sealed", "granted", "rotated")
"""Deeds after which a sealed file is another than before."""


class Encryption(Quiet):
    """The encryption control. It seals by itself only what it can surely be opened again."""

    name = "encryption"

    def __init__(self, site: Site) -> None:
        self._site = site
        self._settings: Settings = site.settings
        self._strict = site.profile == "strict"
        self.may_deny = self._strict
        self._sealed: dict[str, Path] = {}
        """This run's seals by digest: `undo` needs places that the record does not name."""
        self._headers: dict[str, str] = {}
        """The digest of each sealed file's header, as this run or the ledger knows it."""
        self._followed: weakref.WeakKeyDictionary[Any, AgeReader] = weakref.WeakKeyDictionary()
        """The user's open files that a sealed file was read from in part: several pickles may lie in one."""

    @property
    def identities(self) -> Identities:
        return Identities(self._site.data())

    # What is asked before a call.

    def before(self, operation: Operation, call: Call, facts: Facts) -> Iterable[Judgement]:
        if call.watch.resource is None or target.is_sealed_by_fsspec(call):
            return NOTHING
        if self._strict and self._settings.seal == "all" and target.attaches(call):
            return (wording.cannot_seal(operation.resource.name, _IN_PLACE, (), None),)
        if operation.action in ("read", "connect"):
            return self._before_read(operation, call)
        if operation.action == "write":
            reads = self._before_read(operation, call) if call.watch.spelling is not None else NOTHING
            return (*reads, *self._before_write(operation, call, facts))
        return NOTHING

    def after(self, operation: Operation, call: Call, value: Any, facts: Facts) -> Iterable[Judgement]:  # noqa: ARG002
        coverage = facts.find(Coverage) if operation.action == "execute" else None
        if coverage is None or not coverage.unobserved or not self._headers:
            return NOTHING
        named = named_to_programs(str(call.args[0]), coverage, self._headers)
        others = (name for name in named if not modular.is_encrypted(self._site.project() / name))  # Spark reads that
        return tuple(wording.plain_consumer(name) for name in others)

    def _before_read(self, operation: Operation, call: Call) -> Iterable[Judgement]:
        return (*self._before_opening(operation, call), *modular.judge(operation, call, self._replaced))

    def _before_opening(self, operation: Operation, call: Call) -> Iterable[Judgement]:
        source = source_of(call)
        if source is None and not self._is_sealed_file(call.resource):
            return self._before_change(operation, call)
        if target.is_changing(call):
            return (wording.change_sealed(operation.resource.name),)
        if not _takes_plain(call, source):
            return (wording.cannot_open(operation.resource.name, operation.function),)
        if not _has_place(call, source):
            return (wording.no_memory(operation.resource.name, operation.function),)
        replaced = self._replaced(() if source is None else source.sealed)
        return (Obligation(control=self.name, deed="open", on="call"), *replaced)

    def _replaced(self, paths: Sequence[Path]) -> list[Finding]:
        return [wording.replaced(self.name_of(path)) for path in paths if self._is_replaced(path)]

    def _is_replaced(self, path: Path) -> bool:
        """Whether the ledger knows that this file was sealed here, and it is another sealed file now."""
        name = self.name_of(path)
        if name.startswith("..."):  # outside of the project names may meet
            return False
        try:
            now = modular.header_digest(path)
        except (VaultError, OSError):
            return False  # opening it says what is wrong
        if self._headers.get(name) == now:
            return False
        self._headers = {
            subject: deed.get("header", now) for subject, deed in self._site.recall(*_SEALING_VERBS).items()
        }
        return self._headers.get(name, now) != now

    def _before_change(self, operation: Operation, call: Call) -> Iterable[Judgement]:
        """A plain database is changed in place, and mostly out of sight: under strict it is opened for reading only."""
        if not self._strict or self._settings.seal != "all":
            return NOTHING
        path = target.database_to_change(call)
        if path is None:
            return NOTHING
        fix = target.read_only_command(call, path) if path.exists() else None
        return (wording.cannot_seal(operation.resource.name, _IN_PLACE, (), fix),)

    def _is_sealed_file(self, resource: Any) -> bool:
        return target.sealed_file(resource) or self._reader_of(resource) is not None

    def _reader_of(self, resource: Any) -> AgeReader | None:
        """The reader that this open file was read with before, if the file is still where that left it."""
        if not isinstance(resource, io.IOBase) or resource.closed:
            return None
        reader = self._followed.get(resource)
        return reader if reader is not None and resource.tell() == reader.source_position() else None

    def _before_write(self, operation: Operation, call: Call, facts: Facts) -> Iterable[Judgement]:
        to = target.target_of(call)
        if to.kind == "nothing":
            return NOTHING
        name = operation.resource.name
        path = target.local_path(call.resource)
        if path is not None and target.is_appending(call) and target.is_sealed_path(path):
            return (wording.append_sealed(name),)
        labels = facts.find(Labels)
        found = () if labels is None else labels.labels
        places = tuple(Place(column=label.column or None, type=label.type, share=label.share) for label in found)
        why = self._why_plain(found, to)
        if why is None:
            return NOTHING
        if not why:
            reason = "policy" if self._settings.seal == "all" else "labels"
            return (Obligation(control=self.name, deed="seal", on="call", details={"because": reason}),)
        can_seal = to.kind == "path"
        fix = (_INIT if can_seal and not self._is_durable() else None) or self._seal_command(path)
        if self._strict and self._settings.seal != "none":
            return (wording.cannot_seal(name, why, places, _INIT if fix == _INIT else None),)
        return (wording.saved_plain(name, why, places, fix),)

    def _why_plain(self, labels: Sequence[Label], to: target.Target) -> str | None:
        """Why this save stays plain though it might be sealed; empty: it is sealed; None: nothing to say."""
        certain = any(label.certain for label in labels)
        wanted = self._settings.seal
        if wanted == "none":
            observed = self._site.profile == "observe" and certain
            return "profile observe changes no file" if observed else None
        if wanted == "sensitive" and not labels:
            return None
        if to.kind == "unsealable":
            return to.why
        if wanted == "sensitive" and not certain and not self._strict:
            return "what was found is likely, not certain, and only what is certain is sealed by itself"
        durability = self.identities.durability()
        if not durability.durable:
            return durability.reason
        try:
            return self._readers().refusal
        except (NoIdentity, OSError):
            return "your identity cannot be used (%mlsec keys show says why)"

    def _readers(self) -> readers.Readers:
        return readers.of(self._settings, self.identities, self._site.project(), self._site.data())

    def _is_durable(self) -> bool:
        return self._settings.seal == "none" or self.identities.durability().durable

    @staticmethod
    def _seal_command(path: Path | None) -> str | None:
        return None if path is None else line("seal", os.fspath(path))

    # What is done to a call.

    def fulfil(self, obligation: Obligation, operation: Operation, call: Call, facts: Facts) -> Fulfilment:
        if modular.is_asked_by(obligation):
            return modular.Decrypting(operation, call, self.identities, self._tells(facts))
        if obligation.deed == "open":
            return self._open(call, facts)
        if obligation.deed == "seal":
            return self._seal(operation, call, facts)
        return super().fulfil(obligation, operation, call, facts)

    def _seal(self, operation: Operation, call: Call, facts: Facts) -> Fulfilment:
        from jupyter_mlsec.controls.encryption.sealing import Sealing, fact_of

        to = target.target_of(call)
        if to.path is None:
            raise VaultError(f"{operation.resource.name} was not saved: it cannot be sealed any more.")

        def done(sealed: Sequence[Sealed]) -> None:
            if sealed:
                facts.add(fact_of(sealed))
            for each in sealed:
                self.remember(each)
            if sealed and call.watch.finished_by is not None:  # its entry was written when the saver was made
                self._site.amend(operation, facts=(fact_of(sealed),))

        makes = modular.out_for(operation, call) if self._settings.parquet == "modular" else None
        path = self._target_name(to.path) if makes is None else to.path
        return Sealing(call, path, self._readers().recipients, done, makes)

    def _target_name(self, path: Path) -> Path:
        if self._settings.naming == "suffix" and path.suffix != SUFFIX:
            return path.with_name(path.name + SUFFIX)
        return path

    def _open(self, call: Call, facts: Facts) -> Fulfilment:
        from jupyter_mlsec.controls.encryption.sealing import Opening

        source, resource, tells = source_of(call), call.resource, self._tells(facts)

        def opens(path: Path) -> AgeReader:
            reader = self._open_path(path)
            tells(reader, path)
            return reader

        if source is not None:
            return Opening(call, source, opens)
        reader = self._reader_of(resource) or self._open_file(resource)
        self._followed[resource] = reader
        return Opening(call, None, opens, resource, reader)

    @staticmethod
    def _tells(facts: Facts) -> Callable[[AgeReader, Path], None]:
        def tells(reader: AgeReader, path: Path) -> None:
            with path.open("rb") as raw:
                facts.add(_describe(reader, raw))

        return tells

    def _open_path(self, path: Path) -> AgeReader:
        from jupyter_mlsec.vault.files import open_sealed

        return open_sealed(path, identities=self.identities)

    def _open_file(self, file: IO[bytes]) -> AgeReader:
        from jupyter_mlsec.vault.files import named
        from jupyter_mlsec.vault.reader import AgeReader

        name = getattr(file, "name", "")
        name = name if isinstance(name, str) and name else "The open file"
        try:
            return AgeReader(file, self.identities.load(), name=name)  # type: ignore[arg-type]  # IO[bytes] is one
        except VaultError as error:
            raise named(error, name) from None

    # What verbs and `undo` need.

    def remember(self, sealed: Sealed) -> None:
        """Write down that a file was sealed, so that it can be taken back."""
        self._sealed[sealed.digest] = sealed.path
        name = self.name_of(sealed.path)
        details = {"sha256": sealed.digest, "size": str(sealed.size), "recipients": " ".join(sealed.recipients)}
        try:
            details["header"] = self._headers[name] = modular.header_digest(sealed.path)
        except (VaultError, OSError):  # replaced, or removed, in this moment
            self._headers.pop(name, None)
        self._site.record("sealed", name, {**details, "path": name})

    def name_of(self, path: Path) -> str:
        """The path as records name it: seen from the project, nothing of it outside."""
        from jupyter_mlsec.protocol.resources import relative_name

        return relative_name(os.fspath(path), os.fspath(self._site.project()))

    def verbs(self) -> Sequence[Verb]:
        """`keys`, `seal` and `open`."""
        from jupyter_mlsec.controls.encryption.verbs import verbs_of

        return verbs_of(self, self._site)

    def undo(self, details: Mapping[str, str]) -> Answer:
        """Open for good, in its place, a file that was sealed, unless it was changed since."""
        from jupyter_mlsec.vault.files import unseal_file

        name = details.get("path", "the file")
        path = self._sealed.get(details.get("sha256", "")) or self._site.project() / name
        if not path.is_file():
            raise UsageError(f"{name} was not opened: it is not there any more.")
        if modular.is_encrypted(path):
            raise UsageError(
                f"{name} was not opened: it was never plain. Read it, then save it where nothing is sealed."
            )
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != details.get("sha256"):
                raise UsageError(f"{name} was not opened: it was changed since it was sealed. Use %mlsec open {name}.")
        unseal_file(path, identities=self.identities)
        self._site.record("opened", name, {"path": name, "in": "place"})
        return Answer(text=f"{name} is plain again, in its place.", data={"path": name})


def _takes_plain(call: Call, source: Source | None) -> bool:
    """Whether this loader can be given the plain bytes of what is sealed, as a file object or by another path."""
    way = call.watch.sealing
    return way in ("sink", "path", "lasting") if source is None else way != "none"  # else: the user's own open file


def _has_place(call: Call, source: Source | None) -> bool:
    """Whether this system has a place in memory for a loader that must be given a path."""
    way, by = call.watch.sealing, call.watch.by_path_if
    if source is None:  # whoever takes an open file takes ours
        return True
    if way == "sink" and source.kind == "path" and not (by is not None and bool(call.argument(by))):
        return True
    return memfd.is_available() and ((way != "folder" and source.kind != "tree") or memory_folder.is_available())


def _describe(reader: AgeReader, raw: IO[bytes]) -> SealedFor:
    """For whom a file that is read was sealed, as far as its header tells, and which bytes it is."""
    size = os.fstat(raw.fileno()).st_size
    digest = hashlib.file_digest(raw, "sha256").hexdigest() if size <= _DIGEST_LIMIT else ""  # type: ignore[arg-type]
    mine = getattr(getattr(reader.identity, "recipient", None), "name", "passphrase")
    kinds = [stanza.type for stanza in reader.header.stanzas if stanza.type != "mlsec-hint"]
    return SealedFor(recipients=(mine, *(f"one more, by {kind}" for kind in kinds[1:])), digest=digest, size=size)
