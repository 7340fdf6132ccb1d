"""Outputs passed through a redactor on their way into an audit: every text in them, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from jupyter_mlsec.controls import CONTROLS
from jupyter_mlsec.controls.pii.settings import Settings
from jupyter_mlsec.policy import load
from jupyter_mlsec.reports.canonical import Json, joined_output

Redact = Callable[[str], str]

_OPAQUE = ("image/", "audio/", "video/", "application/pdf", "application/octet-stream")


class Redactor:
    """Redacts outputs and counts: `changed` texts, and `unsearched` data that are not text (pictures, mostly)."""

    def __init__(self, redact: Redact) -> None:
        self._redact = redact
        self.changed = 0
        self.unsearched = 0

    def outputs(self, outputs: Json) -> Json:
        """A cell's outputs with every text redacted. The argument is left alone."""
        return [self._output(joined_output(output)) for output in outputs] if isinstance(outputs, list) else outputs

    def _output(self, output: Json) -> Json:
        if not isinstance(output, Mapping) or not isinstance(output.get("data"), Mapping):
            return self.value(output, keep=("output_type", "name", "ename"))
        data = {kind: self._data(kind, value) for kind, value in output["data"].items()}
        return {**self.value({**output, "data": None}, keep=("output_type",)), "data": data}

    def _data(self, kind: str, value: Json) -> Json:
        if kind.startswith(_OPAQUE) and kind != "image/svg+xml":
            self.unsearched += 1
            return value
        return self.value(value)

    def value(self, value: Json, keep: tuple[str, ...] = ()) -> Json:
        """A JSON value with every text in it redacted, but for the keys in `keep`."""
        if isinstance(value, str):
            text = self._redact(value)
            self.changed += text != value
            return text
        if isinstance(value, Mapping):
            return {key: inner if key in keep else self.value(inner) for key, inner in value.items()}
        return [self.value(inner) for inner in value] if isinstance(value, list) else value


def without_personal_data(text: str) -> str:
    """The usual redactor: the text as the pii control redacts it."""
    from jupyter_mlsec.controls.pii.text import redact_text

    return redact_text(text)


def by_policy(root: Path, data: Path, notebook: str, *, keep: bool = False) -> Redact | None:
    """The redactor that the policy of a project asks for; None where outputs are to be kept. `keep`: the user asks."""
    sections = {name: import_module(f"jupyter_mlsec.controls.{name}").Settings for name in CONTROLS}
    subject = f"uid-{os.getuid()}" if hasattr(os, "getuid") else "os-user"
    return by_settings(load(root, data, sections).section("pii"), notebook, subject, keep=keep)


def by_settings(pii: Settings, notebook: str, subject: str, *, keep: bool = False) -> Redact | None:
    """The redactor for that notebook: of all types, or, where outputs are kept, of those that are masked on export."""
    if not keep and pii.outputs == "redact":
        return without_personal_data
    types = pii.masked_types("export", notebook, subject)
    if not types:
        return None

    def redact(text: str) -> str:
        from jupyter_mlsec.controls.pii.shown import hidden

        return hidden("text/plain", text, types)

    return redact
