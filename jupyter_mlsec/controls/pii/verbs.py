"""`%mlsec pii`: what a table of yours holds, a masked copy of it, and how easily its rows are told apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from jupyter_mlsec.controls.contract import Answer, Verb
from jupyter_mlsec.controls.pii import answers
from jupyter_mlsec.controls.pii.known import Known
from jupyter_mlsec.controls.pii.obliged import rule_after
from jupyter_mlsec.controls.pii.ways import WAYS
from jupyter_mlsec.protocol.errors import UsageError

USAGE = """%mlsec pii NAME [COLUMN ...] [--full] [--mask [--how WAY] [--person COLUMN]] [--unmask]
           [--risk [--sensitive COLUMN]] [--json]
  NAME       a table (or a text) of this notebook; COLUMN: only these are masked, or known of a person
  --full     look at every row, and show masked examples
  --mask     put a masked copy into NAME_masked: [EMAIL] in place of the value
  --how      with --mask: redact, partial (***6789), token (keyed, joins), reversible (keyed, --unmask opens it),
             shift (dates), generalise (ages in bands, postcodes by their beginning, dates by month)
  --partial  the same as --how partial
  --person   with --how shift: the column that says whose a row is; dates of one person move by the same days
  --unmask   put a copy with reversible names opened into NAME_unmasked: needs the key they were made under
  --risk     how easily rows are told apart (k-anonymity), and what making columns coarser would buy
  --sensitive  with --risk: the column nobody should learn of a person (l-diversity)
  --json     answer with data
%mlsec pii --known "REASON"   list what was found in this run as known (.mlsec/known.json): it is not told again
%mlsec pii --trust-known      follow that list as it is now, after you read what others changed
%mlsec pii --trust-tokens     use the key for tokens that somebody else put into this project
%mlsec pii --notebook [PATH]  search a saved notebook (default: this one): Markdown, code, outputs"""
KNOWN, TOKENS = ".mlsec/known.json", ".mlsec/tokens.age"
_FLAGS = frozenset(
    ("--full", "--mask", "--partial", "--risk", "--unmask", "--json", "--trust-tokens", "--trust-known", "--notebook")
)
_VALUES = frozenset(("--how", "--person", "--sensitive", "--known"))


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it was read: names in order, flags, and options with a value."""

    names: tuple[str, ...]
    flags: frozenset[str]
    values: dict[str, str]


def read_words(arguments: Sequence[str]) -> Words:
    """The words after the verb. Raises UsageError for one it does not take."""
    names, flags, values = list[str](), set[str](), dict[str, str]()
    rest = iter(arguments)
    for word in rest:
        option, equals, said = word.partition("=")
        if option in _VALUES:
            value = said if equals else next(rest, "")
            if not value:
                raise UsageError(f"Nothing was done: {option} needs a value.\n{USAGE}")
            values[option] = value
        elif word in _FLAGS:
            flags.add(word)
        elif word.startswith("--"):
            raise UsageError(f"Nothing was done: there is no option {word}.\n{USAGE}")
        else:
            names.append(word)
    return Words(names=tuple(names), flags=frozenset(flags), values=values)


class Keeps(Protocol):
    """What the verb needs of the control."""

    known: Known
    told: dict[tuple[str, str, str], float]

    def note(self, deed: str, subject: str, details: dict[str, str]) -> None:
        """Write down what was done on the user's behalf."""


def _run(arguments: Sequence[str], namespace: Mapping[str, Any], control: Keeps) -> Answer:
    words = read_words(arguments)
    if "--known" in words.values:
        answer = answers.listed(control.known, control.told, words.values["--known"])
        control.note("listed as known", KNOWN, {"reason": words.values["--known"], "count": str(answer.data["listed"])})
        return answer
    if "--trust-known" in words.flags:
        answer = answers.approved(control.known)
        control.note("trusted", KNOWN, {"count": str(answer.data["in_all"])})
        return answer
    if "--trust-tokens" in words.flags:
        answer = answers.trusted()
        control.note("trusted", TOKENS, {"sha256": answer.data["digest"]})
        return answer
    if "--notebook" in words.flags:
        return answers.of_notebook(words.names[0] if words.names else None)
    if not words.names:
        raise UsageError(f"Nothing was searched: say which table.\n{USAGE}")
    name = words.names[0]
    if name not in namespace:
        raise UsageError(f"Nothing was searched: this notebook has no {name}.\n{USAGE}")
    value = namespace[name]
    put: Callable[[str, Any], None] = namespace.__setitem__  # type: ignore[index]  # the user's own dict
    if "--unmask" in words.flags:
        answer = answers.unmasked(name, value, put)
        control.note("unmasked", name, {"into": f"{name}_unmasked"})
        return answer
    if "--risk" in words.flags:
        return answers.risk(name, value, words.names[1:], words.values.get("--sensitive"))
    if isinstance(value, str):
        return answers.of_text(name, value)
    if "--mask" in words.flags:
        way = _way(words)
        answer = answers.masked(name, value, words.names[1:], way, words.values.get("--person"), put)
        if "masked" in answer.data:
            details = {"into": answer.data["masked"], "how": way, "columns": ", ".join(answer.data["changed"])}
            control.note("masked", name, {**details, "rule": rule_after(way)})
        return answer
    return answers.of_table(name, value, full="--full" in words.flags)


def _way(words: Words) -> str:
    way = words.values.get("--how", "partial" if "--partial" in words.flags else "redact")
    if way not in WAYS:
        raise UsageError(f"Nothing was masked: --how is one of {', '.join(WAYS)}.")
    return way


def verbs_of(control: Keeps) -> tuple[Verb, ...]:
    """The control's verbs."""
    summary = "what personal data a table holds; --mask for a masked copy, --risk for what tells rows apart"

    def run(arguments: Sequence[str], namespace: Mapping[str, Any]) -> Answer:
        return _run(arguments, namespace, control)

    return (Verb(name="pii", summary=summary, usage=USAGE, run=run),)
