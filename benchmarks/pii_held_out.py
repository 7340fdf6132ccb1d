"""What the detector makes of locales and templates that it is made to forget, and how far its scores can be trusted there.

Each figure is counted once, not timed; all of it is run in the peers' interpreter, which has Faker and mimesis.
A locale of the development split is forgotten so: the model of names is one fitted without any of the split's twelve
locales; every name that the locale's columns and texts hold is struck off the lists; its country's numbers, its country's
telephone plan and its family names of one letter are taken out. Street words are of languages, and stay. Recognizers of
mail, cards, tokens and machines belong to no locale: nothing of them is fitted, so they are scored as they are.
Templates: nothing is fitted on texts or on how columns are made, but for the line that turns scores into shares; it is
fitted again without each template (what makes a column hard) and without each locale, on all verdicts of the split and of the
made sets, and its error is that of the left-out ones.
"""

# ruff: noqa: E501  (a sentence a row)

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.measure import Row, Spread
from benchmarks.pii_split import DEV
from jupyter_mlsec.controls.pii import column, naming, people, prefilter, scan_table, surroundings, text
from jupyter_mlsec.controls.pii.detection import calibrated
from jupyter_mlsec.controls.pii.recognizers import phones

PATIENCE = 1500
"""Wall seconds for all of it."""
_LISTS = ("GIVEN", "FAMILY", "ELSEWHERE", "HAN_FAMILY", "HANGUL_FAMILY", "JAPANESE_FAMILY")
_OF_COUNTRY = {"US": ("us.",), "GB": ("uk.", "gb."), "IN": ("in_.",)}
"""How python-stdnum calls the numbers of some countries."""
_NATIVE = {"US": ("ssn", "phone-america"), "CA": ("phone-america",), "CN": ("phone-china",)}
"""Recognizers that know one country."""
Verdict = tuple[float, bool, str, str]
"""A raw score, whether it was right, the locale, the template."""


def _truth() -> tuple[list[dict[str, Any]], list[dict[str, Any]], frozenset[str]]:
    truth = json.loads((DEV / "truth.json").read_text("utf-8"))
    return truth["columns"], json.loads((DEV / "texts.json").read_text("utf-8")), frozenset(truth["soft"])


def _locale(one: dict[str, Any]) -> str:
    return one.get("loc") or next((tag[4:] for tag in one["tags"] if tag.startswith("loc:")), "none")


def _template(one: dict[str, Any]) -> str:
    plain = [tag for tag in one["tags"] if ":" not in tag]
    return plain[0] if plain else "plain"


def _tables() -> dict[str, pa.Table]:
    return {path.stem: pq.read_table(path) for path in sorted((DEV / "tables").glob("*.parquet"))}


def _names_of(locale: str, tables: dict[str, pa.Table]) -> frozenset[str]:
    """The words of all people that the locale's columns and texts name, in lower case and folded."""
    columns, texts, _ = _truth()
    said = [
        str(cell)
        for one in columns
        if _locale(one) == locale and "PERSON" in {*one["expect"], *one["allow"]}
        for cell in tables[one["table"]][one["column"]].to_pylist()
        if cell is not None
    ]
    said += [t["text"][a:b] for t in texts if t["loc"] == locale for a, b, kind in t["spans"] if kind == "PERSON"]
    words = {
        word.strip(".,")
        for value in said
        for part in value.replace("-", " ").split()
        for word in (part, naming.plain(part))
    }
    return frozenset(words | {word.lower() for word in words} | {value[:n] for value in said for n in (1, 2, 3)})


@contextmanager
def forgotten(locale: str, names: frozenset[str], model: bytes) -> Iterator[None]:
    """Within it the detector knows nothing of its own of this locale."""
    country = locale[-2:]
    keys = _OF_COUNTRY.get(country, (f"{country.lower()}.",))
    schemes = tuple(s for s in column.SCHEMES if not s.key.startswith(keys))
    native = _NATIVE.get(country, ())
    catalogue = tuple(
        r
        for r in prefilter.catalogue()
        if r.name not in native and not r.name.startswith(tuple(f"national-{k}" for k in keys))
    )
    with ExitStack() as stack:
        for module in (column, text):
            stack.enter_context(patch.object(module, "SCHEMES", schemes))
        stack.enter_context(patch.object(prefilter, "catalogue", lambda: catalogue))
        stack.enter_context(patch.object(phones, "REGIONS", [r for r in phones.REGIONS if r != country]))
        stack.enter_context(
            patch.object(surroundings, "DIALLED", tuple(r for r in surroundings.DIALLED if r != country))
        )
        for name in _LISTS:
            stack.enter_context(patch.object(people, name, getattr(people, name) - names))
        stack.enter_context(patch.object(naming, "_weights", lambda: memoryview(model).cast("b")))
        naming.resemblance.cache_clear()
        yield
    naming.resemblance.cache_clear()


