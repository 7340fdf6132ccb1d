"""The wire to the panel: numbered, batched, replayed to the one who asks, and silent for everyone else."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from types import SimpleNamespace
from typing import Any

import msgspec
import nbformat
import pytest
from jupyter_client.manager import KernelManager

from jupyter_mlsec.protocol.entries import Did, Troubled
from jupyter_mlsec.protocol.messages import COMM_ID, TARGET, VERSION, Batch, EntryWritten, GuardState, Notice
from jupyter_mlsec.session.channel import FULL, KEPT, Channel


class Wire:
    """Stands where a kernel stands: keeps what is sent, as the content of each message."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Batch]] = []
        self.targets: dict[str, Any] = {}
        self.comms: dict[str, Any] = {}
        self.session = self.comm_manager = self
        self.iopub_socket = object()

    def send(self, socket: object, kind: str, content: bytes, **_: object) -> None:
        assert kind == "comm_msg"
        decoded = msgspec.json.decode(content)
        self.sent.append((decoded["comm_id"], msgspec.convert(decoded["data"], Batch)))

    def register_target(self, name: str, answer: Any) -> None:
        self.targets[name] = answer

    def unregister_target(self, name: str, answer: Any) -> None:
        del self.targets[name]

    def register_comm(self, comm: Any) -> None:
        self.comms[comm.comm_id] = comm

    def unregister_comm(self, comm: Any) -> None:
        del self.comms[comm.comm_id]

    def live(self) -> list[int]:
        return [event.seq for comm, batch in self.sent if comm == COMM_ID for event in batch.events]

    def ask(self, request: object) -> list[Batch]:
        """What a panel hears that opens a comm with this request."""
        self.targets[TARGET](SimpleNamespace(comm_id="asker"), {"content": {"data": request}})
        return [batch for comm, batch in self.sent if comm == "asker"]


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def channel(wire: Wire) -> Any:
    made = Channel.connect(SimpleNamespace(kernel=wire))
    yield made
    made.close()


def did(subject: str = "x") -> Notice:
    return EntryWritten(entry=Did(run="r", number=0, at=0, verb="seal", subject=subject))


def test_plain_ipython_has_no_channel() -> None:
    assert Channel.connect(SimpleNamespace()) is None
    assert Channel.connect(SimpleNamespace(kernel=None)) is None


def test_a_flush_sends_everything_in_order_and_in_batches(wire: Wire, channel: Channel) -> None:
    for _ in range(FULL * 2 + 1):
        channel.publish(did())

    channel.flush()

    assert wire.live() == list(range(1, FULL * 2 + 2))
    assert all(len(batch.events) <= FULL for _, batch in wire.sent)
    assert {batch.version for _, batch in wire.sent} == {VERSION}


def test_a_notice_leaves_by_itself_when_no_cell_ends(wire: Wire, channel: Channel) -> None:
    channel.publish(did())

    deadline = time.monotonic() + 5
    while not wire.sent and time.monotonic() < deadline:
        time.sleep(0.01)

    assert wire.live() == [1]


def test_ten_thousand_notices_make_few_messages(wire: Wire, channel: Channel) -> None:
    for _ in range(10_000):
        channel.publish(did())
    channel.flush()

    assert len(wire.live()) == 10_000
    assert len(wire.sent) < 100


