"""One source for both languages: the committed schema and types say what the messages say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import msgspec
import pytest

from jupyter_mlsec.protocol import messages, publish
from jupyter_mlsec.protocol.entries import Did, Opened
from jupyter_mlsec.protocol.messages import VERSION, Batch, EntryWritten, Event, GuardState
from jupyter_mlsec.protocol.records import Subject

OPENED = Opened(run="r", number=0, at=1, subject=Subject(name="s"), profile="guard", policy="0" * 64)
BATCH = Batch(
    version=VERSION,
    run="r",
    events=(
        Event(seq=1, notice=EntryWritten(entry=OPENED)),
        Event(seq=2, notice=EntryWritten(entry=Did(run="r", number=1, at=2, verb="seal", subject="out.parquet"))),
        Event(seq=3, notice=GuardState(state="on", profile="guard")),
    ),
)


def test_the_committed_schema_and_types_are_fresh() -> None:
    assert publish.stale() == ()


def test_a_stale_file_is_named_and_check_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(publish, "SCHEMA", tmp_path / "schema.json")

    assert publish.main(["--check"]) == 1
    assert "schema.json is stale" in capsys.readouterr().err
    assert not publish.SCHEMA.exists()

    assert publish.main([]) == 0
    assert publish.main(["--check"]) == 0


def test_a_message_of_ours_fits_the_schema() -> None:
    jsonschema.validate(json.loads(msgspec.json.encode(BATCH)), publish.schema())


@pytest.mark.parametrize("broken", [("state", "asleep"), ("profile", None), ("recorded", "many")])
def test_a_wrong_message_is_refused_by_the_schema_and_by_the_structs(broken: tuple[str, object]) -> None:
    message = json.loads(msgspec.json.encode(BATCH))
    message["events"][2]["notice"][broken[0]] = broken[1]

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(message, publish.schema())
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(message, Batch)


def test_every_struct_of_the_schema_has_an_interface_and_a_form() -> None:
    text = publish.typescript_text()

    for name, node in publish.schema()["$defs"].items():
        assert f"export interface {name} {{" in text
        body = re.search(rf"export interface {name} {{(.*?)\n}}", text, re.DOTALL)
        assert body is not None
        assert set(re.findall(r"readonly (\w+)\??:", body[1])) == set(node["properties"])
        assert re.search(rf"^  {name}: struct\(", text, re.MULTILINE)


def test_the_constants_cross_over() -> None:
    text = publish.typescript_text()

    assert f"export const VERSION = {messages.VERSION};" in text
    assert f"export const COMM_ID = '{messages.COMM_ID}';" in text
    assert f"export const TARGET = '{messages.TARGET}';" in text
