"""`jupyter mlsec demo`: the product's main job on real data, offline, in a folder of its own."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from jupyter_mlsec.demo.folder import DemoFolder, lay_out
from jupyter_mlsec.demo.tour import Surprise, execute, fitted
from jupyter_mlsec.protocol.errors import UsageError

MAIN = "import sys; from jupyter_mlsec.cli import main; sys.exit(main(sys.argv[1:]))"


def run(arguments: Sequence[str]) -> int:
    """Lay out the demo's folder, run its notebook, export its audit, and have it verified whole and damaged.

    Returns 0 when everything ended as told, 1 when not, 2 when the folder cannot be used.
    """
    options = parser().parse_args(list(arguments))
    missing = [name for name in ("nbclient", "ipykernel", "pandas", "sklearn") if not is_installed(name)]
    if missing and not options.copy_only:
        say(f"The demo was not run: it needs {', '.join(missing)}. pip install 'jupyter-mlsec[demo]' brings them.")
        return 2
    try:
        folder = lay_out(options.into)
    except UsageError as error:
        say(str(error))
        return 2
    if options.copy_only:
        say(f"The notebook and its tables are in {shown(folder.path)}.")
        return 0
    say(f"A guarded notebook on real data, without a network. Everything happens in {shown(folder.path)}.")
    try:
        execute(folder, say)
    except Surprise as surprise:
        say(f"\nThe demo did not go as told. {surprise}")
        return 1
    return review(folder, options.next)


def parser() -> argparse.ArgumentParser:
    """The options of the command."""
    made = argparse.ArgumentParser(
        prog="jupyter mlsec demo", description="Run a guarded notebook on real data, offline."
    )
    made.add_argument(
        "--into", type=Path, default=Path("mlsec-demo"), metavar="DIR", help="the folder to make (default: mlsec-demo)"
    )
    made.add_argument("--copy-only", action="store_true", help="lay out the notebook and its tables, and run nothing")
    made.add_argument("--next", default="", metavar="COMMAND", help=argparse.SUPPRESS)
    return made


def review(folder: DemoFolder, next_command: str) -> int:
    """What a reviewer does with the audit: verify it, and see that one changed byte is refused."""
    say("\n== The reviewer's side ==")
    say("A reviewer has the audit and, by another way, the signer's public key. No network and no ledger is needed.")
    shutil.copyfile(folder.private / "jupyter_mlsec" / "signer.pub", folder.path / "signer.pub")
    trust = ["--trust", str(folder.path / "signer.pub")]
    held = mlsec(folder, "verify", str(folder.audit), *trust)
    damaged = folder.audit.with_name("damaged.audit.ipynb")
    damage(folder.audit, damaged)
    say("\nNow one byte of a copy is changed: the cell that took passengers of 18 and older now says 16.")
    refused = mlsec(folder, "verify", str(damaged), *trust)
    if held != 0 or refused != 1:
        say(f"\nThe demo did not go as told: verify ended with {held} and {refused}, not with 0 and 1.")
        return 1
    say("\n== What was made ==")
    for path, what in made_paths(folder):
        say(f"  {shown(path):46} {what}")
    say(f"\nNext: {next_command or 'cd ' + shown(folder.path) + ' && jupyter lab ' + folder.notebook.name}")
    return 0


def made_paths(folder: DemoFolder) -> list[tuple[Path, str]]:
    """The files worth a look, those that exist."""
    paths = [
        (folder.notebook, "the notebook with its outputs"),
        (folder.audit, "its audit, for a reviewer"),
        (folder.path / "customers.parquet", "sealed; pd.read_parquet under the guard reads it"),
        (folder.path / ".mlsec", "the project's schemas and ledger"),
        (folder.private, "the demo's own keys (yours were not touched)"),
    ]
    return [(path, what) for path, what in paths if path.exists()]


def damage(whole: Path, target: Path) -> None:
    """Copy `whole` with one digit changed in the source of a cell."""
    before, sought, after = whole.read_bytes().partition(b"passengers.age >= 18")
    target.write_bytes(before + sought[:-1] + b"6" * bool(sought) + after)


def mlsec(folder: DemoFolder, *words: str) -> int:
    """Run one `jupyter mlsec` command as a shell would, with the demo's own keys; show it and its answer."""
    say(f"\n$ jupyter mlsec {shlex.join(word.replace(str(folder.path) + os.sep, '') for word in words)}")
    done = subprocess.run(  # noqa: S603  # our own interpreter and module
        [sys.executable, "-c", MAIN, *words],
        cwd=folder.path,
        env=folder.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    for line in done.stdout.rstrip().splitlines():
        say(fitted(line))
    return done.returncode


def shown(path: Path) -> str:
    """The path as one would type it from here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def is_installed(module: str) -> bool:
    """Whether a module could be imported, without importing it."""
    from importlib.util import find_spec

    return find_spec(module) is not None


def say(text: str) -> None:
    """One piece of the tour, at once, so that a slow step does not look like a hang."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
