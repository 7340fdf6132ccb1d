"""Asks each control before and after, combines what they say, has it carried out, records it, then enforces."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from jupyter_mlsec.controls.contract import Call, Control, Follows, Fulfilment, Judgement, JudgesNames, Quiet, Reports
from jupyter_mlsec.gate.allowances import Allowances
from jupyter_mlsec.gate.combine import PERMIT, combine
from jupyter_mlsec.gate.journal import Journal
from jupyter_mlsec.gate.repeats import Counting
from jupyter_mlsec.gate.wording import control_broke
from jupyter_mlsec.host.interrupts import postponed
from jupyter_mlsec.protocol.entries import Amended, Outcome, Recorded, Troubled
from jupyter_mlsec.protocol.errors import Denied, MlsecError
from jupyter_mlsec.protocol.facts import Fact, Facts
from jupyter_mlsec.protocol.records import Cell, Decision, Finding, Operation
from jupyter_mlsec.protocol.watch import Watch

Ask = Callable[..., Iterable[Judgement]]
_AS_IT_IS = contextlib.nullcontext()
_KNOWN_DEEDS = ("open", "seal", "mask", "redact")


class Passage:
    """One operation on its way through the gate, between `enter` and `leave` or `fail`."""

    __slots__ = (
        "begun",
        "call",
        "counted",
        "facts",
        "is_recorded",
        "judgements",
        "mark",
        "observer",
        "operation",
        "started",
        "suspended",
    )

    def __init__(self, operation: Operation, call: Call) -> None:
        self.operation = operation
        self.call = call
        self.facts = Facts()
        self.judgements: list[Judgement] = []
        self.begun: list[Fulfilment] = []
        self.suspended: set[str] = set()
        self.counted: int | None = None
        """What the call took, in microseconds, if it was counted as one like those before and not recorded."""
        self.is_recorded = False
        self.mark: int | None = None
        """The tripwire's, for whoever made this passage."""
        self.observer: Any = None
        """What looks on while the call runs, for whoever made this passage."""
        self.started = time.perf_counter_ns()


def _asked(controls: Sequence[Control], ask: str) -> tuple[tuple[Control, Ask], ...]:
    """Who has an answer to that question: one who leaves it as `Quiet` has it need not be asked."""
    quiet = getattr(Quiet, ask)
    return tuple((one, getattr(one, ask)) for one in controls if getattr(type(one), ask, None) is not quiet)


def outcome_of(error: BaseException) -> Outcome:
    """How a call ended that raised: broken off from outside (Ctrl-C, a task cancelled, a stream left), or failed."""
    is_broken_off = isinstance(error, KeyboardInterrupt | GeneratorExit) or type(error).__name__ == "CancelledError"
    return "interrupted" if is_broken_off else "failed"


