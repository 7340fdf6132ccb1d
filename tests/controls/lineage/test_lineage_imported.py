"""What a cell only took from elsewhere is told apart from what it made."""

from __future__ import annotations

from pathlib import Path

from lineage_notebook import Notebook, folder


def test_modules_and_what_comes_from_them_are_imported_and_the_rest_is_made(tmp_path: Path) -> None:
    with folder(tmp_path):
        notebook = Notebook()
        notebook.run(
            "import json as j\nfrom fractions import Fraction\nfrom math import sqrt\nfrom textwrap import dedent\n"
            "half = Fraction(1, 2)\ndef double(x): return 2 * x\nclass Own: pass"
        )

    (facts,) = notebook.facts
    assert set(facts.imported) == {"j", "Fraction", "sqrt", "dedent"}
    assert {"half", "double", "Own"} <= set(facts.writes)
