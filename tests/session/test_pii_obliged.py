"""What the policy has masked: what a reader hands over, what a writer writes, what a served model is asked."""

from __future__ import annotations

import csv
import json
import logging
import os
from pathlib import Path
from typing import Any

import duckdb
import httpx
import openai
import pandas as pd
import polars as pl
import pytest

import jupyter_mlsec
from jupyter_mlsec.protocol.entries import Recorded
from jupyter_mlsec.protocol.errors import Denied
from jupyter_mlsec.protocol.facts import Labels
from jupyter_mlsec.vault import Identities

MAILS = [f"anna{number}@example.org" for number in range(60)]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of its own with a table of people."""
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    lines = [f"{mail},{200 + number}-{10 + number}-{4000 + number},{number}" for number, mail in enumerate(MAILS)]
    (folder / "people.csv").write_text("mail,ssn,age\n" + "\n".join(lines) + "\n")
    return folder


def _opened(name: str, read: Any) -> Any:
    with Path(name).open() as file:
        return read(file)


def _policy(project: Path, rule: str) -> Path:
    path = project / "chosen.toml"
    path.write_text(f"[[pii.mask]]\n{rule}\n")
    return path


@pytest.mark.parametrize(
    "load",
    [
        lambda: pd.read_csv("people.csv"),
        lambda: pl.read_csv("people.csv").to_pandas(),
        lambda: duckdb.sql("select * from 'people.csv'").df(),
        lambda: pd.concat(pd.read_csv("people.csv", chunksize=20), ignore_index=True),
        lambda: pl.scan_csv("people.csv").collect().to_pandas(),
    ],
    ids=["pandas", "polars", "duckdb", "chunks", "lazy"],
)
def test_whoever_loads_sees_it_masked(project: Path, load: Any) -> None:
    with jupyter_mlsec.guard(_policy(project, 'on = "load"\nhow = "partial"\ntypes = ["EMAIL"]')):
        table = load()

    assert table["mail"].tolist() == ["a***@***.org"] * 60
    assert table["ssn"].iloc[0] == "200-10-4000"
    assert table["age"].tolist() == list(range(60))


def test_the_record_says_what_was_masked_and_by_which_way(project: Path) -> None:
    with jupyter_mlsec.guard(_policy(project, 'on = "load"\nresource = "people*"')) as house:
        entries: list[Any] = []
        house.journal.listen(entries.append)
        pd.read_csv("people.csv")

    (entry,) = [e for e in entries if isinstance(e, Recorded)]
    assert entry.decision.obligations[0].details == {"columns": "mail, ssn", "how": "redact"}
    assert "pii.masked" in {finding.rule for finding in entry.decision.findings}
    assert [fact.labels for fact in entry.facts if isinstance(fact, Labels)] == [()]


@pytest.mark.parametrize(
    ("how", "held", "cleared"),
    [("redact", [], [("mail", "masked")]), ("generalise", [], [("mail", "masked")])],
)
def test_the_record_says_by_which_rule_a_masked_columns_label_goes_on(
    project: Path, how: str, held: list[Any], cleared: list[Any]
) -> None:
    with jupyter_mlsec.guard(_policy(project, f'on = "load"\nhow = "{how}"\ntypes = ["EMAIL"]')) as house:
        entries: list[Any] = []
        house.journal.listen(entries.append)
        pd.read_csv("people.csv")

    (fact,) = [fact for e in entries if isinstance(e, Recorded) for fact in e.facts if isinstance(fact, Labels)]
    assert [(label.column, label.rule) for label in fact.labels if label.type == "EMAIL"] == held
    assert [(label.column, label.rule) for label in fact.cleared] == cleared


def test_a_rule_for_other_files_or_with_ones_name_in_it_masks_nothing(project: Path) -> None:
    name = f"uid-{os.getuid()}"
    for rule in ('on = "load"\nresource = "other*"', f'on = "load"\nplain_for = ["{name}"]'):
        with jupyter_mlsec.guard(_policy(project, rule)):
            assert pd.read_csv("people.csv")["mail"].tolist() == MAILS


def test_without_a_key_nothing_is_handed_over(project: Path) -> None:
    with jupyter_mlsec.guard(_policy(project, 'on = "load"\nhow = "token"')), pytest.raises(Denied, match="keys init"):
        pd.read_csv("people.csv")


def test_what_is_saved_is_masked_and_the_users_table_is_not(project: Path) -> None:
    table = pd.DataFrame({"mail": MAILS})
    with jupyter_mlsec.guard(_policy(project, 'on = "save"')):
        table.to_csv("out.csv", index=False)
        table.to_parquet("out.parquet")
        pl.DataFrame({"mail": MAILS}).write_csv("out2.csv")
        with Path("out.json").open("w") as file:
            json.dump({"people": [{"to": {"mail": MAILS[0]}}]}, file)

    assert [path.name for path in project.glob("out*") if b"anna" in path.read_bytes()] == []
    assert table["mail"].tolist() == MAILS
    assert set(pd.read_csv("out.csv")["mail"]) == {"[EMAIL]"}


def _ask(sent: list[bytes], **more: Any) -> Any:
    """Ask a model over a wire that only remembers what was sent."""

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        message = {"role": "assistant", "content": "so it is"}
        whole = {"id": "1", "object": "chat.completion", "created": 1, "model": "toy",
                 "choices": [{"index": 0, "finish_reason": "stop", "message": message}]}  # fmt: skip
        return httpx.Response(200, json=whole)

    client = openai.OpenAI(
        api_key="k", base_url="http://toy/v1", http_client=httpx.Client(transport=httpx.MockTransport(answer))
    )
    return client.chat.completions.create(model="toy", **more)


def test_what_is_logged_is_redacted_whoever_writes_it(project: Path) -> None:
    with jupyter_mlsec.guard(_policy(project, 'on = "log"\nresource = "app*"')), Path("app.log").open("w") as file:
        for name in ("app.mail", "other"):
            logger = logging.Logger(name)
            logger.addHandler(logging.StreamHandler(file))
            logger.warning("sent to %s", MAILS[0])
        try:
            raise ValueError(MAILS[1])
        except ValueError:
            logging.Logger("app").addHandler(logging.StreamHandler(file))
            log = logging.Logger("app")
            log.addHandler(logging.StreamHandler(file))
            log.exception("not %d sent", 1)

    lines = Path("app.log").read_text().splitlines()
    assert lines[:2] == ["sent to [EMAIL]**********", f"sent to {MAILS[0]}"]
    assert "anna1" not in "".join(lines[2:]).replace("MAILS[1]", "")
    assert logging.getLogRecordFactory() is logging.LogRecord


@pytest.mark.parametrize(
    "read",
    [
        lambda: duckdb.connect().execute("select mail from 'people.csv'").fetchall(),
        lambda: _opened("people.json", json.load),
        lambda: _opened("people.csv", lambda file: list(csv.DictReader(file))),
    ],
    ids=["tuples", "records inside of JSON", "rows of csv"],
)
def test_rows_that_are_no_table_are_searched(project: Path, read: Any) -> None:
    (project / "people.json").write_text(json.dumps({"people": [{"mail": mail} for mail in MAILS], "version": 1}))
    with jupyter_mlsec.guard("guard") as house:
        entries: list[Any] = []
        house.journal.listen(entries.append)
        read()

    found = {
        f.rule
        for e in entries
        for f in (e.decision.findings if isinstance(e, Recorded) else getattr(e, "findings", ()))
    }
    assert "pii.email" in found


def test_a_prompt_with_personal_data_is_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sent: list[bytes] = []
    with jupyter_mlsec.guard("guard"):
        _ask(sent, messages=[{"role": "user", "content": "write to anna@example.org"}])

    assert "mlsec: toy was sent 1 EMAIL." in capsys.readouterr().err
    assert b"anna@example.org" in sent[0]


def test_a_prompt_is_redacted_on_its_way_and_the_users_messages_are_not(project: Path) -> None:
    sent: list[bytes] = []
    messages: Any = [{"role": "user", "content": [{"type": "text", "text": "write to anna@example.org"}]}]
    with jupyter_mlsec.guard(_policy(project, 'on = "prompt"')):
        answer = _ask(sent, messages=messages)

    assert b"anna" not in sent[0]
    assert json.loads(sent[0])["messages"][0]["content"][0]["text"].startswith("write to [EMAIL]")
    assert messages[0]["content"][0]["text"] == "write to anna@example.org"
    assert answer.choices[0].message.content == "so it is"


def test_what_is_made_of_a_masked_table_holds_nothing_of_it_any_more(project: Path) -> None:
    with jupyter_mlsec.guard(_policy(project, 'on = "load"')) as house:
        entries: list[Any] = []
        house.journal.listen(entries.append)
        table = pd.read_csv("people.csv")
        table.to_csv("copy.csv")
        table[["mail", "ssn"]].to_csv("part.csv")

    written = [e for e in entries if isinstance(e, Recorded) and e.operation.action == "write"]
    assert [f.labels for e in written for f in e.facts if isinstance(f, Labels) and f.labels] == []
    assert not any("saved in plain" in f.message for e in written for f in e.decision.findings)


def test_a_token_leaves_a_doubt_on_its_column_and_the_rule_in_the_record(project: Path) -> None:
    home = project.parent / "data" / "jupyter_mlsec"
    (project / "chosen.toml").write_text('[[pii.mask]]\non = "load"\nhow = "token"\ntypes = ["EMAIL"]\n')
    Identities(home).create()
    with jupyter_mlsec.guard(project / "chosen.toml") as house:
        entries: list[Any] = []
        house.journal.listen(entries.append)
        pd.read_csv("people.csv")

    (fact,) = [fact for e in entries if isinstance(e, Recorded) for fact in e.facts if isinstance(fact, Labels)]
    assert [(label.rule, label.score, label.certain) for label in fact.labels if label.type == "EMAIL"] == [
        ("tokenised", 0.25, False)
    ]


def test_a_key_that_is_locked_away_hands_nothing_over(project: Path) -> None:
    home = project.parent / "data" / "jupyter_mlsec"
    (project / "chosen.toml").write_text('[[pii.mask]]\non = "load"\nhow = "token"\n')
    Identities(home).create()
    with jupyter_mlsec.guard(project / "chosen.toml"):
        pd.read_csv("people.csv")
    for file in home.glob("identity*"):
        file.unlink()
    Identities(home).create()

    with jupyter_mlsec.guard(project / "chosen.toml"), pytest.raises(Denied) as refused:
        pd.read_csv("people.csv")

    assert refused.value.rule == "pii.cannot-mask"
    assert ".mlsec/tokens.age opens with none of your identities" in str(refused.value)
    assert str(project) not in str(refused.value)
