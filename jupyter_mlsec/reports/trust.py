"""Whom a reviewer believes: key files handed over, and keys pinned earlier. Both come down to fingerprints."""

from __future__ import annotations

import base64
import binascii
import json
import os
import time
from pathlib import Path

from jupyter_mlsec.ledger import note
from jupyter_mlsec.protocol.errors import NoIdentity, UsageError
from jupyter_mlsec.vault import signing

PINS = "pins.json"


def fingerprint_from(source: str | Path) -> str:
    """The fingerprint meant by `--trust`: a key file, or the fingerprint itself (`SHA256:` and 64 hex digits).

    A key file is PEM (`signer.pub`), a C2SP verifier key (`name+id+base64`), or 32 raw bytes in base64 or hex.
    Raises UsageError.
    """
    text = str(source)
    if text.startswith("SHA256:") and len(text) == 71:
        return "SHA256:" + text[7:].lower()
    path = Path(source)
    try:
        content = path.read_bytes()[:65536]
    except OSError as error:
        raise UsageError(f"The key file {path} could not be read: {error.strerror}.") from None
    if b"-----BEGIN" in content:
        try:
            return signing.fingerprint(signing.load_public_key(path))
        except NoIdentity as error:
            raise UsageError(str(error)) from None
    return signing.fingerprint(_raw(content, path))


def _raw(content: bytes, path: Path) -> bytes:
    words = content.decode("ascii", "replace").split()
    word = words[0] if words else ""
    if word.count("+") >= 2:
        name, _, encoded = word.split("+", 2)
        data = _unbase64(encoded)
        if data is not None and len(data) == 33 and word == note.verifier_key(name, data[1:]):
            return data[1:]
    if len(word) == 64:
        try:
            return bytes.fromhex(word)
        except ValueError:
            pass
    data = _unbase64(word)  # whose alphabet has a plus, too
    if data is not None and len(data) == 32:
        return data
    raise UsageError(f"{path} holds no Ed25519 public key: give the signer.pub that lies beside the signer's key.")


def _unbase64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def pinned(folder: Path) -> dict[str, dict[str, str]]:
    """The keys pinned by this user, by fingerprint: the signer's name and when. Raises UsageError for a broken file."""
    try:
        pins = json.loads((folder / PINS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        raise UsageError(
            f"The pinned keys in {folder / PINS} could not be read. Move the file away to start anew."
        ) from None
    if not isinstance(pins, dict):
        raise UsageError(f"The pinned keys in {folder / PINS} are not what we wrote. Move the file away to start anew.")
    return pins


def pin(fingerprint: str, name: str, folder: Path) -> None:
    """Remember a key as one to be believed. The file is this user's own, 0600."""
    pins = pinned(folder)
    pins[fingerprint] = {"name": name, "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder / f".{PINS}-{os.getpid()}"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(pins, file, indent=1, sort_keys=True)
    fresh.replace(folder / PINS)