def _f1(hit: int, wrong: int, missed: int) -> float:
    return 2 * hit / max(1, 2 * hit + wrong + missed)


Counts = tuple[int, int, int]
"""How many were right, told beside, and missed."""


def scored(
    wanted: Callable[[dict[str, Any]], bool], tables: dict[str, pa.Table], *, names: bool
) -> tuple[Counts, int, list[str]]:
    """Counts over (column, type) of the columns that are wanted, how many they are, and the types that were missed."""
    columns, _, soft = _truth()
    prefix = "" if names else "nh_"
    chosen = [one for one in columns if wanted(one)]
    found = {name: scan_table(tables[name], names=names) for name in {one["table"] for one in chosen}}
    hit = wrong = 0
    missed: list[str] = []
    for one in chosen:
        told = {d.type for d in found[one["table"]].get(one["column"], [])} - soft
        expected = set(one[f"{prefix}expect"]) - soft
        hit, wrong = hit + len(told & expected), wrong + len(told - expected - set(one[f"{prefix}allow"]))
        missed += sorted(expected - told)
    return (hit, wrong, len(missed)), len(chosen), missed


def scored_texts(wanted: Callable[[dict[str, Any]], bool]) -> tuple[Counts, int]:
    """Counts over exact spans of the texts that are wanted, and how many they are."""
    _, texts, soft = _truth()
    chosen = [one for one in texts if wanted(one)]
    hit = wrong = missed = 0
    for one in chosen:
        expected = {tuple(span) for span in one["spans"] if span[2] not in soft}
        told = {(s.start, s.end, s.type) for s in text.scan_text(one["text"])}
        hit, wrong, missed = hit + len(told & expected), wrong + len(told - expected), missed + len(expected - told)
    return (hit, wrong, missed), len(chosen)


def verdicts() -> Iterator[Verdict]:
    """Every verdict on the split and on the made sets, with and without names, before scores are made shares."""
    from benchmarks.pii_sets.score import made

    columns, _, soft = _truth()
    tables = _tables()
    with patch.object(column, "calibrated", lambda score: score):
        for names, prefix in ((True, ""), (False, "nh_")):
            found = {name: scan_table(table, names=names) for name, table in tables.items()}
            for one in columns:
                right = {*one[f"{prefix}expect"], *one[f"{prefix}allow"]}
                for d in found[one["table"]].get(one["column"], []):
                    if d.type not in soft:
                        yield d.score, d.type in right, _locale(one), _template(one)
            for half in range(3):
                for table in made(half):
                    told = scan_table(pa.table({one.name: one.values for one in table}), names=names)
                    for one_made in table:
                        for d in told.get(one_made.name, []):
                            kind, _, where = one_made.tag.partition(" ")
                            yield d.score, d.type in one_made.allow, where[:2].lower() or "none", kind


def fitted(train: Iterable[Verdict]) -> Callable[[float], float]:
    """How often a score was right in these, never turning an order round (isotonic regression)."""
    from sklearn.isotonic import IsotonicRegression

    pairs = list(train)
    model = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(
        [p[0] for p in pairs], [float(p[1]) for p in pairs]
    )
    return lambda score: float(model.predict([score])[0])


