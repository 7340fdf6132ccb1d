"""What cells show, in a real kernel: a line at the cell's end, or redacted on its way where the policy asks for it."""

from __future__ import annotations

import json

import pytest

from tests.session.kernels import Kernel

ROWS = """
import pandas as pd
df = pd.DataFrame({"mail": [f"anna{n}@example.org" for n in range(30)], "n": range(30)})
"""
PIECES = """
import sys, time
for piece in ("to anna9@ex", "ample.org", " today"):
    print(piece, end="", flush=True)
    time.sleep(0.05)
"""
FIGURE = """
import sys, types
kind = types.ModuleType("matplotlib.figure")
class Title:
    text = "visits of anna@example.org"
    def get_text(self): return self.text
    def set_text(self, text): self.text = text
class Figure:
    title = Title()
    def findobj(self, match): return [one for one in (self.title,) if match(one)]
    def _repr_html_(self): return f"<p>drawn: {self.title.text}</p>"
Figure.__module__ = "matplotlib.figure"
"""


def _shown(kernel: Kernel) -> str:
    """Everything that was published but for the guard's own records, as one text."""
    kinds = ("stream", "display_data", "execute_result", "error", "update_display_data")
    return json.dumps([m["content"] for m in kernel.published() if m["msg_type"] in kinds])


def test_a_printed_table_is_told_at_the_cells_end_and_once(guarded: Kernel) -> None:
    guarded.run(ROWS)

    first, again = guarded.run("print(df.head(2))"), guarded.run("print(df.head(3))")

    assert first.text.splitlines()[-1] == (
        "mlsec: This cell's output shows 2 EMAIL; it is saved with the notebook. %mlsec why"
    )
    assert "mlsec:" not in again.text
    assert "shows 3 EMAIL" in guarded.run("%mlsec findings").text


@pytest.mark.parametrize(
    "source",
    [
        "df.head(2)",
        "display(df.head(2))",
        "raise ValueError(df.mail[0])",
        "import sys; print(df.mail[0], file=sys.stderr)",
    ],
    ids=["result", "display", "error", "stderr"],
)
def test_whatever_a_cell_shows_is_looked_at(guarded: Kernel, source: str) -> None:
    guarded.run(ROWS)

    guarded.run(source)

    assert "pii.in-output" in guarded.run("%mlsec findings").text


def test_what_shows_nothing_personal_is_left_alone(guarded: Kernel) -> None:
    ran = guarded.run("print('epoch 3 loss 0.123456789 of 1234567890')\n[1, 2]")

    assert "mlsec:" not in ran.text


def test_a_line_of_ours_begins_a_line(guarded: Kernel) -> None:
    ran = guarded.run("print('mail anna@example.org', end='')")

    assert ran.text.splitlines()[0] == "mail anna@example.org"


def test_a_figures_title_is_looked_at(guarded: Kernel) -> None:
    guarded.run(FIGURE)

    ran = guarded.run("Figure()")

    assert "shows 1 EMAIL" in ran.text or "shows 2 EMAIL" in ran.text


def test_unloading_takes_every_stand_in_back(guarded: Kernel) -> None:
    guarded.run(ROWS)
    guarded.run("%unload_ext jupyter_mlsec")

    left = guarded.run(
        "k = get_ipython().kernel\nprint('send' in vars(k.session), 'format' in vars(get_ipython().display_formatter))"
    )

    assert left.text.strip() == "False False"
    assert guarded.run("df.head(1)").text.count("anna0@example.org") == 1


@pytest.fixture
def hiding(project, tmp_path):
    """A kernel under a policy that redacts what is shown."""
    (project / ".mlsec").mkdir()
    (project / ".mlsec" / "policy.toml").write_text('[[pii.mask]]\non = "display"\n')
    made = Kernel(project, tmp_path / "home")
    made.run("%load_ext jupyter_mlsec\n" + ROWS)
    made.published()
    yield made
    made.stop()


def test_no_way_of_showing_lets_a_value_out(hiding: Kernel) -> None:
    hiding.run("print(df.head(2))\ndf.head(2)")
    hiding.run("display(df.head(2)); print('to anna9@exam', end=''); print('ple.org')")
    hiding.run(PIECES)
    hiding.run("raise ValueError(df.mail[3])")
    hiding.run(FIGURE)
    hiding.run("Figure()")

    shown = _shown(hiding)

    assert "anna" not in shown.replace("df.mail", "")
    assert shown.count("[EMAIL]") >= 8
    assert "today" in shown


def test_a_displayed_table_is_redacted_by_what_its_columns_are(hiding: Kernel) -> None:
    rows = "".join(f"{200 + n}{10 + n}{1000 + n},{n}\n" for n in range(30))
    (hiding.project / "ids.csv").write_text("ssn,n\n" + rows)
    hiding.run("ids = pd.read_csv('ids.csv')")

    ran = hiding.run("ids.tail(2)")

    assert ran.text.count("[US_SSN]") == 2
    assert "28" in ran.text
    assert hiding.run("print(int(ids.ssn[0]) > 0, ids.dtypes.ssn)").text.strip() == "True int64"


def test_a_printed_table_is_redacted_by_what_its_columns_are_too(hiding: Kernel) -> None:
    numbers = [f"{200 + n}{10 + n}{1000 + n}" for n in range(30)]
    (hiding.project / "ids.csv").write_text("ssn,n\n" + "".join(f"{x},{n}\n" for n, x in enumerate(numbers)))
    hiding.run("ids = pd.read_csv('ids.csv'); import polars as pl; few = pl.from_pandas(ids.head(2))")
    hiding.published()

    hiding.run("print(ids)\nprint(ids.ssn.tail(3), ids.iloc[4], sep='\\n\\n')\nprint(few)\nids.head(3).style")
    hiding.run("raise ValueError(ids.head(3))")
    hiding.run("ids.set_index('ssn').head(2)")

    shown = _shown(hiding)
    assert [number for number in numbers if number in shown] == []
    assert shown.count("[US_SSN]") >= 20
    assert "dtype: int64" in shown


def test_a_redacted_table_keeps_its_layout(hiding: Kernel) -> None:
    lines = hiding.run("print(df.head(3).to_string())").text.splitlines()

    assert [len(line) for line in lines[:4]] == [len(lines[0])] * 4
    assert lines[1].endswith("[EMAIL]********** 0".replace(" 0", "  0"))


def test_order_and_unfinished_lines_stay(hiding: Kernel) -> None:
    hiding.run("print('one', end='')\ndisplay('two')\nprint('three')")

    shown = _shown(hiding)

    assert shown.index("one") < shown.index("two") < shown.index("three")


def test_the_reply_that_a_front_end_keeps_is_redacted_too(hiding: Kernel) -> None:
    reply = hiding._client.execute("raise ValueError(df.mail[3])", reply=True, timeout=60)

    assert "anna3" not in json.dumps(reply["content"])


def test_who_is_named_sees_it_plain(project, tmp_path) -> None:
    import os

    (project / ".mlsec").mkdir()
    rule = f'[[pii.mask]]\non = "display"\nplain_for = ["uid-{os.getuid()}"]\n'
    (project / ".mlsec" / "policy.toml").write_text(rule)
    kernel = Kernel(project, tmp_path / "home")
    try:
        kernel.run("%load_ext jupyter_mlsec\n" + ROWS)
        assert "anna0@example.org" in kernel.run("df.head(1)").text
    finally:
        kernel.stop()
