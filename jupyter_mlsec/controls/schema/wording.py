"""The rules of schemas and their sentences."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from jupyter_mlsec.controls.contract import Rule
from jupyter_mlsec.controls.schema.injection import Shaped, said
from jupyter_mlsec.protocol.commands import line, lines
from jupyter_mlsec.protocol.records import Effect, Finding, Level, Place

if TYPE_CHECKING:
    from jupyter_mlsec.controls.schema.habits import Habits
    from jupyter_mlsec.controls.schema.verdict import Failure, Verdict

_SAFEGUARD = "Validate inputs before they are used (OWASP ML01, ML02; MITRE ATLAS AML.M0007; NIST SP 800-53 SI-10)"
_NAMED = 4
_SAID = {
    "usual_range": "values lie where few were (usual_range)",
    "far_out": "values lie far beyond all that was seen (far_out)",
    "period": "dates lie far before or after those known (period)",
    "multiple_fields_uniqueness": "values tell no rows apart, with other columns (multiple_fields_uniqueness)",
    "encoding": "texts look as if read in a wrong encoding (encoding)",
}

RULES: tuple[Rule, ...] = (
    Rule(
        id="schema.learned",
        level="note",
        what="A resource was loaded for the first time, and its schema was learned.",
        why="What the first table looked like is what later ones are compared with.",
        safeguard=_SAFEGUARD,
        fix="Look at it with %mlsec schema show, then approve it with %mlsec schema approve.",
        way_on="Nothing is stopped by this note.",
        teach="A schema is an expectation written down: types, missing values, ranges, sets.",
        message="{resource}: a schema of {columns} columns was learned from {rows} rows.{more}",
    ),
    Rule(
        id="schema.recognized",
        level="note",
        what="A resource seen for the first time was taken for one that is known: a member of a family of numbered"
        " files, or a file that was moved.",
        why="A schema stays with its data when the next month's file comes, or when a folder is renamed.",
        safeguard=_SAFEGUARD,
        fix='When it is another table, say so in the policy: [schema] families = { "data/2024-*.csv" = false }.',
        way_on="Nothing is stopped by this note. The table is compared with the schema of that name.",
        teach="A name is a claim about data; the same columns make it believable.",
        message="{resource} is compared with the schema of {name}.",
    ),
    Rule(
        id="schema.differs",
        level="warning",
        what="A loaded table differs from the schema learned at an earlier load.",
        why="A changed type, unit or category changes results silently.",
        safeguard=_SAFEGUARD,
        fix="Look at the column (%mlsec schema check RESOURCE); when the new data are right, %mlsec schema relax admits"
        " them, and %mlsec schema reset learns anew at the next load.",
        way_on="The table was loaded. A learned schema warns unless the policy says otherwise.",
        teach="Data drift is cheaper to see at the door than in a model's metrics.",
        message="{resource} differs from its learned schema: {failures}.",
    ),
    Rule(
        id="schema.violated",
        level="error",
        effect="deny",
        what="A loaded table violates a schema that was approved.",
        why="An approved schema is a promise; a table that breaks it must not reach the analysis unseen.",
        safeguard=_SAFEGUARD,
        fix="Mend the data, or change the schema (%mlsec schema relax shows the smallest change) and have it reviewed.",
        way_on='%mlsec allow schema.violated --reason "..." lets it pass, recorded and for a time.',
        teach="Fail closed on inputs: a stopped pipeline is found in minutes, a wrong result perhaps never.",
        message="{resource} was not loaded, it violates its approved schema: {failures}.",
    ),
    Rule(
        id="schema.unapproved",
        level="error",
        effect="deny",
        what="A resource was loaded that has no schema approved by this user, and the policy asks for one.",
        why="Under a strict policy only data somebody looked at may be used. A schema that came with the project counts"
        " as looked at only once you approved it too.",
        safeguard=_SAFEGUARD,
        fix="Look at what was learned and approve it: %mlsec schema show, %mlsec schema approve.",
        way_on='%mlsec allow schema.unapproved --reason "..." lets it pass, recorded and for a time.',
        teach="Approval is a person's look at the data, with a name and a date.",
        message="{resource} was not loaded: no schema of it was approved by you. It was learned; look and approve.",
    ),
    Rule(
        id="schema.unreadable",
        level="warning",
        what="A schema file could not be read or asks for something that cannot be checked.",
        why="A check that cannot run protects nothing, so it is said rather than skipped.",
        safeguard=_SAFEGUARD,
        fix="Mend the key that is named, or approve the learned schema again.",
        way_on="The table was loaded without that check, unless the policy denies what is not approved.",
        teach="Configuration is input too: it is validated before it is trusted.",
        message="{resource} was not checked against its approved schema. {problem}",
    ),
    Rule(
        id="schema.unchecked",
        level="note",
        what="Part of a table was not checked against its schema.",
        why="A table that passes is trusted; whoever trusts it must know what nobody looked at.",
        safeguard=_SAFEGUARD,
        fix="Load the resource as it is, whole, when you need all of it checked; then filter and compute.",
        way_on="Nothing is stopped by this.",
        teach="A check proves something about what it looked at, and about nothing else.",
        message="{resource}: not checked: {what}.",
    ),
    Rule(
        id="schema.twice",
        level="warning",
        what="Two schema files describe one resource.",
        why="A reader cannot know which one counts, and one laid beside another could loosen it.",
        safeguard=_SAFEGUARD,
        fix="Keep one of them. Until then a load must satisfy both.",
        way_on="The table was checked by each of them.",
        teach="One rule in one place: with two, each is followed by somebody.",
        message="{resource} has more than one schema in .mlsec/schemas: {files}. It was checked by each.",
    ),
    Rule(
        id="schema.input-differs",
        level="warning",
        what="A model is asked about values unlike those it was fitted on.",
        why="Outside of what it has seen a model guesses with confidence: a wrong unit, an unseen category or a gap"
        " gives an answer like any other.",
        safeguard=_SAFEGUARD,
        fix="Compare the columns with the training data: units, categories, missing values, types.",
        way_on='The model answers, unless the policy says [schema] inputs = "deny".',
        teach="Validate a model's inputs where it is asked, by what it was taught.",
        message="{model} is asked about what it was not fitted on: {failures}.",
    ),
    Rule(
        id="schema.injection",
        level="warning",
        what="Text that was loaded looks like SQL, a script or a spreadsheet formula.",
        why="Such text is harmless in a table and acts where it is pasted into a query, a page or a spreadsheet.",
        safeguard=_SAFEGUARD,
        fix="Look at the column. Bind values as parameters, escape them in HTML, and write = + - @ at the start of a"
        " cell as text (a leading apostrophe) in CSV for spreadsheets.",
        way_on='The table was loaded, unless the policy says [schema] injections = "deny".',
        teach="Data become code where somebody forgets that they are data.",
        message="{resource}: {found}.",
    ),
)
_BY_ID = {rule.id: rule for rule in RULES}


def learned(resource: str, columns: int, rows: int, opaque: Sequence[str] = ()) -> Finding:
    """The note that a schema was learned. `opaque`: columns of which only the name was."""
    more = f" Not looked into: {few(opaque)}." if opaque else ""
    return _finding("schema.learned", {"resource": resource, "columns": columns, "rows": rows, "more": more})


def unchecked(resource: str, what: str, level: Level) -> Finding:
    """What a verdict says nothing about."""
    return _finding("schema.unchecked", {"resource": resource, "what": what}, level=level)


def twice(resource: str, files: Sequence[str]) -> Finding:
    """Two files that describe one resource."""
    return _finding("schema.twice", {"resource": resource, "files": ", ".join(files)})


def input_differs(model: str, verdict: Verdict, effect: Effect, level: Level) -> Finding:
    """A model that is asked about what it does not know."""
    words = {"model": model, "failures": failures(verdict)}
    message = f"{model} was not asked: the input is not what it was fitted on: {words['failures']}."
    said = message if effect == "deny" else None
    return _finding("schema.input-differs", words, verdict, effect=effect, level=level, message=said)


def injections(resource: str, found: Sequence[Shaped], effect: Effect, level: Level) -> Finding:
    """Text that is shaped like code."""
    known = _BY_ID["schema.injection"]
    message = known.message.format(resource=resource, found=said(found))
    if effect == "deny":
        message = f"{resource} was not loaded: {said(found)}."
    places = tuple(Place(column=one.column, type=one.kind, count=one.count) for one in found[:32])
    return Finding(control="schema", rule=known.id, message=message, effect=effect, level=level, places=places)


def few(names: Sequence[str]) -> str:
    """The first names of a list, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def recognized(resource: str, name: str) -> Finding:
    """The note that a resource is known by another name."""
    return _finding("schema.recognized", {"resource": resource, "name": name})


