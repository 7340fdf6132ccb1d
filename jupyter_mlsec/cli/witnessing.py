"""`jupyter mlsec ledger witness request | sign | add | key`: cosigning on another machine, by files."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlsec.cli.answers import say
from jupyter_mlsec.host import places
from jupyter_mlsec.protocol.errors import LedgerError, Unverified, UsageError

if TYPE_CHECKING:
    from jupyter_mlsec.ledger import Checkpoint, Ledger
    from jupyter_mlsec.ledger.witness import Witness

NO_LEDGER = ("sign", "key")
"""The steps that are done on the witness's machine, where the ledger is not."""


def offer(parser: argparse.ArgumentParser) -> None:
    """Give the command `witness` its steps."""
    steps = parser.add_subparsers(dest="step", required=True)
    request = steps.add_parser("request", help="here: the newest checkpoint, and the proof that it continues the last")
    request.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    request.add_argument("--witness", type=Path, metavar="VKEY", help="ask for what follows the last it cosigned")
    request.add_argument("--old", type=int, metavar="SIZE", help="how many entries the witness saw last")
    sign = steps.add_parser("sign", help="on the witness's machine: cosign a request")
    sign.add_argument("file", type=Path, metavar="FILE")
    sign.add_argument("--trust", type=Path, action="append", required=True, metavar="KEYFILE", help="the ledger's key")
    sign.add_argument("--key", type=Path, metavar="PRIVATE", help="sign with this key, not with the one that is kept")
    sign.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: FILE.cosigned")
    add = steps.add_parser("add", help="here: keep the cosignature")
    add.add_argument("file", type=Path, metavar="FILE")
    add.add_argument("--witness", type=Path, required=True, metavar="VKEY")
    key = steps.add_parser("key", help="on the witness's machine: its verifier key, for others")
    key.add_argument("--key", type=Path, metavar="PRIVATE", help="of this key, not of the one that is kept")
    key.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: the standard output")


def run_without_ledger(given: argparse.Namespace) -> int:
    """The witness's own steps."""
    if given.step == "sign":
        return _sign(given)
    vkey = _witness(given.key).vkey
    if given.output is None:
        say(vkey)
    else:
        _write(given.output, vkey + "\n")
    return 0


def run(ledger: Ledger, given: argparse.Namespace) -> int:
    """The steps beside the ledger."""
    return _request(ledger, given) if given.step == "request" else _add(ledger, given)


def _request(ledger: Ledger, given: argparse.Namespace) -> int:
    from jupyter_mlsec.ledger import witness

    old = given.old or 0
    if given.old is None and given.witness is not None:
        found = witness.last_of(ledger.reader, *_vkey(given.witness))
        old = found[0] if found else 0
    ledger.strengthen()
    asked = witness.request(ledger.reader, old)
    _write(given.output, asked.render())
    say(f"{given.output}: {asked.checkpoint.size} entries, and that they continue the first {old}. To the witness.")
    return 0


def _sign(given: argparse.Namespace) -> int:
    from jupyter_mlsec.ledger import witness
    from jupyter_mlsec.vault.signing import load_any_public_key

    asked = witness.parse_request(_read(given.file))
    keys = [load_any_public_key(path) for path in given.trust]
    signed = _witness(given.key).cosign(asked, keys, int(time.time()))
    output = given.output or given.file.with_name(f"{given.file.name}.cosigned")
    _write(output, signed.note)
    say(f"{output}: {signed.size} entries of {signed.origin} cosigned. Back to the ledger.")
    return 0


def _add(ledger: Ledger, given: argparse.Namespace) -> int:
    from jupyter_mlsec.ledger import note, witness

    name, kind, key = _vkey(given.witness)
    cosigned, at = witness.only_of(note.parse_checkpoint(_read(given.file)), name, kind, key)
    ledger.attach(cosigned.note)
    say(f"{cosigned.size} entries are cosigned by {name}, {_day(at)}.")
    return 0


def said_by_witnesses(checkpoints: Iterable[Checkpoint], vkeys: Sequence[Path]) -> list[str]:
    """A line for each witness on the first of these checkpoints it cosigned. Raises Unverified for none."""
    from jupyter_mlsec.ledger import note

    known = list(checkpoints)
    lines = []
    for path in vkeys:
        name, kind, key = _vkey(path)
        times = ((one.size, note.cosigned_at(note.parse(one.note), name, key, kind)) for one in known)
        size, at = next(((size, at) for size, at in times if at is not None), (0, None))
        if at is None:
            raise Unverified(f"No checkpoint here is cosigned by {name}.")
        lines.append(f"Cosigned by {name}: {size} entries, {_day(at)}.")
    return lines


def said_of(ledger: Ledger, vkeys: Sequence[Path]) -> list[str]:
    """A line for each witness on the newest checkpoint of the ledger it cosigned. Raises Unverified as above."""
    return [
        text for path in vkeys for text in said_by_witnesses(ledger.reader.checkpoints_naming(_vkey(path)[0]), [path])
    ]


def _witness(key: Path | None) -> Witness:
    """The witness of that private key, else of the one in the data folder. What it has seen is remembered there."""
    from jupyter_mlsec.ledger.witness import Witness
    from jupyter_mlsec.vault.signing import load_signer, local_witness

    data = places.data_folder()
    signer = local_witness(data) if key is None else load_signer(key)
    return Witness(data / "witnessed", f"jupyter-mlsec-witness/{signer.public_key.hex()[:16]}", signer)


def _vkey(path: Path) -> tuple[str, int, bytes]:
    from jupyter_mlsec.ledger import note

    name, kind, key = note.parse_verifier_key(_read(path).decode("utf-8", "replace"))
    if kind == note.ED25519:
        raise UsageError(f"{path} is the key of a ledger, not of a witness.")
    return name, kind, key


def _day(at: int) -> str:
    try:
        return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"
    except (OverflowError, OSError, ValueError):
        return "at a time that cannot be"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} was not read: {error.strerror}.") from None


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise LedgerError(f"{path} was not written: {error.strerror}.") from None
