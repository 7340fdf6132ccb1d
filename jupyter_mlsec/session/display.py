"""What a user reads below a cell: one line per new finding, at the cell's end, and never a flood."""

from __future__ import annotations

import sys
from collections.abc import Callable

from msgspec.structs import asdict

from jupyter_mlsec.protocol.entries import Amended, Entry, Recorded
from jupyter_mlsec.protocol.facts import Fact, Labels, SealedFor
from jupyter_mlsec.protocol.records import Finding

_MOST = 3
"""Lines below one cell; the rest is counted and left to `%mlsec findings`."""

_REMEMBERED = 1000
"""Operations of which the place is known, for findings that amend them."""


class Heard(Finding, frozen=True, kw_only=True):
    """A finding with where it was made, as kept for `findings` and `why`."""

    resource: str
    execution: int
    operation: str


class Display:
    """Listens to the journal; keeps this run's findings and says each new one once, when the cell is over."""

    def __init__(
        self,
        write: Callable[[str], None] | None = None,
        is_known: Callable[[Finding, str], bool] = lambda finding, resource: False,  # noqa: ARG005
    ) -> None:
        """is_known: whether the user said that findings like this one on this resource are known."""
        self.findings: list[Heard] = []
        self._is_known = is_known
        self._write = write or _to_stdout
        self._said: set[tuple[str, str, bool]] = set()
        self._new: list[Heard] = []
        self._places: dict[str, tuple[str, int]] = {}
        self._sealed: set[str] = set()
        self._news: dict[str, str] = {}
        """What was sealed, and for which of its columns."""

    def hear(self, entry: Entry) -> None:
        """The journal's listener."""
        if isinstance(entry, Recorded):
            operation = entry.operation
            self._places[operation.id] = (operation.resource.name, operation.cell.execution)
            if len(self._places) > _REMEMBERED:  # what amends comes soon after
                self._places.pop(next(iter(self._places)), None)
            if entry.decision.findings:
                self._take(entry.decision.findings, operation.resource.name, operation.cell.execution, operation.id)
            if operation.action == "write" and entry.outcome == "done" and operation.resource.name not in self._sealed:
                self._take_seal(operation.resource.name, entry.facts)
        elif isinstance(entry, Amended) and entry.amends in self._places:
            resource, execution = self._places[entry.amends]
            if entry.findings:
                self._take(entry.findings, resource, execution, entry.amends)
            if resource not in self._sealed:
                self._take_seal(resource, entry.facts)
        elif isinstance(entry, Amended) and entry.findings:
            self._take(entry.findings, "", 0, entry.amends)

    def _take_seal(self, resource: str, facts: tuple[Fact, ...]) -> None:
        if not any(isinstance(fact, SealedFor) for fact in facts):
            return
        self._sealed.add(resource)
        labels = next((fact.labels for fact in facts if isinstance(fact, Labels)), ())
        columns = ", ".join(dict.fromkeys(label.column for label in labels if label.certain and label.column))
        self._news[resource] = columns

    def _take(self, findings: tuple[Finding, ...], resource: str, execution: int, operation: str) -> None:
        for finding in findings:
            heard = Heard(**asdict(finding), resource=resource, execution=execution, operation=operation)
            is_loud = finding.level != "note"
            if (finding.rule, resource, is_loud) in self._said:
                continue
            self._said.add((finding.rule, resource, is_loud))
            self.findings.append(heard)
            if is_loud and finding.effect == "permit" and not self._is_known(finding, resource):
                self._new.append(heard)

    def flush(self) -> None:
        """Say what is new since the last flush."""
        if not self._new and not self._news:
            return
        new, self._new = self._new, []
        sealed, self._news = self._news, {}
        news = [_sealed_line(resource, columns, new) for resource, columns in sealed.items()]
        new = [each for each in new if each.control != "pii" or each.resource not in sealed]
        lines = list(dict.fromkeys(f"mlsec: {finding.message}" for finding in new))
        if lines and len(lines) + len(news) <= _MOST:
            lines[-1] += " %mlsec why"
        lines = news + lines
        for line in lines[:_MOST]:
            self._write(line)
        if len(lines) > _MOST:
            self._write(f"mlsec: and {len(lines) - _MOST} more. %mlsec findings lists them.")

    def say(self, line: str) -> None:
        """One line of ours that is not a finding."""
        self._write(f"mlsec: {line}")


def _sealed_line(resource: str, columns: str, new: list[Heard]) -> str:
    """One line for what was sealed, with what personal data it holds, if that is new."""
    told = [each.message for each in new if each.control == "pii" and each.resource == resource]
    said = "; ".join(one.removeprefix(f"{resource}: ").rstrip(".") for one in told) or columns
    held = f" (holds {said})" if said else ""
    return f"mlsec: {resource} was sealed for you{held}; it reads back as before. %mlsec undo"


def _to_stdout(line: str) -> None:
    stream = sys.stdout
    if stream is not None:
        stream.write(line + "\n")


def to_stderr(line: str) -> None:
    """For scripts: their standard output belongs to them."""
    stream = sys.stderr
    if stream is not None:
        stream.write(line + "\n")
