"""What a user meets in a real kernel."""

from __future__ import annotations

import json

CUSTOMERS = """
frame = pd.DataFrame({
    "id": range(60),
    "email": [f"user{n}@example{n % 7}.org" for n in range(60)],
    "ssn": [f"{n % 600 + 100:03d}-{n % 80 + 11:02d}-{n + 1001}" for n in range(60)],
    "amount": [n * 1.5 for n in range(60)],
})
frame.to_csv("customers.csv", index=False)
"""


def test_loading_prints_one_line_and_makes_nothing(kernel, project):
    ran = kernel.run("%load_ext jupyter_mlsec")
    assert ran.error == ""
    assert ran.text.count("\n") == 1
    assert ran.text.startswith("mlsec: on, profile guard. Watching ")
    kernel.run("x = 1")
    assert sorted(path.name for path in project.iterdir()) == [".git"]


def test_loading_twice_changes_nothing(guarded):
    guarded.run("import jupyter_mlsec, pandas as pd\ncode = pd.read_csv.__code__")
    ran = guarded.run("jupyter_mlsec.load_ipython_extension(get_ipython())\npd.read_csv.__code__ is code")
    assert "is on already" in ran.text
    assert ran.text.endswith("True\n")


def test_a_load_with_personal_data_says_one_line_below_the_cell(guarded):
    guarded.run("%mlsec pause")
    guarded.run(CUSTOMERS)
    guarded.run("%mlsec resume")
    ran = guarded.run("df = pd.read_csv('customers.csv')")
    assert ran.text.count("\n") == 1
    assert ran.text.startswith("mlsec: customers.csv: ")
    assert "EMAIL" in ran.text
    assert guarded.run("df = pd.read_csv('customers.csv')").text == ""


def test_status_fits_eight_lines_and_answers_json(guarded):
    guarded.run(CUSTOMERS)
    ran = guarded.run("%mlsec status")
    assert 0 < ran.text.count("\n") <= 8
    data = json.loads(guarded.run("%mlsec status --json").text)
    assert data["state"] == "on"
    assert data["watching"]["pandas"] > 40


def test_why_explains_the_last_finding_and_any_rule(guarded):
    guarded.run(CUSTOMERS)
    guarded.run("pd.read_csv('customers.csv')")
    assert "Safeguard" in guarded.run("%mlsec why").text
    assert "gate.control-broke" in guarded.run("%mlsec why gate.control-broke").text
    ran = guarded.run("%mlsec why no.such")
    assert ran.text.startswith("UsageError: There is no rule 'no.such'")


def test_a_users_error_is_theirs_alone(guarded):
    ran = guarded.run("pd.read_csv('missing.csv')")
    assert ran.error == "FileNotFoundError"
    assert "jupyter_mlsec" not in ran.traceback
    assert ran.text == ""


def test_a_denial_is_a_sentence_with_its_mend_and_the_way_on(guarded):
    guarded.run(
        "pd.DataFrame({'a': range(50), 'b': ['x', 'y'] * 25}).to_csv('t.csv', index=False)\npd.read_csv('t.csv')"
    )
    guarded.run("%mlsec schema approve t.csv")
    guarded.run("with open('t.csv', 'w') as f: f.write('a,b\\n' + '\\n'.join(f'oops{n},x' for n in range(50)))")
    ran = guarded.run("pd.read_csv('t.csv')")
    assert ran.error == "Denied"
    assert len(ran.traceback.splitlines()) < 15
    assert "%mlsec allow" in ran.traceback
    rule = ran.traceback.split("(", 1)[1].split(")", 1)[0]
    assert guarded.run(f"%mlsec allow {rule} --reason 'a test'").error == ""
    assert guarded.run("len(pd.read_csv('t.csv'))").text.strip().startswith("50")


