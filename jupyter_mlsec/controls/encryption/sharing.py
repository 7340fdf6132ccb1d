"""`keys grant` and `keys rotate`: who else opens a sealed file, from now on, and what that does not take back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from jupyter_mlsec.controls.contract import Answer, Site
from jupyter_mlsec.controls.encryption import readers
from jupyter_mlsec.policy import lists
from jupyter_mlsec.protocol.errors import UsageError, VaultError
from jupyter_mlsec.vault import Identities

if TYPE_CHECKING:
    from jupyter_mlsec.vault.files import Sealed
    from jupyter_mlsec.vault.recipients import Person
    from jupyter_mlsec.vault.rewrapping import Envelope

_GRANTED = "Whoever could read {it} before still can, and so can whoever has an older copy."
_ROTATED = "Whoever read or copied {it} before keeps what they had; only new copies are sealed for fewer."


class Shares(Protocol):
    """What these verbs need of the control."""

    @property
    def identities(self) -> Identities: ...

    def name_of(self, path: Path) -> str: ...


class Rotation(msgspec.Struct, frozen=True, kw_only=True):
    """What `rotate` was told: for whom else, without whom, and whether readers that are not known are left out."""

    more: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    only: bool = False


def rotation(words: Sequence[str], existing: Callable[[str], Path], usage: str) -> tuple[list[Path], Rotation]:
    """The files and options among these words. Raises UsageError."""
    files: list[Path] = []
    given: dict[str, list[str]] = {"--for": [], "--without": []}
    left = list(words)
    only = "--only" in left
    left = [word for word in left if word != "--only"]
    while left:
        word = left.pop(0)
        if word in given and left:
            given[word].append(left.pop(0))
        elif word.startswith("-"):
            raise UsageError(f"Usage: {usage}")
        else:
            files.append(existing(word))
    if not files:
        raise UsageError(f"Usage: {usage}")
    return files, Rotation(more=tuple(given["--for"]), without=tuple(given["--without"]), only=only)


def grant(who: str, files: Sequence[Path], control: Shares, site: Site) -> Answer:
    """Let `who` open these files as well."""
    people, problems = _people(who, site)
    if not people:
        raise UsageError(f"Nothing was granted: {' '.join(problems)}")

    def deed(path: Path) -> tuple[Sealed, str]:
        from jupyter_mlsec.vault import granted, recipients, rewrapping

        before = rewrapping.look(path)
        try:
            chosen = recipients.of_one_kind(people, before.kind if before.kind in recipients.KINDS else None)
        except VaultError as error:
            raise VaultError(f"{path} was left as it is: {error}") from None
        known = _known(before, control, site)
        sealed = rewrapping.grant(path, chosen, control.identities)
        if known is not None:
            everybody = recipients.of_one_kind(known, before.kind)
            texts = tuple(dict.fromkeys(str(each) for each in (*everybody, *chosen)))
            granted.remember(site.data(), rewrapping.look(path).digest, texts, before.digest)
        return sealed, f"is sealed for {len(chosen)} more"

    return _each("granted", files, deed, control, site, problems, _GRANTED)


def rotate(files: Sequence[Path], told: Rotation, control: Shares, site: Site) -> Answer:
    """Seal these files anew, with fresh keys."""
    more, problems = _all_people(told.more, site)
    without, said = _all_people(told.without, site)
    _refuse_self(without, control.identities)

    def deed(path: Path) -> tuple[Sealed, str]:
        from jupyter_mlsec.vault import granted, recipients, rewrapping

        before = rewrapping.look(path)
        if before.kind == "passphrase":
            raise VaultError(f"{path} was left as it is: it is sealed with a passphrase. Open it and seal it again.")
        people = _known(before, control, site, more, without, only=told.only)
        if people is None:
            raise VaultError(
                f"{path} was left as it is: it has {before.readers} readers, and age files do not name theirs. "
                "Name those who are not known here with --for WHO, or leave them out with --only."
            )
        kept = _left_out(people, without, path)
        try:
            chosen = recipients.of_one_kind(kept)
        except VaultError as error:
            raise VaultError(f"{path} was left as it is: {error}") from None
        sealed = rewrapping.rotate(path, chosen, control.identities)
        texts = tuple(str(each) for each in chosen)
        granted.remember(site.data(), rewrapping.look(path).digest, texts, before.digest)
        whom = ", ".join(person.label for person in kept)
        return sealed, f"is sealed anew for {whom}: {len(chosen)} of {before.readers} readers before"

    return _each("rotated", files, deed, control, site, (*problems, *said), _ROTATED)


def _each(
    done: str,
    files: Sequence[Path],
    deed: Callable[[Path], tuple[Sealed, str]],
    control: Shares,
    site: Site,
    problems: Sequence[str],
    honest: str,
) -> Answer:
    """Do it to each file and record it. One file's error stops at once; of several the others are done all the same."""
    lines, data, failed = [], [], False
    for path in files:
        try:
            sealed, what = deed(path)
        except VaultError as error:
            if len(files) == 1:
                raise
            failed = True
            lines.append(str(error))
            continue
        from jupyter_mlsec.vault.files import header_digest

        name = control.name_of(sealed.path)
        details = {
            "path": name,
            "sha256": sealed.digest,
            "size": str(sealed.size),
            "header": header_digest(sealed.path),
        }
        site.record(done, name, {**details, "recipients": " ".join(sealed.recipients)})
        lines.append(f"{name} {what}.")
        data.append({"path": name, "sha256": sealed.digest, "size": sealed.size})
    if data:
        lines.append(honest.format(it="it" if len(files) == 1 else "them"))
    return Answer(text="\n".join([*lines, *problems]), data=data, ok=not failed)


