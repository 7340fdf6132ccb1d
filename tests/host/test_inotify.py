"""Names of files that are opened in watched folders."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys

import pytest

from jupyter_mlsec.host import inotify

pytestmark = pytest.mark.skipif(inotify.new() is None, reason="there is no inotify here")


@pytest.fixture
def watching(tmp_path):
    watch = inotify.new()
    watch.watch(str(tmp_path))
    yield watch
    watch.close()


def test_a_file_that_is_opened_by_whatever_means_is_named(watching, tmp_path):
    (tmp_path / "a.bin").write_bytes(b"a")
    with open(tmp_path / "a.bin", "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ):
        pass
    subprocess.run([sys.executable, "-c", "import sys; open(sys.argv[1])", str(tmp_path / "a.bin")], check=True)

    assert watching.drain() == (str(tmp_path / "a.bin"),)
    assert watching.drain() == ()


def test_folders_below_and_beside_are_not_heard_of(watching, tmp_path):
    (tmp_path / "below").mkdir()
    watching.drain()
    (tmp_path / "below" / "a").write_text("a")
    os.listdir(tmp_path / "below")

    assert watching.drain() == ()


def test_a_folder_that_is_not_there_is_passed_over(watching, tmp_path):
    watching.watch(str(tmp_path / "missing"))
    (tmp_path / "a").write_text("a")

    assert watching.drain() == (str(tmp_path / "a"),)


def test_another_file_under_our_number_keeps_its_bytes(tmp_path):
    watch = inotify.new()
    (tmp_path / "a").write_text("abc")
    os.close(watch._file)
    other = os.open(tmp_path / "a", os.O_RDONLY)
    try:
        assert other == watch._file
        assert watch.drain() == ()
        watch.close()
        assert os.read(other, 3) == b"abc"
    finally:
        os.close(other)