def differs(resource: str, verdict: Verdict, effect: Effect, level: Level) -> Finding:
    """A load that is not what earlier loads were."""
    words = {"resource": resource, "failures": failures(verdict)}
    return _finding("schema.differs", words, verdict, effect=effect, level=level, fix=_next(resource))


def violated(resource: str, verdict: Verdict, effect: Effect) -> Finding:
    """A load that breaks an approved schema."""
    words = {"resource": resource, "failures": failures(verdict)}
    level: Level = "error" if effect == "deny" else "warning"
    fix = _next(resource)
    if effect == "permit":
        message = f"{resource} violates its approved schema: {words['failures']}."
        return _finding("schema.violated", words, verdict, effect=effect, level=level, fix=fix, message=message)
    return _finding("schema.violated", words, verdict, effect=effect, level=level, fix=fix)


def _next(resource: str) -> str | None:
    """The cell that shows what failed and what would admit it."""
    return lines(line("schema check", resource), line("schema relax", resource))


def unapproved(resource: str) -> Finding:
    """A load nobody approved, under a policy that asks for it."""
    fix = lines(line("schema show", resource), line("schema approve", resource))
    return _finding("schema.unapproved", {"resource": resource}, effect="deny", fix=fix)


def unreadable(resource: str, problem: str) -> Finding:
    """An approved schema that cannot be followed."""
    return _finding("schema.unreadable", {"resource": resource, "problem": problem})


