"""What a syslog server is told: one line of RFC 5424 for every entry, whatever its names hold."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from hypothesis import given

from jupyter_mlsec.protocol.records import Decision
from jupyter_mlsec.reports.standards import Around, Told, syslog
from tests.reports.told import AROUND, NAMES, arounds, entries, recorded

HEAD = re.compile(
    r"<(?P<pri>0|[1-9]\d{0,2})>1 (?P<time>\S+) (?P<host>[!-~]{1,255}) (?P<app>[!-~]{1,48}) "
    r"(?P<proc>[!-~]{1,128}) (?P<msgid>[!-~]{1,32}) "
)
SD_ID = re.compile(r'[^\x00-\x20 ="\]\x7f-\U0010ffff]{1,32}')
PARAM = re.compile(r' (?P<name>[!#-<>-\\^-~]{1,32})="(?P<value>(?:\\["\\\]]|[^"\\\]])*)"', re.S)


def parsed(line: bytes) -> dict[str, Any]:
    """By the grammar of section 6, and no more lenient than it. Raises AssertionError."""
    text = line.decode("utf-8")
    head = HEAD.match(text)
    assert head is not None, text
    assert int(head["pri"]) <= 191
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z", head["time"])
    assert datetime.fromisoformat(head["time"])
    place = head.end()
    assert text[place] == "["
    identifier = SD_ID.match(text, place + 1)
    assert identifier is not None
    place, params = identifier.end(), {}
    while found := PARAM.match(text, place):
        params[found["name"]] = re.sub(r'\\(["\\\]])', r"\1", found["value"])
        place = found.end()
    assert text[place : place + 3] == "] \ufeff", text[place:]
    return {**head.groupdict(), "id": identifier[0], "params": params, "message": text[place + 3 :]}


@given(entries, arounds)
def test_every_entry_is_one_line_of_the_grammar(entry: Told, around: Around) -> None:
    line = syslog.encode(entry, around)

    told = parsed(line)
    assert len(line.decode().splitlines()) == 1
    assert told["params"]["number"] == str(entry.number)
    assert (told["id"], told["app"]) == ("mlsec@32473", "jupyter-mlsec")


def test_a_name_full_of_the_formats_own_signs_comes_back_as_it_was() -> None:
    for name in NAMES:
        told = parsed(syslog.encode(recorded("read", name), AROUND))

        assert told["params"].get("resource", "") == name.replace("\n", "\ufffd")


def test_a_name_cannot_forge_a_second_line() -> None:
    line = syslog.encode(recorded("read", 'a.csv"]\n<0>1 - - - - - -'), AROUND)

    assert b"\n" not in line
    assert parsed(line)["pri"] == "110"


def test_a_denial_is_an_error_of_the_audit_facility() -> None:
    denied = recorded("read", "model.pkl", outcome="denied", decision=Decision(effect="deny"))

    assert parsed(syslog.encode(denied, AROUND))["pri"] == str(13 * 8 + 3)
