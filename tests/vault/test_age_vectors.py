"""All public age vectors (C2SP/CCTV): what is accepted, what is refused and as what, and every plain byte."""

from __future__ import annotations

import hashlib
import io
import zlib
from pathlib import Path

import pytest

from jupyter_mlsec.protocol.errors import VaultError
from jupyter_mlsec.vault import armor
from jupyter_mlsec.vault.damage import ArmorDamaged, HeaderDamaged, HeaderForged, NoMatch, PayloadDamaged
from jupyter_mlsec.vault.keys import Identity, parse_identity
from jupyter_mlsec.vault.reader import AgeReader
from jupyter_mlsec.vault.scrypt import ScryptIdentity
from jupyter_mlsec.vault.stream import CHUNK

FOLDER = Path(__file__).parent.parent / "vectors" / "age" / "testdata"
VECTORS = sorted(path.name for path in FOLDER.iterdir())
CLASSES = {
    "no match": NoMatch,
    "HMAC failure": HeaderForged,
    "header failure": HeaderDamaged,
    "payload failure": PayloadDamaged,
    "armor failure": ArmorDamaged,
}


def read_vector(name: str) -> tuple[dict[str, str], list[Identity], bytes]:
    head, _, body = (FOLDER / name).read_bytes().partition(b"\n\n")
    fields: dict[str, str] = {}
    identities: list[Identity] = []
    for line in head.decode().splitlines():
        key, _, value = line.partition(": ")
        fields[key] = value
        if key == "identity":
            identities.append(parse_identity(value))
        if key == "passphrase":
            identities.append(ScryptIdentity(value))
    return fields, identities, zlib.decompress(body) if fields.get("compressed") == "zlib" else body


def test_all_143_vectors_are_here() -> None:
    assert len(VECTORS) == 143


def open_as_told(fields: dict[str, str], identities: list[Identity], sealed: bytes) -> bytes:
    source = io.BytesIO(sealed)
    return AgeReader(armor.unwrap(source) if fields.get("armored") == "yes" else source, identities).read()


@pytest.mark.parametrize("name", VECTORS)
def test_a_vector_ends_as_its_authors_say(name: str) -> None:
    fields, identities, sealed = read_vector(name)
    if fields["expect"] == "success":
        plain = open_as_told(fields, identities, sealed)
        assert hashlib.sha256(plain).hexdigest() == fields["payload"]
    else:
        with pytest.raises(VaultError) as caught:
            open_as_told(fields, identities, sealed)
        assert type(caught.value) is CLASSES[fields["expect"]], str(caught.value)


@pytest.mark.parametrize("name", VECTORS)
def test_armor_is_recognised_by_itself_and_nothing_else_is_accepted(name: str) -> None:
    fields, identities, sealed = read_vector(name)
    if fields["expect"] == "success":
        assert hashlib.sha256(AgeReader(io.BytesIO(sealed), identities).read()).hexdigest() == fields["payload"]
    else:
        with pytest.raises(VaultError):
            AgeReader(io.BytesIO(sealed), identities).read()


@pytest.mark.parametrize("name", [name for name in VECTORS if name.startswith("stream")])
def test_a_damaged_payload_releases_no_byte_that_its_authors_do_not_release(name: str) -> None:
    fields, identities, sealed = read_vector(name)
    released = b""
    try:
        with AgeReader(io.BytesIO(sealed), identities) as reader:
            while piece := reader.read1():
                released += piece
    except (PayloadDamaged, HeaderDamaged):
        pass
    if name == "stream_two_final_chunks_second":
        assert len(released) == CHUNK  # its authors release the first false end as well
    else:
        assert released == b"" or hashlib.sha256(released).hexdigest() == fields["payload"]
