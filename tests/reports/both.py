"""The verifier in the package and the one-file verifier, asked side by side: a difference fails whichever test asks.

The one file runs in a Python of its own that can import `cryptography` and the standard library, and nothing else.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from jupyter_mlsec.protocol.entries import AnyEntry
from jupyter_mlsec.reports import reading, verify
from jupyter_mlsec.reports.onefile import build
from jupyter_mlsec.reports.verdict import Verification

NEEDED = ("cryptography", "cffi", "_cffi_backend", "pycparser")
WORKER = """
import json, runpy, sys
made = runpy.run_path(sys.argv[1])
sys.meta_path.insert(0, made["Inside"]())
from jupyter_mlsec.reports import verify
import msgspec
from jupyter_mlsec.protocol.entries import AnyEntry
from jupyter_mlsec.reports import reading
while line := sys.stdin.buffer.readline():
    what, length = line.split()
    content = sys.stdin.buffer.read(int(length))
    if what == b"audit":
        found = verify.check(content)
        said = {**msgspec.to_builtins(found), "exit": found.exit_code, "text": str(found)}
    else:
        try:
            said = repr(reading.typed(content, AnyEntry))
        except ValueError:
            said = "refused"
    print(json.dumps(said), flush=True)
"""


@cache
def bare_folder() -> Path:
    """A folder with the one-file verifier, and beside it what it may import."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    here = Path(folder.name)
    build.main([str(here / "verify_audit.py")])
    (here / "site").mkdir()
    for name in NEEDED:
        spec = find_spec(name)
        if spec is not None and spec.origin is not None:
            found = Path(spec.origin)
            found = found.parent if found.name == "__init__.py" else found
            (here / "site" / found.name).symlink_to(found)
    return here


def bare(*words: str | Path, **how: Any) -> subprocess.CompletedProcess[str]:
    """The one-file verifier run by hand, as on a machine that has Python and cryptography."""
    command = [sys.executable, "-S", bare_folder() / "verify_audit.py", *words]
    return subprocess.run(command, env=environment(), capture_output=True, text=True, check=False, **how)


def environment() -> dict[str, str]:
    """Nothing of this machine's, but for what may be imported and an empty home."""
    home = bare_folder() / "home"
    return {"PYTHONPATH": str(bare_folder() / "site"), "HOME": str(home), "PATH": os.defpath, "LC_ALL": "C.UTF-8"}


@cache
def _worker() -> subprocess.Popen[bytes]:
    command = [sys.executable, "-S", "-c", WORKER, bare_folder() / "verify_audit.py"]
    worker = subprocess.Popen(command, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    atexit.register(worker.kill)
    return worker


def _there(what: bytes, content: bytes) -> Any:
    worker = _worker()
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write(b"%b %d\n%b" % (what, len(content), content))
    worker.stdin.flush()
    return json.loads(worker.stdout.readline() or b'"the one-file verifier fell over"')


def check(content: bytes) -> Verification:
    """The package's verdict, once the one file was found to give the same in every word."""
    found = verify.check(content)
    here = {**msgspec.to_builtins(found), "exit": found.exit_code, "text": str(found)}
    assert _there(b"audit", content) == json.loads(json.dumps(here))
    return found


def reads(content: bytes) -> None:
    """Assert that both read the same out of an entry, or both refuse it."""
    kind: Any = AnyEntry
    try:
        here = repr(reading.typed(content, kind))
    except ValueError:
        here = "refused"
    assert _there(b"entry", content) == json.loads(json.dumps(here))
