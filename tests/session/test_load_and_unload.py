"""Loading and unloading leave the shell, the process and its children in order, also when something goes wrong."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell

from jupyter_mlsec.protocol.entries import Allowed
from jupyter_mlsec.protocol.errors import MlsecError, UsageError
from jupyter_mlsec.protocol.records import Finding
from jupyter_mlsec.session import running
from jupyter_mlsec.session.doors import guard
from jupyter_mlsec.session.extension import Extension, load_ipython_extension, unload_ipython_extension
from jupyter_mlsec.session.magics import answer_to
from jupyter_mlsec.session.verbs import all_verbs


@pytest.fixture
def shell(project, tmp_path, monkeypatch):
    monkeypatch.chdir(project)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("JUPYTER_MLSEC_RAISE_OURS", "1")
    yield InteractiveShell()
    unload_ipython_extension(None)


def traces(shell):
    """What a load leaves in a shell and its process."""
    hooks = shell.strdispatchers.get("complete_command")
    chain = getattr(hooks.strs.get("%mlsec"), "chain", []) if hooks else []
    return (
        {event: list(callbacks) for event, callbacks in shell.events.callbacks.items()},
        "mlsec" in shell.magics_manager.magics["line"],
        list(chain),
        [type(finder).__name__ for finder in sys.meta_path],
        running.house,
        running.extension,
    )


def test_unloading_takes_everything_back_however_often(shell):
    before = traces(shell)
    for _ in range(3):
        load_ipython_extension(shell)
        assert traces(shell) != before
        unload_ipython_extension(shell)
        assert traces(shell) == before


def test_a_load_that_fails_half_way_leaves_nothing_and_the_next_one_works(shell, monkeypatch):
    before = traces(shell)
    with monkeypatch.context() as broken:
        broken.setattr(Extension, "_greeting", lambda self: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            load_ipython_extension(shell)
    assert traces(shell) == before
    load_ipython_extension(shell)
    assert running.extension is not None


def test_two_guards_never_watch_the_same_process(shell):
    with guard(), pytest.raises(UsageError, match="already"):
        load_ipython_extension(shell)
    load_ipython_extension(shell)
    with guard() as house:
        assert house is running.extension.house
    assert running.house is running.extension.house


def test_completion_bears_odd_names_and_lines(shell):
    load_ipython_extension(shell)
    shell.user_ns[7] = "no name"
    for line in ("%mlsec ", "%mlsec st", "%mlsec schema ", "%mlsec nothing --", "x = 1; %mlsec "):
        assert isinstance(shell.complete(line.split()[-1], line)[1], list)


def test_a_span_nobody_means_allows_nothing(shell):
    load_ipython_extension(shell)
    extension, entries = running.extension, []
    extension.house.journal.listen(entries.append)
    for span in ("nanh", "infh", "1e300h", "-1h", "0h", "h", "1y", "1e9w"):
        with pytest.raises(UsageError):
            answer_to(f"allow pii.us-ssn --reason r --for={span}", None, extension)
    assert not [entry for entry in entries if isinstance(entry, Allowed)]
    assert list(extension.house.allowances) == []


def test_what_the_administrator_locked_cannot_be_allowed_away(shell, tmp_path, monkeypatch):
    ruling = tmp_path / "admin.toml"
    ruling.write_text('[lock]\nschema = "force-on"\n')
    monkeypatch.setattr("jupyter_mlsec.policy.policy._admin_file", lambda: ruling)
    load_ipython_extension(shell)
    extension = running.extension
    with pytest.raises(UsageError, match="locked"):
        answer_to("allow schema.learned --reason r", None, extension)
    answer_to("allow * --reason r", None, extension)
    denial = Finding(control="schema", rule="schema.learned", message="no", effect="deny")
    assert extension.house.allowances.covering(denial, "a.csv") is None
    ruling.write_text('[lock]\nschema = "user-choice"\n')
    answer_to("policy reload", None, extension)
    assert extension.house.allowances.covering(denial, "a.csv") is not None


ODD = [
    "",
    "-",
    "--",
    "--json",
    "-o",
    "\x00",
    "no/such",
    "/",
    ".",
    "*",
    "%s{}",
    "\ud800",
    "df",
    "--last=-1",
    "0",
    "é" * 300,
]


def test_odd_words_after_a_verb_are_answered_in_a_sentence(shell):
    load_ipython_extension(shell)
    extension = running.extension
    verbs = sorted(set(all_verbs(extension.house, extension.display)) - {"keys"})

    @settings(max_examples=200, deadline=None)
    @given(st.sampled_from(verbs), st.lists(st.sampled_from(ODD), max_size=3), st.sampled_from([None, "", "x\n"]))
    def asked(verb, words, cell):
        line = " ".join([verb, *(f"'{word}'" for word in words)])
        with contextlib.suppress(MlsecError, OSError):
            answer_to(line, cell, extension)

    asked()


def test_a_forked_child_of_a_guarded_script_is_a_run_of_its_own(project, tmp_path):
    script = textwrap.dedent("""
        import multiprocessing, pandas as pd, jupyter_mlsec
        pd.DataFrame({"a": [1]}).to_csv("a.csv")
        def read(name):
            pd.read_csv(name)
            return jupyter_mlsec.session.running.house.journal.run
        with jupyter_mlsec.guard() as house, multiprocessing.get_context("fork").Pool(2) as pool:
            read("a.csv")
            runs = set(pool.map(read, ["a.csv"] * 4, chunksize=1))
            print(house.run in runs, all(run.startswith(house.run + "/") for run in runs))
    """)
    environment = {**os.environ, "JUPYTER_DATA_DIR": str(tmp_path / "data")}
    ran = subprocess.run([sys.executable, "-c", script], cwd=project, env=environment, capture_output=True, text=True)
    assert ran.stdout == "False True\n", ran.stderr


@pytest.mark.parametrize("line", ["export /", "export '\x00'", "verify /", "verify '\x00'"])
def test_what_names_no_file_is_answered_in_a_sentence(line, shell):
    extension = Extension(shell)
    with pytest.raises(UsageError, match="is not the name of a file"):
        answer_to(line, None, extension)