def _known(
    file: Envelope,
    control: Shares,
    site: Site,
    more: Sequence[Person] = (),
    without: Sequence[Person] = (),
    *,
    only: bool = False,
) -> list[Person] | None:
    """The file's readers as far as they are known here, with `more`; None when it has others that are not known.

    Where nobody remembers for whom it was sealed, whoever is to be left out is taken to be one of them.
    """
    from jupyter_mlsec.vault import granted
    from jupyter_mlsec.vault.keys import parse_recipient
    from jupyter_mlsec.vault.recipients import Person

    people = [readers.yourself(control.identities)]
    texts = granted.known(site.data(), file.digest)
    if texts:
        found = [parse_recipient(text) for text in texts]
        people += [Person(label=one.name, recipients=(one,)) for one in found]
    else:
        for role in site.settings.readers:
            people += readers.members(role, site.project(), site.data())[0]
        people += [*readers.recovery(site.settings), *without]
    people = _distinct([*people, *more])
    return people if only or len(people) >= file.readers else None


def _distinct(people: Sequence[Person]) -> list[Person]:
    """Nobody twice: who shares a recipient with somebody before is that one."""
    seen: set[str] = set()
    kept = []
    for person in people:
        names = {recipient.name for recipient in person.recipients}
        if not names & seen:
            kept.append(person)
        seen |= names
    return kept


def _left_out(people: Sequence[Person], without: Sequence[Person], path: Path) -> list[Person]:
    gone = {recipient.name for person in without for recipient in person.recipients}
    kept = [person for person in people if not gone & {recipient.name for recipient in person.recipients}]
    if without and len(kept) == len(people):
        raise VaultError(f"{path} was left as it is: nobody named after --without is known as a reader of it.")
    return kept


def _refuse_self(without: Sequence[Person], identities: Identities) -> None:
    if without:
        mine = set(identities.info().recipients)
        if any(str(recipient) in mine for person in without for recipient in person.recipients):
            raise UsageError("Nothing was sealed anew: without you, you could not open it. Delete the file instead.")


def _all_people(names: Sequence[str], site: Site) -> tuple[list[Person], list[str]]:
    people: list[Person] = []
    problems: list[str] = []
    for who in names:
        found, said = _people(who, site)
        if not found:
            raise UsageError(f"Nothing was sealed anew: {' '.join(said)}")
        people += found
        problems += said
    return people, problems


def _people(who: str, site: Site) -> tuple[tuple[Person, ...], tuple[str, ...]]:
    """Whom a word names: a recipient, or the members of a role."""
    from jupyter_mlsec.vault.keys import parse_recipient
    from jupyter_mlsec.vault.recipients import Person

    if who.startswith("age1"):
        recipient = parse_recipient(who)
        return (Person(label=recipient.name, recipients=(recipient,)),), ()
    if not lists.is_role(who):
        raise UsageError(f"{who[:40]} is neither a recipient (age1...) nor a role (.mlsec/recipients/ROLE.txt).")
    return readers.members(who, site.project(), site.data())
