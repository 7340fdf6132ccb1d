"""Files by their digests: the bytes a call met, or a word on why they are not known; never other bytes."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlsec.controls.contract import Call, Site
from jupyter_mlsec.controls.digests import background, files
from jupyter_mlsec.controls.digests.control import SMALL, Digests
from jupyter_mlsec.controls.digests.settings import Settings
from jupyter_mlsec.protocol.facts import Fact, Facts, Fingerprint, SealedFor, Undigested
from jupyter_mlsec.protocol.records import Cell, Operation, Resource, Subject
from jupyter_mlsec.protocol.resources import resource_of
from jupyter_mlsec.protocol.watch import Watch

BIG = b"0123456789abcdef" * (SMALL // 8)


class Stage:
    """The control at work in a folder, with what it amended."""

    def __init__(self, root: Path, **settings: Any) -> None:
        self.root, self.amended, self.calls = root, [], 0
        self.control = Digests(
            Site(
                settings=Settings(**settings),
                profile="guard",
                project=lambda: root,
                state=lambda: root,
                data=lambda: root,
                amend=lambda operation, findings=(), facts=(): self.amended.extend(facts),
                record=lambda *_: None,
            )
        )

    def call(self, action: str, resource: Any, deed: Any = None, facts: Facts | None = None, **more: Any) -> list[Fact]:
        """One watched call, `deed` in its middle; the facts it left at once."""
        self.calls += 1
        facts = facts or Facts()
        watch = Watch(target="f", action=action, resource="path", finished_by=more.pop("finished_by", None))  # type: ignore[arg-type]
        operation = self.operation(action, resource_of(resource, str(self.root)), **more)
        call = Call(watch, (resource,), {}, {"path": 0})
        self.control.before(operation, call, facts)
        if deed is not None:
            deed()
        self.control.after(operation, call, None, facts)
        return list(facts)

    def operation(self, action: str, resource: Resource, others: tuple[Resource, ...] = ()) -> Operation:
        return Operation(
            id=f"run.{self.calls}",
            action=action,  # type: ignore[arg-type]
            subject=Subject(name="tester"),
            resource=resource,
            cell=Cell(execution=1),
            library="pandas",
            function="f",
            at=0,
            others=others,
        )

    def end_cell(self) -> None:
        self.call("execute", "cell")

    def settled(self) -> list[Fact]:
        self.control.settle(10)
        return self.amended


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.chdir(tmp_path)
    return Stage(tmp_path)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The background waits for this before it begins."""
    go, work = threading.Event(), background.Background._work
    monkeypatch.setattr(background.Background, "_work", lambda self: (go.wait(20), work(self)))
    yield go
    go.set()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def whys(facts: list[Fact]) -> list[str]:
    return [fact.why for fact in facts if isinstance(fact, Undigested)]


def test_a_small_file_is_digested_within_the_call(stage: Stage) -> None:
    Path("a.csv").write_bytes(b"a,b\n1,2\n")

    assert stage.call("read", "a.csv") == [
        Fingerprint(algorithm="sha256", digest=digest(b"a,b\n1,2\n"), of="resource", size=8)
    ]
    assert stage.settled() == []


def test_a_large_file_is_digested_in_the_background_and_known_when_it_is_read_again(stage: Stage) -> None:
    Path("a.bin").write_bytes(BIG)
    os.utime("a.bin", (1, 1))
    wait_for_the_clock(Path("a.bin"))

    assert stage.call("read", Path("a.bin")) == []
    (fact,) = stage.settled()
    assert (fact.digest, fact.as_of) == (digest(BIG), "call")  # type: ignore[attr-defined]
    assert stage.call("read", "a.bin") == [fact]


def test_a_file_that_changes_before_its_digest_is_taken_gets_none(stage: Stage, held: threading.Event) -> None:
    Path("a.bin").write_bytes(BIG)
    stage.call("read", "a.bin")
    wait_for_the_clock(Path("a.bin"))
    Path("a.bin").write_bytes(BIG[::-1])
    held.set()

    assert whys(stage.settled()) == ["changed"]


def test_a_file_that_changes_while_it_is_read_gets_none(stage: Stage) -> None:
    Path("a.csv").write_bytes(b"before")

    assert whys(stage.call("read", "a.csv", lambda: Path("a.csv").write_bytes(b"after it"))) == ["changed"]


def test_a_file_that_is_gone_before_its_digest_is_taken_gets_none(stage: Stage, held: threading.Event) -> None:
    Path("a.bin").write_bytes(BIG)
    stage.call("read", "a.bin")
    Path("a.bin").unlink()
    held.set()

    assert whys(stage.settled()) == ["changed"]


def test_what_was_written_is_digested_as_the_call_left_it(stage: Stage) -> None:
    (fact,) = stage.call("write", "out.csv", lambda: Path("out.csv").write_bytes(b"x\n1\n"))

    assert fact.digest == digest(b"x\n1\n")  # type: ignore[attr-defined]
    stage.end_cell()
    assert stage.settled() == []


def test_a_file_changed_again_in_its_cell_is_digested_at_its_end_too(stage: Stage) -> None:
    stage.call("write", "out.csv", lambda: Path("out.csv").write_bytes(b"x\n1\n"))
    Path("out.csv").write_bytes(b"x\n1\nmore\n")
    stage.end_cell()

    (fact,) = stage.settled()
    assert (fact.digest, fact.as_of) == (digest(b"x\n1\nmore\n"), "cell")  # type: ignore[attr-defined]