class Gate:
    """The enforcement point. `raise_ours` (our own tests) lets errors of our code surface instead of being recorded."""

    def __init__(self, journal: Journal, allowances: Allowances, *, raise_ours: bool = False) -> None:
        self.journal = journal
        self.journal.raise_ours = raise_ours
        self.allowances = allowances
        self.raise_ours = raise_ours
        self.counting = Counting(journal)
        self.own_nanoseconds = 0
        self.controls: tuple[Control, ...] = ()
        self._named: dict[str, Control] = {}
        self._known: set[tuple[str, str]] = set()
        self._befores: tuple[tuple[Control, Ask], ...] = ()
        self._afters: tuple[tuple[Control, Ask], ...] = ()
        self._judges: tuple[tuple[Control, Callable[[str, str], None]], ...] = ()
        self._under_way: dict[str, Passage] = {}
        self._durings: tuple[tuple[Control, Ask], ...] = ()

    def employ(self, controls: Sequence[Control]) -> None:
        """Ask these controls from now on, in this order: observers first, deciders last."""
        self.controls = tuple(controls)
        self._named = {control.name: control for control in self.controls}
        self._known = {(name, deed) for name in self._named for deed in _KNOWN_DEEDS}
        self._judges = tuple((each, each.named) for each in controls if isinstance(each, JudgesNames))
        self._befores, self._durings, self._afters = (_asked(controls, ask) for ask in ("before", "during", "after"))

    def enter(self, operation: Operation, call: Call) -> Passage:
        """Ask `before` and begin the obligations on the call.

        Raises Denied (or another MlsecError, from an obligation that could not begin) after recording it.
        """
        passage = self._under_way[operation.id] = Passage(operation, call)
        try:
            self._ask(passage, self._befores, operation, call, passage.facts)
            if passage.judgements:
                decision = self._combine(passage)
                if decision.effect == "deny":
                    self._refuse(passage, decision)
                self._begin(passage, decision)
        except BaseException as error:
            self._broken_off(passage, error)
            raise
        self.own_nanoseconds += time.perf_counter_ns() - passage.started
        return passage

    def leave(self, passage: Passage, value: Any, outcome: Outcome = "done", error: str | None = None) -> Any:
        """Finish the obligations, ask `after`, record, and give the user's value, or raise Denied instead.

        A cell leaves this way even when it raised (`outcome`, `error`: its type): half of it did run.
        """
        began = time.perf_counter_ns()
        operation, call, facts = passage.operation, passage.call, passage.facts
        try:
            if passage.begun:
                value = self._complete(passage, value)
            self._ask(passage, self._afters, operation, call, value, facts)
            decision = PERMIT
            if passage.judgements:
                decision = self._combine(passage)
                if decision.effect == "deny":
                    self._refuse(passage, decision)
                value = self._oblige_value(passage, decision, value)
        except BaseException as stop:
            self._broken_off(passage, stop)
            raise
        self._record(passage, decision, outcome, error)
        self.own_nanoseconds += time.perf_counter_ns() - began
        return value

    def during(self, passage: Passage, chunk: Any) -> Any:
        """Ask `during` for one piece of a stream. What is found amends a record that is written already."""
        before = len(passage.judgements)
        self._ask(passage, self._durings, passage.operation, chunk, passage.facts)
        new = passage.judgements[before:]
        if new and passage.is_recorded:
            self._tell_apart(passage)
            decision = combine(new, self._known, self._allowance(passage))
            self.amend(passage.operation, findings=decision.findings, facts=tuple(passage.facts))
            if decision.effect == "deny":
                raise self._denial(passage, decision)
            chunk = self._oblige_value(passage, decision, chunk)
        return chunk

    def end(self, passage: Passage, outcome: Outcome, facts: Sequence[Fact] = ()) -> None:
        """The stream that this call returned has ended so. One that was counted and read to its end says no more."""
        if passage.counted is not None:
            if outcome == "done":
                return
            self._tell_apart(passage)
        self.amend(passage.operation, facts=facts, outcome=outcome)

    def _tell_apart(self, passage: Passage) -> None:
        """Record a call after all that was taken for one like those before, so that what came later has its record."""
        micros, passage.counted = passage.counted, None
        if micros is not None:
            self.counting.is_not(passage.operation, micros)
            self._write(passage, PERMIT, "done", None, micros)

    def fail(self, passage: Passage, error: BaseException) -> None:
        """The user's call raised: undo what was begun and record the error's type.

        Raises the Denied that ended the call, where the library made an error of its own of it.
        """
        self._abandon(passage, error)
        decision = self._combine(passage)
        outcome = "denied" if decision.effect == "deny" else outcome_of(error)
        self._record(passage, decision, outcome, error=type(error).__name__)
        if decision.effect == "deny" and isinstance(error, Exception) and not isinstance(error, Denied):
            raise self._denial(passage, decision) from None

    def named(self, module: str, name: str) -> None:
        """A pickle is about to look up this name: the controls that judge names are asked. Raises Denied."""
        for control, judges in self._judges:
            try:
                judges(module, name)
            except MlsecError:
                raise
            except Exception as error:
                self.trouble(control.name, error)
                if control.may_deny:
                    broke = control_broke(control.name, type(error).__name__)
                    raise Denied(broke.message, rule=broke.rule) from None

    def interject(self, operation: Operation, finding: Finding) -> None:
        """Judge a finding while its call runs, or of a call that was not seen to begin. Raises Denied.

        What is found is recorded when the call ends; who catches the Denied meets it again there.
        """
        passage = self._under_way.get(operation.id)
        if passage is not None:
            passage.judgements.append(finding)
            decision = self._combine(passage)
            if decision.effect == "deny":
                raise self._denial(passage, decision)
            return
        passage = Passage(operation, Call(Watch(target="", action=operation.action), (), {}, {}))
        passage.judgements.append(finding)
        decision = self._combine(passage)
        self._refuse(passage, decision)
        self._record(passage, decision, "done")

    def broken_off(self, cell: Cell) -> None:
        """That cell was interrupted: of its saves none is under way in the main thread any more.

        The interrupt may have hit between two instructions of a frame around the saver, where nobody heard of it.
        """
        for passage in tuple(self._under_way.values()):
            operation = passage.operation
            if passage.begun and operation.thread is None and operation.action == "write" and operation.cell == cell:
                self.fail(passage, KeyboardInterrupt())

    def is_under_way(self, id: str) -> bool:
        """Whether the operation of that id has begun and not ended."""
        return id in self._under_way

    def amend(
        self,
        operation: Operation,
        *,
        findings: Sequence[Finding] = (),
        facts: Sequence[Fact] = (),
        outcome: Outcome | None = None,
    ) -> None:
        """Add what was learned later about an operation, as an entry of its own. `outcome`: how its stream ended."""
        control = findings[0].control if findings else "gate"
        more = {"findings": tuple(findings), "facts": tuple(facts), "outcome": outcome}
        self.journal.write(Amended, amends=operation.id, control=control, **more)

    def trouble(self, where: str, error: BaseException, operation: Operation | None = None) -> None:
        """Record that something of ours broke. In our own tests it is raised instead."""
        if self.raise_ours:
            raise error
        self.journal.write(
            Troubled, where=where, error=type(error).__name__, operation=None if operation is None else operation.id
        )

    def _ask(self, passage: Passage, questions: tuple[tuple[Control, Ask], ...], *about: Any) -> None:
        suspended = passage.suspended
        for control, question in questions:
            if suspended and control.name in suspended:
                continue
            try:
                judgements = question(*about)
                if judgements:
                    passage.judgements.extend(judgements)
            except Exception as error:
                self._broke(passage, control, error)

    def _broke(self, passage: Passage, control: Control, error: Exception) -> None:
        """Suspend the control for this call; one that may deny fails closed."""
        passage.suspended.add(control.name)
        self.trouble(control.name, error, passage.operation)
        if control.may_deny:
            passage.judgements.append(control_broke(control.name, type(error).__name__))

    def _allowance(self, passage: Passage) -> Callable[[Finding], str | None]:
        def covering(finding: Finding) -> str | None:
            found = self.allowances.covering(finding, passage.operation.resource.name)
            return None if found is None else found.id

        return covering

    def _combine(self, passage: Passage) -> Decision:
        if not passage.judgements:
            return PERMIT
        return combine(passage.judgements, self._known, self._allowance(passage))

    def _begin(self, passage: Passage, decision: Decision) -> None:
        for obligation in decision.obligations:
            if obligation.on != "call":
                continue
            control = self._named[obligation.control]
            # What is made for a save is on a disk: it is known here before an interrupt can come between.
            at_once = postponed() if obligation.deed == "seal" else _AS_IT_IS
            try:
                with at_once:
                    begun = control.fulfil(obligation, passage.operation, passage.call, passage.facts)
                    passage.begun.append(begun)
            except (MlsecError, OSError) as error:  # meant for the user: no identity, disk full, not writable
                self._abandon(passage)
                self._record(passage, decision, "denied", error=type(error).__name__)
                raise
            except Exception as error:
                self._abandon(passage)
                self.trouble(control.name, error, passage.operation)
                passage.judgements.append(control_broke(control.name, type(error).__name__))
                self._refuse(passage, self._combine(passage))

    def _complete(self, passage: Passage, value: Any) -> Any:
        while passage.begun:
            fulfilment = passage.begun[-1]  # stays known until it is over: an interrupt may come in between
            try:
                value = fulfilment.complete(value)
                passage.begun.pop()
            except BaseException as error:
                # What was asked for (a seal on disk) is not there: the user must hear it, whatever it was.
                self._abandon(passage, error)
                self._record(passage, self._combine(passage), outcome_of(error), error=type(error).__name__)
                raise
        return value

    def _broken_off(self, passage: Passage, error: BaseException) -> None:
        """An interrupt hit our own frames: what was begun is undone, and the passage leaves its entry all the same."""
        if not passage.is_recorded and not isinstance(error, Exception):
            self.fail(passage, error)

    def _abandon(self, passage: Passage, stop: BaseException | None = None) -> None:
        while passage.begun:
            try:
                with postponed():
                    passage.begun.pop().abandon(stop)
            except Exception as error:
                self.trouble("abandon", error, passage.operation)

    def _oblige_value(self, passage: Passage, decision: Decision, value: Any) -> Any:
        given = value
        for obligation in decision.obligations:
            if obligation.on != "value":
                continue
            control = self._named[obligation.control]
            try:
                value = control.fulfil_value(obligation, passage.operation, value, passage.facts)
            except Exception as error:
                self.trouble(control.name, error, passage.operation)
                passage.judgements.append(control_broke(control.name, type(error).__name__))
                self._refuse(passage, self._combine(passage))
        if value is not given:
            self._tell_replaced(passage, value)
        return value

    def _tell_replaced(self, passage: Passage, value: Any) -> None:
        """Controls that follow values hear which one the user gets in place of the one they were asked about."""
        for control in self.controls:
            if isinstance(control, Follows) and control.name not in passage.suspended:
                try:
                    control.replaced(passage.operation, passage.call, value, passage.facts)
                except Exception as error:
                    self._broke(passage, control, error)

    def _refuse(self, passage: Passage, decision: Decision) -> None:
        if decision.effect != "deny":
            return
        self._abandon(passage)
        self._record(passage, decision, "denied")
        raise self._denial(passage, decision)

    def _denial(self, passage: Passage, decision: Decision) -> Denied:
        denials = [finding for finding in decision.findings if finding.effect == "deny"]
        text = " ".join(dict.fromkeys(finding.message for finding in denials))
        fix = next((one.fix for one in denials if one.fix), None)
        return Denied(text, rule=denials[0].rule, fix=fix, report=self._report(passage, denials))

    def _report(self, passage: Passage, denials: Sequence[Finding]) -> str | None:
        """What the controls that denied have to tell the user alone: it is neither recorded nor sent."""
        told: list[str | None] = []
        for name in dict.fromkeys(one.control for one in denials):
            control: object = self._named.get(name)
            if isinstance(control, Reports):
                try:
                    told.append(control.report(passage.operation))
                except Exception as error:
                    self.trouble(name, error, passage.operation)
        return "\n".join(one for one in told if one) or None

    def _record(self, passage: Passage, decision: Decision, outcome: Outcome, error: str | None = None) -> None:
        passage.is_recorded = True
        operation = passage.operation
        self._under_way.pop(operation.id, None)
        micros = (time.perf_counter_ns() - passage.started) // 1000
        if operation.action == "execute":
            self.counting.settle()
        elif outcome == "done" and self.counting.is_repeat(operation, decision, tuple(passage.facts), micros):
            passage.counted = micros
            return
        self._write(passage, decision, outcome, error, micros)

    def _write(self, passage: Passage, decision: Decision, outcome: Outcome, error: str | None, micros: int) -> None:
        self.journal.write(
            Recorded,
            operation=passage.operation,
            decision=decision,
            outcome=outcome,
            facts=tuple(passage.facts),
            error=error,
            micros=micros,
        )
