"""One look at one table (or one piece of a stream): which schemas it is judged by, and what is said of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from jupyter_mlsec.controls.schema import relax, report, wording
from jupyter_mlsec.controls.schema.beyond import judge
from jupyter_mlsec.controls.schema.growth import grown
from jupyter_mlsec.controls.schema.learn import learn
from jupyter_mlsec.controls.schema.parts import Asked, Kept, left_out, reduced
from jupyter_mlsec.controls.schema.past import Failed, Stream
from jupyter_mlsec.controls.schema.spec import Schema, State
from jupyter_mlsec.controls.schema.store import Approved
from jupyter_mlsec.controls.schema.verdict import Verdict
from jupyter_mlsec.frames import Frame
from jupyter_mlsec.protocol.errors import SchemaError
from jupyter_mlsec.protocol.facts import Facts, Labels, SchemaVerdict
from jupyter_mlsec.protocol.records import Finding, Level, Operation

if TYPE_CHECKING:
    from jupyter_mlsec.controls.schema.control import SchemaControl

_WITHIN = "whether values of {columns} repeat in another piece (each piece was looked at alone)"
_OPAQUE = ("binary", "list", "struct", "map", "fixed_size", "large_list", "extension", "mixed", "union", "large_binary")


class Look:
    """The table of one read, and everything the control needs to judge it."""

    def __init__(
        self,
        control: SchemaControl,
        operation: Operation,
        table: Any,  # Any: the user's own
        frame: Frame,
        facts: Facts,
        stream: Stream | None,
    ) -> None:
        self._control = control
        self._operation = operation
        self._resource = control.name_of(operation)
        self._table = table
        self._frame = frame
        self._facts = facts
        self._stream = stream
        part = control.asked.find(operation.id) or Asked()
        self._fewer_columns = part.fewer_columns
        self._has_count = stream is None and not part.fewer_rows and "*" not in self._resource
        labels = facts.find(Labels)
        self._is_news = True
        self._all_approved: list[Approved] = []
        self._labelled = frozenset(label.column for label in labels.labels) if labels else frozenset[str]()
        control.keep_labelled(self._resource, self._labelled)

    def at_whole(self) -> list[Finding]:
        """Judge the resource itself by what was approved and learned of it; learn what is new."""
        findings = self._approved(None)
        mine = any(one.is_mine for one in self._all_approved)
        if not mine:
            findings += self._without_approval()
        if self._stream is not None:
            self._stream.rows += self._frame.rows
        return findings

    def at_part(self, kept: Kept) -> list[Finding]:
        """Judge what a plan kept of the resource by the schema of those columns, and say what was not judged."""
        findings = self._approved(kept)
        if not any(one.is_mine for one in self._all_approved):
            known = self._known(findings)
            if known is not None:
                findings += self._learned(known, kept, tell=not self._all_approved)
        if self._stream is not None:
            self._stream.rows += self._frame.rows
        return findings

    def _approved(self, kept: Kept | None) -> list[Finding]:
        """By every approved file: one laid beside another loosens nothing."""
        findings: list[Finding] = []
        files = self._control.store.approved_files(self._resource, self._frame.columns)
        for path in files:
            try:
                self._all_approved.append(self._control.store.approved_in(path, self._resource))
            except SchemaError as error:
                findings += self._once("unreadable", wording.unreadable(self._resource, str(error)))
        if len(files) > 1:
            findings += self._once("twice", wording.twice(self._resource, [path.name for path in files]))
        for approved in self._all_approved:
            verdict, left = self._verdict(approved.schema, "approved", kept, tell=True, digest=approved.digest)
            level: Level = "warning" if approved.is_mine else "note"
            findings += self._left(verdict, left, kept, approved.schema, level)
            effect = self._control.effect(self._control.settings.approved)
            if not verdict.ok and (self._is_news or effect == "deny"):
                self._failed(approved.schema, "approved", verdict)
                findings.append(wording.violated(self._resource, verdict, effect))
        return findings

    def _without_approval(self) -> list[Finding]:
        """What a resource gets that this user has not approved."""
        findings: list[Finding] = []
        known = self._known(findings)
        if known is not None:
            findings += self._learned(known, None, tell=not self._all_approved)
        elif self._control.settings.learn and self._frame.rows and self._frame.columns:
            findings += self._learn()
        if self._control.effect(self._control.settings.unapproved) == "deny":
            findings.append(wording.unapproved(self._resource))
        return findings

    def _known(self, findings: list[Finding]) -> Schema | None:
        """What was learned of the resource, or of what it is recognized as: then that is said."""
        known = self._control.store.learned(self._resource)
        if known is None:
            found = self._control.store.recognized(self._resource, self._frame.columns)
            if found is not None:
                known, name = found
                findings.append(wording.recognized(self._resource, name))
        return known

    def _learn(self) -> list[Finding]:
        settings = self._control.settings
        has_count = self._has_count
        schema = learn(
            self._frame, self._resource, labelled=self._labelled, max_values=settings.max_values, is_whole=has_count
        )
        self._control.store.keep(schema)
        if self._stream is not None:
            self._stream.has_taught = True
        opaque = [
            f"{name} ({kind.partition('<')[0]})"
            for name, kind in zip(self._frame.columns, self._frame.types, strict=True)
            if kind.startswith(_OPAQUE)
        ]
        return [wording.learned(self._resource, len(self._frame.columns), self._frame.rows, opaque)]

    def _learned(self, known: Schema, kept: Kept | None, *, tell: bool) -> list[Finding]:
        """By the learned schema. `tell`: its verdict becomes the fact."""
        if self._stream is not None and self._stream.has_taught:
            return self._taught_more(known)
        verdict, left = self._verdict(known, "learned", kept, tell=tell)
        findings = self._left(verdict, left, kept, known, "note")
        setting = self._control.settings.learned
        effect = self._control.effect(setting)
        if not verdict.ok and (self._is_news or effect == "deny"):
            level: Level = "error" if effect == "deny" else "note" if setting == "note" else "warning"
            self._failed(known, "learned", verdict)
            findings.append(wording.differs(self._resource, verdict, effect, level))
        if verdict.ok and kept is None and not self._fewer_columns and self._control.settings.learn:
            self._grown(known)
        return findings

    def _grown(self, known: Schema) -> None:
        """A load that fits and goes on where the last one ended moves the learned period on."""
        more = grown(
            self._frame,
            known,
            labelled=self._labelled,
            max_values=self._control.settings.max_values,
            is_whole=self._has_count,
        )
        if more is not None:
            self._control.store.keep(more)

    def _taught_more(self, known: Schema) -> list[Finding]:
        """The rest of the stream that teaches goes on teaching: what it holds is admitted."""
        verdict = judge(self._frame, known, is_whole=False)
        wider = known
        if not verdict.ok:
            wider = relax.applied(known, relax.changes(self._frame, known, verdict, labelled=self._labelled))
        self._control.store.keep(msgspec.structs.replace(wider, rows=known.rows + self._frame.rows))
        return []

    def _verdict(
        self, schema: Schema, state: State, kept: Kept | None, *, tell: bool, digest: str = ""
    ) -> tuple[Verdict, list[str]]:
        """The verdict on what can be judged, and the columns that could not be.

        A stream's pieces add up in the fact, and what failed in an earlier piece is no news.
        """
        left: list[str] = []
        version = digest or (hashlib.sha256(msgspec.json.encode(schema)).hexdigest() if tell else "")
        if kept is not None:
            schema, left = reduced(schema, kept, () if kept.reason else self._frame.columns)
        elif self._fewer_columns:
            schema = left_out(schema, self._frame.columns)
        verdict = judge(self._frame, schema, self._table, is_whole=self._has_count)
        found = {(one.column, one.check): one.count for one in verdict.failures}
        self._is_news = True
        if self._stream is not None:
            self._is_news = self._stream.add(found)
            found = self._stream.failures
        if tell:
            failures = tuple((column, check, count) for (column, check), count in found.items())
            more: dict[str, Any] = {"failures": failures, "digest": version}
            self._facts.add(SchemaVerdict(schema=schema.resource, state=state, ok=not failures, **more))
        return verdict, left

    def _failed(self, schema: Schema, state: State, verdict: Verdict) -> None:
        first = self._stream.rows if self._stream else 0
        found = report.cases(self._frame, schema, verdict, labelled=self._labelled, first=first)
        failed = Failed(
            resource=self._resource,
            state=state,
            report=report.lines(found, self._frame.rows, len(verdict.failures)),
            changes=relax.changes(self._frame, schema, verdict, labelled=self._labelled),
        )
        self._control.keep_failed(self._operation, failed)

    def _left(
        self, verdict: Verdict, left: list[str], kept: Kept | None, schema: Schema, level: Level
    ) -> list[Finding]:
        """What a verdict did not look at is said: checks it could not judge, columns a plan computes, other pieces."""
        is_strange = not schema.rows and not schema.is_trusted
        why = "not until you approve the file" if is_strange else "not on this type"
        reasons = [f"{', '.join(verdict.unchecked)} ({why})"] if verdict.unchecked else []
        if kept is not None and kept.reason:
            reasons.append(f"nothing of what the plan makes ({kept.reason})")
        elif left:
            reasons.append(f"columns the plan leaves out or computes ({wording.few(left)})")
        unique = [column.name for column in schema.columns if column.unique]
        if self._stream is not None and unique and not self._stream.has_taught:
            reasons.append(_WITHIN.format(columns=wording.few(unique)))
        if not reasons:
            return []
        return self._once("unchecked", wording.unchecked(self._resource, "; ".join(reasons), level))

    def _once(self, what: str, finding: Finding) -> list[Finding]:
        """The finding, but only with the first piece of a stream."""
        if self._stream is not None:
            if what in self._stream.said:
                return []
            self._stream.said.add(what)
        return [finding]
