"""How a command answers: lines for people, JSON where it was asked for, and an exit code."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_mlsec.controls.contract import Answer


def say(text: str) -> None:
    """One or more lines to standard output; what the terminal cannot show is escaped."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def say_json(data: Any) -> None:  # Any: builtins, as JSON takes them
    """One JSON value on one line."""
    say(json.dumps(data, ensure_ascii=False, default=str))


def give(answer: Answer, *, as_json: bool = False) -> int:
    """Print a verb's answer; 0 when it is well, else 1."""
    if as_json:
        say_json(answer.data)
    elif answer.text:
        say(answer.text)
    return 0 if answer.ok else 1
