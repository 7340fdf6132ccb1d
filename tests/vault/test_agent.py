"""The agent gives file keys to its own user's processes, nothing else to anybody, and no client stops it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from jupyter_mlsec.host import hardening, sockets
from jupyter_mlsec.protocol.errors import NoIdentity
from jupyter_mlsec.vault import Identities
from jupyter_mlsec.vault.agent import server, wire
from jupyter_mlsec.vault.agent.client import AgentIdentity
from jupyter_mlsec.vault.agent.server import Agent
from jupyter_mlsec.vault.damage import HeaderDamaged, HeaderForged, NoMatch
from jupyter_mlsec.vault.files import open_sealed, seal_file
from jupyter_mlsec.vault.format import read_header

pytestmark = pytest.mark.skipif(not sockets.HAS_UNIX, reason="needs Unix sockets")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: sockets take about a hundred characters."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture
def agent(own: Identities, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Agent]:
    monkeypatch.setattr(server, "PATIENCE", 0.3)
    own.create()
    started = Agent(folder / "agent", own.load(), own.info().recipients)
    started.start()
    yield started
    started.stop()


def sealed_header(own: Identities, folder: Path) -> bytes:
    (folder / "x").write_bytes(b"plain")
    seal_file(folder / "x", identities=own)
    with (folder / "x").open("rb") as file:
        size = read_header(file).size
        file.seek(0)
        return file.read(size)


def ask_raw(agent: Agent, raw: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(os.fspath(agent.path))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # dropped before all was sent
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(4096), b""))
        return b""


def test_a_kernel_seals_and_opens_without_holding_a_key(
    agent: Agent, own: Identities, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_MLSEC_AGENT", os.fspath(agent.path))
    elsewhere = Identities(folder / "nothing here")
    (folder / "x").write_bytes(b"plain")
    seal_file(folder / "x", identities=elsewhere)
    reader = open_sealed(folder / "x", identities=elsewhere)
    assert reader.read() == b"plain"
    assert reader.identity.recipient.name == elsewhere.recipient().name  # type: ignore[union-attr]
    assert elsewhere.info().lies == "agent"
    assert elsewhere.durability().durable
    assert not (folder / "nothing here").exists()


def test_what_passes_over_the_socket_is_never_an_identity(agent: Agent, own: Identities, folder: Path) -> None:
    secrets = [line for line in own.path.read_bytes().splitlines() if line.startswith(b"AGE-SECRET")]
    asked = [wire.encode(wire.Unwrap(header=sealed_header(own, folder))), wire.encode(wire.Whom()), b"\0\0\0\2{}"]
    answers = [ask_raw(agent, raw) for raw in asked]
    assert len(secrets) == 2
    assert all(answers)
    assert not any(secret in answer for secret in secrets for answer in answers)
    assert msgspec.json.schema(wire.FileKey)["$defs"]["FileKey"]["properties"].keys() == {"type", "key", "name"}


def test_each_reason_for_no_key_is_the_error_it_is_without_an_agent(
    agent: Agent, own: Identities, folder: Path
) -> None:
    stranger = Identities(folder / "stranger")
    stranger.create()
    client, header = AgentIdentity(agent.path), sealed_header(own, folder)
    forged = header[:-2] + (b"A" if header[-2:-1] != b"A" else b"E") + b"\n"
    for raw, error in (
        (sealed_header(stranger, folder), NoMatch),
        (forged, HeaderForged),
        (b"nonsense", HeaderDamaged),
    ):
        with pytest.raises(error):
            client.unwrap_header(raw)


@pytest.mark.parametrize(
    "raw",
    [b"", b"\0\0", b"\0\0\0\5abc", b"\xff\xff\xff\xff", b"\0\0\0\1\xc1", b"\0\0\0\3abcdef", b"\0\0\0\0"],
    ids=["nothing", "half a length", "cut", "huge", "no message", "too much", "empty"],
)
def test_a_bad_client_is_dropped_and_the_next_one_answered(
    agent: Agent, own: Identities, folder: Path, raw: bytes
) -> None:
    assert len(ask_raw(agent, raw)) < 200
    assert len(AgentIdentity(agent.path).unwrap_header(sealed_header(own, folder)).key) == 16


def test_clients_that_stall_cost_a_moment_each_and_stop_nobody(agent: Agent, own: Identities, folder: Path) -> None:
    header = sealed_header(own, folder)
    stalled = [sockets.connect(agent.path, 5) for _ in range(server.THREADS + 2)]
    try:
        assert len(AgentIdentity(agent.path).unwrap_header(header).key) == 16
    finally:
        for connection in stalled:
            connection.close()
    assert any("TimeoutError" in what for what in agent.counts)


def test_an_error_of_ours_ends_a_thread_and_not_the_agent(
    agent: Agent, own: Identities, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda *_: None)
    answer, header = agent._answer, sealed_header(own, folder)
    monkeypatch.setattr(agent, "_answer", lambda body: 1 / 0)
    for _ in range(server.THREADS + 1):
        assert ask_raw(agent, wire.encode(wire.Whom())) == b""
    monkeypatch.setattr(agent, "_answer", answer)
    assert len(AgentIdentity(agent.path).unwrap_header(header).key) == 16


def test_another_user_gets_no_answer(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "is_same_user", lambda connection: False)
    assert ask_raw(agent, wire.encode(wire.Whom())) == b""


def test_an_agent_of_another_user_is_not_asked(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "_peer", lambda connection: 4711)
    with pytest.raises(NoIdentity, match="another user"):
        AgentIdentity(agent.path).recipients()


def test_the_socket_is_private_and_one_agent_listens_at_it(agent: Agent, own: Identities) -> None:
    assert stat.S_IMODE(agent.path.lstat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        Agent(agent.path, own.load(), ())


def test_an_agent_that_is_gone_gives_one_clear_error_and_its_place_to_the_next(
    agent: Agent, own: Identities, folder: Path
) -> None:
    agent.stop()
    assert not agent.path.exists()
    with pytest.raises(NoIdentity, match=r"no such socket.*keys agent.*JUPYTER_MLSEC_AGENT"):
        AgentIdentity(agent.path).unwrap_header(b"")
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(os.fspath(agent.path))  # as a killed agent leaves it
    with pytest.raises(NoIdentity, match="nobody listens"):
        AgentIdentity(agent.path).unwrap_header(b"")
    following = Agent(agent.path, own.load(), own.info().recipients)
    following.start()
    assert AgentIdentity(agent.path).recipients() == own.info().recipients
    following.stop()


def test_a_folder_that_others_can_enter_is_no_place_for_a_socket(folder: Path) -> None:
    folder.chmod(0o755)
    with pytest.raises(PermissionError, match="chmod 700"):
        sockets.require_private(folder)
    folder.chmod(0o700)


def test_the_command_holds_the_keys_until_it_is_stopped(own: Identities, folder: Path) -> None:
    environment = {**os.environ, "JUPYTER_DATA_DIR": os.fspath(folder), "JUPYTER_RUNTIME_DIR": os.fspath(folder / "r")}
    Identities(folder / "jupyter_mlsec").create()
    words = [sys.executable, "-c", "from jupyter_mlsec.cli import main; raise SystemExit(main())", "keys", "agent"]
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        name, _, path = process.stdout.readline().strip().removeprefix("export ").partition("=")
        said = process.stdout.readline()
        assert name == "JUPYTER_MLSEC_AGENT"
        assert AgentIdentity(Path(path)).recipients()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert ("not dumpable" in said) == (sys.platform == "linux")
    assert not Path(path).exists()


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_a_hardened_process_leaves_no_core_and_is_not_dumpable() -> None:
    script = (
        "import resource; from jupyter_mlsec.host import hardening as h; before = h.is_dumpable(); h.harden(); "
        "print(before, h.is_dumpable(), resource.getrlimit(resource.RLIMIT_CORE))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True False (0, 0)"
    assert hardening.is_dumpable() is True
