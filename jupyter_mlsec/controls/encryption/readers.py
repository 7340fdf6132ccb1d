"""For whom a file is sealed: you, the members of the policy's roles, and its recovery recipient."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from jupyter_mlsec.controls.encryption.settings import Settings
from jupyter_mlsec.policy import lists
from jupyter_mlsec.protocol.errors import NoIdentity, PolicyError, UsageError, VaultError
from jupyter_mlsec.vault import Identities

if TYPE_CHECKING:
    from jupyter_mlsec.vault.keys import Recipient
    from jupyter_mlsec.vault.recipients import Person

RECOVERY = "the policy's recovery recipient"
YOU = "you"


class Readers(msgspec.Struct, frozen=True, kw_only=True):
    """For whom to seal. Where `refusal` says why not, there are no recipients: nobody is left out in silence."""

    recipients: tuple[Recipient, ...]
    """Yours first; all of one kind."""
    problems: tuple[str, ...] = ()
    """What was not used of the policy's readers and why, a sentence each."""
    refusal: str = ""
    """Half a sentence that follows "NAME was not sealed: "."""


def of(
    settings: Settings, identities: Identities, project: Path, data: Path, *, today: datetime.date | None = None
) -> Readers:
    """For whom what this project seals is sealed. Raises NoIdentity when there is no usable identity of yours.

    Lists that this user did not approve, and lines that expired, are not used, and that is said.
    """
    if not settings.readers and not settings.recovery:
        return Readers(recipients=(identities.recipient(),))
    people: list[Person] = [yourself(identities)]
    problems: list[str] = []
    for role in settings.readers:
        found, said = members(role, project, data, today=today)
        people += found
        problems += said
    from jupyter_mlsec.vault.recipients import of_one_kind

    try:
        people += recovery(settings)
        return Readers(recipients=of_one_kind(people), problems=tuple(problems))
    except VaultError as error:
        return Readers(recipients=(), problems=tuple(problems), refusal=str(error))


def yourself(identities: Identities) -> Person:
    """You, with your own recipients."""
    from jupyter_mlsec.vault.keys import parse_recipient
    from jupyter_mlsec.vault.recipients import Person

    found = tuple(parse_recipient(text) for text in identities.info().recipients)
    if not found:
        raise NoIdentity("Your identity has no recipient. Make one (%mlsec keys init).")
    return Person(label=YOU, recipients=found)


def recovery(settings: Settings) -> tuple[Person, ...]:
    """The policy's recovery recipient, if it names one. Raises VaultError when that is none."""
    from jupyter_mlsec.vault.keys import parse_recipient
    from jupyter_mlsec.vault.recipients import Person

    words = settings.recovery.split()
    try:
        found = tuple(parse_recipient(word) for word in words)
    except UsageError as error:
        raise VaultError(f"[encryption] recovery in the policy is not one: {error}") from None
    return (Person(label=RECOVERY, recipients=found),) if found else ()


def members(
    role: str, project: Path, data: Path, *, today: datetime.date | None = None
) -> tuple[tuple[Person, ...], tuple[str, ...]]:
    """The members of a role that count today, and what of its list does not count, in sentences."""
    from jupyter_mlsec.vault import recipients

    name = f".mlsec/{lists.FOLDER}/{role}.txt"
    try:
        found = lists.read(project, role)
        if found is None:
            return (), (f"There is no {name}, so nothing is sealed for {role}.",)
        if not lists.is_trusted(found, data):
            return (), (f"{name} is new or was changed, and is not used. Read it, then: %mlsec policy trust",)
        people = recipients.parse(found.raw.decode("utf-8"), name)
    except (VaultError, PolicyError) as error:
        return (), (str(error),)
    except UnicodeDecodeError:
        return (), (f"{name} was not used: it is not UTF-8.",)
    now, gone = recipients.current(people, today or datetime.date.today())
    said = [f"{name}: {person.label} expired on {person.expires} and is not sealed for." for person in gone]
    if not now:
        said.append(f"{name} has no member that counts, so nothing is sealed for {role}.")
    labelled = tuple(msgspec.structs.replace(each, label=f"{each.label} ({role})") for each in now)
    return labelled, tuple(said)
