"""This user's identity: where it lies, checked at each use, and whether losing it is provided for.

It is looked for in this order: the key agent or the file that the environment names, the operating system's keyring
(when it was put there), then the file in this user's data folder, which a passphrase may guard.
Whether there is one, and how durable it is, is asked at every save: `cryptography` loads only when a key is needed.
"""

from __future__ import annotations

import datetime
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from jupyter_mlsec.host import mounts
from jupyter_mlsec.host.modes import PRIVATE_FOLDER
from jupyter_mlsec.protocol.errors import NoIdentity, UsageError, VaultError
from jupyter_mlsec.vault import atomic, keystate, private, unlocking
from jupyter_mlsec.vault.format import PREFIX_SIZE, is_sealed
from jupyter_mlsec.vault.hidden import HiddenBytes

if TYPE_CHECKING:
    from jupyter_mlsec.vault.agent.client import AgentIdentity
    from jupyter_mlsec.vault.keyfile import KeyPair
    from jupyter_mlsec.vault.keys import Identity, Recipient

ENVIRONMENT = "JUPYTER_MLSEC_IDENTITY_FILE"
"""Names an identity file that is used in place of ours."""
_AGENT = "JUPYTER_MLSEC_AGENT"
_FILE = "identity.txt"
Place = Literal["file", "keyring", "agent"]


class IdentityInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What may be said of an identity: its recipients, where it lies, whether a passphrase guards it."""

    recipients: tuple[str, ...]
    path: Path
    """The file; of an agent its socket; of a keyring the file that is not used."""
    passphrase: bool = False
    lies: Place = "file"


class Durability(msgspec.Struct, frozen=True, kw_only=True):
    """Whether what is sealed now can still be opened when this machine or container is gone, and why (not)."""

    durable: bool
    reason: str


class Identities:
    """The identity of the user whose `data_folder` this is. Nothing is read before it is asked for."""

    def __init__(self, data_folder: Path, *, ask: unlocking.Ask | None = None) -> None:
        """`ask` shows a prompt and gives the passphrase typed; else a terminal or the notebook asks."""
        self._folder = data_folder
        self._ask = ask

    def __repr__(self) -> str:
        return f"<identities in {self.path}>"

    @property
    def named(self) -> bool:
        """Whether the environment names the identity file."""
        return bool(os.environ.get(ENVIRONMENT)) and self.lies != "agent"

    @property
    def lies(self) -> Place:
        """Where the identity is looked for."""
        if os.environ.get(_AGENT):
            return "agent"
        return "file" if os.environ.get(ENVIRONMENT) else keystate.read(self._folder).lies

    @property
    def path(self) -> Path:
        """Where the identity file is, or would be; of an agent its socket."""
        named = os.environ.get(_AGENT) or os.environ.get(ENVIRONMENT)
        return Path(named).expanduser() if named else self._folder / _FILE

    def exists(self) -> bool:
        """Whether there is one, as far as can be told without opening it."""
        return self.lies != "file" or self.path.exists()

    # Making, bringing and renewing it.

    def create(
        self, passphrase: str | None = None, *, keyring: bool = False, project: Path | None = None
    ) -> IdentityInfo:
        """Make the identity: a post-quantum key, and a classic one for files that others' classic keys must open.

        Raises VaultError where one exists (it is never overwritten), and where it would lie in `project` or in git.
        """
        from jupyter_mlsec.vault import keyfile

        failed = "No identity was made"
        self._require_new(failed, project, keyring)
        text, recipients = keyfile.fresh(_today())
        if keyring:
            recipients = self._into_keyring(keyfile.bare(text), recipients)
            self._remember(keystate.State(recipients=recipients, lies="keyring"))
            return IdentityInfo(recipients=recipients, path=self.path, lies="keyring")
        content = keyfile.guarded(text, passphrase) if passphrase else text.encode("ascii")
        self._place(HiddenBytes(content), failed)
        self._remember(keystate.State(recipients=recipients, guarded=_digest(content) if passphrase else ""))
        return IdentityInfo(recipients=recipients, path=self.path, passphrase=bool(passphrase))

    def adopt(self, source: Path, project: Path | None = None) -> IdentityInfo:
        """Bring an identity file here: a backup, or age-keygen's. A guarded one stays guarded, and is unlocked once.

        Raises NoIdentity when `source` holds none, VaultError where an identity exists: it is never overwritten.
        """
        from jupyter_mlsec.vault import keyfile

        failed = "No identity was imported"
        self._require_new(failed, project)
        content = private.read(source, follow=True, foreign=True)
        is_guarded = is_sealed(content[:PREFIX_SIZE])
        found = unlocking.once(content, source, self._ask) if is_guarded else keyfile.parse(content, source)
        self._place(content, failed)
        state = keystate.State(
            recipients=keyfile.recipients_of(found),
            guarded=_digest(content) if is_guarded else "",
            backed_up=True,
            backup_fleeting=mounts.is_fleeting(mounts.kind_of(source)),
        )
        self._remember(state)
        return IdentityInfo(recipients=state.recipients, path=self.path, passphrase=is_guarded)

    def renew(self) -> IdentityInfo:
        """Put a new identity before the old ones, which still open what was sealed for them. A backup is old then."""
        from jupyter_mlsec.vault import keyfile

        failed = "No new identity was made"
        self._require_own(failed)
        content = self._content()
        is_guarded = is_sealed(content[:PREFIX_SIZE])
        secret = unlocking.again(content, self.path, self._ask) if is_guarded else None
        plain = keyfile.unguarded(content, secret, self.path) if secret else content
        text, recipients = keyfile.fresh(_today(), keyfile.parse(plain, self.path))
        fresh = HiddenBytes(keyfile.guarded(text, secret) if secret else text.encode("ascii"))
        if self.lies == "keyring":
            self._into_keyring(keyfile.bare(text), recipients, over=True)
        else:
            with atomic.replacing(self.path) as sink:
                sink.write(fresh)
        self._remember(
            msgspec.structs.replace(
                self._state(), recipients=recipients, guarded=_digest(fresh) if secret else "", backed_up=False
            )
        )
        return self.info()

    def _require_own(self, failed: str) -> None:
        if self.lies == "agent":
            raise VaultError(f"{failed}: {_AGENT} names an agent. Do it where the agent keeps its identity.")
        if self.named:
            raise VaultError(f"{failed}: {ENVIRONMENT} names {self.path}. Make or change that file yourself.")

    def _require_new(self, failed: str, project: Path | None, keyring: bool = False) -> None:
        self._require_own(failed)
        if self.lies == "keyring":
            raise VaultError(f"{failed}: there is one in the keyring already, and it stays.")
        if self.exists():
            raise VaultError(f"{failed}: there is one in {self.path} already, and it stays.")
        why = "" if keyring else private.published(self._folder, project)
        if why:
            raise VaultError(
                f"{failed} in {self._folder}: {why}. Set JUPYTER_DATA_DIR to a folder of your own, "
                "or keep it in the keyring (keys init --keyring)."
            )

    def _place(self, content: bytes, failed: str) -> None:
        try:
            self._folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            private.check_folder(self._folder)
            private.write(self.path, content)
        except FileExistsError:
            raise VaultError(f"{failed}: there is one in {self.path} already, and it stays.") from None
        except OSError as error:
            raise VaultError(f"{failed}: {self.path} cannot be written ({error.strerror}).") from None

    def _into_keyring(self, text: str, recipients: tuple[str, ...], *, over: bool = False) -> tuple[str, ...]:
        """Keep it there, or take the one that is there already; the recipients of what is there now."""
        from jupyter_mlsec.vault import keyfile, ring

        kept = None if over else ring.find(self._account, "No identity was put in the keyring")
        if kept:
            return keyfile.recipients_of(keyfile.parse(kept.encode("ascii"), _RING))
        ring.write(self._account, text)
        return recipients

    # Using it.

    def load(self, passphrase: str | None = None) -> tuple[Identity, ...]:
        """What opens this user's files. Raises NoIdentity when there is none or it is not safe to use.

        A guarded identity is asked for once, and then kept in the memory of this process.
        """
        return (self._agent(),) if self.lies == "agent" else self._pairs(passphrase)

    def _pairs(self, passphrase: str | None = None) -> tuple[KeyPair, ...]:
        from jupyter_mlsec.vault import keyfile

        content = self._content()
        if not is_sealed(content[:PREFIX_SIZE]):
            return keyfile.parse(content, self._shown)
        found = unlocking.once(content, self.path, self._ask, passphrase)
        if not self.named and self._state().guarded != _digest(content):  # put there by hand, or the state was lost
            state = keystate.State(recipients=keyfile.recipients_of(found), guarded=_digest(content))
            self._remember(state)
        return found

    def unlock(self) -> None:
        """Ask for the passphrase anew, also after it was not given in three tries. Raises NoIdentity."""
        unlocking.forget()
        self.load()

    def _agent(self) -> AgentIdentity:
        from jupyter_mlsec.vault.agent.client import AgentIdentity

        return AgentIdentity(self.path)

    def recipient(self, *, classic: bool = False) -> Recipient:
        """Whom to seal for so that this user can open it: post-quantum, or classic where others force that."""
        wanted = "classic" if classic else "post-quantum"
        found = [recipient for recipient in self._recipients() if recipient.kind == wanted]
        if not found and not classic:
            found = list(self._recipients())
        if not found:
            raise NoIdentity(
                f"{self._shown} holds no {wanted} identity, so a file for {wanted} readers would be lost to you."
            )
        return found[0]

    def info(self) -> IdentityInfo:
        """What may be shown of the identity. Raises NoIdentity."""
        recipients = tuple(str(recipient) for recipient in self._recipients())
        is_guarded = self.lies == "file" and is_sealed(self._content()[:PREFIX_SIZE])
        return IdentityInfo(recipients=recipients, path=self.path, passphrase=is_guarded, lies=self.lies)

    def durability(self) -> Durability:
        """Whether sealing by itself is safe: the identity's place lasts, or a copy of it in another place does."""
        if not self.exists():
            was_one = not self.named and bool(self._state().recipients)
            gone = f"your identity is gone from {self._folder}; bring your backup (%mlsec keys import PATH)"
            return Durability(
                durable=False, reason=gone if was_one else "there is no identity yet (%mlsec keys init makes one)"
            )
        if self.lies == "agent":
            return Durability(durable=True, reason=f"{_AGENT} names an agent, and whoever runs that keeps it")
        if self.named:
            return Durability(durable=True, reason=f"{ENVIRONMENT} names it, and whoever set that keeps it")
        state, kind = self._state(), mounts.kind_of(self.path)
        if state.backed_up and not state.backup_fleeting:
            return Durability(durable=True, reason="it is backed up")
        if state.acknowledged_fleeting:
            return Durability(durable=True, reason="you said that losing it with this place is all right")
        if state.lies == "file" and mounts.is_fleeting(kind):
            return Durability(
                durable=False,
                reason=f"it lies on {kind}, which goes away; back it up elsewhere (%mlsec keys backup PATH)",
            )
        if state.acknowledged or state.backed_up:
            return Durability(
                durable=True, reason="it is backed up" if state.backed_up else "you took note of its place"
            )
        return Durability(durable=False, reason="it is not backed up (%mlsec keys backup PATH)")

    def backup(self, path: str | os.PathLike[str], project: Path | None = None) -> Path:
        """Copy the identity to `path`, 0600, and take note. Raises UsageError for a place that is no backup."""
        failed = "No backup was made"
        if self.lies == "agent":
            raise UsageError(f"{failed}: {_AGENT} names an agent, which gives no identity. Do it where it keeps it.")
        target = Path(path).expanduser().absolute()
        if target.is_dir():
            target = target / "jupyter-mlsec-identity.txt"
        place = target.parent.resolve()
        if place == self.path.parent.resolve():
            raise UsageError(f"{failed}: that is the folder the identity is in. Name another place.")
        if why := private.published(place, project):
            raise UsageError(f"{failed}: {why}. Name another place.")
        content = self._content()
        try:
            private.write(target, content)
        except FileExistsError:
            raise UsageError(f"{failed}: {target} exists already.") from None
        except OSError as error:
            raise VaultError(f"{failed}: {target} cannot be written ({error.strerror}).") from None
        fleeting = mounts.is_fleeting(mounts.kind_of(target))
        if not self.named:
            self._remember(msgspec.structs.replace(self._state(), backed_up=True, backup_fleeting=fleeting))
        return target

    def acknowledge(self, *, fleeting: bool = False) -> None:
        """The user takes note that without this file sealed files are lost; `fleeting`: even where it goes away."""
        state = self._state()
        self._remember(
            msgspec.structs.replace(
                state, acknowledged=True, acknowledged_fleeting=fleeting or state.acknowledged_fleeting
            )
        )

    # Where it lies.

    def _content(self) -> HiddenBytes:
        """The identity as it lies: plain or guarded. Raises NoIdentity with what to do."""
        if self.lies == "keyring":
            from jupyter_mlsec.vault import ring

            return HiddenBytes(ring.read(self._account).encode("ascii", errors="replace"))
        return private.read(self.path, follow=self.named)

    def _recipients(self) -> tuple[Recipient, ...]:
        from jupyter_mlsec.vault.keys import parse_recipient

        if self.lies == "agent":
            return tuple(parse_recipient(text) for text in self._agent().recipients())
        state = self._state()
        if self.lies == "keyring" and state.recipients:
            return tuple(parse_recipient(text) for text in state.recipients)
        content = self._content()
        if is_sealed(content[:PREFIX_SIZE]) and not self.named and state.guarded == _digest(content):
            return tuple(parse_recipient(text) for text in state.recipients)
        return tuple(identity.recipient for identity in self._pairs())

    @property
    def _account(self) -> str:
        """The identity's name in the keyring: another data folder has another."""
        return f"identity-{hashlib.sha256(os.fsencode(self._folder.absolute())).hexdigest()[:16]}"

    @property
    def _shown(self) -> Path | str:
        return _RING if self.lies == "keyring" else self.path

    def _state(self) -> keystate.State:
        return keystate.read(self._folder)

    def _remember(self, state: keystate.State) -> None:
        self._folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        keystate.write(self._folder, state)


_RING = "in the keyring"


def _today() -> str:
    return datetime.date.today().isoformat()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
