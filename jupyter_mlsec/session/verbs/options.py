"""Reads the words after a verb with argparse, and raises UsageError where argparse would exit."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from jupyter_mlsec.protocol.errors import UsageError


class Options(argparse.ArgumentParser):
    """A parser for one verb: no exit, no output of its own."""

    def __init__(self, verb: str) -> None:
        super().__init__(prog=f"%mlsec {verb}", add_help=False, exit_on_error=False, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.prog}: {message}. {self.prog} --help shows what it takes.")

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """The words as a namespace; UsageError when they do not fit."""
        try:
            return self.parse_args(list(words))
        except argparse.ArgumentError as error:
            raise UsageError(f"{self.prog}: {error}. {self.prog} --help shows what it takes.") from None
