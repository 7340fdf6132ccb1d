"""The rules of loading and their sentences."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlsec.controls.contract import Rule
from jupyter_mlsec.protocol.records import Effect, Finding, Level, Place, Resource

MOST_NAMES = 5
_SAFEGUARD = "Check models before they are loaded (OWASP ML06, MITRE ATLAS AML.T0010 AML.T0011, CWE-502)"
RULES: tuple[Rule, ...] = (
    Rule(
        id="loading.runs-code",
        level="error",
        effect="deny",
        what="A pickled file wants to call a function that runs programs or code, or changes files or the network.",
        why="Reading a pickle carries out what is in it, with all your rights, before you have seen the object.",
        safeguard=_SAFEGUARD,
        fix="Do not load it. Ask whoever made the file for another form: skops, safetensors, ONNX, or CSV for tables.",
        way_on="If you know why it is so: %mlsec trust FILE --reason, which lets this one file (by digest) do it.",
        teach="A pickle is a program. An honest model names its classes; it has no use for a shell.",
        message="{what} was not loaded, and nothing of it ran: it wants to call {names}. That runs code.",
    ),
    Rule(
        id="loading.unknown-name",
        level="error",
        effect="deny",
        what="A pickled file of unknown origin names something that is not known to be harmless.",
        why="Whatever a pickle names, it can call while it is read. Only names that honest files use are let in.",
        safeguard=_SAFEGUARD,
        fix="Import the library the name belongs to, if it is yours or you use it, and load again.",
        way_on="Look at the names, then: %mlsec trust FILE --reason, which lets this one file (by digest) use them.",
        teach="Know where a model comes from before you load it; a digest tells that it is still the same file.",
        message="{what} was not loaded, and nothing of it ran: it names {names}{why}.",
    ),
    Rule(
        id="loading.changes-class",
        level="error",
        effect="deny",
        what="A pickled file set attributes of a class or function, not of an object of its own.",
        why="That changes how your session works from then on, long after the object is forgotten.",
        safeguard=_SAFEGUARD,
        fix="Do not load it. What it changed was put back.",
        way_on="If you know why it is so: %mlsec trust FILE --reason, which lets this one file (by digest) do it.",
        teach="Loading data should leave your session as it was. Whatever patches a class does more than hold data.",
        message="{what} was not handed over: it changed {names}. That was put back.",
    ),
    Rule(
        id="loading.unclear",
        level="warning",
        what="A file that may hold a pickle could not be followed to its end.",
        why="What cannot be followed cannot be judged: an unknown archive, a broken file, or one made to mislead.",
        safeguard=_SAFEGUARD,
        fix="Unpack it, or ask for the model in another form, and scan again.",
        way_on="Under watch it is judged when it is loaded, name by name, whatever a scan could tell.",
        teach="A scan that finds nothing says what it looked at; what it could not look at is not clean.",
        message="{what} could not be followed: {why}.",
    ),
    Rule(
        id="loading.let-in",
        level="note",
        what="A file was loaded that names classes of libraries which are not listed, but which the notebook imported.",
        why="Such classes were only filled with data, not called; still nobody went through all they do then.",
        safeguard=_SAFEGUARD,
        fix="Nothing needs mending. `imported = false` in [loading] refuses such files.",
        way_on="The load went on.",
        teach="What you import you trust already; what a file brings along you do not.",
        message="{what} was loaded with names that are not listed: {names}.",
    ),
)
_BY_ID = {rule.id: rule for rule in RULES}


def said_of(resource: Resource) -> str:
    """What a sentence about this load begins with."""
    return "A pickle in memory" if resource.kind == "buffer" else resource.name


def refused(what: str, names: Sequence[str], *, runs_code: bool, why: str, fix: str | None, effect: Effect) -> Finding:
    """The refusal, or under `observe` the report, that names what the file wanted."""
    rule = _BY_ID["loading.runs-code" if runs_code else "loading.unknown-name"]
    shown = [shown_name(name) for name in names]
    more = f" and {len(shown) - MOST_NAMES} more" if len(shown) > MOST_NAMES else ""
    listed = ", ".join(shown[:MOST_NAMES]) + more
    reason = f", {why}" if why else ", not known to be harmless"
    text = rule.message.format(what=what, names=listed, why=reason)
    level: Level = rule.level
    if effect == "permit":
        text = text.replace("was not loaded, and nothing of it ran: it", "was loaded though it", 1)
        level = "warning"
    places = tuple(Place(type=name) for name in shown[:20])
    return Finding(control="loading", rule=rule.id, message=text, effect=effect, level=level, places=places, fix=fix)


def changes(what: str, names: Sequence[str], effect: Effect) -> Finding:
    """The refusal of what changed classes; they are put back whatever the effect is."""
    rule = _BY_ID["loading.changes-class"]
    shown = [shown_name(name) for name in names]
    text = rule.message.format(what=what, names=", ".join(shown[:MOST_NAMES]))
    places = tuple(Place(type=name) for name in shown[:20])
    level: Level = rule.level if effect == "deny" else "warning"
    return Finding(control="loading", rule=rule.id, message=text, effect=effect, level=level, places=places)


def unclear(what: str, why: str) -> Finding:
    """The warning of a scan that did not see all."""
    rule = _BY_ID["loading.unclear"]
    message = rule.message.format(what=what, why=why)
    return Finding(control="loading", rule=rule.id, level=rule.level, message=message)


def let_in(what: str, names: Sequence[str]) -> Finding:
    """The note on what was let in because the notebook imports its library."""
    shown = ", ".join(shown_name(name) for name in names[:MOST_NAMES])
    rule = _BY_ID["loading.let-in"]
    return Finding(control="loading", rule=rule.id, level="note", message=rule.message.format(what=what, names=shown))


def shown_name(name: str) -> str:
    """A name as it may be shown: it comes from a stranger's file."""
    plain = "".join(char if char.isascii() and char.isprintable() else "?" for char in name)
    return plain if len(plain) <= 100 else f"{plain[:97]}..."
