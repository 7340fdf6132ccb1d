"""Pickled files in a real kernel: a payload ends before it begins, an honest model loads without a word."""

from __future__ import annotations

import json
import pickle

import pytest

from tests.session.kernels import Kernel

OPCODE = b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x0atouch ran!\x85R."
FIT = """
import joblib, pickle
from sklearn.linear_model import LogisticRegression
model = LogisticRegression().fit([[0.0], [1.0], [2.0]], [0, 1, 1])
"""


@pytest.fixture(scope="module")
def kernel_of(tmp_path_factory):
    """One guarded kernel for the tests of this file, and its project."""
    folder = tmp_path_factory.mktemp("loading")
    project = folder / "project"
    (project / ".git").mkdir(parents=True)
    kernel = Kernel(project, folder / "home")
    kernel.run("%load_ext jupyter_mlsec\nimport pickle, joblib")
    yield kernel
    kernel.stop()


@pytest.mark.parametrize(
    "load",
    [
        "pickle.load(open('evil.pkl', 'rb'))",
        "pickle.loads(open('evil.pkl', 'rb').read())",
        "joblib.load('evil.pkl')",
        "import pandas as pd; pd.read_pickle('evil.pkl')",
        "import numpy as np; np.load('evil.pkl', allow_pickle=True)",
        "pickle.Unpickler(open('evil.pkl', 'rb')).load()",
        "pickle._Unpickler(open('evil.pkl', 'rb')).load()",
    ],
)
def test_a_payload_is_refused_before_it_runs_and_named(kernel_of, load):
    (kernel_of.project / "evil.pkl").write_bytes(OPCODE)
    ran = kernel_of.run(load)
    assert ran.error == "Denied", ran
    assert "posix.system" in ran.traceback
    assert not (kernel_of.project / "ran!").exists()


def test_an_honest_estimator_loads_without_a_word(kernel_of):
    kernel_of.run(FIT)
    kernel_of.run("blob = pickle.dumps(model); joblib.dump(model, 'model.joblib', compress=3)")
    assert kernel_of.run("a = joblib.load('model.joblib')") == ("", "", "")
    assert kernel_of.run("b = pickle.loads(blob)") == ("", "", "")
    assert kernel_of.run("assert (a.coef_ == b.coef_).all()") == ("", "", "")


def test_the_users_own_classes_and_functions_come_back(kernel_of):
    kernel_of.run("class Thing:\n    pass\ndef scale(x):\n    return x\nkept = pickle.dumps([Thing(), scale])")
    assert kernel_of.run("pickle.loads(kept)[1](3)").text == "3\n"


def test_a_function_in_memory_comes_back_as_it_is_but_none_that_starts_programs(kernel_of):
    kernel_of.run("import statistics, os, posix")
    assert kernel_of.run("pickle.loads(pickle.dumps(statistics.mean))([1, 3])").text == "2\n"
    assert kernel_of.run("pickle.loads(pickle.dumps(os.system))").error == "Denied"
    assert kernel_of.run("pickle.loads(pickle.dumps({'f': statistics.mean}))").error == "Denied"


def test_a_users_function_may_lie_in_a_file_but_not_be_called_by_it(kernel_of):
    kernel_of.run("def burn(what):\n    open('ran!', 'w')\ncall = b'c__main__\\nburn\\n(Vx\\ntR.'")
    ran = kernel_of.run("pickle.loads(call)")
    assert ran.error == "Denied"
    assert "__main__.burn" in ran.traceback
    assert not (kernel_of.project / "ran!").exists()


def test_what_was_saved_here_loads_whatever_it_holds(kernel_of):
    cell = (
        "import cloudpickle\nk = 3\nwith open('f.pkl', 'wb') as f:\n    cloudpickle.dump(lambda x: x + k, f)\n"
        "print(pickle.load(open('f.pkl', 'rb'))(1))"
    )
    assert kernel_of.run(cell).text == "4\n"
    assert kernel_of.run("pickle.load(open('f.pkl', 'rb'))(2)").text == "5\n"


