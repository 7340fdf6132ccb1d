"""`jupyter mlsec open FILE` and `seal FILE`: the encryption control's own verbs, in a shell."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlsec.cli.answers import give, say
from jupyter_mlsec.cli.project import verb


def run_open(words: Sequence[str]) -> int:
    """Open a sealed file."""
    return speak("open", words)


def run_seal(words: Sequence[str]) -> int:
    """Seal a file in its place."""
    return speak("seal", words)


def speak(name: str, words: Sequence[str]) -> int:
    """Say a verb of the encryption control; `--help` shows its usage, `--json` its data."""
    found = verb("encryption", name)
    if {"-h", "--help"} & set(words):
        say(found.usage.replace("%mlsec", "jupyter mlsec"))
        return 0
    rest = [word for word in words if word != "--json"]
    return give(found.run(rest, {}), as_json="--json" in words)
