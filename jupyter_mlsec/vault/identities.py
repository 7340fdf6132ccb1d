"""This user's identity: one private file, checked at each use, and whether losing it is provided for.

Whether there is one, and how durable it is, is asked at every save: `cryptography` loads only when a key is needed.
"""

from __future__ import annotations

import datetime
import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from jupyter_mlsec.host import mounts
from jupyter_mlsec.host.modes import PRIVATE, PRIVATE_FOLDER, exposure
from jupyter_mlsec.protocol.errors import NoIdentity, UsageError, VaultError
from jupyter_mlsec.vault import atomic
from jupyter_mlsec.vault.format import PREFIX_SIZE, is_sealed

if TYPE_CHECKING:
    from jupyter_mlsec.vault.keys import Identity, Recipient

ENVIRONMENT = "JUPYTER_MLSEC_IDENTITY_FILE"
"""Names an identity file that is used in place of ours."""
_FILE = "identity.txt"
_STATE = "identity.json"
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_SIZE_LIMIT = 1 << 16


class IdentityInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What may be said of an identity: its recipients, where it lies, whether a passphrase guards it."""

    recipients: tuple[str, ...]
    path: Path
    passphrase: bool = False


class Durability(msgspec.Struct, frozen=True, kw_only=True):
    """Whether what is sealed now can still be opened when this machine or container is gone, and why (not)."""

    durable: bool
    reason: str


class _State(msgspec.Struct, frozen=True, kw_only=True):
    """What we remember of the identity beside it: nothing secret."""

    recipients: tuple[str, ...]
    """Post-quantum first; needed where the identity itself asks for a passphrase."""
    backed_up: bool = False
    backup_fleeting: bool = False
    acknowledged: bool = False
    acknowledged_fleeting: bool = False


class Identities:
    """The identity in `data_folder`, or the one the environment names. Nothing is read before it is asked for."""

    def __init__(self, data_folder: Path, *, ask: Callable[[], str] | None = None) -> None:
        """`ask` gives the passphrase where one guards the identity and a person can be asked."""
        self._folder = data_folder
        self._ask = ask

    def __repr__(self) -> str:
        return f"<identities in {self.path}>"

    @property
    def named(self) -> bool:
        """Whether the environment names the identity file."""
        return bool(os.environ.get(ENVIRONMENT))

    @property
    def path(self) -> Path:
        """Where the identity file is, or would be."""
        return Path(os.environ[ENVIRONMENT]).expanduser() if self.named else self._folder / _FILE

    def exists(self) -> bool:
        return self.path.exists()

    def create(self, passphrase: str | None = None) -> IdentityInfo:
        """Make the identity: a post-quantum key, and a classic one for files that others' classic keys must open.

        Raises VaultError where one exists: it is never overwritten.
        """
        if self.named:
            raise VaultError(f"No identity was made: {ENVIRONMENT} names {self.path}. Make that file yourself.")
        from jupyter_mlsec.vault import keyfile

        self._folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        self._check_folder()
        text, recipients = keyfile.fresh(datetime.date.today().isoformat())
        content = keyfile.guarded(text, passphrase) if passphrase else text.encode("ascii")
        try:
            _write_private(self.path, content)
        except FileExistsError:
            raise VaultError(f"No identity was made: there is one in {self.path} already, and it stays.") from None
        self._remember(_State(recipients=recipients))
        return IdentityInfo(recipients=recipients, path=self.path, passphrase=bool(passphrase))

    def load(self, passphrase: str | None = None) -> tuple[Identity, ...]:
        """The identities in the file. Raises NoIdentity when there is none or it is not safe to use."""
        from jupyter_mlsec.vault import keyfile

        content = self._read()
        if is_sealed(content[:PREFIX_SIZE]):
            secret = passphrase or (self._ask() if self._ask is not None else None)
            if not secret:
                raise NoIdentity(
                    f"{self.path} is guarded by a passphrase, and nobody was asked for it. Give passphrase=."
                )
            content = keyfile.unguarded(content, secret)
        return keyfile.parse(content, self.path)

    def recipient(self, *, classic: bool = False) -> Recipient:
        """Whom to seal for so that this user can open it: post-quantum, or classic where others force that."""
        wanted = "classic" if classic else "post-quantum"
        found = [recipient for recipient in self._recipients() if recipient.kind == wanted]
        if not found and not classic:
            found = list(self._recipients())
        if not found:
            raise NoIdentity(
                f"{self.path} holds no {wanted} identity, so a file for {wanted} readers would be lost to you."
            )
        return found[0]

    def info(self) -> IdentityInfo:
        """What may be shown of the identity. Raises NoIdentity."""
        recipients = tuple(str(recipient) for recipient in self._recipients())
        return IdentityInfo(recipients=recipients, path=self.path, passphrase=self._is_guarded())

    def durability(self) -> Durability:
        """Whether sealing by itself is safe: the identity's place lasts, or a copy of it in another place does."""
        if not self.exists():
            return Durability(durable=False, reason="there is no identity yet (%mlsec keys init makes one)")
        if self.named:
            return Durability(durable=True, reason=f"{ENVIRONMENT} names it, and whoever set that keeps it")
        state, kind = self._state(), mounts.kind_of(self.path)
        if state.backed_up and not state.backup_fleeting:
            return Durability(durable=True, reason="it is backed up")
        if state.acknowledged_fleeting:
            return Durability(durable=True, reason="you said that losing it with this place is all right")
        if mounts.is_fleeting(kind):
            return Durability(
                durable=False,
                reason=f"it lies on {kind}, which goes away; back it up elsewhere (%mlsec keys backup PATH)",
            )
        if state.acknowledged or state.backed_up:
            return Durability(
                durable=True, reason="it is backed up" if state.backed_up else "you took note of its place"
            )
        return Durability(durable=False, reason="it is not backed up (%mlsec keys backup PATH)")

    def backup(self, path: str | os.PathLike[str]) -> Path:
        """Copy the identity file to `path`, 0600, and take note. Raises UsageError for a place that is no backup."""
        target = Path(path).expanduser().absolute()
        if target.is_dir():
            target = target / "jupyter-mlsec-identity.txt"
        place = target.parent.resolve()
        if place == self.path.parent.resolve():
            raise UsageError("No backup was made: that is the folder the identity is in. Name another place.")
        if any((parent / ".git").exists() for parent in (place, *place.parents)):
            raise UsageError("No backup was made: that is inside a git work tree, where keys end up published.")
        content = self._read()
        try:
            _write_private(target, content)
        except FileExistsError:
            raise UsageError(f"No backup was made: {target} exists already.") from None
        except OSError as error:
            raise VaultError(f"No backup was made: {target} cannot be written ({error.strerror}).") from None
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

    def _is_guarded(self) -> bool:
        return is_sealed(self._read()[:PREFIX_SIZE])

    def _recipients(self) -> tuple[Recipient, ...]:
        from jupyter_mlsec.vault import keyfile
        from jupyter_mlsec.vault.keys import parse_recipient

        content = self._read()
        if not is_sealed(content[:PREFIX_SIZE]):
            return tuple(identity.recipient for identity in keyfile.parse(content, self.path))
        kept = self._state().recipients
        if not kept:
            raise NoIdentity(
                f"Whom to seal for is not known: {self._folder / _STATE} is gone. Unlock the identity once."
            )
        return tuple(parse_recipient(text) for text in kept)

    def _state(self) -> _State:
        try:
            return msgspec.json.decode((self._folder / _STATE).read_bytes(), type=_State)
        except (OSError, msgspec.MsgspecError):
            return _State(recipients=())

    def _remember(self, state: _State) -> None:
        with atomic.replacing(self._folder / _STATE) as sink:
            sink.write(msgspec.json.encode(state))

    def _check_folder(self) -> None:
        status = self.path.parent.stat()
        if hasattr(os, "getuid") and status.st_mode & 0o022:
            raise NoIdentity(
                f"{self.path.parent} can be changed by others, so no key is kept there. Run: chmod 700 on it."
            )

    def _read(self) -> bytes:
        """The identity file's bytes, if it is safe. Raises NoIdentity with what to do."""
        path = self.path
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | (0 if self.named else _NOFOLLOW)
        try:
            descriptor = os.open(path, flags)
        except FileNotFoundError:
            raise NoIdentity(
                f"There is no identity in {path}. Make one (%mlsec keys init) or put your backup there."
            ) from None
        except OSError as error:
            what = "is a symbolic link" if error.errno == errno.ELOOP else f"cannot be read ({error.strerror})"
            raise NoIdentity(f"The identity {path} was not used: it {what}.") from None
        with os.fdopen(descriptor, "rb") as file:
            why = exposure(os.fstat(descriptor))
            if why is not None:
                raise NoIdentity(f"The identity {path} was not used: {why}. Run: chmod 600 {path}")
            if not self.named:
                self._check_folder()
            return file.read(_SIZE_LIMIT)


def _write_private(path: Path, content: bytes) -> None:
    """A new file of mode 0600, whole or not at all. Raises FileExistsError, also for a dangling symbolic link."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOFOLLOW, PRIVATE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    atomic.sync_folder(path.parent)
