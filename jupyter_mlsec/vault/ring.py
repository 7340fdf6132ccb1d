"""The identity in the operating system's keyring: only in backends known to encrypt, never in whichever answers.

The only door to `keyring`, which is imported when the identity lies there or is to be put there, and not before.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from jupyter_mlsec.protocol.errors import NoIdentity, VaultError
from jupyter_mlsec.vault.hidden import HiddenText

SECURE = frozenset(
    {
        "keyring.backends.macOS.Keyring",
        "keyring.backends.Windows.WinVaultKeyring",
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.libsecret.Keyring",  # the same service, through another library
        "keyring.backends.kwallet.DBusKeyring",
    }
)
"""By their full names: what merely inherits from one of these may store where it likes."""
_CHAINER = "keyring.backends.chainer.ChainerBackend"
_SERVICE = "jupyter-mlsec"
_HOW = "Unlock or install one (macOS Keychain, Windows Credential Locker, Secret Service, KWallet), or use a passphrase"


def read(account: str) -> HiddenText:
    """The identity's text. Raises NoIdentity, saying what is missing."""
    found = find(account)
    if not found:
        raise NoIdentity(
            "The identity in the keyring was not used: it is not there any more. If you have a backup of it, run "
            "keys import PATH; without one, what was sealed for it is lost."
        )
    return found


def find(account: str, failed: str = "The identity in the keyring was not used") -> HiddenText | None:
    """The identity's text, None when none is kept there. Raises NoIdentity (`failed`: why it cannot be used)."""
    found = _done(failed, _secure(failed).get_password, _SERVICE, account)
    return HiddenText(found) if found else None


def write(account: str, text: str) -> None:
    """Keep the identity's text in place of what is kept, and read it back. Raises NoIdentity or VaultError."""
    failed = "No identity was put in the keyring"
    text = HiddenText(text)
    backend = _secure(failed)
    _done(failed, backend.set_password, _SERVICE, account, text)
    if _done(failed, backend.get_password, _SERVICE, account) != text:
        raise VaultError(f"{failed}: it gave back something else than was put in. {_HOW} (keys init --passphrase).")


def _secure(failed: str) -> Any:  # Any: keyring may not be installed, so its types are not known here
    """The backend in force, if it and all it is made of are on the list."""
    try:
        keyring: Any = import_module("keyring")
    except ImportError:
        raise NoIdentity(f"{failed}: keyring is not installed. pip install 'jupyter-mlsec[keyring]'") from None
    backend = _done(failed, keyring.get_keyring)
    parts = [_name(part) for part in _parts(backend)]
    refused = sorted({part for part in parts if part not in SECURE})
    if refused or not parts:
        named = ", ".join(refused) or "none"
        raise NoIdentity(f"{failed}: the keyring here ({named}) is not one known to encrypt. {_HOW}.")
    return backend


def _parts(backend: Any) -> list[Any]:
    return list(backend.backends) if _name(backend) == _CHAINER else [backend]


def _name(backend: Any) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _done(failed: str, deed: Any, *given: str) -> Any:
    """Do it, and say in a sentence when the keyring is locked, gone or not willing."""
    errors: Any = import_module("keyring.errors")
    try:
        return deed(*given)
    except errors.KeyringLocked:
        raise NoIdentity(f"{failed}: the keyring is locked. Unlock it and try again.") from None
    except (errors.KeyringError, OSError, RuntimeError) as error:
        raise NoIdentity(f"{failed}: the keyring did not answer ({type(error).__name__}). {_HOW}.") from None
