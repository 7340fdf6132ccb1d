"""What no sample showed is found later, without a table being held or the end of a process being held up."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from jupyter_mlsec.controls.contract import Call, Site
from jupyter_mlsec.controls.pii import Settings, build, later, scan_table
from jupyter_mlsec.controls.pii.later import Found, Later
from jupyter_mlsec.protocol.facts import Facts
from jupyter_mlsec.protocol.records import Cell, Operation, Resource, Subject
from jupyter_mlsec.protocol.watch import Watch


def _frame(rows: int = 120_000) -> pd.DataFrame:
    codes = [f"AB-{i:06d}" for i in range(rows)]
    codes[rows - 777] = "erin.vale@example.org"
    return pd.DataFrame({"code": codes, "n": range(rows)})


def _searched(frame: pd.DataFrame, **known: frozenset[str]) -> list[Found]:
    told: list[Found] = []
    search = Later()
    assert search.look(frame, known, told.append)
    assert search.settle(60)
    return told


def test_one_address_among_codes_that_the_sample_missed_is_told_later() -> None:
    frame = _frame()
    assert scan_table(frame) == {}
    (found,) = _searched(frame)
    assert {name: [(d.type, d.count) for d in ds] for name, ds in found.columns.items()} == {"code": [("EMAIL", 1)]}
    assert found.state == "same"


def test_what_is_known_already_is_not_told_again() -> None:
    (found,) = _searched(_frame(), code=frozenset(("EMAIL",)))
    assert found.columns == {}


def test_a_table_that_is_dropped_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = _frame()
    gone = weakref.ref(frame)
    told: list[Found] = []
    search = Later()
    step = later._of_step

    def dropping(table: object, *rest: object) -> object:
        nonlocal frame
        frame = None  # type: ignore[assignment]  # the user's name for it goes
        return step(table, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(later, "_of_step", dropping)
    assert search.look(frame, {}, told.append)
    assert search.settle(60)
    gc.collect()
    assert gone() is None
    assert told[0].state == "dropped"


def test_a_table_changed_in_place_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = _frame()
    step = later._of_step

    def changing(*given: object) -> object:
        frame.loc[5, "code"] = "another"
        return step(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(later, "_of_step", changing)
    (found,) = _searched(frame)
    assert found.state == "changed"


def test_a_small_table_is_not_searched_twice() -> None:
    assert not Later().look(pd.DataFrame({"a": ["x"] * 9}), {}, lambda _: None)


def test_a_process_that_ends_while_it_searches_ends_well() -> None:
    code = (
        "import pandas as pd\nfrom jupyter_mlsec.controls.pii.later import Later\n"
        "frame = pd.DataFrame({f'c{j}': [f'note {i} of the day' for i in range(200_000)] for j in range(8)})\n"
        "assert Later().look(frame, {}, lambda _: None)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_found_later_amends_the_first_entry_and_labels_the_column() -> None:
    amended: list[tuple[str, Any]] = []
    site = Site(
        settings=Settings(), profile="guard", project=Path, state=Path, data=Path, record=lambda *_: None,
        amend=lambda operation, findings=(), facts=(): amended.append((findings[0].message, facts)),
    )  # fmt: skip
    control = build(site)
    operation = Operation(
        id="1", action="read", subject=Subject(name="u"), resource=Resource(kind="file", name="codes.csv"),
        cell=Cell(execution=1), library="pandas", function="read_csv", at=0,
    )  # fmt: skip
    frame = _frame()
    for _ in range(2):
        call = Call(Watch(target="f", action="read", value="value"), (), {}, {})
        assert list(control.after(operation, call, frame, Facts())) == []
    assert control.later.settle(60)
    ((message, (labels,)),) = amended
    assert message == "Every row was searched. codes.csv: code EMAIL < 0.1 %."
    assert [(one.column, one.type) for one in labels.labels] == [("code", "EMAIL")]