def test_what_goes_through_an_open_file_is_digested_when_the_cell_ends(stage: Stage) -> None:
    with Path("x.json").open("w") as file:
        assert stage.call("write", file, lambda: json.dump([1, 2], file)) == []
    stage.end_cell()

    (fact,) = stage.settled()
    assert (fact.digest, fact.as_of) == (digest(b"[1, 2]"), "cell")  # type: ignore[attr-defined]


def test_a_file_that_is_still_open_when_the_cell_ends_gets_no_digest(stage: Stage) -> None:
    with Path("x.json").open("w") as file:
        stage.call("write", file, lambda: (json.dump([1, 2], file), file.flush()))
        stage.end_cell()

    assert whys(stage.settled()) == ["still open"]


def test_a_writer_that_is_closed_later_is_digested_when_the_cell_ends(stage: Stage) -> None:
    assert stage.call("write", "t.xlsx", finished_by="close") == []
    Path("t.xlsx").write_bytes(b"whole")
    stage.end_cell()

    assert [fact.digest for fact in stage.settled()] == [digest(b"whole")]  # type: ignore[attr-defined]


def test_larger_files_than_the_policy_says_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Path("a.bin").open("wb") as file:
        file.truncate(3 << 20)

    assert whys(Stage(tmp_path, megabytes=2).call("read", "a.bin")) == ["too large"]


def test_nothing_is_read_when_it_is_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_bytes(b"x")

    assert Stage(tmp_path, on=False).call("read", "a.csv") == []


def test_a_sealed_file_is_named_by_its_seal_alone(stage: Stage) -> None:
    facts = Facts()
    facts.add(SealedFor(recipients=("age1",), digest="ab" * 32, size=10))
    Path("a.csv").write_bytes(b"x")

    assert len(stage.call("read", "a.csv", facts=facts)) == 1


@pytest.mark.parametrize(
    "resource", ["https://host/a.csv", "nowhere.csv", "a\0b", "/dev/null", "*.csv", 7, None, "x" * 5000]
)
def test_what_is_no_file_has_no_digest_and_breaks_nothing(stage: Stage, resource: Any) -> None:
    assert stage.call("read", resource) == []
    assert stage.settled() == []


def test_a_folder_is_said_to_be_one(stage: Stage) -> None:
    Path("parts").mkdir()

    assert whys(stage.call("read", "parts")) == ["folder"]


def test_a_pipe_is_never_waited_for(stage: Stage) -> None:
    os.mkfifo("pipe")

    assert stage.call("read", "pipe") == []


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_a_file_that_the_system_makes_up_gets_no_digest_of_nothing(stage: Stage) -> None:
    assert whys(stage.call("read", "/proc/self/status")) == ["changed"]


def test_the_member_of_an_archive_is_not_taken_for_a_file_of_its_name(stage: Stage, tmp_path: Path) -> None:
    import zipfile

    Path("a.csv").write_bytes(b"another")
    with zipfile.ZipFile("a.zip", "w") as archive:
        archive.writestr("b.csv", "within")
    with zipfile.ZipFile("a.zip") as archive, archive.open("b.csv") as member:
        assert files.path_of(member) is None


def test_every_file_of_a_call_is_digested_by_its_name(stage: Stage, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        Path(name).write_text(name)
    stage.call("read", "a.csv", others=(Resource(kind="file", name="b.csv"),))

    (other,) = stage.settled()
    assert (other.resource, other.digest) == ("b.csv", digest(b"b.csv"))  # type: ignore[attr-defined]


def test_reads_that_are_alike_are_asked_once_a_cell(stage: Stage, held: threading.Event) -> None:
    Path("a.bin").write_bytes(BIG)
    for _ in range(5):
        stage.call("read", "a.bin")
    held.set()

    assert len(stage.settled()) == 1


def test_a_run_that_ends_first_says_so(stage: Stage, held: threading.Event) -> None:
    Path("a.bin").write_bytes(BIG * 16)
    stage.call("read", "a.bin")
    threading.Timer(0.3, held.set).start()
    stage.control.settle(0.05, last=True)

    assert whys(stage.amended) == ["not finished"]


def test_more_than_can_be_done_is_said_and_not_queued(stage: Stage, held: threading.Event) -> None:
    for number in range(background._MOST + 2):
        Path(f"{number}.bin").write_bytes(BIG[: SMALL + 1])
        stage.call("read", f"{number}.bin")

    assert whys(stage.amended)[0] == "too many"


def test_a_forked_child_does_not_wait_for_its_parents_thread(stage: Stage, held: threading.Event) -> None:
    Path("a.bin").write_bytes(BIG)
    stage.call("read", "a.bin")
    child = os.fork()
    if child == 0:
        stage.control.settle(60, last=True)
        os._exit(len(stage.amended))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_digest_is_remembered_only_when_a_change_would_show(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.csv").write_bytes(b"one")
    monkeypatch.setattr("jupyter_mlsec.controls.digests.control.is_settled", lambda state: False)
    stage.call("read", "a.csv")

    assert stage.control._known == {}


def test_a_policy_cannot_see_less_than_its_base_unnoticed() -> None:
    assert Settings(on=False, megabytes=1).loosened(Settings()) == ("on", "megabytes")
    assert Settings.of("strict").megabytes > Settings.of("guard").megabytes


def wait_for_the_clock(path: Path) -> None:
    """Until a change of that file is sure to show in its times."""
    state = files.state_of(os.fspath(path))
    assert isinstance(state, files.State)
    pause = threading.Event()
    for _ in range(200):
        if files.is_settled(state):
            return
        pause.wait(0.02)
    raise AssertionError("the clock of files stands still")
