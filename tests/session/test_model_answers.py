"""Rules on models' answers in a real kernel: declared bounds, what a caller gets, and budgets across kernels."""

from __future__ import annotations

import pytest

from tests.session.kernels import Kernel
from tests.session.models_told import entries_of

FIT = """
%load_ext jupyter_mlsec
import numpy as np
from sklearn.linear_model import LinearRegression, LogisticRegression
rng = np.random.default_rng(0)
table = rng.normal(size=(400, 3))
model = LogisticRegression().fit(table, (table[:, 0] > 0).astype(int))
line = LinearRegression().fit(table, table[:, 0])
"""
POLICY = """
profile = "guard"
[[models.answers]]
model = "LogisticRegression"
give = "rounded"
budget = 1000
[[models.answers]]
model = "LinearRegression"
low = -1
high = 1
deny = true
"""


@pytest.fixture
def home(tmp_path):
    """A home whose policy is the user's own, so that it may say what becomes of answers."""
    data = tmp_path / "home" / "data" / "jupyter_mlsec"
    data.mkdir(parents=True, mode=0o700)
    (data / "policy.toml").write_text(POLICY)
    return tmp_path / "home"


def test_the_policy_limits_withholds_and_counts(project, home):
    kernel = Kernel(project, home)
    try:
        assert kernel.run(FIT).error == ""
        kernel.run("given = model.predict_proba(table[:300])")
        assert kernel.run("print(np.allclose(given, given.round(1), atol=1e-9))").text == "True\n"
        denied = kernel.run("answer = line.predict(table * 100)")
        assert (denied.error, "outside of the range of the policy" in denied.traceback) == ("Denied", True)
        assert kernel.run("line.predict(table[:1] * 0)").error == ""
    finally:
        kernel.stop()
    again = Kernel(project, home)
    try:
        again.run(FIT)
        assert again.run("model.predict(table[:399]); model.predict(table[:300])").error == ""
        spent = again.run("model.predict(table[:2])")
        assert spent.error == "Denied"
        assert "1000 rows are given to one subject" in spent.traceback
    finally:
        again.stop()
    rules = [found["rule"] for entry in entries_of(project) for found in entry.get("decision", {}).get("findings", ())]
    assert "models.budget-spent" in rules


def test_what_a_wrapper_spoils_is_shown_once_and_stops_nothing(guarded):
    guarded.run(FIT.replace("%load_ext jupyter_mlsec", ""))
    guarded.run(
        "class Halved(LogisticRegression):\n"
        "    def predict_proba(self, X):\n"
        "        return super().predict_proba(X) / 2\n"
        "half = Halved().fit(table, (table[:, 0] > 0).astype(int))"
    )
    first, second = guarded.run("half.predict_proba(table)[:1]"), guarded.run("half.predict_proba(table)[:1]")
    assert "400 of 400 rows whose probabilities do not sum to one" in first.text
    assert (first.error, second.error) == ("", "")
    assert "do not sum" not in second.text


def test_odd_models_and_inputs_meet_the_errors_of_the_library_alone(guarded):
    guarded.run(FIT.replace("%load_ext jupyter_mlsec", ""))
    assert guarded.run("from scipy import sparse\nmodel.n_features_in_ = 99").traceback == ""
    assert guarded.run("model.predict(table)").error == "ValueError"
    assert guarded.run("model.n_features_in_ = 3; model.predict(sparse.csr_matrix(table)).shape").traceback == ""
    assert guarded.run("model.predict(row for row in table)").error in ("ValueError", "TypeError")
    assert guarded.run("LinearRegression().fit([[1.0], [2.0]], [1, 2]).predict([[3.0]])").error == ""
