"""Files in an audit: each by the digest of its bytes, in the evidence, on the front page and among the subjects."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from jupyter_mlsec.protocol.entries import Amended, AnyEntry, Recorded
from jupyter_mlsec.protocol.facts import Fact, Fingerprint, Undigested
from jupyter_mlsec.protocol.records import Cell, Decision, Resource
from jupyter_mlsec.reports import files
from jupyter_mlsec.reports.evidence import Evidence, gather
from jupyter_mlsec.reports.frontpage import front
from jupyter_mlsec.reports.pages import About, cell_block
from jupyter_mlsec.reports.prose import plain
from jupyter_mlsec.reports.unseen import not_seen
from tests.reports.stage import RUN, MemoryLog, Story, code_cell

ONE, OTHER = "1" * 64, "2" * 64


def digest(digest: str, **more: Any) -> Fingerprint:
    return Fingerprint(algorithm="sha256", digest=digest, of="resource", size=2048, **more)


@pytest.fixture
def told(log: MemoryLog) -> Story:
    return Story(log)


def moved(action: Any, name: str, *facts: Fact, others: tuple[str, ...] = (), later: tuple[Fact, ...] = ()) -> Any:
    """A deed: a file read or written, and what was learned of it at once and later."""

    def deed(story: Story, cell: Cell) -> None:
        operation = story.operation(action, Resource(kind="file", name=name), cell)
        more = tuple(Resource(kind="file", name=each) for each in others)
        operation = msgspec.structs.replace(operation, others=more, id=f"{operation.id}.{name}")
        permit = Decision(effect="permit")
        story.write(Recorded, operation=operation, decision=permit, outcome="done", facts=facts)
        if later:
            story.write(Amended, amends=operation.id, control="digests", facts=later)

    return deed


def seen(story: Story) -> Evidence:
    entries = [msgspec.json.decode(raw, type=AnyEntry) for raw in story.log.leaves]
    return gather(RUN, entries, [code_cell("a", "x", 1), code_cell("b", "y", 2)])


def page(evidence: Evidence, about: About) -> list[str]:
    blocks = [block for block in front(evidence, about) if block.title == "Files"]
    return [f"{name}: {plain(said)}" for block in blocks for name, said in block.rows]


def test_a_digest_that_was_taken_later_is_shown_before_its_cell(told: Story) -> None:
    told.cell(1, "x", id="a", deeds=(moved("read", "in.csv", later=(digest(ONE),)),))
    lines = [plain(line) for line in cell_block(seen(told).cells[0]).lines]

    assert any(f"in.csv (file; sha256:{ONE[:16]}, 2,048 bytes)" in line for line in lines)


def test_the_front_page_gives_each_content_of_a_file_with_its_whole_digest(told: Story, about: About) -> None:
    told.cell(1, "x", id="a", deeds=(moved("read", "in.csv", digest(ONE)), moved("write", "in.csv", digest(OTHER))))
    told.cell(2, "y", id="b", deeds=(moved("read", "in.csv", digest(OTHER)),))

    assert page(seen(told), about) == [
        f"read in.csv: cell 1: sha256:{ONE}, 2,048 bytes",
        f"wrote in.csv: cell 1: sha256:{OTHER}, 2,048 bytes",
        f"read in.csv: cell 2: sha256:{OTHER}, 2,048 bytes",
    ]


def test_why_there_is_no_digest_is_said_and_the_file_counts_as_not_seen(told: Story, about: About) -> None:
    told.cell(1, "x", id="a", deeds=(moved("read", "in.bin", later=(Undigested(why="too large"),)),))
    found = seen(told)

    assert page(found, about) == ["read in.bin: cell 1: no digest: it is larger than the policy has digested"]
    assert "the content of 1 file (no digest)" in not_seen(found)


def test_a_file_of_which_nothing_was_said_counts_as_not_seen(told: Story, about: About) -> None:
    told.cell(1, "x", id="a", deeds=(moved("read", "in.bin"),))

    assert page(seen(told), about) == ["read in.bin: cell 1: no digest was recorded"]
    assert files.without_digest(seen(told)) == ("in.bin",)


def test_every_file_of_a_call_has_its_own_word(told: Story, about: About) -> None:
    more = (digest(OTHER, resource="b.csv"),)
    told.cell(1, "x", id="a", deeds=(moved("read", "a.csv", digest(ONE), others=("b.csv",), later=more),))

    assert [line.split(":")[0] for line in page(seen(told), about)] == ["read a.csv", "read b.csv"]
    assert any(f"b.csv sha256:{OTHER[:16]}" in plain(line) for line in cell_block(seen(told).cells[0]).lines)


def test_what_a_file_was_when_its_cell_ended_is_the_artifact(told: Story) -> None:
    later = (digest(OTHER, as_of="cell"), Undigested(why="changed"))  # the background may come last with what it missed
    told.cell(1, "x", id="a", deeds=(moved("write", "out.csv", digest(ONE), later=later),))

    assert files.artifacts(seen(told)) == {"out.csv": OTHER}


def test_an_artifact_of_unknown_content_does_not_go_by_an_earlier_one(told: Story) -> None:
    told.cell(1, "x", id="a", deeds=(moved("write", "out.csv", digest(ONE)),))
    told.cell(2, "y", id="b", deeds=(moved("write", "out.csv", later=(Undigested(why="changed"),)),))

    assert files.artifacts(seen(told)) == {}


def test_the_last_write_counts_in_whatever_order_the_cells_stand(told: Story) -> None:
    told.cell(1, "y", id="b", deeds=(moved("write", "out.csv", digest(ONE)),))
    told.cell(2, "x", id="a", deeds=(moved("write", "out.csv", digest(OTHER)),))

    assert files.artifacts(seen(told)) == {"out.csv": OTHER}
