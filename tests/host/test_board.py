"""What a process shows its children, and which of them join it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from jupyter_mlsec.host import board

pytestmark = pytest.mark.skipif(os.name != "posix", reason="forks and locks")

KILLED = "import os, signal\nfrom jupyter_mlsec.host import board\nprint(board.new_file().path, flush=True)\n"


def test_a_forked_child_sees_what_its_parent_shows_later():
    shared = board.new()
    to_child, go = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(to_child, 1)
        shared.join(os.getpid())
        os._exit(int(shared.shown() != b"cell 7"))
    shared.show(b"cell 3, of a long story")
    shared.show(b"cell 7")
    os.write(go, b"g")

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert shared.joined() == 1
    shared.welcome()
    assert (shared.joined(), shared.shown()) == (0, b"cell 7")


def test_another_program_opens_it_by_its_path_and_it_goes_with_its_maker():
    made = board.new_file()
    made.show(b"cell 7")
    code = "import sys\nfrom jupyter_mlsec.host import board\nprint(board.open_file(board.Path(sys.argv[1])).shown())"
    done = subprocess.run([sys.executable, "-c", code, str(made.path)], capture_output=True, text=True, check=True)

    assert done.stdout == "b'cell 7'\n"
    assert made.path.stat().st_mode & 0o777 == 0o600
    made.close()
    assert not made.path.exists()


def test_a_board_of_a_killed_process_is_swept_and_a_living_ones_is_not():
    living = board.new_file()
    done = subprocess.run(
        [sys.executable, "-c", KILLED + "os.kill(os.getpid(), signal.SIGKILL)"], capture_output=True, text=True
    )
    left = board.Path(done.stdout.strip())
    there = left.exists()
    board.new_file().close()

    assert (there, left.exists(), living.path.exists()) == (True, False, True)
    living.close()


def test_a_board_that_others_may_write_is_not_opened(tmp_path):
    made = board.new_file()
    made.path.chmod(0o666)
    with pytest.raises(OSError, match="not this user's own"):
        board.open_file(made.path)
    made.close()
    (tmp_path / "link").symlink_to(made.path)
    with pytest.raises(OSError, match="link"):
        board.open_file(tmp_path / "link")


def test_what_is_half_written_is_not_taken_for_what_is_shown():
    shared = board.new()
    shared.show(b"cell 3")
    shared.shown()
    shared._memory[8:14] = b"cell 7"  # the check sum is not there yet

    assert shared.shown() == b"cell 3"
