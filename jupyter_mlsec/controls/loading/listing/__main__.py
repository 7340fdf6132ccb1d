"""Writes the list again: what the installed libraries' files name takes the place of what the same versions had."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from jupyter_mlsec.controls.loading.listed import Listings, listings
from jupyter_mlsec.controls.loading.listing.dumping import dumped, python_names

PLACE = Path(__file__).resolve().parents[1] / "listed.json"


def main(only: list[str]) -> None:
    """Dump everything installed (or only these distributions), and write the list."""
    known = listings() if PLACE.exists() else None
    made = dumped(only)
    fresh = {(each.distribution, each.version) for each in made}
    kept = [each for each in (known.libraries if known else ()) if (each.distribution, each.version) not in fresh]
    libraries = tuple(sorted((*kept, *made), key=lambda each: (each.distribution, each.version)))
    python = known.python if only and known else python_names()
    encoded = msgspec.json.format(msgspec.json.encode(Listings(python=python, libraries=libraries)), indent=1)
    PLACE.write_bytes(encoded + b"\n")
    for each in (python, *made):
        sys.stdout.write(f"{each.distribution} {each.version}: {len(each.free)} free, {len(each.careful)} careful\n")


if __name__ == "__main__":
    main(sys.argv[1:])
