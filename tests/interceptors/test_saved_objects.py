"""Objects and weights in files: safetensors, skops, pickle and its kin, joblib, dill and scipy.io."""

from __future__ import annotations

import io
import pickle
import types

import cloudpickle
import joblib
import msgspec
import numpy as np
import pytest
import safetensors
import safetensors.numpy
import scipy.io
import skops.io

from jupyter_mlsec.interception import Interception
from jupyter_mlsec.interceptors import LIBRARIES
from tests.interception.posts import Post

TENSORS = {"a": np.ones((2, 3))}
WATCHED = ("numpy", "safetensors", "skops", "pickle", "cloudpickle", "dill", "joblib", "scipy")


@pytest.fixture
def post(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    post = Post(root=str(tmp_path))
    interception = Interception([one for one in LIBRARIES if one.name in WATCHED], post)
    interception.install()
    yield post
    interception.uninstall()


def done(post):
    return [(one.operation.library, one.operation.action, one.operation.resource.name) for one in post.recorded]


def test_weights_saved_and_loaded_are_one_record_each(post):
    safetensors.numpy.save_file(TENSORS, "m.safetensors")
    safetensors.numpy.load_file("m.safetensors")
    assert done(post) == [("safetensors", "write", "m.safetensors"), ("safetensors", "read", "m.safetensors")]
    assert [one.operation.function for one in post.recorded] == ["save_file", "load_file"]


def test_a_file_opened_for_single_tensors_works_as_before_and_is_seen(post):
    safetensors.numpy.save_file(TENSORS, "m.safetensors")
    with safetensors.safe_open("m.safetensors", framework="np") as file:
        assert isinstance(file, safetensors.safe_open)
        assert list(file.keys()) == ["a"]
        assert file.get_tensor("a").shape == (2, 3)
    assert done(post)[1:] == [("safetensors", "read", "m.safetensors")]


def test_tensors_and_objects_in_memory_touch_nothing_outside(post):
    assert safetensors.numpy.load(safetensors.numpy.save(TENSORS))["a"].shape == (2, 3)
    assert skops.io.loads(skops.io.dumps([1])) == [1]
    skops.io.visualize(skops.io.dumps(["hunter2"]), sink=lambda *_, **__: None)
    assert skops.io.get_untrusted_types(data=skops.io.dumps([1])) == []
    assert post.entries == []


def test_bytes_in_memory_that_the_users_code_unpickles_are_read_from_a_buffer(post):
    assert pickle.loads(pickle.dumps([1])) == [1]
    assert [(one.operation.action, one.operation.resource.kind) for one in post.entries] == [("read", "buffer")]


def test_what_cloudpickle_makes_in_memory_is_written_to_a_buffer(post):
    cloudpickle.dumps([1])
    assert [(one.operation.action, one.operation.resource.kind) for one in post.entries] == [("write", "buffer")]


def test_a_skops_file_is_looked_into_before_it_is_loaded(post):
    skops.io.dump([1, "two"], "m.skops")
    assert skops.io.get_untrusted_types(file="m.skops") == []
    assert skops.io.load("m.skops") == [1, "two"]
    assert [(action, name) for _, action, name in done(post)] == [("write", "m.skops"), *[("read", "m.skops")] * 2]


def test_the_file_behind_an_open_file_is_named(post):
    with open("o.pkl", "wb") as file:
        cloudpickle.dump([1], file)
    with open("o.pkl", "rb") as file:
        assert cloudpickle.load(file) == [1]
    assert done(post) == [("cloudpickle", "write", "o.pkl"), ("pickle", "read", "o.pkl")]


def test_a_function_of_the_notebook_is_saved_without_us(post):
    main = types.ModuleType("__main__")
    exec("def double(x): return 2 * x", main.__dict__)
    kept = io.BytesIO()
    cloudpickle.dump(main.double, kept)
    assert pickle.loads(kept.getvalue())(4) == 8
    assert b"jupyter_mlsec" not in kept.getvalue()


def test_what_joblib_caches_is_seen_as_it_is_kept_and_fetched(post, tmp_path):
    memory = joblib.Memory(str(tmp_path / "cache"), verbose=0)
    double = memory.cache(np.exp)
    double(1.0)
    double(1.0)
    kinds = [(library, action) for library, action, _ in done(post)]
    assert kinds == [("joblib", "write"), ("joblib", "read")]


def test_matrices_are_one_record_whatever_reads_below(post):
    scipy.io.savemat("a.mat", TENSORS)
    scipy.io.loadmat("a.mat")
    assert done(post) == [("scipy", "write", "a.mat"), ("scipy", "read", "a.mat")]


def test_dill_is_one_record_a_call(post):
    dill = pytest.importorskip("dill")
    with open("o.pkl", "wb") as file:
        dill.dump(lambda x: x, file)
    with open("o.pkl", "rb") as file:
        assert dill.load(file)(3) == 3
    assert done(post) == [("dill", "write", "o.pkl"), ("dill", "read", "o.pkl")]


def test_what_is_saved_is_nowhere_in_the_record(post):
    for save in (cloudpickle.dump, pickle.dump, joblib.dump, skops.io.dump):
        save({"key": "hunter2"}, io.BytesIO())
    with pytest.raises(FileNotFoundError):
        joblib.load("missing/hunter2-is-a-name-and-stays-one")
    assert msgspec.json.encode(post.entries).count(b"hunter2") == 1
