"""The signing key may lie with another process: kernels hand it what is to be signed and never see the key."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlsec.host import sockets
from jupyter_mlsec.ledger import Ledger, note
from jupyter_mlsec.protocol.errors import NoIdentity
from jupyter_mlsec.vault import signing
from jupyter_mlsec.vault.agent import client, server
from jupyter_mlsec.vault.agent.client import second_of, signer_of
from jupyter_mlsec.vault.signing import LocalSigner, local_second, local_signer
from tests.ledger.logbook import fill

pytestmark = pytest.mark.skipif(not sockets.HAS_UNIX, reason="needs Unix sockets")


@pytest.fixture
def place() -> Iterator[Path]:
    """A short path: sockets take about a hundred characters."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture
def held(place: Path) -> list[LocalSigner]:
    """The keys, in a folder that only the agent looks into."""
    return [one for one in (local_signer(place / "keys"), local_second(place / "keys")) if one is not None]


@pytest.fixture
def agent(place: Path, held: list[LocalSigner], monkeypatch: pytest.MonkeyPatch) -> Iterator[server.Agent]:
    monkeypatch.setenv(client.ENVIRONMENT, str(place / "agent"))
    started = server.Agent(place / "agent", (), (), held)
    started.start()
    yield started
    started.stop()


def test_a_ledger_is_signed_by_the_agent_and_no_key_is_made_here(
    agent: server.Agent, held: list[LocalSigner], folder: Path, data: Path
) -> None:
    ledger = Ledger(folder, lambda: signer_of(data), data / "checkpoints", second=lambda: second_of(data))
    fill(ledger, 3)
    checkpoint = ledger.fold()
    assert checkpoint is not None
    for one in held:
        assert note.signed_by(checkpoint, [one.public_key]) == one.public_key
    assert ledger.verify() == ()
    assert not list(data.glob("*.key"))
    ledger.close()


def test_when_the_agent_is_gone_nothing_is_signed_and_nothing_is_lost(
    agent: server.Agent, folder: Path, data: Path
) -> None:
    ledger = Ledger(folder, lambda: signer_of(data), data / "checkpoints")
    fill(ledger, 2)
    agent.stop()
    with pytest.raises(NoIdentity, match="not asked"):
        ledger.fold()
    assert (ledger.lost, ledger.checkpoint()) == (0, None)
    ledger.close()


def test_without_an_agent_or_with_one_that_signs_nothing_the_local_key_is_used(
    place: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(client.ENVIRONMENT, raising=False)
    local = signer_of(data).public_key
    monkeypatch.setenv(client.ENVIRONMENT, str(place / "agent"))
    started = server.Agent(place / "agent", (), ())
    started.start()
    assert signer_of(data).public_key == local
    started.stop()


def test_an_agents_signature_is_checked_before_it_is_used(agent: server.Agent, place: Path, data: Path) -> None:
    stranger = local_signer(data)
    false = client.AgentSigner(place / "agent", "ed25519", stranger.public_key)
    with pytest.raises(NoIdentity, match="a signature that is not one"):
        false.sign(b"message")


def test_a_message_as_long_as_an_audit_is_signed_and_one_beyond_is_refused(
    agent: server.Agent, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signer = signer_of(data)
    message = bytes(8 << 20)
    assert signing.verify(signer.public_key, message, signer.sign(message))
    with pytest.raises(NoIdentity):
        signer.sign(bytes(17 << 20))


def test_its_repr_names_the_public_key_only(agent: server.Agent, data: Path) -> None:
    signer = signer_of(data)
    assert repr(signer) == f"<AgentSigner {signing.fingerprint(signer.public_key)}>"
    assert signer.name == signing.short_name(signer.public_key)