def failures(verdict: Verdict) -> str:
    """What failed, as column, check and count: `age less_than_or_equal_to 3 of 100`. Never a value."""
    words = [_failure(failure, verdict.rows) for failure in verdict.failures[:_NAMED]]
    more = len(verdict.failures) - _NAMED
    return "; ".join(words) + (f"; and {more} more" if more > 0 else "")


def _failure(failure: Failure, rows: int) -> str:
    if failure.check == "column_in_dataframe":
        return f"column {failure.column} is missing"
    if failure.check == "column_in_schema":
        return f"column {failure.column} is not in the schema"
    if failure.check == "column_count":
        return f"{failure.count} columns"
    if failure.check == "row_count":
        return f"{failure.count} rows are too few or too many for this table"
    if failure.check == "column_ordered":
        return (
            f"column {failure.column} is not where it was" if failure.column else "the columns stand in another order"
        )
    if failure.check in _SAID:
        return f"column {failure.column}: {failure.count} of {rows} {_SAID[failure.check]}"
    if not failure.column:
        return f"{failure.check} failed"
    return f"column {failure.column}: {failure.check} failed for {failure.count} of {rows} rows"


def habits(known: Habits, only: Collection[tuple[str, str]] | None = None) -> list[str]:
    """What a learned schema knows of a table as a whole, a habit a line. `only`: these pairs of column and check."""
    found: list[tuple[str, str, str]] = []
    if known.rows:
        found.append(("", "row_count", f"{known.rows[0]} to {known.rows[1]} rows (row_count)"))
    if known.is_ordered:
        found.append(("", "column_ordered", "the columns stand in this order (column_ordered)"))
    if known.key:
        key = " + ".join(known.key)
        said = "no two rows share" if not known.repeats else f"{known.repeats} rows repeat"
        found.append((key, "unique", f"{said} {key} (unique)"))
    for name, (low, high) in known.usual.items():
        found.append((name, "usual_range", f"{name}: nearly all values in {low:g} to {high:g} (usual_range)"))
    for name, (low, high) in known.far.items():
        found.append((name, "far_out", f"{name}: only a few values outside of {low:g} to {high:g} (far_out)"))
    for name, (first, last) in known.periods.items():
        found.append((name, "period", f"{name}: dates from {first} to {last} (period)"))
    found += [(name, "encoding", f"{name}: readable text (encoding)") for name in known.readable]
    return [line for column, check, line in found if only is None or _is_among(column, check, only)]


def _is_among(column: str, check: str, only: Collection[tuple[str, str]]) -> bool:
    """Whether a habit is one of these; of the order the column that moved is named."""
    return any(check == one and (check == "column_ordered" or column == name) for name, one in only)


def _finding(
    rule: str,
    words: Mapping[str, str | int],
    verdict: Verdict | None = None,
    *,
    effect: Effect | None = None,
    level: Level | None = None,
    fix: str | None = None,
    message: str | None = None,
) -> Finding:
    known = _BY_ID[rule]
    found = verdict.failures if verdict else ()
    return Finding(
        control="schema",
        rule=rule,
        message=message or known.message.format(**words),
        effect=effect or known.effect,
        level=level or known.level,
        places=tuple(Place(column=one.column or None, type=one.check, count=one.count) for one in found[:32]),
        fix=fix,
    )
