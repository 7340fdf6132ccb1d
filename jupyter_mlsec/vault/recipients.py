"""Lists of recipients as text: who they are, until when they count, and which of them may share one file.

    # Ada Lovelace, ada@example.org expires=2027-01-31
    age1pq1...
    age1...

A comment names the owner of the recipients below it, until the next comment or an empty line. An owner may have one of
each kind; a line without a comment above it is a person of its own. `expires=` is the last day on which they count.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence

import msgspec

from jupyter_mlsec.protocol.errors import UsageError, VaultError
from jupyter_mlsec.vault.keys import Recipient, parse_recipient

KINDS = ("post-quantum", "classic")
_EXPIRES = re.compile(r"\bexpires=(\S*)")


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """One reader: how people call them, and their recipients, at most one of each kind is used."""

    label: str
    recipients: tuple[Recipient, ...]
    expires: datetime.date | None = None

    def of_kind(self, kind: str) -> Recipient | None:
        """Their recipient of this kind."""
        return next((recipient for recipient in self.recipients if recipient.kind == kind), None)


def parse(text: str, source: str) -> tuple[Person, ...]:
    """The people on a list. Raises VaultError, naming `source` and the line that is not understood."""
    people: list[Person] = []
    label, expires, held = "", None, False
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.strip()
        if not words or words.startswith("#"):
            label, expires = _owner(words.lstrip("# "), f"{source}, line {number}")
            held = False
            continue
        try:
            recipient = parse_recipient(words)
        except UsageError as error:
            raise VaultError(f"{source} was not used: line {number}: {error}") from None
        if held and label:
            people[-1] = msgspec.structs.replace(people[-1], recipients=(*people[-1].recipients, recipient))
        else:
            people.append(Person(label=label or f"line {number}", recipients=(recipient,), expires=expires))
        held = True
    return tuple(people)


def _owner(comment: str, where: str) -> tuple[str, datetime.date | None]:
    found = _EXPIRES.search(comment)
    if found is None:
        return comment.strip(), None
    try:
        day = datetime.date.fromisoformat(found[1])
    except ValueError:
        raise VaultError(f"{where}: expires= must be a day like 2027-01-31. The list was not used.") from None
    return _EXPIRES.sub("", comment).strip(" ,;"), day


def current(people: Iterable[Person], today: datetime.date) -> tuple[tuple[Person, ...], tuple[Person, ...]]:
    """Those who count today, and those who no longer do."""
    everybody = tuple(people)
    gone = tuple(person for person in everybody if person.expires is not None and person.expires < today)
    return tuple(person for person in everybody if person not in gone), gone


def of_one_kind(people: Sequence[Person], kind: str | None = None) -> tuple[Recipient, ...]:
    """A recipient for each of them, all of one kind: `kind`, else post-quantum if everyone has one, else classic.

    Raises VaultError when someone would be left out, naming who lacks what.
    """
    for wanted in (kind,) if kind else KINDS:
        chosen = [person.of_kind(wanted) for person in people]
        if None not in chosen:
            found = [recipient for recipient in chosen if recipient is not None]
            return tuple({recipient.name: recipient for recipient in found}.values())
    lacking = {
        wanted: [person.label for person in people if person.of_kind(wanted) is None]
        for wanted in ((kind,) if kind else KINDS)
    }
    said = "; ".join(
        f"{_and(names)} {'has' if len(names) == 1 else 'have'} no {wanted} recipient"
        for wanted, names in lacking.items()
    )
    raise VaultError(
        f"it cannot be sealed for all its readers, whose recipients must be of one kind: {said}. "
        "Ask for the missing one (each identity of ours has both: keys show) and add it below their name."
    )


def _and(names: Sequence[str]) -> str:
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
