"""Parquet in modular encryption: written by pandas and pyarrow, read by them, and by a program without the guard."""

from __future__ import annotations

import gc
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet
import pytest
from pyarrow.parquet.encryption import CryptoFactory, EncryptionConfiguration, KmsClient, KmsConnectionConfig

from jupyter_mlsec.controls.encryption import Settings
from jupyter_mlsec.protocol.errors import Denied, NoIdentity, SealedFileError, UsageError, VaultError
from jupyter_mlsec.vault import open_sealed, parquet, rewrapping
from jupyter_mlsec.vault.x25519 import X25519Identity
from tests.sealing.conftest import CANARY, Sealed
from tests.vault.test_age_interop import needs_age

ROWS = 2_000
DF = pd.DataFrame({"ssn": [f"{CANARY}-{n}" for n in range(ROWS)], "n": np.arange(ROWS), "half": np.arange(ROWS) / 2})
TABLE = pa.Table.from_pandas(DF, preserve_index=False)
MODULAR = Settings(seal="all", parquet="modular")
FILE = "a.parquet"


@pytest.fixture
def modular(house: Sealed) -> Sealed:
    """The guard under a policy that wants Parquet as Spark reads it."""
    house.follow(MODULAR)
    return house


def _writer(path: str) -> None:
    with pa.parquet.ParquetWriter(path, TABLE.schema) as writer:
        writer.write_table(TABLE.slice(0, 500))
        writer.write_table(TABLE.slice(500))


SAVERS: dict[str, Callable[[str], Any]] = {
    "pandas": lambda p: DF.to_parquet(p),
    "pandas engine": lambda p: DF.to_parquet(p, engine="pyarrow", compression="zstd", index=False),
    "write_table": lambda p: pa.parquet.write_table(TABLE, p),
    "write_table by name": lambda p: pa.parquet.write_table(where=Path(p), table=TABLE, row_group_size=300),
    "ParquetWriter": _writer,
}
LOADERS: dict[str, Callable[[str], pd.DataFrame]] = {
    "pandas": lambda p: pd.read_parquet(p),
    "pandas open file": lambda p: pd.read_parquet(Path(p).open("rb")),  # noqa: SIM115  # as users do
    "read_table": lambda p: pa.parquet.read_table(p).to_pandas(),
    "ParquetFile": lambda p: pa.parquet.ParquetFile(p).read().to_pandas(),
    "ParquetFile batches": lambda p: pa.Table.from_batches(pa.parquet.ParquetFile(p).iter_batches()).to_pandas(),
    "ParquetDataset": lambda p: pa.parquet.ParquetDataset(p).read().to_pandas(),
    "dataset": lambda p: pa.dataset.dataset(p).to_table().to_pandas(),
    "dataset parquet": lambda p: pa.dataset.dataset([p], format="parquet").scanner().to_table().to_pandas(),
    "dataset format": lambda p: (
        pa.dataset.dataset(p, format=pa.dataset.ParquetFileFormat(dictionary_columns=["ssn"])).to_table().to_pandas()
    ),
    "read_schema": lambda p: DF if pa.parquet.read_schema(p).names[0] == "ssn" else DF.head(0),
}


def is_encrypted(path: Path) -> bool:
    content = path.read_bytes()
    return content[:4] == content[-4:] == b"PARE" and CANARY.encode() not in content


@pytest.mark.parametrize("name", SAVERS)
def test_a_saver_writes_encrypted_parquet_and_nothing_else(name: str, modular: Sealed, written_to: list[str]) -> None:
    SAVERS[name](FILE)
    assert [path.name for path in modular.folder.rglob("*")] == [FILE]
    assert is_encrypted(Path(FILE))
    assert parquet.footer_of(FILE).algorithm == "AES_GCM_V1"
    assert modular.plain_files() == written_to == []
    ((verb, subject, details),) = modular.records
    assert (verb, subject, details["header"]) == ("sealed", FILE, parquet.footer_of(FILE).digest)


