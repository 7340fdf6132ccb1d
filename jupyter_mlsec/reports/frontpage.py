"""The audit's front page: who ran what under which policy, what was found and not seen, what flowed where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from jupyter_mlsec.interception import wording
from jupyter_mlsec.protocol.entries import ENVIRONMENT, Did, Opened
from jupyter_mlsec.protocol.facts import ModelFacts, SchemaVerdict
from jupyter_mlsec.reports.evidence import Deed, Evidence
from jupyter_mlsec.reports.files import moved, spoken
from jupyter_mlsec.reports.pages import STATES, About, moment, short, told
from jupyter_mlsec.reports.picture import drawn, edges
from jupyter_mlsec.reports.prose import Block, Piece, Prose, code, say, strong
from jupyter_mlsec.reports.unseen import not_seen

_OPENING = say(
    "Made by jupyter-mlsec from its ledger. Do not believe this page: verify the file, offline, with ",
    code("jupyter mlsec verify FILE --trust KEYFILE"),
    ". It is tamper-evident: an edit after signing is found. It does not hold against the author of the notebook "
    "at the time of running, who holds the ledger and the key.",
)
_LEVELS = ("error", "warning", "note")
_MOST_FILES = 200


def front(evidence: Evidence, about: About) -> tuple[Block, ...]:
    """The front page."""
    return (
        Block(title=f"Audit of {about.notebook}", lead=_OPENING, rows=tuple(_who(evidence, about))),
        Block(title="Cells", lines=tuple(_cells(evidence))),
        Block(title="Not seen", lines=tuple(_unseen(evidence))),
        Block(title="Findings", lines=tuple(_findings(evidence))),
        *_pictured(evidence),
        *_switches(evidence),
    )


def _who(evidence: Evidence, about: About) -> Iterator[tuple[str, Prose]]:
    opened = evidence.opened
    yield "notebook", say(code(about.notebook), f", {_saved(evidence, about.saved_at)}")
    entries = f" ({about.run_chosen}), {wording.many(evidence.entries, 'entry')}{_children(evidence)}"
    yield "run", say(code(evidence.run), entries)
    if opened is not None:
        yield "who", say(code(opened.subject.name), f" (known by: {opened.subject.evidence})")
        yield "began", say(moment(opened.at), _closing(evidence))
        yield "policy", say("profile ", strong(opened.profile), ", digest ", code(short(opened.policy)))
        yield "environment", say(_environment(opened, evidence.did) or "not recorded")
        yield "watched", say(", ".join(opened.watching) or "nothing")
    outputs = "kept as they were saved" if about.redacted < 0 else f"{about.redacted} texts redacted"
    if about.redacted >= 0 and about.unsearched:
        outputs += f", {about.unsearched} that could not be searched were kept"
    yield "outputs", say(outputs)
    yield "ledger", say(code(about.origin), ", checkpoint ", code(about.checkpoint))
    yield "signed by", say(code(about.signer), ", key ", code(about.key))
    yield "exported", say(f"{moment(about.exported_at)} by {about.exporter}")


def _environment(opened: Opened, did: Iterable[Did]) -> str:
    """The platform, and each version that was loaded: of Python and the guard at first, of libraries as they came."""
    loaded = [(name, version) for each in did if each.verb == ENVIRONMENT for name, version in each.details.items()]
    own = sorted(opened.versions.items())
    versions = ", ".join(dict.fromkeys(f"{name} {version}" for name, version in (*own, *sorted(loaded))))
    return f"{opened.platform}; {versions}".strip("; ")


def _saved(evidence: Evidence, saved_at: int) -> str:
    """As of when the notebook is shown, and what ran since: its code may have been edited unsaved."""
    if not saved_at:
        return "as handed over, not read from a file"
    later = sum(run.at > saved_at for run in evidence.executions())
    since = f"; {wording.many(later, 'run')} of cells came after it was saved" if later else ""
    return f"saved file as of {moment(saved_at)}{since}"


def _children(evidence: Evidence) -> str:
    return f", some by {wording.many(evidence.children, 'child process')}" if evidence.children else ""


def _closing(evidence: Evidence) -> str:
    if evidence.closed is None:
        return "; not ended when this audit was made"
    return f"; ended {moment(evidence.closed.at)}"


def _cells(evidence: Evidence) -> list[Prose]:
    states = Counter(cell.state for cell in evidence.cells)
    lines = [say(f"{count} of {len(evidence.cells)}: ", STATES[state]) for state, count in states.items()]
    late = [f"{cell.cell.number}" for cell in evidence.cells if cell.overtaken is not None]
    if late:
        lines.append(say(f"↕ out of order: cell{'s' if len(late) > 1 else ''} ", ", ".join(late)))
    if evidence.deleted:
        lines.append(say(f"✗ ran, but not in the notebook: {len(evidence.deleted)}"))
    return lines or [say("the notebook has no code")]


def _unseen(evidence: Evidence) -> list[Prose]:
    lines = [say(phrase) for phrase in not_seen(evidence)]
    return [*lines, say("whether outputs are what the code printed: the ledger does not record outputs")]


def _placed(evidence: Evidence) -> Iterator[tuple[str, Deed]]:
    """Every deed with what the audit calls its place."""
    for cell in evidence.cells:
        for deed in cell.deeds:
            yield f"cell {cell.cell.number}", deed
    for run, deeds in evidence.deleted:
        for deed in deeds:
            yield f"[{run.count}]", deed
    for deed in evidence.elsewhere:
        yield "outside any cell", deed


def _listed(names: Iterable[str]) -> str:
    """`cell 3, 5, [9]`: each once."""
    once = dict.fromkeys(names)
    cells = ", ".join(name.removeprefix("cell ") for name in once if name.startswith("cell "))
    return ", ".join([*([f"cell {cells}"] if cells else []), *(name for name in once if not name.startswith("cell "))])


def _findings(evidence: Evidence) -> list[Prose]:
    found: dict[tuple[str, str, str], list[str]] = {}
    for place, deed in _placed(evidence):
        for each in deed.findings:
            found.setdefault((each.effect, each.level, each.rule), []).append(place)
    order = sorted(found.items(), key=lambda item: (item[0][0] != "deny", _LEVELS.index(item[0][1]), item[0][2]))
    lines = [
        say(
            strong("DENIAL") if effect == "deny" else Piece(level),
            " ",
            code(rule),
            f" x{len(places)}, {_listed(places)}",
        )
        for (effect, level, rule), places in order
    ]
    return lines or [say("none")]


def _pictured(evidence: Evidence) -> Iterator[Block]:
    lines = edges(evidence)
    if lines:
        yield Block(title="Data and models", drawing=drawn(lines))
    files = tuple(_files(evidence))
    if files:
        yield Block(title="Files", rows=files)
    models = tuple(_models(evidence))
    if models:
        yield Block(title="Models", lines=models)
    verdicts = {
        fact.schema: fact for deed in evidence.deeds() for fact in deed.facts if isinstance(fact, SchemaVerdict)
    }
    if verdicts:
        said = tuple(say(told(fact)) for _, fact in sorted(verdicts.items()))
        yield Block(title="Schemas", lead=say("the last verdict of each"), lines=said)


def _files(evidence: Evidence) -> Iterator[tuple[str, Prose]]:
    """Each file in each of the states it was read or written in, with the whole digest of its bytes."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for place, deed in _placed(evidence):
        for verb, name, word in moved(deed):
            said = "no digest was recorded" if word is None else spoken(word, whole=True)
            found.setdefault((verb, name, said), []).append(place)
    for (verb, name, said), places in list(found.items())[:_MOST_FILES]:
        digest, comma, rest = said.partition(", ")
        about = (code(digest), comma + rest) if digest.startswith("sha256:") else (said,)
        yield f"{verb} {name}", say(f"{_listed(places)}: ", *about)
    if len(found) > _MOST_FILES:
        yield f"and {len(found) - _MOST_FILES} more", say("the evidence before each cell names its own")


