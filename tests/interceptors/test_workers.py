"""What is handed to worker processes is noted in the cell as unobserved; what is handed to threads is not."""

from __future__ import annotations

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing.pool import ThreadPool

import pytest
from joblib import Parallel, delayed

from jupyter_mlsec.interception import Interception
from jupyter_mlsec.interceptors import LIBRARIES
from tests.interception.posts import Post

FORK = pytest.mark.skipif(sys.platform != "linux", reason="pools of forked processes")


@pytest.fixture
def post():
    post = Post()
    interception = Interception(LIBRARIES, post)
    interception.install()
    yield post
    interception.uninstall()


def noted(post, work):
    """What the work's cell says was not seen: kind and count."""
    cell = post.tripwire.begin_cell()
    work()
    return {each.kind: each.count for each in post.tripwire.end_cell(cell).unobserved}


@FORK
def test_each_call_of_a_pool_is_noted_once(post):
    with multiprocessing.get_context("fork").Pool(1) as pool:
        for name, given in (("map", [1]), ("starmap", [(1,)]), ("apply", (1,)), ("imap_unordered", [1])):
            found = noted(post, lambda name=name, given=given: list_of(getattr(pool, name)(abs, given)))
            assert found == {"multiprocessing workers": 1}


def list_of(found):
    return list(found) if hasattr(found, "__iter__") else found


@FORK
def test_tasks_of_a_process_pool_are_counted(post):
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as pool:
        found = noted(post, lambda: [pool.submit(abs, -1).result(), *pool.map(abs, [1, 2])])
    assert found == {"process pool workers": 3}


def test_warm_loky_workers_are_noted_too(post):
    def work():
        return Parallel(n_jobs=2, batch_size=1)(delayed(abs)(number) for number in range(4))

    work()
    assert noted(post, work) == {"loky workers": 4}


def test_threads_are_watched_and_not_noted(post):
    def work():
        with ThreadPool(1) as pool, ThreadPoolExecutor(1) as executor:
            pool.map(abs, [1])
            executor.submit(abs, 1).result()
        Parallel(n_jobs=2, prefer="threads")(delayed(abs)(number) for number in range(4))

    assert noted(post, work) == {}


def test_a_paused_guard_notes_nothing(post):
    post.scope.active = False
    assert noted(post, lambda: Parallel(n_jobs=2)(delayed(abs)(number) for number in range(2))) == {}
