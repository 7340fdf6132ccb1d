"""`keys ...`: make, show, copy, bring, unlock and renew your identity, and say who else opens a file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from jupyter_mlsec.controls.contract import Answer, Site, Verb
from jupyter_mlsec.controls.encryption import sharing
from jupyter_mlsec.host.places import shown
from jupyter_mlsec.protocol.errors import NoIdentity, UsageError, VaultError
from jupyter_mlsec.vault import Identities, unlocking

USAGE = (
    "keys init [--yes] [--fleeting] [--passphrase | --keyring] | keys show | keys backup PATH | keys import PATH | "
    "keys unlock | keys grant WHO FILE ... | keys rotate FILE ... [--without WHO] [--for WHO] [--only] | "
    "keys rotate --identity\n\n"
    "init      make your identity, or take note of where it lies\n"
    "  --yes         ask nothing, also at a terminal\n"
    "  --fleeting    you know that this place goes away (a container, a memory disk), and it is all right\n"
    "  --passphrase  guard it by a passphrase, which is asked for unseen\n"
    "  --keyring     keep it in the operating system's keyring\n"
    "show      your recipients, where the identity lies, and whether losing it is provided for\n"
    "backup    copy the identity to PATH, readable by you only\n"
    "import    bring an identity from PATH (a backup, or age-keygen's), never over one\n"
    "unlock    ask for the identity's passphrase now, also after three wrong ones\n"
    "grant     let WHO open the files as well: a recipient (age1...) or a role (.mlsec/recipients/ROLE.txt)\n"
    "rotate    seal the files anew with a fresh key, so that only those named here open them from now on\n"
    "  --without     leave WHO out\n"
    "  --for         seal for WHO as well\n"
    "  --only        leave out readers that are not known here (age files do not name theirs)\n"
    "  --identity    make a new identity; the old one still opens what was sealed for it"
)
Run = Callable[[Sequence[str], Mapping[str, Any]], Answer]
_LOST = "Without this {what}, what is sealed for you is lost. Back it up: %mlsec keys backup PATH"


class Remembers(Protocol):
    """What the verbs need of the control."""

    @property
    def identities(self) -> Identities: ...

    def remember(self, sealed: Any) -> None: ...

    def name_of(self, path: Path) -> str: ...


def existing(argument: str) -> Path:
    """The file that an argument names. Raises UsageError."""
    path = Path(argument).expanduser()
    if not path.is_file():
        raise UsageError(f"{argument} is not a file.")
    return path


def verb(control: Remembers, site: Site) -> Verb:
    """The verb `keys`."""
    summary = "your identity: make, show, back up; who else opens a file"
    return Verb(name="keys", summary=summary, usage=USAGE, run=_keys(control, site))


def _keys(control: Remembers, site: Site) -> Run:
    def run(arguments: Sequence[str], _namespace: Mapping[str, Any]) -> Answer:
        identities = control.identities
        match list(arguments):
            case ["init", *options] if set(options) <= {"--yes", "--fleeting", "--passphrase", "--keyring"}:
                return _init(identities, site, set(options))
            case ["show"]:
                return _show(identities)
            case ["backup", path] if not path.startswith("-"):
                return _backup(identities, site, path)
            case ["import", path] if not path.startswith("-"):
                return _import(identities, site, existing(path))
            case ["unlock"]:
                identities.unlock()
                return Answer(text="Your identity is unlocked until this process ends.", data={"unlocked": True})
            case ["grant", who, first, *more] if not any(word.startswith("-") for word in (who, first, *more)):
                return sharing.grant(who, [existing(word) for word in (first, *more)], control, site)
            case ["rotate", "--identity"]:
                return _renew(identities, site)
            case ["rotate", *words] if words:
                return sharing.rotate(*sharing.rotation(words, existing, USAGE), control, site)
            case ["agent", *_]:
                raise UsageError("A key agent is a process of its own. In a shell: jupyter mlsec keys agent")
        raise UsageError(f"Usage: {USAGE}")

    return run


def _init(identities: Identities, site: Site, options: set[str]) -> Answer:
    """Make the identity if there is none. Seeing this command's answer is taking note, unless a person says no."""
    guarded, in_keyring = "--passphrase" in options, "--keyring" in options
    if guarded and in_keyring:
        raise UsageError("No identity was made: a keyring guards it already. Name --passphrase or --keyring, not both.")
    if not identities.exists():
        secret = unlocking.chosen(None, "No identity was made") if guarded else None
        info = identities.create(secret, keyring=in_keyring, project=site.project())
        site.record("made-identity", "identity", {"recipient": info.recipients[0][:24]})
    elif guarded or in_keyring:
        raise UsageError(
            "No identity was made: there is one already, and it stays as it is. To guard it otherwise, back it up, "
            "move it away, and begin anew; the backup opens what was sealed until now."
        )
    else:
        identities.info()  # says what is wrong with it, if anything
    mine = not identities.named and identities.lies != "agent"
    if mine and ("--yes" in options or not _is_terminal() or _agrees(identities)):
        identities.acknowledge(fleeting="--fleeting" in options)
    answer = _show(identities)
    kept = [line for line in answer.text.splitlines() if not line.startswith("  age1")]
    kept[-1] = "Others seal for you with your recipient, which %mlsec keys show prints."
    if not answer.data["durable"]:
        kept.append("Until then nothing is sealed by itself.")
    return Answer(text="\n".join(kept), data=answer.data, ok=answer.ok)


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _agrees(identities: Identities) -> bool:
    where = "the keyring" if identities.lies == "keyring" else str(identities.path)
    print(f"Your identity is in {where}.")  # noqa: T201  # a question at a terminal
    reply = input("Without it, what is sealed for you is lost. Will you keep a copy of it? [y/N] ")
    return reply.strip().lower() in {"y", "yes"}


