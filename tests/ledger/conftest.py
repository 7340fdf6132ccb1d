"""A ledger in a temporary project."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyter_mlsec.ledger import Ledger
from jupyter_mlsec.vault.signing import local_signer

Open = Callable[..., Ledger]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "project" / ".mlsec" / "ledger"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def open_ledger(folder: Path, data: Path) -> Iterator[Open]:
    """Opens ledgers on the same folder (or another) with the same user's key; all are closed at the end."""
    opened = []

    def open_one(at: Path = folder, mirror: Path | None = data / "checkpoints") -> Ledger:
        opened.append(Ledger(at, lambda: local_signer(data), mirror))
        return opened[-1]

    yield open_one
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(open_ledger: Open) -> Ledger:
    return open_ledger()