@pytest.mark.parametrize("name", LOADERS)
def test_a_loader_reads_it_whatever_the_policy_says_now(name: str, modular: Sealed, written_to: list[str]) -> None:
    DF.to_parquet(FILE)
    modular.follow(Settings(seal="none"))
    found = LOADERS[name](FILE)[["ssn", "n", "half"]]
    pd.testing.assert_frame_equal(found.astype({"ssn": object}), DF.astype({"ssn": object}), check_dtype=False)
    assert written_to == []


def test_two_files_never_share_a_key(modular: Sealed) -> None:
    for name in ("a.parquet", "b.parquet"):
        DF.to_parquet(name)
    keys = [_key_of(modular, name) for name in ("a.parquet", "b.parquet")]
    assert len(set(keys)) == 2
    assert {len(key) for key in keys} == {32}


def _key_of(house: Sealed, path: str) -> bytes:
    return parquet.open_key(parquet.footer_of(path).wrapped, house.identities.load(), path)[0]


def test_a_folder_of_parts_is_encrypted_part_by_part(modular: Sealed, written_to: list[str]) -> None:
    DF.assign(part=[f"p{n % 3}" for n in range(ROWS)]).to_parquet("people", partition_cols=["part"])
    parts = sorted(Path("people").rglob("*.parquet"))
    assert len(parts) == 3
    assert all(is_encrypted(part) for part in parts)
    for found in (
        pd.read_parquet("people"),
        pa.parquet.read_table("people").to_pandas(),
        pa.dataset.dataset("people", partitioning="hive").to_table().to_pandas(),
        pd.read_parquet([str(part) for part in parts]),
    ):
        assert sorted(found["ssn"]) == sorted(DF["ssn"])
    assert modular.plain_files() == written_to == []


def test_plain_sealed_and_encrypted_parts_are_read_as_one(modular: Sealed) -> None:
    Path("parts").mkdir()
    for number, settings in enumerate((MODULAR, Settings(seal="all"), Settings(seal="none"))):
        modular.follow(settings)
        DF.to_parquet(f"parts/{number}.parquet")
    assert len(pd.read_parquet("parts")) == 3 * ROWS


def test_other_savers_go_on_as_age_files(modular: Sealed) -> None:
    pl.from_pandas(DF).write_parquet("a.parquet")
    DF.to_csv("a.csv")
    assert modular.are_sealed()


def test_a_suffix_is_for_age_files_only(house: Sealed) -> None:
    house.follow(msgspec.structs.replace(MODULAR, naming="suffix"))
    DF.to_parquet(FILE)
    assert is_encrypted(Path(FILE))


