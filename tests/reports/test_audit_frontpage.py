"""The front page: what a reviewer reads first says who, under what, which models, and what was switched off by whom."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from jupyter_mlsec.protocol.entries import ENVIRONMENT, Did, Recorded, Switched
from jupyter_mlsec.protocol.facts import ModelFacts
from jupyter_mlsec.protocol.records import Cell, Decision, Resource
from jupyter_mlsec.reports import audit
from jupyter_mlsec.vault.signing import LocalSigner
from tests.reports.stage import LOAD, SECOND, SHELL, START, MemoryLog, Story


def modelled(action: Any) -> Callable[[Story, Cell], None]:
    def deed(story: Story, cell: Cell) -> None:
        story.clock += SECOND
        facts = (ModelFacts(model="Ridge", parameters="ee" * 32, rows=900, features=5),)
        operation = story.operation(action, Resource(kind="model", name="Ridge"), cell, function=f"Ridge.{action}")
        story.write(Recorded, operation=operation, decision=Decision(effect="permit"), outcome="done", facts=facts)

    return deed


def front_of(made: audit.Audit) -> str:
    return "".join(json.loads(made.text)["cells"][0]["source"])


def test_the_front_page_lists_models_by_where_they_were_fitted_and_used(
    notebook: Any, log: MemoryLog, signer: LocalSigner
) -> None:
    told = Story(log)
    told.cell(1, LOAD, id="load", deeds=(modelled("fit"),))
    told.cell(2, SHELL, id="shell", deeds=(modelled("predict"),))
    made = audit.make(audit.Source(notebook=notebook, name="study.ipynb"), log, signer)

    expected = (
        "`Ridge` with parameters `sha256:eeeeeeeeeeeeeeee`: fitted in cell 1 on 900 rows x 5 features; used in cell 2"
    )
    assert expected in front_of(made)


def test_the_front_page_says_who_paused_the_guard_and_why(notebook: Any, log: MemoryLog, signer: LocalSigner) -> None:
    Story(log).write(Switched, to="paused", reason="a demonstration")
    made = audit.make(audit.Source(notebook=notebook, name="study.ipynb"), log, signer)

    assert "**paused** by uid-1000 - a demonstration" in front_of(made)
    assert "what ran while the guard was paused (1 time)" in front_of(made)


def test_the_front_page_says_what_ran_after_the_notebook_was_saved(
    notebook: Any, log: MemoryLog, story: Story, signer: LocalSigner
) -> None:
    saved = START + 4 * SECOND
    made = audit.make(audit.Source(notebook=notebook, name="study.ipynb", saved_at=saved), log, signer)

    assert "2 runs of cells came after it was saved" in front_of(made)


def test_findings_are_listed_with_the_cells_they_are_of(made: audit.Audit) -> None:
    assert "warning `pii.us-ssn` x1, cell 1" in front_of(made)


def test_the_environment_names_the_versions_that_were_loaded_and_lists_no_deed_of_it(
    notebook: Any, log: MemoryLog, signer: LocalSigner
) -> None:
    told = Story(log)
    told.write(Did, verb=ENVIRONMENT, subject="libraries", details={"polars": "2.1.0", "pandas": "3.1.1"})
    told.write(Did, verb=ENVIRONMENT, subject="libraries", details={"polars": "2.1.0"})
    page = front_of(audit.make(audit.Source(notebook=notebook, name="study.ipynb"), log, signer)).replace("\\", "")

    assert "environment: linux; jupyter_mlsec 0.1.0, python 3.11.7, pandas 3.1.1, polars 2.1.0" in page
    assert "Pauses, allowances and deeds" not in page