def error(of: list[tuple[float, bool]], bins: int = 10) -> float:
    """How far what was said is from what was right: the mean over ten equal groups by what was said."""
    ordered = sorted(of)
    groups = [ordered[i * len(ordered) // bins : (i + 1) * len(ordered) // bins] for i in range(bins)]
    gaps = [(len(g), abs(sum(p for p, _ in g) - sum(r for _, r in g)) / len(g)) for g in groups if g]
    return sum(n * gap for n, gap in gaps) / max(1, sum(n for n, _ in gaps))


def cross_validated(every: list[Verdict], place: int) -> tuple[float, int]:
    """The error on what was left out, a group at a time, of a line fitted on the rest; and how many groups."""
    groups: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in every:
        groups[verdict[place]].append(verdict)  # type: ignore[call-overload]  # the third or the fourth
    said: list[tuple[float, bool]] = []
    for name, left in groups.items():
        share = fitted(v for other, held in groups.items() if other != name for v in held)
        said += [(share(v[0]), v[1]) for v in left]
    return error(said), len(groups)


def _measured() -> list[list[Any]]:
    """Everything, as plain lists: what, value, unit, goal, more is better, note."""
    prefilter.engine().warm(wait=True)
    columns, _, _ = _truth()
    tables = _tables()
    locales = sorted({_locale(one) for one in columns} - {"none"})
    model = _model(frozenset(locales))
    each = {locale: _of_locale(locale, tables, model) for locale in locales}
    found = [row for row, _ in each.values()]
    for place, (what, goal) in enumerate(
        (("columns with names", 0.96), ("columns, values alone", 0.93), ("texts", None))
    ):
        known, left = (
            _f1(*(sum(counts[place][side][i] for _, counts in each.values()) for i in range(3))) for side in (0, 1)
        )
        found.append([f"all, each forgotten in turn, {what}", left, "F1", goal, True, f"{known:.3f} known"])
    for template in sorted({_template(one) for one in columns if one["expect"]}):
        counts, count, missed = scored(
            lambda one, t=template: _template(one) == t and bool(one["expect"]),  # type: ignore[misc]  # bound now
            tables,
            names=True,
        )
        if missed:
            note = f"{count} columns; missed: {', '.join(missed)}"
            found.append([f"template {template}", _f1(*counts), "F1", 0.96, True, note])
    return [*found, *_of_scores()]


def _of_scores() -> Iterator[list[Any]]:
    every = list(verdicts())
    right = sum(v[1] for v in every)
    whole = error([(calibrated(v[0]), v[1]) for v in every])
    note = f"{len(every):,} verdicts, {right:,} right; fitted on two of the made sets"
    yield ["scores as they are, error", whole, "", 0.05, False, note]
    for what, place in (("locale", 2), ("template", 3)):
        off, groups = cross_validated(every, place)
        yield [f"scores, a {what} left out at a time, error", off, "", 0.05, False, f"{groups} of them"]


def _model(locales: frozenset[str]) -> bytes:
    from benchmarks.pii_names import main

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "names.model")
        main(path, held_out=locales)
        return path.read_bytes()


def _of_locale(locale: str, tables: dict[str, pa.Table], model: bytes) -> tuple[list[Any], list[tuple[Counts, Counts]]]:
    """A row, and the counts known and forgotten: of columns with names, of values alone, of texts."""

    def here(one: dict[str, Any]) -> bool:
        return _locale(one) == locale

    def counted() -> tuple[list[Counts], int, int, list[str]]:
        named, of, missed = scored(here, tables, names=True)
        spans, texts = scored_texts(here)
        return [named, scored(here, tables, names=False)[0], spans], of, texts, missed

    known, of, texts, _ = counted()
    with forgotten(locale, _names_of(locale, tables), model):
        left, _, _, missed = counted()
    lost = ", ".join(f"{kind} {missed.count(kind)}" for kind in sorted(set(missed))) or "nothing"
    was, now = ([f"{_f1(*one):.2f}" for one in side] for side in (known, left))
    said = f"; texts {now[2]} ({was[2]} known)" if texts else ""
    note = f"{of} columns ({was[0]} known); values alone {now[1]} ({was[1]} known){said}; missed: {lost}"
    row = [f"{locale} forgotten, columns with names", _f1(*left[0]), "F1", None, True, note]
    return row, list(zip(known, left, strict=True))


def rows() -> list[Row]:
    """One row per figure; one that says why where the peers' interpreter is missing."""
    from benchmarks.peers import python
    from benchmarks.pii_split import ROOT

    try:
        done = subprocess.run(
            [python(), "-W", "ignore", "-m", "benchmarks.pii_held_out"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
    except (subprocess.SubprocessError, RuntimeError, OSError) as failed:
        said = (getattr(failed, "stderr", "") or str(failed)).strip().splitlines()
        return [
            Row(
                what="locales and templates left out",
                unit="F1",
                measured=None,
                note=f"{said[-1][:120] if said else failed}: make bench-peers",
            )
        ]
    return [
        Row(what=what, unit=unit, measured=Spread.of([value, value]), goal=goal, more_is_better=more, note=note)
        for what, value, unit, goal, more, note in json.loads(done.stdout.splitlines()[-1])
    ]


if __name__ == "__main__":
    print(json.dumps(_measured()), file=sys.stdout)
