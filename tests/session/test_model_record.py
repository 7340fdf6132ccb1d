"""Models in a real kernel: what the ledger holds of a fit, of answers, and of a model that was saved and loaded."""

from __future__ import annotations

import pytest

from tests.session.kernels import Kernel
from tests.session.models_told import answers_told, bill_of, facts_of

FIT = """
import joblib, numpy as np, pandas as pd
from sklearn.linear_model import LogisticRegression
rng = np.random.default_rng(0)
pd.DataFrame({"age": rng.normal(size=300), "dose": rng.normal(size=300)}).assign(
    ill=lambda t: (t.age > 0).astype(int)).to_csv("people.csv", index=False)
table = pd.read_csv("people.csv")
model = LogisticRegression().fit(table[["age", "dose"]], table["ill"])
"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """The project of one notebook that was run."""
    folder = tmp_path_factory.mktemp("record")
    (folder / "project" / ".git").mkdir(parents=True)
    kernel = Kernel(folder / "project", folder / "home")
    try:
        kernel.run("%load_ext jupyter_mlsec")
        for cell in (
            FIT,
            "model.predict(table[['age', 'dose']])",
            "for row in range(100): model.predict_proba(table[['age', 'dose']].iloc[row:row + 1])",
            "joblib.dump(model, 'model.joblib'); again = joblib.load('model.joblib')",
            "again.predict(table[['age', 'dose']])",
            "model.coef_ = model.coef_ * 2; model.predict(table[['age', 'dose']][:3])",
        ):
            assert kernel.run(cell).error == ""
    finally:
        kernel.stop()
    return folder / "project"


@pytest.fixture(scope="module")
def told(recorded):
    """What the ledger holds of models after it."""
    return facts_of(recorded)


def test_the_bill_of_materials_leads_from_the_file_to_the_model_to_its_data(recorded):
    bill = bill_of(recorded)
    needs = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
    (model,) = needs["file:model.joblib"]
    (data,) = needs[model]
    assert data.startswith("data:people.csv:")
    by_reference = {each["bom-ref"]: each for each in bill["components"]}
    assert by_reference[model]["hashes"] == by_reference["file:model.joblib"]["hashes"]
    assert {"pandas", "scikit-learn"} <= {each["name"] for each in bill["components"]}


def test_a_fit_tells_its_columns_data_and_result(told):
    (fit,) = [facts for action, facts in told if action == "fit"]
    assert fit["columns"] == ["age", "dose"]
    assert len(fit["state"]) == 64
    assert fit["input"] != fit["target"]
    assert fit["rows"] == 300


def test_an_answer_names_the_model_by_what_it_learned_and_so_does_a_loaded_one(told):
    fit = next(facts for action, facts in told if action == "fit")
    first, loaded, changed = answers_told(told, "int64")
    assert first["state"] == loaded["state"] == fit["state"]
    assert (first["input"], first["output"]) == (loaded["input"], loaded["output"])
    assert first["input"] == fit["input"]
    assert changed["state"] not in (fit["state"], None)


def test_many_answers_are_summed_up_and_few_are_not(told):
    first, _, few = answers_told(told, "int64")
    assert abs(sum(first["answers"]["shares"]) - 1) < 0.01
    assert few.get("answers") is None


def test_a_loop_leaves_few_entries(told):
    assert 2 <= len(answers_told(told, "float64")) <= 12