@pytest.mark.parametrize("name", SAVERS)
def test_a_full_disk_leaves_the_old_file_and_no_temp(
    name: str, modular: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    DF.to_parquet(FILE)
    before = Path(FILE).read_bytes()

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("jupyter_mlsec.vault.atomic.os.write", full)
        with pytest.raises(OSError, match="No space left") as caught:
            SAVERS[name](FILE)
    assert caught.value.filename == FILE
    assert Path(FILE).read_bytes() == before
    gc.collect()
    assert [path.name for path in modular.folder.rglob("*")] == [FILE]


def test_a_pyarrow_that_cannot_encrypt_every_column_saves_none(
    modular: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def older(footer_key: str, *, encryption_algorithm: str) -> None:
        """As before pyarrow 21."""

    monkeypatch.setattr("pyarrow.parquet.encryption.EncryptionConfiguration", older)
    with pytest.raises(VaultError, match="Nothing was saved: this pyarrow"):
        DF.to_parquet(FILE)
    assert list(modular.folder.rglob("*")) == []


def test_a_save_that_never_began_leaves_no_file(modular: Sealed) -> None:
    with pytest.raises(pa.ArrowInvalid):
        DF.assign(odd=[object()] * ROWS).to_parquet(FILE)
    assert list(modular.folder.rglob("*")) == []


@pytest.mark.parametrize(
    "load",
    [
        lambda: pl.read_parquet(FILE),
        lambda: pl.scan_parquet(FILE),
        lambda: duckdb.read_parquet(FILE),
        lambda: duckdb.sql(f"FROM '{FILE}'"),
        lambda: pl.read_parquet("*.parquet"),
    ],
)
def test_who_cannot_be_handed_the_key_is_refused_with_what_can(load: Callable[[], Any], modular: Sealed) -> None:
    DF.to_parquet(FILE)
    with pytest.raises(Denied, match=r"encrypted Parquet") as caught:
        load()
    assert caught.value.rule == "encryption.cannot-decrypt"
    assert "pyarrow.parquet.read_table" in str(caught.value.fix)


# Damage, and keys that are not there.


def test_every_flipped_byte_is_met_by_an_error_and_never_read_as_another_value(modular: Sealed) -> None:
    DF.head(20).to_parquet(FILE)
    whole = Path(FILE).read_bytes()
    silent = []
    for place in range(0, len(whole), 7):
        Path(FILE).write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        try:
            found = pd.read_parquet(FILE)
        except (SealedFileError, NoIdentity, OSError, pa.ArrowException):
            continue
        if not found.equals(DF.head(20)):
            silent.append(place)
    assert silent == []


def test_damage_in_the_middle_is_told_with_the_path(modular: Sealed) -> None:
    DF.to_parquet(FILE)
    whole = bytearray(Path(FILE).read_bytes())
    whole[500] ^= 1
    Path(FILE).write_bytes(whole)
    with pytest.raises(OSError, match="decrypt") as caught:
        pd.read_parquet(FILE)
    assert caught.value.__notes__ == [f"{FILE} was not read: its bytes were changed. Restore it from a copy."]


@pytest.mark.parametrize("cut", [1, 4, 100, 5_000])
@pytest.mark.parametrize("load", [pd.read_parquet, pa.parquet.read_table, pa.dataset.dataset, pl.read_parquet])
def test_a_cut_file_is_refused_by_its_path(cut: int, load: Callable[[str], Any], modular: Sealed) -> None:
    DF.to_parquet(FILE)
    Path(FILE).write_bytes(Path(FILE).read_bytes()[:-cut])
    with pytest.raises(SealedFileError, match=rf"{FILE} was not opened: .* cut or changed.*Restore"):
        load(FILE)


@pytest.mark.parametrize("load", [pd.read_parquet, pa.parquet.ParquetFile, pa.dataset.dataset])
def test_a_file_for_others_says_whom_to_ask(load: Callable[[str], Any], modular: Sealed) -> None:
    DF.to_parquet(FILE)
    modular.identities.path.unlink()
    modular.identities.create()
    with pytest.raises(NoIdentity, match=rf"{FILE} was not opened: it is sealed for others"):
        load(FILE)


def test_a_file_put_in_the_place_of_another_is_pointed_out(modular: Sealed) -> None:
    for name in ("a.parquet", "b.parquet"):
        DF.to_parquet(name)
    Path("b.parquet").replace(FILE)
    known = {subject: details for verb, subject, details in modular.records if verb == "sealed"}
    modular.site = msgspec.structs.replace(modular.site, recall=lambda *_: known)
    modular.follow(MODULAR)
    assert len(pd.read_parquet(FILE)) == ROWS
    assert "encryption.replaced" in [
        finding.rule for entry in modular.post.recorded for finding in entry.decision.findings
    ]


def test_only_the_columns_asked_for_are_decrypted(modular: Sealed) -> None:
    DF.to_parquet(FILE, index=False)
    whole = bytearray(Path(FILE).read_bytes())
    for place in range(10, 1_000):  # the first column's pages
        whole[place] ^= 1
    Path(FILE).write_bytes(whole)
    assert pd.read_parquet(FILE, columns=["half"])["half"].tolist() == DF["half"].tolist()
    with pytest.raises(OSError, match="decrypt"):
        pd.read_parquet(FILE, columns=["ssn"])


def test_what_only_age_files_can_is_refused_in_a_sentence(modular: Sealed) -> None:
    DF.to_parquet(FILE)
    ((_, _, details),) = modular.records
    (control,) = modular.post.gate.controls
    with pytest.raises(UsageError, match=f"{FILE} was not opened: it was never plain"):
        control.undo(details)
    with pytest.raises(SealedFileError, match=f"{FILE} was not opened: it is encrypted Parquet"):
        open_sealed(FILE, identities=modular.identities)
    with pytest.raises(VaultError, match=FILE):
        rewrapping.look(Path(FILE))
    assert is_encrypted(Path(FILE))


# Files and programs of others.


class _Plain(KmsClient):  # type: ignore[misc]
    """A key service that hides nothing: for files that are none of ours."""

    def wrap_key(self, key: bytes, _: str) -> bytes:
        return key.hex().encode()

    def unwrap_key(self, wrapped: str, _: str) -> bytes:
        return bytes.fromhex(wrapped)


def _theirs(path: str, algorithm: str, client: type[KmsClient] = _Plain, **more: Any) -> CryptoFactory:
    factory = CryptoFactory(lambda _: client())
    more = more or {"uniform_encryption": True}
    configuration = EncryptionConfiguration("k", encryption_algorithm=algorithm, **more)
    properties = factory.file_encryption_properties(KmsConnectionConfig(), configuration)
    with pa.OSFile(path, "wb") as sink:
        pa.parquet.write_table(TABLE, sink, encryption_properties=properties)
    return factory


def test_a_file_with_keys_of_others_is_left_to_them(house: Sealed) -> None:
    house.follow(Settings(seal="none"))
    factory = _theirs(FILE, "AES_GCM_V1")
    properties = factory.file_decryption_properties(KmsConnectionConfig())
    assert pd.read_parquet(FILE, decryption_properties=properties)["n"].tolist() == DF["n"].tolist()
    with pytest.raises(OSError, match="no decryption found"):
        pd.read_parquet(FILE)


@pytest.mark.parametrize("keys", [{}, {"decryption_properties": "theirs"}])
def test_a_file_whose_data_is_not_authenticated_is_refused(keys: dict[str, Any], house: Sealed) -> None:
    house.follow(Settings(seal="none"))
    factory = _theirs(FILE, "AES_GCM_CTR_V1")
    if keys:
        keys = {"decryption_properties": factory.file_decryption_properties(KmsConnectionConfig())}
    with pytest.raises(Denied, match="AES_GCM_CTR_V1") as caught:
        pd.read_parquet(FILE, **keys)
    assert caught.value.rule == "encryption.unauthenticated"


@pytest.mark.parametrize(
    "how",
    [{}, {"column_keys": {"k": ["ssn", "n"], "l": ["half"]}}, {"uniform_encryption": True, "double_wrapping": False}],
)
def test_what_wraps_keys_by_age_as_spark_does_is_read(how: dict[str, Any], house: Sealed) -> None:
    """Spark's own default is a key for keys, which is wrapped, and keys of their own for columns."""
    recipient = house.identities.recipient()

    class Age(KmsClient):  # type: ignore[misc]
        def wrap_key(self, key: bytes, _: str) -> bytes:
            return parquet.wrap(key, [recipient]).encode()

    house.follow(Settings(seal="none"))
    _theirs(FILE, "AES_GCM_V1", Age, **how)
    assert pd.read_parquet(FILE)["n"].tolist() == DF["n"].tolist()


@needs_age
@pytest.mark.parametrize("name", ["pandas engine", "ParquetWriter"])
def test_the_script_in_the_docs_reads_it_with_pyarrow_and_age_alone(name: str, house: Sealed, tmp_path: Path) -> None:
    classic = X25519Identity.generate()
    house.follow(msgspec.structs.replace(MODULAR, recovery=classic.recipient.name))
    SAVERS[name](FILE)
    identity = tmp_path / "identity.txt"
    identity.write_text(classic.secret() + "\n")
    docs = (Path(__file__).parent.parent.parent / "docs" / "encryption.md").read_text(encoding="utf-8")
    (script,) = re.findall(r"```python\n(.*?)```", docs.partition("## Spark")[2].partition("\n## ")[0], re.DOTALL)
    alone = script + "\nassert not [name for name in sys.modules if name.startswith('jupyter_mlsec')]\n"
    done = subprocess.run([sys.executable, "-c", alone, identity, FILE], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout == DF.to_csv(index=False)


def test_the_form_of_a_file_is_neither_looser_nor_tighter() -> None:
    assert MODULAR.loosened(Settings(seal="all")) == Settings(seal="all").loosened(MODULAR) == ()