def test_a_sealed_save_reads_back_and_undo_opens_it(guarded, project):
    guarded.run("%mlsec pause")
    guarded.run(CUSTOMERS)
    guarded.run("%mlsec resume\ndf = pd.read_csv('customers.csv')")
    assert "Back it up" in guarded.run("%mlsec keys init --yes").text
    ran = guarded.run("df.to_parquet('out.parquet')")
    assert "was sealed for you" in ran.text
    assert (project / "out.parquet").read_bytes().startswith(b"age-encryption.org/v1")
    assert guarded.run("pd.read_parquet('out.parquet').equals(df)").text.strip() == "True"
    guarded.run("%mlsec undo")
    assert (project / "out.parquet").read_bytes().startswith(b"PAR1")


def test_pause_stops_the_watching_and_is_recorded(guarded):
    guarded.run(CUSTOMERS)
    guarded.run("%mlsec pause --reason tea")
    guarded.run("pd.read_csv('customers.csv')")
    guarded.run("%mlsec resume")
    rows = json.loads(guarded.run("%mlsec ledger show --json").text)
    assert [row["to"] for row in rows if row["entry"] == "Switched"] == ["paused", "resumed"]
    assert not [row for row in rows if row["action"] == "read"]


def test_unloading_restores_everything_and_says_what_stays(guarded):
    guarded.run(CUSTOMERS)
    ran = guarded.run("%unload_ext jupyter_mlsec")
    assert ".mlsec/" in ran.text
    assert "delete" in ran.text
    assert guarded.run("hasattr(pd.read_csv, '__wrapped__')").text.strip() == "False"
    assert "UsageError" in guarded.run("%mlsec status").text + guarded.run("%mlsec status").error
    assert "mlsec: on" in guarded.run("%load_ext jupyter_mlsec").text


def test_lineage_of_a_name_is_told_by_cell_file_and_column(guarded):
    guarded.run(CUSTOMERS)
    guarded.run("df = pd.read_csv('customers.csv')")
    guarded.run("big = df[df.amount > 10]")
    data = json.loads(guarded.run("%mlsec lineage big --json").text)
    assert data["resources"] == ["customers.csv"]
    assert data["columns"]["ssn"] == ["customers.csv:ssn"]


def test_a_model_fitted_and_predicting_is_recorded_once_each(guarded):
    guarded.run("from sklearn.linear_model import LogisticRegression\nmodel = LogisticRegression()")
    guarded.run("model.fit([[0.], [1.], [2.], [3.]], [0, 0, 1, 1])\nmodel.predict([[1.]])")
    rows = json.loads(guarded.run("%mlsec ledger show --json").text)
    done = [(row["action"], row["resource"]) for row in rows if row["action"] in ("fit", "predict")]
    assert done == [("fit", "LogisticRegression"), ("predict", "LogisticRegression")]


def test_the_ledger_holds_and_every_cell_is_in_it(guarded):
    guarded.run(CUSTOMERS)
    guarded.run("y = 1")
    assert guarded.run("%mlsec ledger verify").text.startswith("Holds")
    rows = json.loads(guarded.run("%mlsec ledger show --json").text)
    assert [row["resource"] for row in rows if row["action"] == "execute"][:3] == ["In[2]", "In[3]", "In[4]"]


def test_ten_thousand_findings_in_one_cell_are_one_line_more(guarded):
    guarded.run("frame = pd.DataFrame({'email': [f'user{n}@example.org' for n in range(20)]})")
    ran = guarded.run("for n in range(300): frame.to_csv(f'{n}.csv')", timeout=300)
    assert ran.text.count("\n") <= 4
    assert "%mlsec findings" in ran.text


def test_magics_inside_magics_are_one_cell_each(guarded):
    ran = guarded.run("%%capture out\n%time z = 1")
    assert ran.error == ""
    assert guarded.run("z").text.strip() == "1"


def test_tab_completes_the_verbs(guarded):
    ran = guarded.run("get_ipython().Completer.use_jedi = False\nget_ipython().complete('st', '%mlsec st')[1]")
    assert "status" in ran.text