def _models(evidence: Evidence) -> Iterator[Prose]:
    """Each model by its class and parameters: where it was fitted, on how much, and where it was used."""
    fits: dict[tuple[str, str | None], list[str]] = {}
    uses: dict[tuple[str, str | None], list[str]] = {}
    sizes: dict[tuple[str, str | None], str] = {}
    for place, deed in _placed(evidence):
        for fact in deed.facts:
            if isinstance(fact, ModelFacts) and deed.outcome == "done":
                model = (fact.model, fact.parameters)
                (fits if deed.operation.action == "fit" else uses).setdefault(model, []).append(place)
                if deed.operation.action == "fit" and fact.rows is not None:
                    features = "" if fact.features is None else f" x {fact.features} features"
                    sizes[model] = f" on {fact.rows:,} rows{features}"
    for model in dict.fromkeys([*fits, *uses]):
        name, parameters = model
        fitted = (
            f"fitted in {_listed(fits[model])}{sizes.get(model, '')}" if model in fits else "not fitted in this run"
        )
        used = f"; used in {_listed(uses[model])}" if model in uses else ""
        digest = (" with parameters ", code(short(parameters))) if parameters else ()
        yield say(code(name), *digest, f": {fitted}{used}")


def _deed(did: Did) -> str:
    """`sealed`; `schema approve`, where a verb can do several things."""
    return " ".join(filter(None, (did.verb.replace("-", " "), did.details.get("deed"))))


def _switches(evidence: Evidence) -> tuple[Block, ...]:
    who = f" by {evidence.opened.subject.name}" if evidence.opened else ""
    lines = [
        *(
            say(f"{moment(each.at)}: ", strong(each.to), f"{who} - {each.reason or 'no reason given'}")
            for each in evidence.switched
        ),
        *(
            say(f"{moment(each.at)}: allowed{who} ", code(each.rule), f" - {each.reason or 'no reason given'}")
            for each in evidence.allowed
        ),
        *(
            say(f"{moment(each.at)}: {_deed(each)} ", code(each.subject))
            for each in evidence.did
            if each.verb != ENVIRONMENT
        ),
        *(
            say(f"{moment(each.at)}: the guard failed in ", code(each.where), f": {each.error}")
            for each in evidence.troubled
        ),
    ]
    return (Block(title="Pauses, allowances and deeds", lines=tuple(lines)),) if lines else ()
