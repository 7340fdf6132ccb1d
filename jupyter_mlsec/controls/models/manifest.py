"""The signed manifest beside a saved model: which files it is made of, with their SHA-256, under this user's key.

`model.joblib.sig` is a Sigstore bundle (v0.3) around a DSSE envelope with an in-toto statement of the OpenSSF Model
Signing specification v1.0: `model_signing verify key` accepts it. What is signed is what lies on the disk: a sealed
file as it is sealed.
"""

from __future__ import annotations

import base64
import binascii
import errno
import hashlib
import os
from pathlib import Path
from typing import Any, Literal

import msgspec

from jupyter_mlsec.vault import atomic
from jupyter_mlsec.vault.modelkey import ModelKey, model_key

SUFFIX = ".sig"
_ANY_BUNDLE = "application/vnd.dev.sigstore.bundle"
_BUNDLE = f"{_ANY_BUNDLE}.v0.3+json"
_PAYLOAD = "application/vnd.in-toto+json"
_STATEMENT = "https://in-toto.io/Statement/v1"
_PREDICATE = "https://model_signing/signature/v1.0"
_LONGEST = 64 << 20
_ALONE = "."
"""How the specification names a model that is one file."""
State = Literal["none", "holds", "changed", "damaged", "unknown key", "other"]
"""`other`: what lies there is no Sigstore bundle; GnuPG and others name their signatures so, too."""


def beside(path: Path) -> Path:
    """Where the manifest of a file or folder lies."""
    return path.with_name(path.name + SUFFIX)


def sign(path: Path, data: Path) -> Path:
    """Write the manifest of a saved model, in place of an earlier one. Raises OSError, NoIdentity.

    FileExistsError where something else lies in its place: it is not ours to replace.
    """
    earlier = _read(beside(path))
    if earlier is not None and _bundle(earlier) is None:
        raise FileExistsError(errno.EEXIST, f"{beside(path).name} is there already, and is no manifest of a model")
    key = model_key(data)
    payload = msgspec.json.encode(_statement(path))
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": _PAYLOAD,
        "signatures": [{"sig": base64.b64encode(key.sign(_pae(payload))).decode(), "keyid": ""}],
    }
    material = {"publicKey": {"hint": key.hint}, "tlogEntries": []}
    bundle = {"mediaType": _BUNDLE, "verificationMaterial": material, "dsseEnvelope": envelope}
    with atomic.replacing(beside(path)) as sink:
        sink.write(msgspec.json.encode(bundle))
    return beside(path)


def state(path: Path, data: Path) -> State:
    """Whether a saved model is what its manifest says. Raises OSError for files that cannot be read, NoIdentity."""
    raw = _read(beside(path))
    if raw is None:
        return "none"
    bundle = _bundle(raw)
    return "other" if bundle is None else _judge(path, bundle, model_key(data))


def _read(manifest: Path) -> bytes | None:
    """What lies in a manifest's place; None for nothing. Of what is too long to be one only the beginning."""
    try:
        with manifest.open("rb") as file:
            return file.read(_LONGEST + 1)
    except FileNotFoundError:
        return None


def _bundle(raw: bytes) -> dict[str, Any] | None:
    """The Sigstore bundle that the bytes are; None for any others."""
    try:
        bundle = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    is_one = isinstance(bundle, dict) and str(bundle.get("mediaType", "")).startswith(_ANY_BUNDLE)
    return bundle if is_one else None


def _judge(path: Path, bundle: dict[str, Any], key: ModelKey) -> State:
    material = bundle.get("verificationMaterial")
    named = material.get("publicKey") if isinstance(material, dict) else None
    if not isinstance(named, dict) or named.get("hint") != key.hint:
        return "unknown key"  # somebody else's, or one with a certificate in a key's place
    try:
        envelope = bundle["dsseEnvelope"]
        payload = base64.b64decode(envelope["payload"], validate=True)
        signatures = [base64.b64decode(each["sig"], validate=True) for each in envelope["signatures"]]
        if envelope["payloadType"] != _PAYLOAD or len(signatures) != 1:
            return "damaged"
        if not key.verifies(_pae(payload), signatures[0]):
            return "damaged"
        said = msgspec.json.decode(payload)
        if said["predicateType"] != _PREDICATE:
            return "damaged"
        named = {each["name"]: each["digest"] for each in said["predicate"]["resources"]}
    except (msgspec.DecodeError, KeyError, TypeError, ValueError, binascii.Error, UnicodeDecodeError, AttributeError):
        return "damaged"
    return "holds" if named == _resources(path) else "changed"


def _statement(path: Path) -> dict[str, Any]:
    resources = _resources(path)
    root = hashlib.sha256(b"".join(bytes.fromhex(digest) for _, digest in sorted(resources.items())))
    return {
        "_type": _STATEMENT,
        "subject": [{"name": path.name, "digest": {"sha256": root.hexdigest()}}],
        "predicateType": _PREDICATE,
        "predicate": {
            "serialization": {
                "method": "files",
                "hash_type": "sha256",
                "allow_symlinks": False,
                "ignore_paths": [],
            },
            "resources": [
                {"name": name, "algorithm": "sha256", "digest": digest} for name, digest in sorted(resources.items())
            ],
        },
    }


def _resources(path: Path) -> dict[str, str]:
    """SHA-256 by name, `.` for a file alone; links in a folder are not followed."""
    if not path.is_dir():
        return {_ALONE: _digest(path)}
    found = {}
    for folder, _, names in os.walk(path):
        for name in names:
            each = Path(folder) / name
            if each.is_file() and not each.is_symlink():
                found[each.relative_to(path).as_posix()] = _digest(each)
    return found


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pae(payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding."""
    return b"DSSEv1 %d %s %d %s" % (len(_PAYLOAD), _PAYLOAD.encode(), len(payload), payload)
