"""False alarms in ordinary texts: what installed packages are written in, say of themselves and show; and notebooks.

Each figure is counted once, not timed: of a thousand texts, in how many something is told (score 0.8 or more) that is
no e-mail address, person or page of one, for those stand in them (authors, thanks); what is left is nearly all wrong.
Sources are cut into pieces of 40 lines, as long as cells. Packages that hold made-up personal data are left out.

    python -m benchmarks.pii_texts [FOLDER ...]     also the notebooks below these folders; says what was told
"""

# ruff: noqa: E501  (a kind of text a line)

from __future__ import annotations

import ast
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.measure import Row, Spread
from jupyter_mlsec.controls.pii.prefilter import engine
from jupyter_mlsec.controls.pii.shown import SURE, bare
from jupyter_mlsec.controls.pii.text import credentials_in, scan_text

SITE = Path(np.__file__).parents[1]
HOLD_DATA = ("phonenumbers", "stdnum", "faker", "mimesis", "depii", "datafog", "presidio", "scrubadub", "jupyter_mlsec")
THERE = frozenset(("EMAIL", "PERSON", "URL_PERSONAL"))
"""What such texts truly hold."""
LINES, FILES, MOST = 40, 1500, 32_768
"""Lines of a piece, files read, and characters of one text."""
Texts = Iterable[tuple[str, str]]
"""Where each stands, and the text."""


def _files() -> list[Path]:
    """The same files each time for the same packages, spread over them."""
    found = sorted(
        path for path in SITE.glob("*/**/*.py") if not any(name in path.parts for name in HOLD_DATA) and path.stat().st_size < 400_000
    )  # fmt: skip
    return random.Random(5).sample(found, min(FILES, len(found)))


def _read(path: Path) -> str:
    return path.read_text("utf-8", "replace")


def sources() -> Texts:
    """Pieces of modules."""
    for path in _files():
        lines = _read(path).splitlines()
        for start in range(0, len(lines), LINES):
            yield str(path.relative_to(SITE)), "\n".join(lines[start : start + LINES])


def docstrings() -> Texts:
    """What modules, classes and functions say of themselves."""
    for path in _files():
        try:
            tree = ast.parse(_read(path))
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and (said := ast.get_docstring(node)):
                yield str(path.relative_to(SITE)), said


def pages() -> Texts:
    """The long descriptions that come with packages."""
    for path in sorted(SITE.glob("*.dist-info/METADATA")):
        if not path.name.startswith(HOLD_DATA) and not path.parent.name.startswith(HOLD_DATA):
            yield path.parent.name, _read(path).partition("\n\n")[2]


def _tables() -> Iterator[pd.DataFrame]:
    """Tables without anything personal: measurements, counts, dates, words."""
    from sklearn import datasets

    for load in (
        datasets.load_iris,
        datasets.load_wine,
        datasets.load_breast_cancer,
        datasets.load_diabetes,
        datasets.load_linnerud,
    ):
        yield load(as_frame=True).frame  # fmt: skip
    rng = np.random.default_rng(3)
    yield pd.DataFrame({"day": pd.date_range("2020-01-01", periods=50), "sales": rng.integers(0, 10**7, 50)})
    yield pd.DataFrame(rng.random((50, 6)), columns=list("abcdef"))
    yield pd.DataFrame(
        {"sku": [f"AB-{n:06d}" for n in range(50)], "when": [1_700_000_000 + 86_400 * n for n in range(50)]}
    )


def shown() -> Texts:
    """What cells show all day: tables, summaries, arrays, estimators, as text and as HTML."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    for table in _tables():
        numbers = table.select_dtypes("number")
        for view in (table, table.head(), table.describe(), numbers.corr(), numbers.T, table.tail(3).T):
            yield "table", view.to_string(max_rows=40)
            yield "table as HTML", bare(view.to_html(max_rows=40))
        for digits in (3, 8, 12):
            yield "array", np.array2string(numbers.to_numpy(), precision=digits, threshold=200)
        yield "series", str(table.iloc[:, 0].value_counts())
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=0.123456789))
    yield "estimator", repr(pipeline)
    yield "estimator as HTML", bare(pipeline._repr_html_())
    yield "estimator's page", pipeline._repr_html_()


def notebooks(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Sources, Markdown and outputs of the notebooks below a folder."""
    found: dict[str, list[tuple[str, str]]] = {"sources": [], "markdown": [], "outputs": []}
    for path in sorted(folder.rglob("*.ipynb")):
        for cell in json.loads(_read(path)).get("cells", []):
            kind = "sources" if cell["cell_type"] == "code" else "markdown"
            found[kind].append((path.name, "".join(cell["source"])))
            for output in cell.get("outputs", []):
                data = {"text/plain": output.get("text", output.get("traceback", ""))} | output.get("data", {})
                for form, said in data.items():
                    if form in {"text/plain", "text/html", "text/markdown", "image/svg+xml"}:
                        found["outputs"].append((path.name, bare("".join(said), is_tagged=form != "text/plain")))
    return found


def told(texts: Texts, *, least: float = SURE, say: bool = False) -> tuple[int, int, Counter[str]]:
    """In how many texts something is told, of how many, and of which types."""
    alarms = count = 0
    types: Counter[str] = Counter()
    for where, text in texts:
        count += 1
        spans = [span for span in scan_text(text[:MOST]) if span.score >= least and span.type not in THERE]
        alarms += bool(spans)
        types.update(span.type for span in spans)
        for span in spans if say else ():
            print(f"    {span.type} {span.score} {where}: {text[max(0, span.start - 20) : span.end + 10]!r}"[:160])
    return alarms, count, types


def hidden(texts: Texts) -> tuple[int, int, Counter[str]]:
    """The same of whatever score: what a mask would hide."""
    return told(texts, least=0.0)


def secrets(texts: Texts) -> tuple[int, int, Counter[str]]:
    """The same for credentials, as cells are searched before they run."""
    found = [bool(credentials_in(text[:MOST])) for _, text in texts]
    return sum(found), len(found), Counter({"CREDENTIAL": sum(found)})


def rows() -> list[Row]:
    """One row for each kind of text."""
    engine().warm(wait=True)
    kinds: dict[str, tuple[Callable[[Texts], tuple[int, int, Counter[str]]], Texts, float]] = {
        "sources, in pieces of 40 lines": (told, sources(), 2.0), "sources, credentials": (secrets, sources(), 0.5),
        "docstrings": (told, docstrings(), 2.0), "packages' pages": (told, pages(), 50.0), "what cells show": (told, shown(), 2.0), "what cells show, as masks hide it": (hidden, shown(), 2.0),
    }  # fmt: skip
    return [_row(what, *count(texts), goal) for what, (count, texts, goal) in kinds.items()]


def _row(what: str, alarms: int, of: int, types: Counter[str], goal: float) -> Row:
    rate = 1000 * alarms / max(1, of)
    note = f"{alarms} of {of:,}; " + ", ".join(f"{kind} {count}" for kind, count in types.most_common())
    return Row(what=what, unit="of 1,000", measured=Spread.of([rate, rate]), goal=goal, note=note.rstrip("; "))


if __name__ == "__main__":
    engine().warm(wait=True)
    for name, made in {"sources": sources(), "docstrings": docstrings(), "pages": pages(), "shown": shown()}.items():
        print(name, told(made, say=True))
    for below in map(Path, sys.argv[1:]):
        for name, held in notebooks(below).items():
            print(below.name, name, told(held, say=True), secrets(held))
