"""What leaves a cell as text: its source, what it shows, what it logs, what it asks of models, how its files are named."""

# ruff: noqa: E501  (patterns and words of other scripts, kept whole)

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

from jupyter_mlsec.controls.contract import Call, Judgement
from jupyter_mlsec.controls.pii import wording
from jupyter_mlsec.controls.pii.detection import TYPES, Detection
from jupyter_mlsec.controls.pii.mutes import MARK, Mutes, in_comments
from jupyter_mlsec.controls.pii.obliged import masked_to_display
from jupyter_mlsec.controls.pii.settings import MaskRule, Settings
from jupyter_mlsec.controls.pii.shown import MOST, counted, hidden, texts_in
from jupyter_mlsec.protocol.records import Finding, Level, Obligation, Operation

_SECRET_MARKS = (
    "key", "token", "secret", "pwd", "://", "auth", "bearer", "begin ", "credential", "curl", "hf_", "api_org_", "akia", "asia",
    "contrase", "haslo", "senha",
)  # fmt: skip
_PASS = re.compile(r"pass(?![ \t]*(?:[#;\n]|\Z))")
"""The statement `pass`, and a name at the end of a line, give no password."""
_LONG = re.compile(r"[A-Za-z0-9_+/=-]{15,}")
_DIGIT = re.compile(r"[0-9]")
Told = MutableMapping[tuple[str, str, str], float]
"""(resource, column, type) of what was told in this run, with its share."""


def may_hold_secret(source: str) -> bool:
    """Whether a source has a word for secrets, or a long word with a digit: most cells cost no more than this look."""
    low = source.lower()
    for mark in _SECRET_MARKS:  # no generator: this is asked of every cell
        if mark in low:
            return True
    if "pass" in low and _PASS.search(low):
        return True
    return any(_DIGIT.search(run) for run in _LONG.findall(source))


