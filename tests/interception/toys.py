"""Libraries made for one test, of a few lines of source, with some of their functions watched."""

from __future__ import annotations

import importlib
import itertools
import sys
import textwrap

from jupyter_mlsec.interception import Interception, Library, reads
from tests.interception.posts import Post

NUMBERS = itertools.count()


class Toy:
    """A library made for one test: its module, and the watching of some of its functions."""

    def __init__(self, folder, source, targets, callers):
        self.name = f"toypython{next(NUMBERS)}"
        (folder / f"{self.name}.py").write_text('__version__ = "1.0"\n' + textwrap.dedent(source), "utf-8")
        importlib.invalidate_caches()
        self.module = importlib.import_module(self.name)
        self.post = Post()
        watches = tuple(reads(target, resource="path") for target in targets)
        library = Library(name="toy", module=self.name, versions=("1", "2"), watches=watches, callers=callers)
        self.interception = Interception([library], self.post)

    def watch(self):
        self.interception.install()
        assert self.interception.stood_down == {}
        return self.module

    def unwatch(self):
        self.interception.uninstall()

    def forget(self):
        self.unwatch()
        sys.modules.pop(self.name, None)

    @property
    def outcomes(self):
        return [entry.outcome for entry in self.post.recorded]
