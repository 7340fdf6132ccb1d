"""`seal`, `open`, `keys` and `undo`, as typed in a notebook or a shell."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sealing_bench import CERTAIN, Bench, is_age, write

from jupyter_mlsec.controls.contract import Answer, Speaks, Undoes
from jupyter_mlsec.host import mounts
from jupyter_mlsec.protocol.errors import UsageError, VaultError

FRAME = pd.DataFrame({"ssn": ["1", "2"]})
TO_CSV = write("DataFrame.to_csv", "path_or_buf", format="csv", compression="compression")


def say(bench: Bench, line: str) -> Answer:
    verb, *words = line.split()
    runs: Mapping[str, Callable[[Sequence[str], Mapping[str, Any]], Answer]]
    runs = {each.name: each.run for each in bench.control.verbs()}
    return runs[verb](words, {})


@pytest.fixture
def lasting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mounts, "kind_of", lambda path: "ext4")


def test_a_file_is_sealed_and_opened_by_words(benches: Callable[..., Bench]) -> None:
    bench = benches()
    path, out = bench.project / "x.csv", bench.project / "out.csv"
    path.write_text("a,b\n")
    assert "x.csv is sealed for you" in say(bench, f"seal {path}").text
    assert is_age(path)
    say(bench, f"open {path} -o {out}")
    assert out.read_text() == "a,b\n"
    assert is_age(path)
    say(bench, f"open {path}")
    assert path.read_text() == "a,b\n"
    assert [record[0] for record in bench.records] == ["sealed", "opened", "opened"]
    assert all(str(bench.project) not in str(record) for record in bench.records)


@pytest.mark.parametrize(
    "line",
    ["seal", "seal -x", "seal nowhere.csv", "open", "open a b", "open -o", "keys", "keys burn", "keys init --no"],
)
def test_words_that_are_not_taken_show_those_that_are(benches: Callable[..., Bench], line: str) -> None:
    with pytest.raises(UsageError, match=r"Usage|is not a file"):
        say(benches(), line)


def test_opening_a_plain_file_and_sealing_a_sealed_one_change_nothing(benches: Callable[..., Bench]) -> None:
    bench = benches()
    path = bench.project / "x.csv"
    path.write_text("a,b\n")
    with pytest.raises(UsageError, match="not sealed"):
        say(bench, f"open {path}")
    say(bench, f"seal {path}")
    before = path.read_bytes()
    with pytest.raises(VaultError, match="already"):
        say(bench, f"seal {path}")
    assert path.read_bytes() == before


def test_keys_init_makes_shows_and_takes_note(benches: Callable[..., Bench], lasting: None) -> None:
    bench = benches(keys=False)
    answer = say(bench, "keys init")
    assert answer.data["durable"]
    assert str(bench.identities.path) in answer.text
    assert "keys backup" in answer.text
    assert "SECRET" not in answer.text + str(answer.data) + str(bench.records)
    content = bench.identities.path.read_bytes()
    say(bench, "keys init --yes")
    assert bench.identities.path.read_bytes() == content


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("reply", "durable"), [("n\n", False), ("\n", False), ("y\n", True)])
def test_at_a_terminal_a_person_is_asked(
    benches: Callable[..., Bench], lasting: None, monkeypatch: pytest.MonkeyPatch, reply: str, durable: bool
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(reply))
    answer = say(benches(keys=False), "keys init")
    assert answer.data["durable"] is durable
    assert ("Until then" in answer.text) is not durable


def test_at_a_terminal_yes_asks_nothing(
    benches: Callable[..., Bench], lasting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(""))
    assert say(benches(keys=False), "keys init --yes").data["durable"]


def test_in_a_container_sealing_by_itself_waits_for_a_backup_or_a_clear_word(
    benches: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mounts, "kind_of", lambda path: "overlay")
    bench = benches(keys=False)
    assert not say(bench, "keys init --yes").data["durable"]
    assert say(bench, "keys init --yes --fleeting").data["durable"]


def test_keys_show_and_backup(benches: Callable[..., Bench], lasting: None, tmp_path: Path) -> None:
    bench = benches(keys=False)
    missing = say(bench, "keys show")
    assert (missing.ok, "keys init" in missing.text) == (False, True)
    bench.identities.create()
    assert not say(bench, "keys show").data["durable"]
    assert say(bench, f"keys backup {tmp_path / 'copy.txt'}").data["durable"]
    assert (tmp_path / "copy.txt").read_bytes() == bench.identities.path.read_bytes()


def test_a_seal_can_be_taken_back_until_the_file_changes(benches: Callable[..., Bench]) -> None:
    bench = benches()
    path = bench.project / "x.csv"
    bench.call(pd.DataFrame.to_csv, TO_CSV, FRAME, path, labels=CERTAIN, index=False)
    details = bench.records[-1][2]
    assert isinstance(bench.control, Undoes)
    assert isinstance(bench.control, Speaks)
    bench.control.undo(details)
    assert path.read_text() == "ssn\n1\n2\n"
    with pytest.raises(UsageError, match="changed since"):
        bench.control.undo(details)
    path.unlink()
    with pytest.raises(UsageError, match="not there"):
        bench.control.undo(details)
