"""A notebook that was run, the entries its run left, and the audit of both."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlsec.reports import audit
from jupyter_mlsec.reports.pages import About
from jupyter_mlsec.vault.signing import LocalSigner, local_signer
from tests.reports.stage import ORIGIN, START, MemoryLog, Story, study, told_run


@pytest.fixture
def signer(tmp_path: Path) -> LocalSigner:
    return local_signer(tmp_path / "keys")


@pytest.fixture
def log(signer: LocalSigner) -> MemoryLog:
    return MemoryLog(signer)


@pytest.fixture
def notebook() -> dict[str, Any]:
    return study()


@pytest.fixture
def story(log: MemoryLog) -> Story:
    return told_run(log)


@pytest.fixture
def made(notebook: dict[str, Any], log: MemoryLog, story: Story, signer: LocalSigner) -> audit.Audit:
    """The audit of it all."""
    return audit.make(audit.Source(notebook=audit.plain(notebook), name="study.ipynb", saved_at=START), log, signer)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any socket is a failure."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


@pytest.fixture
def about() -> About:
    """What a front page says besides the evidence."""
    return About(
        notebook="study.ipynb",
        run_chosen="asked for",
        saved_at=START,
        exported_at=START,
        exporter="jupyter-mlsec",
        signer="signer-00000000",
        key="SHA256:" + "0" * 64,
        checkpoint="7 00000000",
        origin=ORIGIN,
        redacted=-1,
        unsearched=0,
    )
