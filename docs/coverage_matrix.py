"""The page of what is watched: every declaration, how it is reached, and what the conformance run found of it."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jupyter_mlsec.interception.declaration import Library
from jupyter_mlsec.interceptors import libraries
from jupyter_mlsec.protocol.watch import Notice, Watch

RUN = Path(__file__).resolve().parent / "conformance.json"
HEAD = """# What is watched

A library is watched from the moment you import it; one that is not installed costs nothing. Each row was called for
real: {rows} rows of {libraries} libraries, {kept} promises kept, {broken} broken. A promise is, for one: the same
result and the same exception as without the guard, one record, the same identity, signature and pickle, the same frames
and warnings but for ours, earlier aliases and threads watched, an error of ours harmless.

How it is reached: *code* - the function's own code is swapped, so whoever holds it already is watched too; *name* - a C
function without code of its own: every module's binding is replaced; an alias in a local variable or a container made
before is not; *type* - a method replaced on its C type. `make conformance` asks the promises again and writes this
page.

## What no watch sees

Each cell's record also says, by the operating system's count, what the cell read and wrote, how much of it watched
calls explain, which files it opened itself, and what it started that cannot be seen into. More than 64 KiB and 2 % of a
cell's bytes that nothing explains is *unexplained* and shown by `%mlsec status`, the panel and the audit; nothing is
printed below the cell. The limits: the count is the process's, so a background thread's bytes land on the cell that is
running; what is read through a memory map is not counted (`[interception] inotify = true` names such files); the counts
and inotify are Linux's. Shell commands, subprocesses, pools and their workers are noted by kind and program, never with
their arguments: what they did themselves is not recorded in the cell. With `[interception] propagate = true` a Python
that is started (a pool, loky, `subprocess`) loads the guard too, and what it reads and writes is recorded as the
cell's.

## Add a library in two places

1. `jupyter_mlsec/interceptors/LIBRARY.py`: a `Library` with the versions you know and a line per function that moves
   data (`reads`, `writes`, `connects`, `queries`, `fits`, `predicts`, `transforms`), naming the parameter that names
   the resource. One line per direction is best: what a watched function calls itself is not recorded again.
2. its line in `jupyter_mlsec/interceptors/__init__.py`: the file is read when the module arrives.

Then give each row a recipe in `tests/conformance/recipes/LIBRARY_calls.py` and run `make conformance`: every promise is
asked of every row, and a row without a recipe fails.

```python
LIBRARY = Library(
    name="scipy.io",
    module="scipy.io",
    versions=("1.11", "2"),
    watches=(
        reads("loadmat", resource="file_name", format="matlab"),
        writes("savemat", resource="file_name", value="mdict", format="matlab"),
    ),
)
```
"""


def page() -> str:
    """The whole page."""
    run: Mapping[str, Any] = json.loads(RUN.read_text("utf-8")) if RUN.exists() else {}
    declared = [f"{library.name}:{watch.target}" for library in libraries() for watch in watches_of(library)]
    rows = [run[name] for name in declared if name in run]
    head = HEAD.format(
        rows=len(rows),
        libraries=len({name.partition(":")[0] for name in declared if name in run}),
        kept=sum(row["kept"] for row in rows),
        broken=sum(len(row["broken"]) for row in rows),
    )
    return "\n".join([head, *(section(library, run) for library in libraries())])


def watches_of(library: Library) -> list[Watch]:
    """The rows of a library that are calls."""
    return [watch for watch in library.watches if isinstance(watch, Watch)]


def section(library: Library, run: Mapping[str, Any]) -> str:
    """One library's table, and what of it cannot be seen."""
    versions = (
        f"{library.distribution or library.module} {library.versions[0]} up to, not including, {library.versions[1]}"
    )
    tried = sorted(
        {row["version"] for watch in watches_of(library) if (row := run.get(f"{library.name}:{watch.target}"))}
    )
    lines = [f"{versions}; run with {', '.join(tried) or 'no version yet'}.{unseen(library)}", ""]
    if watches_of(library):
        lines += ["| function | action | format | reached by | sealed files | promises |", "|---|---|---|---|---|---|"]
        lines += [row_of(watch, run.get(f"{library.name}:{watch.target}")) for watch in watches_of(library)]
    labels: dict[str, list[str]] = {}
    for notice in library.watches:
        if isinstance(notice, Notice):
            labels.setdefault(notice.label, []).append(f"`{shown(notice.target)}`")
    lines += ["", *(f"Noted as unobserved, {label}: {', '.join(names)}." for label, names in labels.items())]
    return "\n".join([f"## {library.name}\n", *lines, ""])


def unseen(library: Library) -> str:
    """What the interceptor's own file says cannot be seen."""
    text = importlib.import_module(f"jupyter_mlsec.interceptors.{file_of(library)}").__doc__ or ""
    found = re.search(r"Not seen: (.*?)(?:\n\n|\Z)", text, re.S)
    return f" Not seen: {' '.join(found[1].split())}" if found else ""


def file_of(library: Library) -> str:
    """The name of the file that declares it."""
    folder = Path(__file__).resolve().parents[1] / "jupyter_mlsec" / "interceptors"
    names = [path.stem for path in folder.glob("*.py") if path.stem != "__init__"]
    modules = {name: importlib.import_module(f"jupyter_mlsec.interceptors.{name}") for name in sorted(names)}
    return next(name for name, module in modules.items() if library in libraries_in(vars(module).values()))


def libraries_in(values: Iterable[object]) -> list[Library]:
    """The declarations among these."""
    nested = [one for value in values for one in (value if isinstance(value, tuple) else (value,))]
    return [one for one in nested if isinstance(one, Library)]


_SEALED = {
    "sink": "through a file object",
    "path": "through a path in memory",
    "lasting": "through a path in memory, to the end",
    "folder": "through a folder in memory",
}


def row_of(watch: Watch, row: Mapping[str, Any] | None) -> str:
    """One line of the table."""
    if row is None:
        promises, reach = "not run", ""
    else:
        asked = row["kept"] + len(row["broken"])
        unasked = f", {len(row['unasked'])} not asked" if row["unasked"] else ""
        promises, reach = f"{row['kept']} of {asked}{unasked}", row.get("reach", "")
    action = "read or write" if watch.mode or watch.statement else watch.action
    sealed = _SEALED.get(watch.sealing, "")
    cells = (f"`{shown(watch.target)}`", action, watch.format or "", reach, sealed, promises)
    return f"| {' | '.join(cells)} |"


def shown(target: str) -> str:
    """A target as a user writes it: below the library's module."""
    return target.replace(":", ".")