def _show(identities: Identities) -> Answer:
    try:
        info, durability = identities.info(), identities.durability()
    except NoIdentity as error:
        return Answer(text=str(error), data={"exists": False, "durable": False}, ok=False)
    where = {"keyring": "the operating system's keyring", "agent": f"held by the key agent at {shown(info.path)}"}
    lines = [
        f"Identity: {where.get(info.lies) or shown(info.path)}"
        + (" (guarded by a passphrase, which is needed too)" if info.passphrase else ""),
        f"Lasting: {'yes' if durability.durable else 'no'} ({durability.reason}).",
        _LOST.format(what="file" if info.lies == "file" else "identity"),
        "Others seal for you with one of these recipients:",
        *(f"  {recipient}" for recipient in info.recipients),
    ]
    data = {
        "exists": True,
        "path": str(info.path),
        "lies": info.lies,
        "passphrase": info.passphrase,
        "recipients": list(info.recipients),
        "durable": durability.durable,
        "reason": durability.reason,
    }
    return Answer(text="\n".join(lines), data=data)


def _backup(identities: Identities, site: Site, path: str) -> Answer:
    written = identities.backup(path, site.project())
    if not written.is_file():
        raise VaultError(f"No backup was made: {path} is not there after writing.")
    site.record("backed-up", "identity", {})
    durability = identities.durability()
    text = f"Your identity is copied to {written}, for you only. Keep it where this machine's loss does not reach."
    if identities.lies == "keyring":
        text += " Outside the keyring nothing guards it: whoever gets that file opens what was sealed for you."
    return Answer(
        text=text,
        data={"path": str(written), "durable": durability.durable, "reason": durability.reason},
    )


def _import(identities: Identities, site: Site, source: Path) -> Answer:
    info = identities.adopt(source, site.project())
    site.record("imported", "identity", {"recipient": info.recipients[0][:24]})
    lines = [
        f"Your identity is in {shown(info.path)} now, for you only. Keep {shown(source)} as its backup, elsewhere.",
        f"It has {len(info.recipients)} recipient{'s' if len(info.recipients) > 1 else ''} (%mlsec keys show).",
    ]
    return Answer(text="\n".join(lines), data={"path": str(info.path), "recipients": list(info.recipients)})


def _renew(identities: Identities, site: Site) -> Answer:
    info = identities.renew()
    site.record("renewed", "identity", {"recipient": info.recipients[0][:24]})
    lines = [
        "You have a new identity: what is sealed from now on is sealed for it. The old one still opens what was.",
        "Your backup does not hold the new one: %mlsec keys backup PATH makes another.",
        "Files sealed until now stay as they are; %mlsec keys rotate FILE seals them anew.",
    ]
    return Answer(text="\n".join(lines), data={"recipients": list(info.recipients), "durable": False})
