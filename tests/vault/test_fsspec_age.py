"""Sealed files through fsspec, as `compression="age"` and as the file system `age::`: local, in memory, cached, web."""

from __future__ import annotations

import functools
import http.server
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest

from jupyter_mlsec.protocol.errors import NoIdentity, SealedFileError, UsageError
from jupyter_mlsec.vault import Identities, filesystems, is_sealed
from jupyter_mlsec.vault.files import own_identities

fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed")
pytest.importorskip("fsspec.implementations.chained", reason="this fsspec takes no chained file systems of others")

ROOT = Path(__file__).parent.parent.parent
CANARY = "canary-77d0"
FRAME = pd.DataFrame({"name": [f"{CANARY}-{n}" for n in range(3000)], "n": range(3000)})


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Identities]:
    """An identity, fsspec as a fresh process has it, and nothing of ours in it afterwards."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("JUPYTER_MLSEC_IDENTITY_FILE", raising=False)
    filesystems.register()
    identities = own_identities()
    identities.create()
    yield identities
    filesystems.forget()
    fsspec.filesystem("memory").store.clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


def places(folder: Path) -> list[str]:
    return [f"{folder}/x.csv.age", "memory://x.csv.age", f"simplecache::file://{folder}/x.csv.age"]


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("compression", ["age", "infer"])
def test_what_is_written_through_fsspec_is_sealed_and_reads_back(place: int, compression: str, folder: Path) -> None:
    url = places(folder)[place]
    with fsspec.open(url, "wb", compression=compression) as file:
        file.write(b"hello" * 50_000)
    with fsspec.open(url, "rb") as file:
        assert is_sealed(file.read(100))
    with fsspec.open(url, "rt", compression=compression) as file:
        assert file.read() == "hello" * 50_000


def test_pandas_seals_and_opens_by_its_storage_options() -> None:
    age = {"compression": "age"}
    FRAME.to_csv("memory://rows.csv", index=False, storage_options=age)
    assert CANARY.encode() not in fsspec.filesystem("memory").cat("/rows.csv")
    pd.testing.assert_frame_equal(pd.read_csv("memory://rows.csv", storage_options=age), FRAME)


def test_a_cache_of_a_sealed_file_is_sealed_too(tmp_path: Path) -> None:
    FRAME.to_csv("age::memory://rows.csv", index=False)
    options = {"compression": "age", "simplecache": {"cache_storage": str(tmp_path / "cache")}}
    assert len(pd.read_csv("simplecache::memory://rows.csv", storage_options=options)) == 3000
    kept = [path.read_bytes() for path in (tmp_path / "cache").iterdir()]
    assert [is_sealed(each[:100]) for each in kept] == [True]


@pytest.mark.parametrize("url", ["age::memory://a", "age::file://{}"])
def test_the_sealed_file_system_takes_csv_parquet_and_partitions(url: str, folder: Path) -> None:
    base = url.format(folder)
    FRAME.to_csv(f"{base}/x.csv", index=False)
    FRAME.to_parquet(f"{base}/x.parquet")
    FRAME.assign(part=FRAME.n % 3).to_parquet(f"{base}/parts", partition_cols=["part"])
    pd.testing.assert_frame_equal(pd.read_csv(f"{base}/x.csv"), FRAME)
    pd.testing.assert_frame_equal(pd.read_parquet(f"{base}/x.parquet"), FRAME)
    assert len(pd.read_parquet(f"{base}/parts", columns=["n"])) == 3000
    system, path = fsspec.url_to_fs(f"{base}/x.csv")
    assert len(system.find(system._parent(path))) == 5
    assert all(is_sealed(system.fs.cat(each)[:100]) for each in system.find(system._parent(path)))


def test_sizes_positions_and_copies_are_those_of_the_plain_file() -> None:
    system = fsspec.filesystem("age", target_protocol="memory")
    system.pipe("/x", b"0123456789")
    assert (system.size("/x"), system.cat_file("/x", -3), system.cat_file("/x", 2, 4)) == (10, b"789", b"23")
    system.copy("/x", "/y")
    system.mv("/y", "/z")
    assert (system.cat("/z"), system.exists("/y"), system.unstrip_protocol("/z")) == (
        b"0123456789",
        False,
        "age::memory:///z",
    )


@pytest.mark.parametrize("url", ["age::memory://x", "age::file://{}/x"])
def test_a_write_that_fails_leaves_the_old_content(url: str, folder: Path) -> None:
    url = url.format(folder)
    with fsspec.open(url, "wb") as file:
        file.write(b"old")
    with pytest.raises(TypeError), fsspec.open(url, "wb") as file:
        file.writelines([b"new" * 100_000, "not bytes"])
    with fsspec.open(url, "rb") as file:
        assert file.read() == b"old"
    assert [path.name for path in folder.iterdir()] == (["x"] if "file" in url else [])


@pytest.mark.parametrize("place", range(3))
def test_a_file_that_fsspec_closes_after_an_error_is_never_taken_for_whole(place: int, folder: Path) -> None:
    url = places(folder)[place]
    with pytest.raises(TypeError), fsspec.open(url, "wb", compression="age") as file:
        file.writelines([b"row\n" * 100_000, "not bytes"])
    with pytest.raises((SealedFileError, FileNotFoundError)):
        fsspec.open(url, "rb", compression="age").open()


class Bucket(fsspec.AbstractFileSystem):
    """An object store: an object is there once its file is closed."""

    protocol = "bucket"
    cachable = False
    kept: dict[str, bytes] = {}

    def _open(self, path, mode="rb", **options):
        return Object(self, path, mode)

    def info(self, path, **options):
        return {"name": path, "size": len(self.kept[path]), "type": "file"}


class Object(fsspec.spec.AbstractBufferedFile):
    def _fetch_range(self, start, end):
        return self.fs.kept[self.path][start:end]

    def _initiate_upload(self):
        self.parts = b""

    def _upload_chunk(self, final=False):
        self.parts += self.buffer.getvalue()
        if final:
            self.fs.kept[self.path] = self.parts


@pytest.mark.parametrize("seals", [{"compression": "age"}, {}])
def test_a_write_to_an_object_store_that_fails_leaves_the_old_object(seals: dict[str, str]) -> None:
    fsspec.register_implementation("bucket", Bucket, clobber=True)
    url = "bucket://rows" if seals else "age::bucket://rows"
    with fsspec.open(url, "wb", **seals) as file:
        file.write(b"old" * 10_000_000)
    with pytest.raises(TypeError), fsspec.open(url, "wb", **seals) as file:
        file.writelines([b"new" * 10_000_000, "not bytes"])
    with fsspec.open(url, "rb", **seals) as file:
        assert file.read() == b"old" * 10_000_000
    assert is_sealed(Bucket.kept["rows"][:100])


def test_a_file_written_while_an_older_error_is_handled_is_whole() -> None:
    try:
        raise KeyError
    except KeyError:
        with fsspec.open("memory://x", "wb", compression="age") as file:
            file.write(b"the way on")
    with fsspec.open("memory://x", "rb", compression="age") as file:
        assert file.read() == b"the way on"


def test_a_plain_or_empty_file_is_named_as_such(folder: Path) -> None:
    path = folder / "x.csv.age"
    for content, what in ((b"a,b\n1,2\n", "not sealed"), (b"", "empty")):
        path.write_bytes(content)
        with pytest.raises(SealedFileError, match=rf"x\.csv\.age was not opened: it is {what}.*the ending"):
            fsspec.open(str(path), "rb", compression="infer").open()


def test_a_sealed_file_is_never_appended_to(folder: Path) -> None:
    for url in ("memory://x", "age::memory://x", f"age::file://{folder}/x"):
        with fsspec.open(url, "wb", compression=None if "::" in url else "age") as file:
            file.write(b"whole")
        with pytest.raises(UsageError, match="x was not opened: a sealed file cannot be changed in part"):
            fsspec.open(url, "ab", compression=None if "::" in url else "age").open()
        with fsspec.open(url, "rb", compression=None if "::" in url else "age") as file:
            assert file.read() == b"whole"


def test_without_an_identity_nothing_is_written_and_the_error_says_how_to_get_one(own: Identities) -> None:
    fsspec.filesystem("age", target_protocol="memory").pipe("/x", b"1")
    own.path.unlink()
    with pytest.raises(NoIdentity, match=r"memory:///?x is sealed.*keys init"):
        fsspec.open("memory://x", "rb", compression="age").open()
    with pytest.raises(NoIdentity, match=r"memory:///?new was not written.*keys init"):
        fsspec.open("age::memory://new", "wb").open()
    assert not fsspec.filesystem("memory").exists("/new")


class Streaming(http.server.SimpleHTTPRequestHandler):
    """A server without ranges, as http.server is: fsspec can only stream from it."""

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def served(folder: Path) -> Iterator[str]:
    pytest.importorskip("aiohttp", reason="fsspec reads the web through aiohttp, which is not installed")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Streaming, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("chain", ["", "simplecache::"])
def test_a_sealed_file_on_the_web_is_read(chain: str, served: str, folder: Path) -> None:
    FRAME.to_csv(f"age::file://{folder}/x.csv", index=False)
    with fsspec.open(f"{chain}{served}/x.csv", compression="age") as file:
        pd.testing.assert_frame_equal(pd.read_csv(file), FRAME)
    pd.testing.assert_frame_equal(pd.read_csv(f"age::{chain}{served}/x.csv"), FRAME)


def test_secrets_of_a_url_do_not_show_in_an_error(served: str, folder: Path) -> None:
    (folder / "x").write_bytes(b"plain")
    with pytest.raises(SealedFileError) as caught:
        fsspec.open(f"{served}/x?token=hush", "rb", compression="age").open()
    assert "/x was not opened" in str(caught.value)
    assert "hush" not in str(caught.value)


def test_dask_writes_and_reads_sealed_parts(folder: Path) -> None:
    dask = pytest.importorskip("dask.dataframe", reason="dask is not installed")
    frame = dask.from_pandas(FRAME, npartitions=3)
    for name, options in (("by-name", {"compression": "age"}), ("by-system", {})):
        base = f"{folder}/{name}" if options else f"age::file://{folder}/{name}"
        frame.to_csv(f"{base}/*.csv", index=False, **options)
        assert all(is_sealed(part.read_bytes()[:100]) for part in (folder / name).iterdir())
        found = dask.read_csv(f"{base}/*.csv", blocksize=None, **options).compute()
        pd.testing.assert_frame_equal(found.reset_index(drop=True), FRAME, check_dtype=False)
    frame.to_parquet(f"age::file://{folder}/parquet", write_index=False)
    found = dask.read_parquet(f"age::file://{folder}/parquet", columns=["n"]).compute()
    assert found.n.sum() == FRAME.n.sum()
    assert CANARY.encode() not in b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_dasks_worker_processes_seal_and_open_by_name(folder: Path) -> None:
    pytest.importorskip("dask.dataframe", reason="dask is not installed")
    code = (
        "import dask, dask.dataframe as dd, pandas as pd, jupyter_mlsec, sys\n"
        "jupyter_mlsec.register_fsspec()\n"
        "if __name__ == '__main__':\n"
        "    dask.config.set(scheduler='processes', num_workers=2)\n"
        "    frame = dd.from_pandas(pd.DataFrame({'n': range(100)}), npartitions=2)\n"
        "    frame.to_csv(sys.argv[1] + '/*.csv', index=False, compression='age')\n"
        "    print(int(dd.read_csv('age::file://' + sys.argv[1] + '/*.csv').n.sum().compute()))\n"
    )
    (folder / "main.py").write_text(code)
    done = subprocess.run(
        [sys.executable, folder / "main.py", folder / "parts"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout == "4950\n", done.stderr


ON_ARRIVAL = """
import sys, jupyter_mlsec
with jupyter_mlsec.guard():
    early = "fsspec" in sys.modules
    import fsspec
    inside = "age" in fsspec.available_compressions() and fsspec.utils.infer_compression("x.age") == "age"
print(early, inside, "age" in fsspec.available_compressions(), fsspec.utils.infer_compression("x.age"))
"""


def test_a_guard_teaches_fsspec_when_it_arrives_and_takes_that_back(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", ON_ARRIVAL], cwd=folder, capture_output=True, text=True, check=False)
    assert done.stdout == "False True False None\n", done.stderr


def test_what_others_named_age_stays_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    from fsspec import compression

    filesystems.forget()
    monkeypatch.setitem(compression.compr, "age", len)
    assert not filesystems.teach(compression)
    filesystems.forget()
    assert compression.compr["age"] is len


def test_the_entry_point_names_the_file_system() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    module, _, name = project["entry-points"]["fsspec.specs"]["age"].partition(":")
    assert getattr(import_module(module), name).protocol == "age"