def test_trust_is_for_one_files_digest_and_is_recorded(kernel_of):
    file = kernel_of.project / "odd.pkl"
    file.write_bytes(b"cstatistics\nmean\n.")
    assert kernel_of.run("pickle.load(open('odd.pkl', 'rb'))").error == "Denied"
    shown = kernel_of.run("%mlsec trust odd.pkl").text
    assert "statistics.mean" in shown
    kernel_of.run("%mlsec trust odd.pkl --reason 'made by a colleague'")
    assert kernel_of.run("pickle.load(open('odd.pkl', 'rb'))").error == ""
    file.write_bytes(b"cstatistics\nmedian\n.")
    assert kernel_of.run("pickle.load(open('odd.pkl', 'rb'))").error == "Denied"
    assert "made by a colleague" in kernel_of.run("%mlsec ledger show").text + kernel_of.run("%mlsec trust").text


def test_the_refusal_is_an_entry_with_the_names(kernel_of):
    (kernel_of.project / "evil.pkl").write_bytes(OPCODE)
    kernel_of.run("pickle.load(open('evil.pkl', 'rb'))")
    found = json.loads(kernel_of.run("%mlsec findings --json").text)
    rules = [each["rule"] for each in found]
    assert "loading.runs-code" in rules


def test_an_allowance_lets_the_load_go_on_and_says_what_was_named(kernel_of):
    (kernel_of.project / "odd2.pkl").write_bytes(b"cstatistics\nmode\n.")
    kernel_of.run("%mlsec allow loading.unknown-name --reason test --resource odd2.pkl")
    ran = kernel_of.run("pickle.load(open('odd2.pkl', 'rb'))")
    assert ran.error == ""


def test_broken_files_raise_the_own_error_of_the_library(kernel_of):
    (kernel_of.project / "short.pkl").write_bytes(pickle.dumps(list(range(1000)))[:-50])
    assert kernel_of.run("pickle.load(open('short.pkl', 'rb'))").error == "UnpicklingError"
    assert kernel_of.run("pickle.loads(b'')").error == "EOFError"


def test_libraries_speak_to_their_own_processes(kernel_of):
    cell = "from concurrent.futures import ProcessPoolExecutor\nfrom fractions import Fraction\nimport statistics\n"
    cell += "with ProcessPoolExecutor(1) as pool:\n    print(pool.submit(statistics.mean, [1, 3]).result())"
    assert "2" in kernel_of.run(cell).text
    cell = "print(joblib.Parallel(2)(joblib.delayed(lambda x: x + 1)(n) for n in range(3)))"
    assert "[1, 2, 3]" in kernel_of.run(cell).text


def test_what_cloudpickle_made_in_memory_here_loads_without_a_word_and_foreign_bytes_do_not(kernel_of):
    kernel_of.run("import cloudpickle, os, statistics\nadd = lambda x: statistics.mean([x, x]) + 1")
    kernel_of.run("blob = cloudpickle.dumps({'add': add, 'mean': statistics.mean})")
    assert kernel_of.run("cloudpickle.loads(blob)['add'](2)") == ("3\n", "", "")
    assert kernel_of.run("pickle.loads(bytearray(blob))['mean']([1, 3])").text == "2\n"
    assert kernel_of.run("pickle.loads(blob[:-1] + b'0N.')").error == "Denied"
    assert kernel_of.run("pickle.loads(cloudpickle.CloudPickler.__module__.encode() and blob + b' ')").error == "Denied"
    foreign = "import cloudpickle\\nprint(cloudpickle.dumps(lambda x: x + 1).hex())"
    kernel_of.run(
        f'import subprocess, sys\nout = subprocess.run([sys.executable, "-c", "{foreign}"], capture_output=True)'
    )
    assert kernel_of.run("pickle.loads(bytes.fromhex(out.stdout.decode().strip()))").error == "Denied"