class Exposed:
    """Searches such texts, says what is new in them, and hides what the policy wants hidden."""

    def __init__(self, settings: Settings, mutes: Mutes, told: Told, first: Callable[[], None]) -> None:
        """`first` is called before the detector is."""
        self._settings = settings
        self._mutes = mutes
        self._told = told
        self._first = first
        self._seen: set[str] = set()
        self._logged: list[str] = []
        self._length = 0

    def source(self, operation: Operation, source: Any) -> tuple[Judgement, ...]:
        """What a cell's source holds: credentials, and comments that mute."""
        self._logged, self._length = [], 0
        if not isinstance(source, str):
            return ()
        odd = 0
        if MARK in source and self._settings.comments:
            mutes, odd = in_comments(source)
            self._mutes.remember(operation.cell.digest, mutes)
        said: tuple[Finding, ...] = (wording.mute_passed_over(odd),) if odd else ()
        if not self._settings.cells or not may_hold_secret(source):
            return said
        from jupyter_mlsec.controls.pii.text import credentials_in

        count = len(credentials_in(source))
        if not count:
            return said
        mute = self._mutes.muting("CREDENTIAL", "", operation.resource.name, operation.cell.digest)
        if mute is not None:
            return (*said, wording.muted_finding(operation.resource.name, [("", "CREDENTIAL", mute.reason)]))
        return (*said, wording.source_finding(count))

    def redactor(self, subject: str, logger: str | None = None) -> Callable[[str, str], str] | None:
        """Hides what cells show (or, with its name, what a logger writes), given its MIME type; None: nothing is."""
        types = self._hides(subject, logger)
        keeps = logger is not None and self._settings.on and self._settings.logs
        if not types and not keeps:
            return None

        def redact(kind: str, text: str) -> str:
            if keeps:
                self._keep(text)
            if not types:
                return text
            from jupyter_mlsec.controls.pii.printed import columns_hidden  # its patterns, at the first use

            return hidden(kind, columns_hidden(kind, text, self._columns(types)), types)

        return redact

    def _columns(self, types: frozenset[str]) -> dict[str, str]:
        """Which column names held what in this run, of these types."""
        return {column: kind for (_, column, kind) in self._told if column and kind in types}

    def _keep(self, text: str) -> None:
        if self._length < MOST:
            self._logged.append(text[:MOST])
            self._length += len(text)

    def _hides(self, subject: str, logger: str | None = None) -> frozenset[str]:
        """The types that are hidden from this subject in what cells show, or in what that logger writes."""
        if not self._settings.on or not self._settings.mask:
            return frozenset()
        if logger is not None:
            return self._settings.masked_types("log", logger, subject)
        rules = [rule for rule in self._settings.mask if rule.concerns("display", rule.resource, subject)]
        return frozenset(kind for rule in rules for kind in rule.types or TYPES)

    def displayed(self, value: Any, subject: str) -> Any:
        """A masked copy of a table that this subject may not see; any other value as it is.

        So a column's name and its other cells count, too, and what was found in a column of that name in this run: two
        rows of a table say little by themselves. The text that comes of it is redacted besides.
        """
        types = self._hides(subject)
        return masked_to_display(value, types, self._known(types)) if types else value

    def _known(self, types: frozenset[str]) -> dict[str, Detection]:
        """What columns of such a name held in this run."""
        return {
            column: Detection(type=kind, score=1.0, count=1, share=share)
            for (_, column, kind), share in self._told.items()
            if kind in types
        }

    @property
    def looks(self) -> bool:
        """Whether it wants to know what cells show."""
        return self._settings.on and (self._settings.shown or any(rule.on == "display" for rule in self._settings.mask))

    def shown(self, operation: Operation, call: Call) -> tuple[Finding, ...]:
        """What the cell showed and logged: hidden by the policy, or there for all to read."""
        return (*self._in_logs(operation), *self._in_outputs(operation, call))

    def _in_logs(self, operation: Operation) -> Iterator[Finding]:
        if self._logged:
            logged, self._logged, self._length = self._logged, [], 0
            counts = counted(logged, self._wants(operation), self._first)
            if counts:
                yield wording.log_finding(counts, self.once(f"logged {sorted(counts)}"))

    def _in_outputs(self, operation: Operation, call: Call) -> Iterator[Finding]:
        if not call.shown:
            return
        hides, wants = self._hides(operation.subject.name), self._wants(operation)
        counts = counted(call.shown, lambda kind, score: kind in hides or wants(kind, score), self._first)
        covered = {kind: count for kind, count in counts.items() if kind in hides}
        shown = {kind: count for kind, count in counts.items() if kind not in hides}
        if covered:
            yield wording.redacted_finding(covered, self.once("redacted"))
        if shown and self._settings.shown:
            level: Level = "warning" if set(shown) - self._seen else "note"
            self._seen.update(shown)
            yield wording.output_finding(shown, level)

    def prompted(self, operation: Operation, call: Call, rules: tuple[MaskRule, ...]) -> tuple[Judgement, ...]:
        """What is sent to a model that is served elsewhere; `rules` have it hidden on its way."""
        name = operation.resource.name
        if not (self._settings.prompts or rules) or not isinstance(call.value, dict):
            return ()
        counts = counted(texts_in(call.value), self._wants(operation), self._first)
        if not counts:
            return ()
        types = types_of(rules)
        is_hidden = bool(rules) and (types is None or not set(counts).isdisjoint(types))
        level = self.once(f"{name} {sorted(counts)} {is_hidden}")
        finding = wording.prompt_finding(name, counts, level, is_hidden=is_hidden)
        deed = (Obligation(control="pii", deed="redact", on="call", details={"texts": "prompt"}),) if is_hidden else ()
        return (finding, *deed)

    def named(self, operation: Operation) -> tuple[Finding, ...]:
        """What the name of a file or address says, where the policy asks for that; it is told without the name."""
        name = operation.resource.name
        if not self._settings.names or operation.resource.kind not in ("file", "url"):
            return ()
        counts = counted([_spaced(name)], self._wants(operation), self._first)
        return (wording.name_finding(counts, self.once(f"named {name}")),) if counts else ()

    def _wants(self, operation: Operation) -> Callable[[str, float], bool]:
        s, cell = self._settings, operation.cell.digest
        return lambda kind, score: (
            kind in s.types and score >= s.score and self._mutes.muting(kind, "", operation.resource.name, cell) is None
        )

    def once(self, what: str) -> Level:
        """`warning` for what was not told before in this run, `note` for the rest."""
        if what in self._seen:
            return "note"
        self._seen.add(what)
        return "warning"


def types_of(rules: tuple[MaskRule, ...]) -> frozenset[str] | None:
    """The types that these rules name together; None for all."""
    return None if any(not rule.types for rule in rules) else frozenset(t for rule in rules for t in rule.types)


def _spaced(name: str) -> str:
    """A file's name as words: what stands for a space in names is one."""
    return name.replace("_", " ").replace("/", " ").replace("%20", " ").replace("+", " ").rsplit(".", 1)[0]
