"""`%mlsec panel --choose`: what is yours to decide, as lists and buttons where there are widgets, else as lines.

A choice does what its line would do, and is recorded like it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from jupyter_mlsec import frames
from jupyter_mlsec.protocol.commands import line
from jupyter_mlsec.protocol.errors import MlsecError

if TYPE_CHECKING:
    from jupyter_mlsec.session.house import House

MOST = 3
"""Masked examples of one column."""
_ROWS = 200
"""Rows that a preview masks."""


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """Resources with a learned schema that nobody approved, and the tables of the notebook."""

    schemas: tuple[str, ...]
    tables: tuple[str, ...]

    def lines(self) -> str:
        """As lines to type."""
        schemas = [(line("schema show", name), line("schema approve", name)) for name in self.schemas]
        approve = [f"  {show}, then {approve}" for show, approve in schemas if show and approve]
        mask = [f"  {line('pii', name, after='--mask --how partial')}" for name in self.tables]
        parts = [
            *(["Schemas that were learned, to look at and approve:", *approve] if approve else []),
            *(["Tables, for a masked copy:", *mask] if mask else []),
        ]
        return "\n".join(parts) or "There is nothing to choose yet: load a table first."


class Chooser:
    """Answers a choice by the verb it stands for. Nothing is asked or shown before somebody chooses."""

    def __init__(self, house: House, namespace: Mapping[str, Any]) -> None:
        self._house = house
        self._namespace = namespace
        self.choices = Choices(schemas=self._learned(), tables=self._tables())

    def schema(self, resource: str) -> str:
        """What was learned of the resource."""
        return self._ask("schema", "show", resource)

    def approve(self, resource: str) -> str:
        """Approve it, as `%mlsec schema approve` does."""
        return self._ask("schema", "approve", resource)

    def mask(self, table: str, way: str) -> str:
        """Put a masked copy beside the table, as `%mlsec pii --mask` does."""
        return self._ask("pii", table, "--mask", "--how", way)

    def preview(self, table: str, way: str) -> str:
        """How its first rows would look: only values that are masked as a whole."""
        with self._house.keeping.apart():
            try:
                examples = _examples(self._namespace[table], way)
            except (MlsecError, KeyError) as error:
                return str(error)
        lines = [f"{name}: {', '.join(values)}" for name, values in examples.items()]
        return "\n".join(lines) or f"In its first {_ROWS} rows no value is personal data as a whole."

    def _ask(self, verb: str, *words: str) -> str:
        control: Any = self._house.controls[verb]
        asked = next(each for each in control.verbs() if each.name == verb)
        with self._house.keeping.apart():
            try:
                text: str = asked.run(words, self._namespace).text
            except MlsecError as error:
                return str(error)
        return text

    def _learned(self) -> tuple[str, ...]:
        control: Any = self._house.controls.get("schema")
        known = {} if control is None else control.store.resources()
        return tuple(name for name, state in known.items() if state == "learned")

    def _tables(self) -> tuple[str, ...]:
        if "pii" not in self._house.controls:
            return ()
        named = ((name, value) for name, value in list(self._namespace.items()) if not name.startswith("_"))
        return tuple(name for name, value in named if frames.view(value) is not None)


def _examples(table: Any, way: str) -> dict[str, Sequence[str]]:
    from jupyter_mlsec.controls.pii.masking import mask
    from jupyter_mlsec.controls.pii.rebuilding import columns_of
    from jupyter_mlsec.controls.pii.table import scan_table

    part = table.slice(0, _ROWS) if hasattr(table, "slice") else table.head(_ROWS)
    hidden, told = columns_of(mask(part, way)), columns_of(mask(part, "redact"))
    examples = {}
    for name, detections in scan_table(part, full=True).items():
        whole = {f"[{each.type}]" for each in detections}  # else words stay beside what is masked
        shown = (
            str(value) for value, tag in zip(hidden.get(name, ()), told.get(name, ()), strict=True) if tag in whole
        )
        examples[name] = list(islice(dict.fromkeys(shown), MOST))
    return {name: values for name, values in examples.items() if values}
