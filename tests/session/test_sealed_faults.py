"""Sealed files under a guard, when something is wrong: one clear error that names the real path, and nothing lost."""

from __future__ import annotations

import builtins
import getpass
import glob
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow.csv
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest

import jupyter_mlsec as mlsec
from jupyter_mlsec.host import mounts
from jupyter_mlsec.protocol.errors import Denied, NoIdentity, SealedFileError
from jupyter_mlsec.session import running
from jupyter_mlsec.vault import is_sealed
from jupyter_mlsec.vault.files import own_identities
from jupyter_mlsec.vault.writer import HINT

ROWS = 40_000
FRAME = pd.DataFrame({"n": range(ROWS), "noise": np.random.default_rng(1).integers(0, 1 << 40, ROWS)})
SEAL_ALL = '[encryption]\nseal = "all"\n'


@pytest.fixture
def folder(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: a project that wants all sealed, with an identity that allows it."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("JUPYTER_MLSEC_IDENTITY_FILE", raising=False)
    monkeypatch.chdir(project)
    (project / ".mlsec").mkdir()
    (project / ".mlsec" / "policy.toml").write_text(SEAL_ALL)
    own_identities().create()
    own_identities().acknowledge(fleeting=True)
    return project


@pytest.fixture
def guarded(folder: Path):
    with mlsec.guard():
        yield folder


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """What the guard told the user so far."""
    running.display.flush()
    return capsys.readouterr().err


def damaged(whole: bytes, how: str) -> bytes:
    middle = {"header": 300, "early": 4000, "middle": len(whole) // 2}.get(how, 0)
    if how == "cut":
        return whole[: len(whole) // 2]
    if how == "extended":
        return whole + b"1,2\n"
    return whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]


PARQUET = {
    "pandas": pd.read_parquet,
    "pyarrow": pq.read_table,
    "pyarrow dataset": lambda path: pyarrow.dataset.dataset(path).to_table(),
    "polars": pl.read_parquet,
    "polars lazy": lambda path: pl.scan_parquet(path).collect(),
}
CSV = {
    "pandas": pd.read_csv,
    "pandas in pieces": lambda path: list(pd.read_csv(path, chunksize=1000)),
    "pyarrow": lambda path: pyarrow.csv.read_csv(path),  # compiled: found by its name
    "polars": pl.read_csv,
    "polars lazy": lambda path: pl.scan_csv(path).collect(),
}
LOADERS = {f"parquet by {name}": load for name, load in PARQUET.items()} | {
    f"csv by {name}": load for name, load in CSV.items()
}


@pytest.mark.parametrize("how", ["cut", "extended", "header", "early", "middle"])
@pytest.mark.parametrize("loader", LOADERS)
def test_damage_is_told_with_the_path_the_user_knows(loader, how, guarded):
    path = guarded / f"rows.{loader.split()[0]}"
    FRAME.to_parquet(path) if path.suffix == ".parquet" else FRAME.to_csv(path, index=False)
    path.write_bytes(damaged(path.read_bytes(), how))
    words = r"rows\.(csv|parquet) was not (opened|read to its end): .*(Restore it|Ask whoever sealed it)"
    with pytest.raises((SealedFileError, NoIdentity), match=words) as told:
        LOADERS[loader](str(path))
    assert not [word for word in ("/proc/", "memfd", "/dev/shm") if word in str(told.value)]


def test_rows_are_not_appended_to_a_sealed_file_and_what_was_appended_behind_our_back_is_noticed(guarded):
    FRAME.to_csv("rows.csv", index=False)
    before = (guarded / "rows.csv").read_bytes()
    with pytest.raises(Denied, match=r"rows\.csv was not appended to: it is sealed"):
        FRAME.head().to_csv("rows.csv", mode="a")
    assert (guarded / "rows.csv").read_bytes() == before
    subprocess.run([sys.executable, "-c", "open('rows.csv', 'a').write('1,2\\n')"], check=True)
    with pytest.raises(SealedFileError, match=r"rows\.csv was not opened"):
        pd.read_csv("rows.csv")


def test_links_lead_to_sealed_files_as_to_any(guarded):
    FRAME.to_parquet("rows.parquet")
    os.link("rows.parquet", "hard.parquet")
    os.symlink("rows.parquet", "soft.parquet")
    FRAME.head(7).to_parquet("soft.parquet")
    assert os.path.islink("soft.parquet")
    assert [len(pd.read_parquet(name)) for name in ("rows.parquet", "soft.parquet", "hard.parquet")] == [7, 7, ROWS]


def test_copies_moves_globs_and_folders_of_sealed_files_read_as_before(guarded):
    (guarded / "parts").mkdir()
    FRAME.to_parquet("parts/a.parquet")
    shutil.copy2("parts/a.parquet", "b.parquet")
    shutil.move("b.parquet", "parts/b.parquet")
    shutil.copytree("parts", "copied")
    found = [pd.read_parquet(path) for path in sorted(glob.glob("parts/*.parquet"))]
    assert [len(frame) for frame in found] == [ROWS, ROWS]
    for load in (pd.read_parquet, pq.read_table, lambda path: pl.read_parquet(f"{path}/*.parquet")):
        assert len(load("copied")) == 2 * ROWS
    assert all(is_sealed(path.read_bytes()[:100]) for path in (guarded / "copied").iterdir())


def test_a_sealed_file_is_a_little_longer_than_its_plain_form(guarded):
    FRAME.to_csv("rows.csv", index=False)
    with mlsec.open("rows.csv") as file:
        plain = file.size
    assert 0 < os.path.getsize("rows.csv") - plain < 2048 + plain // 1000


def test_partitioned_folders_are_sealed_part_by_part_by_the_file_system_that_seals(guarded):
    mlsec.register_fsspec()
    FRAME.assign(part=FRAME.n % 2).to_parquet(f"age::file://{guarded}/parts", partition_cols=["part"])
    kept = [path.read_bytes()[:100] for path in (guarded / "parts").rglob("*.parquet")]
    assert [is_sealed(each) for each in kept] == [True, True]
    assert len(pd.read_parquet(f"age::file://{guarded}/parts")) == ROWS


def test_a_program_without_the_guard_fails_in_its_own_words_and_the_file_says_what_opens_it(guarded):
    FRAME.to_csv("rows.csv", index=False)
    train = [sys.executable, "-c", "import pandas as pd; print(len(pd.read_csv('rows.csv')))"]
    failed = subprocess.run(train, capture_output=True, text=True, check=False)
    assert failed.stderr.strip().splitlines()[-1].startswith(("pandas.errors.ParserError", "UnicodeDecodeError"))
    hint = (guarded / "rows.csv").read_bytes().split(b"\n--- ")[0]
    assert hint.startswith(b"age-encryption.org/v1\n")
    assert b"\n-> mlsec-hint jupyter-mlsec-open\n" in hint
    opener = [sys.executable, "-c", "import sys, jupyter_mlsec.cli as cli; sys.exit(cli.main_open())", "rows.csv"]
    subprocess.run(opener, check=True, capture_output=True)
    assert subprocess.run(train, capture_output=True, text=True, check=True).stdout == f"{ROWS}\n"


def test_the_command_that_the_hint_names_is_installed_with_the_package():
    project = tomllib.loads((Path(__file__).parent.parent.parent / "pyproject.toml").read_text())["project"]
    assert project["scripts"][HINT.arguments[0]] == "jupyter_mlsec.cli:main_open"


@pytest.fixture
def nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*words: object) -> str:
        raise AssertionError(f"a person was asked: {words}")

    monkeypatch.setattr(builtins, "input", asked)
    monkeypatch.setattr(getpass, "getpass", asked)


@pytest.mark.parametrize("load", [pd.read_parquet, pq.read_table, pl.read_parquet, mlsec.open])
def test_a_lost_identity_is_said_in_clear_words_and_a_backup_in_its_place_opens_all(load, guarded, nobody_is_asked):
    FRAME.to_parquet("rows.parquet")
    kept = own_identities().path.read_bytes()
    own_identities().path.unlink()
    with pytest.raises(NoIdentity, match=r"rows\.parquet is sealed and was not opened\. There is no identity.*backup"):
        load("rows.parquet")
    own_identities().path.write_bytes(kept)
    own_identities().path.chmod(0o600)
    load("rows.parquet")


@pytest.mark.parametrize("load", [pd.read_parquet, pq.read_table, pl.read_parquet, mlsec.open])
def test_a_file_sealed_for_another_identity_says_whom_to_ask(load, guarded, nobody_is_asked):
    FRAME.to_parquet("rows.parquet")
    own_identities().path.unlink()
    own_identities().create()
    with pytest.raises(NoIdentity, match=r"rows\.parquet was not opened: it is sealed for others.*Ask whoever"):
        load("rows.parquet")


def test_an_identity_that_others_can_read_opens_and_seals_nothing(guarded, capsys):
    FRAME.to_parquet("rows.parquet")
    own_identities().path.chmod(0o644)
    with pytest.raises(NoIdentity, match=r"rows\.parquet is sealed.*others can read.*chmod 600"):
        pd.read_parquet("rows.parquet")
    FRAME.to_parquet("next.parquet")
    assert "next.parquet was saved in plain" in said(capsys)
    assert (guarded / "next.parquet").read_bytes().startswith(b"PAR1")


@pytest.mark.parametrize("kind", ["tmpfs", "overlay"])
def test_an_identity_that_goes_away_with_its_place_seals_nothing_by_itself(kind, folder, capsys, monkeypatch):
    own_identities().path.unlink()
    own_identities().path.with_name("identity.json").unlink()
    own_identities().create()
    monkeypatch.setattr(mounts, "kind_of", lambda path: kind)
    with mlsec.guard():
        FRAME.to_parquet("rows.parquet")
    assert f"it lies on {kind}, which goes away" in capsys.readouterr().err
    with mlsec.guard("strict"), pytest.raises(Denied, match=rf"next\.parquet was not saved.*{kind}"):
        FRAME.to_parquet("next.parquet")
    assert sorted(path.name for path in folder.iterdir()) == [".git", ".mlsec", "rows.parquet"]


def test_plain_and_empty_files_are_called_so(guarded, nobody_is_asked):
    own_identities().path.unlink()  # nothing of it is needed to see that a file is plain
    for content, what in (("a,b\n1,2\n", "it is not sealed"), ("", "it is empty")):
        (guarded / "rows.csv").write_text(content)
        with pytest.raises(SealedFileError, match=rf"rows\.csv was not opened: {what}"):
            mlsec.open("rows.csv")
    with pytest.raises(pd.errors.EmptyDataError):
        pd.read_csv("rows.csv")
    for name, error in (("missing", FileNotFoundError), (".git", IsADirectoryError)):
        with pytest.raises(error, match=name):
            mlsec.open(name)


FULL = """
import resource, signal
import numpy as np, pandas as pd, jupyter_mlsec as mlsec
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
big = pd.DataFrame({"n": np.random.default_rng(1).random(400_000)})
with mlsec.guard():
    big.head(5).to_parquet("rows.parquet")
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
    for save in (big.to_parquet, big.to_csv, big.to_pickle):
        try:
            save("rows.parquet")
        except OSError as error:
            print(error.filename, len(pd.read_parquet("rows.parquet")), error.__notes__[0].split(".")[1])
"""


def test_a_full_disk_in_the_middle_of_a_sealed_save_leaves_the_old_file(folder):
    done = subprocess.run([sys.executable, "-c", FULL], capture_output=True, text=True, check=False)
    assert done.stdout == "rows.parquet 5 parquet was not saved\n" * 3, done.stderr
    assert sorted(path.name for path in folder.iterdir()) == [".git", ".mlsec", "rows.parquet"]
