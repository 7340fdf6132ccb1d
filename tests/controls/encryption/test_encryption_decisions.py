"""What is sealed, what is mentioned and what is refused, by policy, labels, identity and the way of saving."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from sealing_bench import CERTAIN, LIKELY, Bench, is_age, read, write

from jupyter_mlsec.controls.encryption import RULES, Settings
from jupyter_mlsec.protocol.errors import Denied, NoIdentity, SealedFileError
from jupyter_mlsec.protocol.facts import Labels, SealedFor

FRAME = pd.DataFrame({"ssn": ["1", "2"], "n": [1, 2]})
TO_CSV = write("DataFrame.to_csv", "path_or_buf", format="csv", compression="compression")
TO_PARQUET = write("DataFrame.to_parquet", "path", format="parquet")
TO_EXCEL = write("DataFrame.to_excel", "excel_writer", format="excel")
READ_CSV = read("read_csv", "filepath_or_buffer", format="csv", compression="compression")
DF = pd.DataFrame


def rules(bench: Bench) -> list[str]:
    return [finding.rule for finding in bench.findings]


@pytest.mark.parametrize(
    ("profile", "seal", "labels", "sealed", "said"),
    [
        ("guard", None, CERTAIN, True, []),
        ("guard", None, LIKELY, False, ["encryption.saved-plain"]),
        ("guard", None, None, False, []),
        ("guard", None, Labels(), False, []),
        ("guard", "all", None, True, []),
        ("guard", "none", CERTAIN, False, []),
        ("observe", None, CERTAIN, False, ["encryption.saved-plain"]),
        ("observe", None, LIKELY, False, []),
        ("observe", "sensitive", CERTAIN, True, []),
        ("strict", None, None, True, []),
        ("strict", "sensitive", LIKELY, True, []),
        ("strict", "sensitive", None, False, []),
    ],
)
def test_policy_and_labels_decide(
    benches: Callable[..., Bench], profile: str, seal: str | None, labels: Labels | None, sealed: bool, said: list[str]
) -> None:
    bench = benches(profile, seal)
    path = bench.project / "x.csv"
    bench.call(DF.to_csv, TO_CSV, FRAME, path, labels=labels)
    assert (is_age(path), rules(bench)) == (sealed, said)


def test_without_an_identity_guard_saves_plain_and_offers_the_command(benches: Callable[..., Bench]) -> None:
    bench = benches(keys=False)
    path = bench.project / "x.csv"
    bench.call(DF.to_csv, TO_CSV, FRAME, path, labels=CERTAIN)
    assert not is_age(path)
    (finding,) = bench.findings
    assert (finding.rule, finding.fix) == ("encryption.saved-plain", "%mlsec keys init")
    assert "ssn" in finding.message
    assert str(bench.data) not in finding.message


def test_without_an_identity_strict_writes_nothing(benches: Callable[..., Bench]) -> None:
    bench = benches("strict", keys=False)
    with pytest.raises(Denied, match="was not saved") as caught:
        bench.call(DF.to_csv, TO_CSV, FRAME, bench.project / "x.csv", labels=CERTAIN)
    assert (caught.value.rule, caught.value.fix) == ("encryption.cannot-seal", "%mlsec keys init")
    assert list(bench.project.iterdir()) == []


def test_an_identity_others_can_read_is_as_none(benches: Callable[..., Bench]) -> None:
    bench = benches()
    bench.identities.path.chmod(0o644)
    bench.call(DF.to_csv, TO_CSV, FRAME, bench.project / "x.csv", labels=CERTAIN)
    assert rules(bench) == ["encryption.saved-plain"]


def appended(bench: Bench) -> None:
    bench.call(DF.to_csv, TO_CSV, FRAME, bench.project / "x.csv", mode="a", labels=CERTAIN)


def to_url(bench: Bench) -> None:
    bench.call(lambda self, path_or_buf: None, TO_CSV, FRAME, "s3://bucket/x.csv", labels=CERTAIN)


def to_open_file(bench: Bench) -> None:
    with (bench.project / "x.csv").open("w") as file:
        bench.call(DF.to_csv, TO_CSV, FRAME, file, labels=CERTAIN)


def to_workbook(bench: Bench) -> None:
    with io.BytesIO() as memory, pd.ExcelWriter(memory) as workbook:
        FRAME.to_excel(workbook, sheet_name="first")
        bench.call(DF.to_excel, TO_EXCEL, FRAME, workbook, labels=CERTAIN)


def partitioned(bench: Bench) -> None:
    (bench.project / "x").mkdir()
    (bench.project / "x" / "there").touch()
    bench.call(DF.to_parquet, TO_PARQUET, FRAME, bench.project / "x", partition_cols=["n"], labels=CERTAIN)


def unsealable_saver(bench: Bench) -> None:
    bench.call(
        DF.to_csv, write("to_csv", "path_or_buf", sealing="none"), FRAME, bench.project / "x.csv", labels=CERTAIN
    )


def pickled(bench: Bench) -> None:
    watch = write("dump", "file", value="obj", format="pickle", sealing="none")
    with (bench.project / "x.pkl").open("wb") as file:
        bench.call(pickle.dump, watch, FRAME, file, labels=CERTAIN)


WAYS = [appended, to_url, to_open_file, to_workbook, partitioned, unsealable_saver, pickled]


@pytest.mark.parametrize("save", WAYS)
def test_what_cannot_be_sealed_is_refused_by_strict_before_anything_is_written(
    benches: Callable[..., Bench], save: Callable[[Bench], None]
) -> None:
    bench = benches("strict")
    with pytest.raises(Denied) as caught:
        save(bench)
    assert caught.value.rule == "encryption.cannot-seal"
    assert all(path.stat().st_size == 0 for path in bench.project.rglob("*") if path.is_file())


@pytest.mark.parametrize("save", WAYS)
def test_what_cannot_be_sealed_is_saved_plain_by_guard_and_said(
    benches: Callable[..., Bench], save: Callable[[Bench], None]
) -> None:
    bench = benches()
    save(bench)
    assert rules(bench) == ["encryption.saved-plain"]


def test_what_writes_no_file_is_left_alone(benches: Callable[..., Bench]) -> None:
    from jupyter_mlsec.vault import open_sealed

    bench = benches("strict")
    assert "ssn" in bench.call(DF.to_csv, TO_CSV, FRAME, labels=CERTAIN)
    memory = io.StringIO()
    bench.call(DF.to_csv, TO_CSV, FRAME, memory, labels=CERTAIN)
    assert "ssn" in memory.getvalue()
    path = bench.project / "x.csv"
    with open_sealed(path, "wb", identities=bench.identities) as file:
        bench.call(DF.to_csv, TO_CSV, FRAME, file, labels=CERTAIN)
    assert is_age(path)
    assert bench.findings == []


@pytest.mark.parametrize("profile", ["observe", "guard", "strict"])
def test_plain_rows_are_never_appended_to_a_sealed_file(benches: Callable[..., Bench], profile: str) -> None:
    bench = benches(profile, "all")
    path = bench.project / "x.csv"
    bench.call(DF.to_csv, TO_CSV, FRAME, path, labels=CERTAIN)
    before = path.read_bytes()
    with pytest.raises(Denied) as caught:
        bench.call(DF.to_csv, TO_CSV, FRAME, path, mode="a")
    assert caught.value.rule == "encryption.append-sealed"
    assert path.read_bytes() == before


def test_a_save_that_fails_leaves_the_old_file(benches: Callable[..., Bench]) -> None:
    bench = benches()
    path = bench.project / "x.csv"
    path.write_text("old")
    with pytest.raises(LookupError):
        bench.call(DF.to_csv, TO_CSV, FRAME, path, encoding="no-such-encoding", labels=CERTAIN)
    assert path.read_text() == "old"
    assert [each.name for each in bench.project.iterdir()] == ["x.csv"]
    assert bench.records == []


def test_exclusive_mode_does_not_replace(benches: Callable[..., Bench]) -> None:
    bench = benches()
    path = bench.project / "x.csv"
    bench.call(DF.to_csv, TO_CSV, FRAME, path, mode="x", labels=CERTAIN)
    assert is_age(path)
    with pytest.raises(FileExistsError):
        bench.call(DF.to_csv, TO_CSV, FRAME, path, mode="x", labels=CERTAIN)


def test_the_suffix_is_added_once(benches: Callable[..., Bench]) -> None:
    bench = benches(naming="suffix")
    bench.call(DF.to_csv, TO_CSV, FRAME, bench.project / "x.csv.gz", labels=CERTAIN)
    bench.call(DF.to_csv, TO_CSV, FRAME, bench.project / "y.csv.age", labels=CERTAIN)
    assert sorted(path.name for path in bench.project.iterdir()) == ["x.csv.gz.age", "y.csv.age"]
    again = bench.call(pd.read_csv, READ_CSV, bench.project / "x.csv.gz.age", index_col=0, dtype={"ssn": str})
    pd.testing.assert_frame_equal(again, FRAME, check_dtype=False)


def test_what_was_sealed_for_whom_is_a_fact_when_written_and_when_read(benches: Callable[..., Bench]) -> None:
    bench = benches()
    path = bench.project / "x.csv"
    bench.call(DF.to_csv, TO_CSV, FRAME, path, labels=CERTAIN)
    written = bench.facts.find(SealedFor)
    bench.call(pd.read_csv, READ_CSV, path)
    assert written is not None
    assert bench.facts.find(SealedFor) == written
    assert written.recipients == (bench.identities.recipient().name,)
    verb, subject, details = bench.records[-1]
    assert (verb, subject, details["sha256"]) == ("sealed", "x.csv", written.digest)


def test_a_sealed_file_without_its_identity_says_what_to_do(benches: Callable[..., Bench]) -> None:
    bench = benches()
    path = bench.project / "x.csv"
    bench.call(DF.to_csv, TO_CSV, FRAME, path, labels=CERTAIN)
    bench.identities.path.unlink()
    with pytest.raises(NoIdentity, match=r"x\.csv is sealed.*keys init"):
        bench.call(pd.read_csv, READ_CSV, path)


def test_a_damaged_sealed_file_is_not_read(benches: Callable[..., Bench]) -> None:
    bench = benches()
    path = bench.project / "x.csv"
    bench.call(DF.to_csv, TO_CSV, FRAME, path, labels=CERTAIN)
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    with pytest.raises(SealedFileError, match=r"x\.csv was not opened"):
        bench.call(pd.read_csv, READ_CSV, path)


def test_a_reader_that_cannot_be_helped_is_named(benches: Callable[..., Bench]) -> None:
    bench = benches()
    path = bench.project / "x.csv"
    bench.call(DF.to_csv, TO_CSV, FRAME, path, labels=CERTAIN)
    bench.call(lambda source: None, read("read_odd", "source", sealing="none"), path)
    assert rules(bench) == ["encryption.cannot-open"]


def test_odd_resources_are_not_touched(benches: Callable[..., Bench], tmp_path: Path) -> None:
    bench = benches("guard")
    closed = (tmp_path / "c").open("wb")
    closed.close()
    for odd in (None, 7, object(), "", "a\nb", "a\0b", b"\xff", closed, tmp_path, "/dev/zero", "https://h/x", [1, "a"]):
        bench.call(lambda source: None, read("read", "source"), odd)
        assert bench.findings == []


def test_only_weaker_sealing_is_looser() -> None:
    orders = ["none", "sensitive", "all"]
    for a, one in enumerate(orders):
        for b, base in enumerate(orders):
            assert Settings(seal=one).loosened(Settings(seal=base)) == (("seal",) if a < b else ())  # type: ignore[arg-type]
    assert Settings(naming="suffix").loosened(Settings()) == ()


def test_every_rule_is_worded_in_full() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.id.startswith("encryption.")
        for words in (rule.what, rule.why, rule.fix, rule.way_on, rule.teach):
            assert words.endswith(".")


def test_loading_the_control_loads_no_cryptography() -> None:
    import subprocess
    import sys

    code = (
        "import sys, jupyter_mlsec.controls.encryption.control;"
        "print({'cryptography', 'pandas', 'openpyxl'} & set(sys.modules))"
    )
    root = Path(__file__).parent.parent.parent.parent
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
