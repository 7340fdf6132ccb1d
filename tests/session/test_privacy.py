"""Differential privacy in a real kernel: one budget for a data set and for all that is made of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.session.kernels import Kernel

ROOT = str(Path(__file__).parents[2])
ROWS = "age,city\n" + "".join(f"{20 + number % 50},{'ab'[number % 2]}\n" for number in range(1000))
MEAN = "with mlsec.dp(df, epsilon=0.2, bounds={'age': (0, 120)}) as private:\n    {}"
BLOCK = "with mlsec.dp({}, epsilon=0.02, bounds={{'age': (0, 120)}}) as private: print(private.sources)"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """One guarded kernel with a table that was read."""
    folder = tmp_path_factory.mktemp("privacy")
    (folder / "project" / ".git").mkdir(parents=True)
    (folder / "project" / "people.csv").write_text(ROWS)
    kernel = Kernel(folder / "project", folder / "home")
    kernel.run("%load_ext jupyter_mlsec")
    ran = kernel.run("import pandas as pd, io\nimport jupyter_mlsec as mlsec\ndf = pd.read_csv('people.csv')")
    assert ran.error == "", ran.traceback
    assert kernel.run("%mlsec dp budget df 2").text.startswith("people.csv: 2 of 2 left")
    yield kernel
    kernel.stop()


def left(kernel: Kernel) -> dict[str, float]:
    return {each["dataset"]: each["left"] for each in json.loads(kernel.run("%mlsec dp --json").text)}


def test_a_block_tells_spends_and_is_recorded(running):
    before = left(running)["people.csv"]
    ran = running.run(MEAN.replace("{}", "private.mean('age')"))

    assert (ran.error, ran.text) == ("", ""), ran.traceback
    assert left(running)["people.csv"] == pytest.approx(before - 0.05)
    said = running.run(MEAN.replace("{}", "print(private.mean('age'))")).text
    assert re.match(r"mean of age .* at 95 %, cost 0\.05, left ", said)
    entries = json.loads(running.run("%mlsec ledger show --json").text)
    *_, spent = [each["details"] for each in entries if each.get("verb") == "privacy-spent"]
    assert (spent["data set"], spent["what"], spent["cost"]) == ("people.csv", "mean of age", "0.05")
    assert not [each for each in entries if "budget.sqlite3" in str(each)]


@pytest.mark.parametrize(
    "made",
    [
        "part = df[df.age < 30]",
        "part = df.groupby('city').head(3)",
        "part = df.drop(columns='city').sample(frac=1)",
        "def older(t):\n    return t.assign(age=t.age + 1)\npart = older(df)",
        "df.head(50).to_csv('part.csv')\npart = pd.read_csv('part.csv')",
        "import shutil\nshutil.copy('people.csv', 'copy.csv')\npart = pd.read_csv('copy.csv')",
        "part = pd.read_csv(io.StringIO(open('people.csv').read()))",
    ],
    ids=["filtered", "grouped", "shuffled", "computed", "saved and read", "a clone", "a clone from memory"],
)
def test_what_is_made_of_a_data_set_spends_its_budget(running, made):
    ran = running.run(made)
    assert ran.error == "", ran.traceback

    assert running.run(BLOCK.format("part")).text == "('people.csv',)\n"
    assert running.run(f"{made}\n{BLOCK.format('part')}").text == "('people.csv',)\n"


def test_a_table_that_was_made_here_is_a_data_set_and_so_are_its_parts(running):
    running.run("own = pd.DataFrame({'age': [1.0, 2.0, 3.0]})")
    running.run("%mlsec dp budget own 0.5")
    running.run("piece = own[own.age > 1]")

    running.run("piece.to_csv('piece.csv')\nread = pd.read_csv('piece.csv')")

    first, *others = [running.run(BLOCK.format(name)).text for name in ("own", "piece", "read")]
    assert others == [first, first]
    assert first.startswith("('table ")


def test_what_two_data_sets_were_joined_to_spends_from_both(running):
    (running.project / "towns.csv").write_text("city,size\na,1\nb,2\n")
    running.run("towns = pd.read_csv('towns.csv')")
    running.run("both = df.merge(towns)")

    assert set(eval(running.run(BLOCK.format("both")).text)) == {"people.csv", "towns.csv"}


def test_past_the_budget_nothing_is_told_and_the_way_on_is_shown(running):
    running.run("few = pd.DataFrame({'age': [5.0]})")
    running.run("%mlsec dp budget few 0.1")
    running.run("with mlsec.dp(few, epsilon=0.1) as private: private.count(epsilon=0.08)")
    ran = running.run("with mlsec.dp(few, epsilon=0.1) as private: print(private.count())")

    assert (ran.text, ran.error) == ("", "Denied")
    assert "has 0.02 left" in ran.traceback
    assert "%mlsec dp budget" in ran.traceback
    assert "privacy-refused" in running.run("%mlsec ledger show --json").text
    assert "computed from them costs nothing" in running.run("%mlsec why privacy.budget-spent").text


def test_the_lines_of_a_cell_are_asked_and_named(running):
    ran = running.run(
        "%%mlsec dp df --epsilon 0.2 --bounds age=0:120\nprivate.count()\nages = private.quantiles('age', [0.1, 0.9])\n"
        "private.groupby('city', ['a', 'b']).count()"
    )

    assert ran.error == "", ran.traceback
    assert re.match(r"count \d+ \+/- 60 at 95 %, cost 0\.05", ran.text)
    assert "ages: quantiles of age" in ran.text
    assert running.run("print(list(ages))").text == "[0.1, 0.9]\n"


@pytest.mark.parametrize(
    "line",
    [
        "print(df)",
        "private.count(epsilon=len(df))",
        "private._columns",
        "x = y = private.count()",
        "private.count(",
        "import os",
    ],
)
def test_the_lines_of_a_cell_are_not_run_as_python(running, line):
    before = left(running)
    ran = running.run(f"%%mlsec dp df --epsilon 0.01\nprivate.count()\n{line}")

    assert "Nothing was spent" in ran.text + ran.traceback
    assert left(running) == before


@pytest.mark.parametrize(
    "words",
    [
        "budget df",
        "budget df 0",
        "budget df nan",
        "budget df 1 --delta 1",
        "budget nowhere.x",
        "nowhere",
        "df --epsilon 1",
        "a b c",
    ],
)
def test_words_that_make_no_sense_change_nothing(running, words):
    before = left(running)
    ran = running.run(f"%mlsec dp {words}")

    assert "UsageError" in ran.text + ran.traceback + ran.error
    assert left(running) == before


def test_floating_point_noise_is_caught_by_its_low_bits(running):
    running.run("import numpy as np\nrng = np.random.default_rng(0)\ndef leaky(x): return x + rng.laplace()")

    ran = running.run("%mlsec dp audit leaky --epsilon 1")
    assert "LEAKS MORE THAN IT CLAIMS" in ran.text
    assert "an output with something below 2**" in ran.text
    assert "UsageError" in running.run("%mlsec dp audit rng --epsilon 1").text


def test_another_kernel_goes_on_with_what_is_left(running):
    running.run("with mlsec.dp(df, epsilon=0.1) as private: private.count(epsilon=0.03)")
    before = left(running)["people.csv"]
    other = Kernel(running.project, running.project.parent / "home")
    try:
        other.run("%load_ext jupyter_mlsec")
        assert left(other)["people.csv"] == pytest.approx(before)
        for each in (running.project / ".mlsec" / "privacy").glob("budget*"):
            each.unlink()
        assert left(running)["people.csv"] == pytest.approx(before)
    finally:
        other.stop()


def test_a_deleted_budget_is_known_to_a_new_kernel_from_the_ledger(running):
    running.run("with mlsec.dp(df, epsilon=0.1) as private: private.count(epsilon=0.03)")
    before = left(running)["people.csv"]
    for each in (running.project / ".mlsec" / "privacy").glob("budget*"):
        each.unlink()
    other = Kernel(running.project, running.project.parent / "home")
    try:
        other.run("%load_ext jupyter_mlsec")
        other.run("import pandas as pd")
        other.run("df = pd.read_csv('people.csv')")
        said = other.run("%mlsec dp df").text
        assert json.loads(other.run("%mlsec dp df --json").text)[0]["left"] == pytest.approx(before)
        assert "brought up to what is known" in said
    finally:
        other.stop()


SCRIPT = """
import pandas as pd, jupyter_mlsec as mlsec
df = pd.DataFrame({"x": [1.0, 2.0, 3.0] * 100})
with mlsec.dp(df, epsilon=0.5, bounds={"x": (0, 10)}) as private:
    print(private.sources == private.sources, 0 < private.sum("x", epsilon=0.5).error)
with mlsec.guard():
    with mlsec.dp(df, epsilon=0.1) as private:
        print(private.count(epsilon=0.1).left)
    df.head(100).to_csv("part.csv")
    part = pd.read_csv("part.csv")
    with mlsec.dp(part[part.x > 1], epsilon=0.1) as private:
        print(private.count(epsilon=0.1).left)
with mlsec.guard("strict"):
    try:
        with mlsec.dp(df.head(7), epsilon=0.1): pass
    except mlsec_errors.Denied as error:
        print(str(error)[:37])
    with mlsec.dp(df.head(7), epsilon=0.1, dataset="people") as private:
        print("people" in private.sources)
"""


def test_a_script_needs_no_notebook_and_no_guard_of_its_own(tmp_path):
    (tmp_path / ".git").mkdir()
    code = "import jupyter_mlsec.protocol.errors as mlsec_errors" + SCRIPT
    environment = {**os.environ, "JUPYTER_DATA_DIR": str(tmp_path / "data"), "HOME": str(tmp_path), "PYTHONPATH": ROOT}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:-1] == ["True True", "0.4", "0.3", "Nothing was released about this table", "True"]