def test_notices_of_many_threads_get_numbers_without_a_gap(wire: Wire, channel: Channel) -> None:
    def publish() -> None:
        for _ in range(500):
            channel.publish(did())
            channel.flush()

    threads = [threading.Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wire.live() == list(range(1, 2001))


def test_a_replay_goes_to_the_asker_only_and_ends_with_an_empty_batch(wire: Wire, channel: Channel) -> None:
    for _ in range(5):
        channel.publish(did())

    heard = wire.ask({"type": "replay", "after": 2})

    assert [event.seq for batch in heard for event in batch.events] == [3, 4, 5]
    assert heard[-1].events == ()
    assert all(batch.replay for batch in heard)
    assert wire.live() == [1, 2, 3, 4, 5]


def test_a_replay_keeps_the_newest_events_and_the_state(wire: Wire, channel: Channel) -> None:
    channel.publish(GuardState(state="paused", profile="strict"))
    for _ in range(KEPT + 10):
        channel.publish(did())

    events = [event for batch in wire.ask({"type": "replay"}) for event in batch.events]

    assert len(events) == KEPT + 1
    assert events[0].notice == GuardState(state="paused", profile="strict")
    assert events[-1].seq == KEPT + 11


@pytest.mark.parametrize("request_", [None, {}, {"type": "hologram"}, {"type": "replay", "after": "x"}, 7])
def test_a_panel_of_another_version_gets_what_is_kept(wire: Wire, channel: Channel, request_: object) -> None:
    channel.publish(did())

    assert [event.seq for batch in wire.ask(request_) for event in batch.events] == [1]


def test_a_name_that_json_cannot_hold_loses_neither_its_number_nor_its_neighbours(wire: Wire, channel: Channel) -> None:
    for subject in ("good.csv", "bad\udcff.csv", "good.csv"):
        channel.publish(did(subject))

    channel.flush()

    notices = [event.notice for _, batch in wire.sent for event in batch.events]
    assert wire.live() == [1, 2, 3]
    assert [type(notice.entry) for notice in notices if isinstance(notice, EntryWritten)] == [Did, Troubled, Did]


def test_a_closed_channel_is_silent_and_leaves_no_trace_in_the_kernel(wire: Wire, channel: Channel) -> None:
    channel.publish(did())
    channel.close()
    channel.publish(did())
    channel.flush()
    channel.close()

    assert wire.live() == [1]
    assert not wire.targets
    assert not wire.comms


def test_closing_an_old_channel_leaves_the_new_one_in_place(wire: Wire, channel: Channel) -> None:
    newer = Channel.connect(SimpleNamespace(kernel=wire))
    assert newer is not None

    channel.close()

    assert TARGET in wire.targets
    assert COMM_ID in wire.comms
    newer.close()
    assert not wire.targets
    assert not wire.comms


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_sends_nothing(wire: Wire, channel: Channel) -> None:
    child = os.fork()
    if child == 0:
        channel.publish(did())
        channel.flush()
        os._exit(len(wire.sent))

    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0


CELL = f"""
from IPython import get_ipython
from jupyter_mlsec.session.channel import Channel
from jupyter_mlsec.protocol.messages import GuardState
channel = Channel.connect(get_ipython())
channel.publish(GuardState(state="on", profile="guard"))
channel.flush()
assert "{TARGET}" in get_ipython().kernel.comm_manager.targets
"""


def _is_idle(message: Any) -> bool:
    return bool(message["content"].get("execution_state") == "idle")


def test_a_real_kernel_publishes_and_shows_the_marker_without_opening_a_comm() -> None:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        asked = client.execute(CELL)
        seen: list[Any] = []
        while not seen or not (_is_idle(seen[-1]) and seen[-1]["parent_header"]["msg_id"] == asked):
            seen.append(client.get_iopub_msg(timeout=30))
        reply = client.comm_info(TARGET, reply=True, timeout=30)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)

    kinds = [message["header"]["msg_type"] for message in seen]
    batches = [message["content"] for message in seen if message["header"]["msg_type"] == "comm_msg"]
    assert "comm_open" not in kinds
    assert "error" not in kinds
    assert reply["content"]["comms"] == {COMM_ID: {"target_name": TARGET}}
    assert [batch["comm_id"] for batch in batches] == [COMM_ID]
    assert msgspec.convert(batches[0]["data"], Batch).events[0].notice == GuardState(state="on", profile="guard")


def test_nbclient_runs_the_same_cell_in_silence(caplog: pytest.LogCaptureFixture) -> None:
    from nbclient import NotebookClient

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])

    with caplog.at_level(logging.INFO):
        asyncio.run(NotebookClient(notebook, timeout=60, kernel_name="python3").async_execute())

    ours = [record.getMessage() for record in caplog.records if "comm" in record.getMessage().lower()]
    assert ours == []
    assert notebook.cells[0].outputs == []
