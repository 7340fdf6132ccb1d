"""What is opened and started is heard of, and nothing the user does can fail for it."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest

from jupyter_mlsec.interception import auditing
from jupyter_mlsec.interception.openings import Openings, library_bytes
from jupyter_mlsec.interception.tripwire import Tripwire


class Ears:
    """Keeps what it hears."""

    def __init__(self):
        self.listens = self.measures = True
        self.paths = []
        self.programs = []

    def opened(self, path):
        self.paths.append(path)

    def started(self, what):
        self.programs.append((what.kind, what.program))


@pytest.fixture
def ears():
    made = Ears()
    auditing.listen(made)
    yield made
    auditing.stop(made)


def test_files_are_heard_of_by_path(ears, tmp_path):
    (tmp_path / "a").write_text("a")
    os.close(os.open(os.fsencode(tmp_path / "b"), os.O_CREAT))
    io.open_code(str(tmp_path / "a")).close()

    here = [path for path in ears.paths if path.startswith(str(tmp_path))]  # pytest opens files of its own
    assert here == [str(tmp_path / "a"), str(tmp_path / "b"), str(tmp_path / "a")]


@pytest.mark.skipif(os.name != "posix", reason="other names there")
def test_programs_are_named_without_what_they_are_given(ears):
    subprocess.run(["/bin/true", "secret"], check=True)
    subprocess.run("true secret", shell=True, check=True)
    os.system("true secret")
    os.waitpid(os.posix_spawn("/bin/true", ["true", "secret"], {}), 0)

    assert ears.programs == [("subprocess", "true"), ("shell", "sh"), ("shell", ""), ("program", "true")]


def test_a_listener_that_breaks_breaks_no_call(ears, tmp_path):
    def opened(path):
        raise RuntimeError(path)

    ears.opened = opened
    (tmp_path / "a").write_text("a")

    assert (tmp_path / "a").read_text() == "a"


def test_who_stops_listening_hears_nothing_and_one_hook_is_all_there_is(ears, tmp_path, monkeypatch):
    added = []
    monkeypatch.setattr(sys, "addaudithook", added.append)
    other = Ears()
    auditing.listen(other)
    auditing.stop(ears)
    (tmp_path / "a").write_text("a")
    auditing.stop(other)
    (tmp_path / "b").write_text("b")

    assert (added, ears.paths, other.paths) == ([], [], [str(tmp_path / "a")])


def test_a_users_file_is_named_and_code_libraries_and_system_files_are_not(tmp_path):
    project = tmp_path / "project"
    (project / ".mlsec").mkdir(parents=True)
    names = [project / "a.csv", project / "helpers.py", project / ".mlsec" / "x", tmp_path / "b.csv"]
    for path in names:
        path.write_text("")
    paths = [*map(str, names), str(project), "/proc/cpuinfo", ":memory:", io.__file__, str(project / "gone")]

    assert Openings(str(project)).names(paths) == ("a.csv", ".../b.csv")
    assert Openings(str(project)).names(paths, watched=["a.csv"]) == (".../b.csv",)
    assert Openings(str(project), (str(tmp_path),)).names(paths) == ()


def test_what_imports_read_and_compile_is_taken_for_libraries_own(tmp_path):
    data, code = tmp_path / "data.csv", tmp_path / "code.pyc"
    data.write_bytes(bytes(1000))
    code.write_bytes(bytes(300))

    assert library_bytes([str(data), str(code), str(code)]) == (600, 0)
    assert library_bytes([f"{code}.1402345"]) == (0, 300)
    assert library_bytes(["/a/module.cpython-311-x86_64-linux-gnu.so"]) == (4096, 0)


def test_importing_a_large_module_is_not_unexplained(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "mlsec_large.py").write_text("x = 1\n" * 50_000)
    tripwire = Tripwire(str(tmp_path))
    tripwire.install()
    try:
        cell = tripwire.begin_cell()
        __import__("mlsec_large")
        coverage = tripwire.end_cell(cell)
    finally:
        tripwire.uninstall()
        sys.modules.pop("mlsec_large", None)

    assert (coverage.read_unexplained, coverage.written_unexplained, coverage.opened) == (0, 0, ())


def test_data_that_a_module_reads_while_imported_is_not_taken_for_code(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "data.csv").write_bytes(bytes(1 << 20))
    (tmp_path / "mlsec_loads.py").write_text(f"open({str(tmp_path / 'data.csv')!r}, 'rb').read()\n")
    tripwire = Tripwire(str(tmp_path))
    tripwire.install()
    try:
        cell = tripwire.begin_cell()
        __import__("mlsec_loads")
        coverage = tripwire.end_cell(cell)
    finally:
        tripwire.uninstall()
        sys.modules.pop("mlsec_loads", None)

    assert coverage.opened == ("data.csv",)
    assert coverage.read_unexplained >= 1 << 20 or not coverage.by
