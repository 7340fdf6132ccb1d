"""`jupyter mlsec enable` and `disable`: load the guard in every kernel, through IPython's own configuration.

IPython reads `ipython_config.json` beside the `.py` of the same name. Only that JSON file is written, and only our one
entry in it. Where the `.py` sets the list already, the JSON would silently overrule it: then nothing is written and the
line to add is shown.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

EXTENSION = "jupyter_mlsec"
FILE = "ipython_config.json"
SETS_EXTENSIONS = re.compile(r"^[^#\n]*InteractiveShellApp\.extensions\b", re.MULTILINE)


def run(arguments: Sequence[str]) -> int:
    """Load the guard in every kernel of this user, or of this environment (`--system`)."""
    return switch(arguments, on=True)


def run_disable(arguments: Sequence[str]) -> int:
    """Take that back."""
    return switch(arguments, on=False)


def switch(arguments: Sequence[str], *, on: bool) -> int:
    """Parse the options, change the one file and say what changed. Returns 0, or 1 if the file cannot be used."""
    word = "enable" if on else "disable"
    path = config_path(system=parser(word).parse_args(list(arguments)).system)
    try:
        changed = change(path, on=on)
    except (OSError, ValueError) as error:
        say(f"Nothing was changed: {path} cannot be used ({error}).")
        return 1
    if on:
        say(f"{'The guard now loads' if changed else 'The guard already loaded'} in every kernel, by {path}.")
        say("Take it back with: jupyter mlsec disable" + (" --system" if path != config_path(system=False) else ""))
    else:
        say(f"{'The guard no longer loads by itself' if changed else 'The guard did not load by itself'} ({path}).")
    return 0


def parser(word: str) -> argparse.ArgumentParser:
    """The options of both commands."""
    made = argparse.ArgumentParser(
        prog=f"jupyter mlsec {word}", description=f"{word.capitalize()} the guard in every kernel."
    )
    where = made.add_mutually_exclusive_group()
    where.add_argument("--user", action="store_true", help="for your own kernels (the default)")
    where.add_argument("--system", action="store_true", help="for every kernel of this Python environment")
    return made


def config_path(*, system: bool) -> Path:
    """The JSON file that IPython reads: of the user's default profile, or of the environment."""
    if system:
        return Path(sys.prefix) / "etc" / "ipython" / FILE
    home = os.environ.get("IPYTHONDIR") or Path.home() / ".ipython"
    return Path(home) / "profile_default" / FILE


def change(path: Path, *, on: bool) -> bool:
    """Add or take away our entry; whether the file had to change.

    Raises ValueError if the file is not one IPython could read, or if the `.py` beside it sets the same list.
    """
    config: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    section = config.get("InteractiveShellApp", {}) if isinstance(config, dict) else None
    extensions = section.get("extensions", []) if isinstance(section, dict) else None
    if not isinstance(extensions, list):
        raise ValueError("c.InteractiveShellApp.extensions is not a list")
    if (EXTENSION in extensions) == on:
        return False
    if on:
        refuse_to_overrule(path.with_suffix(".py"))
        config["InteractiveShellApp"] = {**section, "extensions": [*extensions, EXTENSION]}
    else:
        without_us(config, [name for name in extensions if name != EXTENSION])
    write(path, config)
    return True


def refuse_to_overrule(script: Path) -> None:
    """Raise ValueError if the user's own configuration script sets the list of extensions."""
    if script.exists() and SETS_EXTENSIONS.search(script.read_text("utf-8", errors="replace")):
        raise ValueError(f"{script} sets c.InteractiveShellApp.extensions; add {EXTENSION!r} to that list instead")


def without_us(config: dict[str, Any], extensions: list[str]) -> None:
    """Leave no empty list or section of ours behind."""
    section = {**config["InteractiveShellApp"], "extensions": extensions}
    if not extensions:
        del section["extensions"]
    config["InteractiveShellApp"] = section
    if not section:
        del config["InteractiveShellApp"]


def write(path: Path, config: dict[str, Any]) -> None:
    """Replace the file in one step, or remove it when nothing is left to say."""
    if not config:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".mlsec-", suffix=".json")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as sink:
            json.dump(config, sink, indent=2)
            sink.write("\n")
        Path(temporary).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def say(text: str) -> None:
    """One line to the terminal."""
    sys.stdout.write(text + "\n")
