"""Lines of ours that a fix offers, made of names that may be anything: a file may have any name."""

from __future__ import annotations

import shlex


def line(verb: str, *names: str, after: str = "") -> str | None:
    """`%mlsec VERB NAME ...`, each name one word; None where a name cannot stand in a line.

    What a line of ours holds is never evaluated, but a name with a line end in it would begin another one.
    """
    if any(not each.isprintable() for each in names):
        return None
    return " ".join(("%mlsec", verb, *map(shlex.quote, names), *(after.split())))


def lines(*made: str | None) -> str | None:
    """Those lines as one cell; None where one of them could not be made."""
    return None if None in made else "\n".join(str(each) for each in made)
