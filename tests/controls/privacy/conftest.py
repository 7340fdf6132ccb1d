"""A project's budgets with a ledger that is a dictionary."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlsec.controls.privacy.budget import Budget


class Ledger:
    """Keeps of each verb and subject the last details, as the ledger's `recall` gives them."""

    def __init__(self) -> None:
        self.deeds: list[tuple[str, str, dict[str, str]]] = []

    def record(self, verb: str, subject: str, details: dict[str, str]) -> None:
        self.deeds.append((verb, subject, details))

    def recall(self, *verbs: str) -> dict[str, dict[str, str]]:
        return {subject: details for verb, subject, details in self.deeds if verb in verbs}

    def budget(self, folder: Path) -> Budget:
        """Another kernel on the same project."""
        return Budget(lambda: folder / "privacy", self.record, self.recall)


@pytest.fixture
def ledger() -> Ledger:
    """An empty one."""
    return Ledger()
