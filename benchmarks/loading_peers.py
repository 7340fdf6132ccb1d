"""Payloads and honest files before four judges: the guard's scan, picklescan, fickling and modelscan.

`python benchmarks/loading_peers.py PYTHON ...`: each PYTHON is an interpreter in whose environment one or more of the
three are installed. Prints a table. What a scanner cannot open counts as not flagged, and is counted.
"""

from __future__ import annotations

import collections
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

CHILD = {
    "picklescan": """
import json, logging, sys
from picklescan.scanner import SafetyLevel, scan_file_path
logging.disable(logging.CRITICAL)
for path in json.load(sys.stdin):
    try:
        found = scan_file_path(path)
    except Exception:
        print("unread")
        continue
    levels = {each.safety for each in found.globals}
    names = (SafetyLevel.Dangerous, "flagged"), (SafetyLevel.Suspicious, "suspicious")
    print(next((word for level, word in names if level in levels), "unread" if found.scan_err else "clean"))
""",
    "fickling": """
import json, logging, sys
import fickling
from fickling.analysis import Severity, check_safety
from fickling.fickle import StackedPickle
logging.disable(logging.CRITICAL)
sys.stdout, out = open("/dev/null", "w"), sys.stdout
for path in json.load(sys.stdin):
    try:
        with open(path, "rb") as file:
            worst = max((check_safety(each).severity for each in StackedPickle.load(file)), key=lambda one: one.value)
    except Exception:
        print("unread", file=out)
        continue
    safe, odd = worst == Severity.LIKELY_SAFE, worst == Severity.SUSPICIOUS
    print("clean" if safe else "suspicious" if odd else "flagged", file=out)
""",
    "modelscan": """
import json, sys
from pathlib import Path
from modelscan.modelscan import ModelScan
for path in json.load(sys.stdin):
    found = ModelScan()
    try:
        result = found.scan(path)
    except Exception:
        print("unread")
        continue
    summary = result["summary"]
    scanned = summary["scanned"]["total_scanned"]
    print("flagged" if summary["total_issues"] else "clean" if scanned else "unread")
""",
}


def honest_files(folder: Path) -> list[str]:
    """The honest objects of the tests, pickled."""
    from tests.controls.loading import honest

    paths = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for kind in (honest.of_users, honest.composed):
            for _, each in kind():
                path = folder / f"{len(paths)}.pkl"
                path.write_bytes(pickle.dumps(each, 4))
                paths.append(str(path))
    return paths


def payload_files(folder: Path) -> list[str]:
    """The payloads of the tests."""
    from tests.controls.loading.payloads import corpus

    paths = []
    for each in corpus(str(folder / "ran")):
        path = folder / each.name.replace("'", "")
        path.write_bytes(each.data)
        paths.append(str(path))
    return paths


def judged_by(python: str, scanner: str, paths: list[str]) -> list[str] | None:
    """One word for each file; None where the scanner is not installed there."""
    ran = subprocess.run([python, "-c", CHILD[scanner]], input=json.dumps(paths), capture_output=True, text=True)
    words = ran.stdout.split()
    return words if len(words) == len(paths) else None


def judged_by_us(paths: list[str]) -> list[str]:
    """The static scan, which knows nothing of the notebook: its own classes are unknown to it."""
    from jupyter_mlsec.controls.loading.scanning import scan_file

    found = [scan_file(Path(path), path) for path in paths]
    return ["clean" if each.finding is None else "flagged" for each in found]


def main(pythons: list[str]) -> None:
    """The table."""
    folder = Path(tempfile.mkdtemp())
    os.chdir(folder)
    for name in ("payloads", "honest"):
        (folder / name).mkdir()
    payloads, honest = payload_files(folder / "payloads"), honest_files(folder / "honest")
    began = time.process_time()
    judges = {"jupyter mlsec scan": (judged_by_us(payloads), judged_by_us(honest))}
    took = time.process_time() - began
    for scanner in CHILD:
        for python in pythons:
            found, good = judged_by(python, scanner, payloads), judged_by(python, scanner, honest)
            if found is not None and good is not None:
                judges[scanner] = (found, good)
                break
    print(f"{len(payloads)} payloads, {len(honest)} honest files; our scan took {took:.1f} s of CPU")
    for name, (found, good) in judges.items():
        print(f"| {name} | {dict(collections.Counter(found))} | {dict(collections.Counter(good))} |")
    print("ran:", (folder / "payloads" / "ran").exists())


if __name__ == "__main__":
    main(sys.argv[1:])
