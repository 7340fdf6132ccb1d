"""The guard at work records the files a script reads and writes by their digests, before it lets go."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from jupyter_mlsec.ledger.reader import open_reader
from jupyter_mlsec.protocol.entries import Amended, AnyEntry, Recorded
from jupyter_mlsec.protocol.facts import Fingerprint

SCRIPT = """
import json, pandas, jupyter_mlsec
with jupyter_mlsec.guard():
    small, large = pandas.read_csv("small.csv"), pandas.read_csv("large.csv")
    large.to_csv("out.csv", index=False)
    with open("out.json", "w") as file:
        json.dump([1, 2, 3], file)
"""


@pytest.fixture
def recorded(tmp_path: Path) -> dict[str, set[str]]:
    """The digests recorded of each file, by a process that has ended."""
    (tmp_path / ".mlsec").mkdir()
    (tmp_path / "small.csv").write_text("a,b\n1,2\n")
    (tmp_path / "large.csv").write_text("a,b\n" + "1,2\n" * 100_000)
    environment = {**os.environ, "JUPYTER_DATA_DIR": str(tmp_path / "home"), "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", SCRIPT], cwd=tmp_path, env=environment, check=True, timeout=120)
    reader = open_reader(tmp_path / ".mlsec" / "ledger")
    entries = [msgspec.json.decode(raw, type=AnyEntry) for _, raw in reader.entries()]
    reader.close()
    names = {one.operation.id: one.operation.resource.name for one in entries if isinstance(one, Recorded)}
    found: dict[str, set[str]] = {}
    for entry in entries:
        if isinstance(entry, Recorded | Amended):
            name = names[entry.operation.id if isinstance(entry, Recorded) else entry.amends]
            found.setdefault(name, set()).update(one.digest for one in entry.facts if isinstance(one, Fingerprint))
    return found


def test_every_file_of_a_script_is_known_by_its_digest(recorded: dict[str, set[str]], tmp_path: Path) -> None:
    for name in ("small.csv", "large.csv", "out.csv", "out.json"):
        assert recorded[name] == {hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()}, name
