"""Evidence: cells are matched to their runs, and what never ran, ran late, was edited or deleted is marked as such."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from jupyter_mlsec.protocol.entries import Allowed, Amended, AnyEntry, Switched, Troubled
from jupyter_mlsec.protocol.facts import Coverage, Elsewhere
from jupyter_mlsec.reports.evidence import Evidence, gather
from jupyter_mlsec.reports.layout import front_text
from jupyter_mlsec.reports.pages import cell_block, deleted_blocks
from jupyter_mlsec.reports.prose import plain
from jupyter_mlsec.reports.unseen import not_seen
from tests.reports.stage import RUN, SSN, MemoryLog, Story, code_cell, read, text_cell


@pytest.fixture
def told(log: MemoryLog) -> Story:
    return Story(log)


def seen(story: Story, *cells: dict[str, Any]) -> Evidence:
    entries = [msgspec.json.decode(raw, type=AnyEntry) for raw in story.log.leaves]
    return gather(RUN, entries, list(cells))


def states(evidence: Evidence) -> list[str]:
    return [cell.state for cell in evidence.cells]


def test_cells_are_matched_by_id_even_when_edited(told: Story) -> None:
    told.cell(1, "x = 1", id="a")
    found = seen(told, code_cell("a", "x = 2", 1))

    assert found.cells[0].match == "id"
    assert states(found) == ["edited"]


def test_cells_without_ids_are_matched_by_code_in_order(told: Story) -> None:
    told.cell(1, "x += 1")
    told.cell(2, "x += 1")
    found = seen(told, code_cell("a", "x += 1", 1), text_cell("t", "words"), code_cell("b", "x += 1", 2))

    assert [[run.count for run in cell.runs] for cell in found.cells] == [[1], [2]]
    assert [cell.match for cell in found.cells] == ["code", "code"]


def test_a_rerun_cell_without_id_is_told_from_its_twin_by_the_saved_count(told: Story) -> None:
    told.cell(1, "x += 1")
    told.cell(2, "y")
    told.cell(3, "x += 1")
    found = seen(told, code_cell("a", "x += 1", 3), code_cell("b", "y", 2), code_cell("c", "x += 1", None))

    assert 3 in [run.count for run in found.cells[0].runs]


def test_a_cell_edited_after_running_without_id_is_found_by_its_saved_count(told: Story) -> None:
    told.cell(1, "secret()")
    found = seen(told, code_cell("a", "harmless()", 1))

    assert (found.cells[0].match, found.cells[0].state) == ("count", "edited")
    assert "EDITED AFTER RUNNING" in plain(cell_block(found.cells[0]).lead)


def test_a_deleted_cell_is_shown_with_what_it_read(told: Story) -> None:
    told.cell(1, "pd.read_csv('secret.csv')", id="gone", deeds=(read("secret.csv", SSN),))
    found = seen(told, code_cell("a", "x", None))
    block = deleted_blocks(found)[0]

    assert "NOT IN THE NOTEBOOK" in plain(block.lead)
    assert any("secret.csv" in plain(line) for line in block.lines)


def test_cells_run_out_of_order_are_marked_with_the_cell_that_ran_later(told: Story) -> None:
    told.cell(1, "b", id="b")
    told.cell(2, "a", id="a")
    found = seen(told, code_cell("a", "a", 2), code_cell("b", "b", 1))

    assert [cell.overtaken for cell in found.cells] == [None, 1]
    assert "OUT OF ORDER: cell 1" in plain(cell_block(found.cells[1]).lead)


def test_a_cell_that_never_ran_and_one_that_ran_unrecorded_differ(told: Story) -> None:
    told.cell(5, "x", id="x")
    found = seen(told, code_cell("x", "x", 5), code_cell("n", "never()", None), code_cell("u", "before()", 2))

    assert states(found) == ["as shown", "never ran", "unrecorded"]
    assert any("1 cell that ran outside this run" in phrase for phrase in not_seen(found))


def test_earlier_runs_of_other_code_are_named(told: Story) -> None:
    told.cell(1, "x = secret()", id="a")
    told.cell(2, "x = 1", id="a")
    found = seen(told, code_cell("a", "x = 1", 2))

    assert found.cells[0].state == "as shown"
    assert found.cells[0].other_code == (1,)
    assert "other code ran as [1]" in plain(cell_block(found.cells[0]).lines[0])


def test_what_was_learned_later_belongs_to_the_deed_it_amends(told: Story) -> None:
    told.cell(1, "load", id="a", deeds=(read("patients.csv"),))
    operation = next(deed.operation.id for deed in seen(told, code_cell("a", "load", 1)).deeds())
    told.write(Amended, amends=operation, control="pii", findings=(SSN,))
    found = seen(told, code_cell("a", "load", 1))

    assert found.cells[0].deeds[0].findings == (SSN,)


def test_what_could_not_be_seen_is_listed(told: Story) -> None:
    told.cell(1, "!a", id="a", facts={"unobserved": ("shell", "subprocess")})
    told.cell(2, "!b", id="b", facts={"unobserved": ("shell",)})
    told.write(Switched, to="paused", reason="a demo")
    told.write(Troubled, where="pii", error="MemoryError")
    told.number += 2
    told.cell(3, "x", id="c")
    phrases = not_seen(seen(told, code_cell("a", "!a", 1)))

    assert phrases[:2] == ("2 shell commands", "1 subprocess")
    assert any("paused (1 time)" in phrase for phrase in phrases)
    assert any("2 entries of the run missing" in phrase for phrase in phrases)
    assert any("failed at (1 time)" in phrase for phrase in phrases)


def test_what_the_system_counted_is_set_against_what_was_watched(told: Story) -> None:
    git = Elsewhere(kind="subprocess", program="git", count=2)
    figures = {"read": 5_242_944, "read_unexplained": 5_242_944, "opened": ("big.bin",), "by": ("counters", "audit")}
    told.cell(1, "a", id="a", coverage=(Coverage(unobserved=(git, Elsewhere(kind="shell")), **figures),))
    told.cell(2, "b", id="b", coverage=(Coverage(unobserved=(git,), by=("audit",)),))
    found = seen(told, code_cell("a", "a", 1))
    lines = [plain(line) for line in cell_block(found.cells[0]).lines]

    assert not_seen(found) == (
        "1 shell command",
        "4 subprocesses (git)",
        "5.2 MB read and 0 B written in 1 cell beyond watched calls",
        "how much 1 cell read and wrote (bytes were not counted there)",
    )
    assert lines[-2] == "not seen: 1 shell command, 2 subprocesses (git)"
    assert lines[-1] == "read 5.2 MB, none of it explained; opened without a watch: big.bin"


def test_a_cell_that_was_fully_explained_says_so(told: Story) -> None:
    fact = Coverage(read=2_000_000, read_explained=1_999_000, by=("counters",))
    told.cell(1, "a", id="a", coverage=(fact,))
    found = seen(told, code_cell("a", "a", 1))

    assert not_seen(found) == ()
    assert plain(cell_block(found.cells[0]).lines[-1]) == "read 2.0 MB, explained"


def test_the_front_page_names_allowances_and_pauses_with_their_reasons(told: Story, about: Any) -> None:
    told.write(Allowed, id="al1", rule="schema.violated", reason="known bad file")
    told.write(Switched, to="paused", reason="private cells")
    text = front_text(seen(told), about)

    assert "known bad file" in text
    assert "private cells" in text


def test_data_never_becomes_markup(told: Story, about: Any) -> None:
    name = "a`](javascript:x)<script>|.csv\n# Verified"
    told.cell(1, "load", id="a", deeds=(read(name),))
    text = plain(cell_block(seen(told, code_cell("a", "load", 1)).cells[0]).lines[1])
    page = front_text(seen(told, code_cell("a", "load", 1)), about)

    assert "javascript" in text
    assert "\n# Verified" not in page


@pytest.mark.parametrize(
    ("source", "state"),
    [
        ("%load_ext jupyter_mlsec", "loader"),
        ("# guard\n%load_ext jupyter_mlsec  # on\n", "loader"),
        ("x = secret()\n%load_ext jupyter_mlsec", "unrecorded"),
        ("# nothing", "unrecorded"),
    ],
)
def test_only_a_cell_that_does_nothing_but_load_the_guard_is_excused(told: Story, source: str, state: str) -> None:
    told.cell(2, "x", id="x")
    found = seen(told, code_cell("load", source, 1), code_cell("x", "x", 2))

    assert states(found) == [state, "as shown"]
    assert not_seen(found) == (() if state == "loader" else not_seen(found)[:1])
    assert bool(not_seen(found)) == (state == "unrecorded")


@pytest.mark.parametrize(
    ("source", "state"),
    [
        ("%mlsec resume", "switch"),
        ('# a break\n%mlsec pause --reason "lunch"', "switch"),
        ("%mlsec resume\nsecret()", "unrecorded"),
        ("%mlsec pause --reason {secret()}", "unrecorded"),
        ("x = 1", "unrecorded"),
        ("# nothing", "unrecorded"),
    ],
)
def test_a_cell_that_only_paused_or_resumed_is_told_from_what_ran_unseen(told: Story, source: str, state: str) -> None:
    told.write(Switched, to="paused", reason="lunch")
    told.cell(3, "y", id="y")

    assert states(seen(told, code_cell("s", source, 2), code_cell("y", "y", 3))) == [state, "as shown"]


def test_without_a_pause_no_cell_only_resumed(told: Story) -> None:
    told.cell(3, "y", id="y")

    assert states(seen(told, code_cell("s", "%mlsec resume", 2), code_cell("y", "y", 3)))[0] == "unrecorded"


def test_a_denial_is_said_once(told: Story) -> None:
    told.cell(1, "x", id="a", outcome="denied", error="Denied", deeds=(read("bad.pkl", effect="deny"),))
    lines = [plain(line) for line in cell_block(seen(told, code_cell("a", "x", 1)).cells[0]).lines]

    assert ", denied; matched" in lines[0]
    assert not any("raised" in line for line in lines)
