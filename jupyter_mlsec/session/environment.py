"""Which versions of the watched libraries a run has loaded: told once each, as they come, for whoever runs it again."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable

_VERSION = re.compile(r"[\w.+!-]{1,64}", re.ASCII)


class Environment:
    """Looks at what is imported, and imports nothing."""

    def __init__(self, libraries: Iterable[tuple[str, str]]) -> None:
        """`libraries`: the module and the name of each."""
        self._awaited = {
            module: name
            for module, name in libraries
            if module.partition(".")[0] not in sys.stdlib_module_names  # Python's own version is known
        }
        self._modules = 0

    def fresh(self) -> dict[str, str]:
        """The versions of the libraries that were loaded since it was last asked, by name."""
        if len(sys.modules) == self._modules:
            return {}
        self._modules = len(sys.modules)
        found = {}
        for module in [one for one in self._awaited if one in sys.modules]:
            version = getattr(sys.modules[module], "__version__", None)
            if isinstance(version, str) and _VERSION.fullmatch(version):
                found[self._awaited.pop(module)] = str(version)  # torch has a kind of text of its own
        return found
