"""What `%mlsec dp` says and does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlsec.controls.contract import Answer, Site, Verb
from jupyter_mlsec.controls.privacy.accounting import delta_of, epsilon_of, shown
from jupyter_mlsec.controls.privacy.columns import viewed
from jupyter_mlsec.protocol.errors import UsageError

if TYPE_CHECKING:
    from jupyter_mlsec.controls.privacy.chain import State
    from jupyter_mlsec.controls.privacy.control import Privacy

_USAGE = """dp [TABLE] [--json]                         what each data set may spend, has spent, and has left
dp budget TABLE EPSILON [--delta D]        give a data set a budget: TABLE is a name of the notebook, or a data set's
%%mlsec dp TABLE --epsilon E [--bounds COLUMN=LOW:HIGH ...] [--noise gaussian] [--dataset NAME] [--missing drop]
    lines such as:  private.mean("age")   or:  ages = private.quantiles("age", [0.1, 0.9])
dp audit FUNCTION --epsilon E [--between A B] [--runs N]
    whether FUNCTION, called with 0.0 and with 1.0 (or with A and with B), leaks more than it claims"""


def verbs(privacy: Privacy, site: Site) -> tuple[Verb, ...]:
    """The one verb of privacy."""

    def run(arguments: Sequence[str], namespace: Mapping[str, Any]) -> Answer:
        words = [word for word in arguments if word != "--json"]
        if words[:1] == ["budget"]:
            return _budget(privacy, words[1:], namespace)
        if words[:1] == ["audit"]:
            return _audit(site, words[1:], namespace)
        if "--epsilon" in words:
            return _block(privacy, words, namespace)
        if len(words) > 1 or any(word.startswith("-") for word in words):
            raise UsageError(f"dp does not take these words. {_USAGE}")
        return _left(privacy, words, namespace)

    return (Verb(name="dp", summary="noisy answers about a table, and its privacy budget", usage=_USAGE, run=run),)


def _left(privacy: Privacy, words: Sequence[str], namespace: Mapping[str, Any]) -> Answer:
    """What is left, of all data sets or of one table's."""
    wanted = _sets(privacy, words[0], namespace) if words else None
    state = privacy.budget.look()
    if wanted and not state.caps.keys() & set(wanted) and words[0] not in namespace:
        raise UsageError(f"There is no table and no data set {words[0]!r}. {_USAGE}")
    names = [name for name in wanted or state.caps if name in state.caps]
    lines = [_line(state, name) for name in names]
    data = [_data(state, name) for name in names]
    if not lines:
        lines = [
            f"Nothing was spent. A data set may spend {shown(privacy.default[0])} (%mlsec dp budget changes that)."
        ]
    lines += _heard(privacy)
    rows = privacy.settings.max_rows
    lines.append(f"It is taken that a person has {'one row' if rows == 1 else f'at most {rows} rows'} in each table.")
    return Answer(text="\n".join(lines), data=data)


def _line(state: State, name: str) -> str:
    data = _data(state, name)
    delta = f" at delta {data['delta']:g}" if data["delta"] else ""
    times = f"{data['releases']} release{'s'[: data['releases'] != 1]}"
    return f"{name}: {data['left']:.4g} of {data['epsilon']:.4g} left{delta}, {times}"


def _data(state: State, name: str) -> dict[str, Any]:
    (epsilon, delta), total = state.caps[name], state.total(name)
    return {
        "dataset": name,
        "epsilon": float(epsilon),
        "delta": float(delta),
        "spent": float(total.total(delta)),
        "left": float(state.left(name)),
        "releases": total.releases,
    }


def _budget(privacy: Privacy, words: Sequence[str], namespace: Mapping[str, Any]) -> Answer:
    """Give data sets a budget."""
    words, options = _options(words, "--delta")
    if len(words) != 2:
        raise UsageError(f"Say which table, and how much. {_USAGE}")
    epsilon = epsilon_of(_number(words[1], "the budget"))
    delta = delta_of(_number(options.get("--delta", "0"), "delta"))
    sets = _sets(privacy, words[0], namespace)
    for name in sets:
        state = privacy.budget.cap(name, epsilon, delta)
    lines = [_line(state, name) for name in sets]
    if epsilon > 10:
        lines.append("An epsilon of more than 10 hardly protects anybody.")
    return Answer(text="\n".join([*lines, *_heard(privacy)]), data=[_data(state, name) for name in sets])


def _block(privacy: Privacy, words: Sequence[str], namespace: Mapping[str, Any]) -> Answer:
    """Lines of a cell, asked of a private view."""
    from jupyter_mlsec.controls.privacy.lines import asked

    cell = words[-1] if "\n" in words[-1] else None
    words, options = _options(words if cell is None else words[:-1], "--epsilon", "--noise", "--dataset", "--missing")
    bounds, rest = _bounds(words)
    if cell is None or len(rest) != 1:
        raise UsageError(f"Say which table, and below it, a line each, what to ask. {_USAGE}")
    private = privacy.block(
        _table(rest[0], namespace),
        float(epsilon_of(_number(options["--epsilon"], "epsilon"))),
        bounds,
        dataset=options.get("--dataset"),
        noise=options.get("--noise", "laplace"),
        missing=options.get("--missing", "refuse"),
    )
    found, lines = asked(private, cell), []
    try:
        for name, release in found:
            if name and isinstance(namespace, dict):
                namespace[name] = release
            lines.append(f"{name}: {release}" if name else str(release))
    finally:
        private.close()
    return Answer(text="\n".join([*lines, *_heard(privacy)]), data=lines)


def _audit(site: Site, words: Sequence[str], namespace: Mapping[str, Any]) -> Answer:
    """Whether a function keeps what it claims."""
    from jupyter_mlsec.controls.privacy.audit import audit

    pair: tuple[Any, Any] = (0.0, 1.0)
    if "--between" in words:
        place = list(words).index("--between")
        named = words[place + 1 : place + 3]
        if len(named) != 2:
            raise UsageError(f"--between takes two names. {_USAGE}")
        pair = (_value(named[0], namespace), _value(named[1], namespace))
        words = [*words[:place], *words[place + 3 :]]
    words, options = _options(words, "--epsilon", "--runs")
    if len(words) != 1 or "--epsilon" not in options:
        raise UsageError(f"Say which function, and the epsilon it claims. {_USAGE}")
    function = _value(words[0], namespace)
    if not callable(function):
        raise UsageError(f"{words[0]} cannot be called.")
    claimed = float(epsilon_of(_number(options["--epsilon"], "epsilon")))
    found = audit(function, *pair, claimed, runs=int(_number(options.get("--runs", "20000"), "runs")))
    site.record("privacy-audited", words[0], {"claimed": f"{claimed:g}", "bound": f"{found.bound:.3g}"})
    return Answer(text=found.said(words[0]), data=found.data(), ok=found.holds)


def _sets(privacy: Privacy, word: str, namespace: Mapping[str, Any]) -> tuple[str, ...]:
    """The data sets that a word means: those of a table of the notebook, else one of that name."""
    if word in namespace:
        viewed(namespace[word])
        return privacy.identify(namespace[word]).sets
    state = privacy.budget.look()
    return state.links.get(f"read:{word}") or (word,)


def _table(word: str, namespace: Mapping[str, Any]) -> Any:
    return _value(word, namespace)


def _value(word: str, namespace: Mapping[str, Any]) -> Any:
    """What a name of the notebook stands for, with attributes of it (`mechanism.randomise`)."""
    name, *attributes = word.split(".")
    if name not in namespace:
        raise UsageError(f"There is no name {name!r} in this notebook. {_USAGE}")
    found = namespace[name]
    for each in attributes:
        if not hasattr(found, each):
            raise UsageError(f"{name} has no {each!r}.")
        found = getattr(found, each)
    return found


def _options(words: Sequence[str], *known: str) -> tuple[list[str], dict[str, str]]:
    """The words that are no options, and the options with their values."""
    rest, options, waiting = [], {}, list(words)
    while waiting:
        word = waiting.pop(0)
        if word not in known:
            rest.append(word)
        elif not waiting:
            raise UsageError(f"{word} needs a value. {_USAGE}")
        else:
            options[word] = waiting.pop(0)
    strange = [word for word in rest if word.startswith("--") and word != "--bounds"]
    if strange:
        raise UsageError(f"dp does not take {strange[0]}. {_USAGE}")
    return rest, options


def _bounds(words: Sequence[str]) -> tuple[dict[str, tuple[float, float]], list[str]]:
    """`--bounds age=0:120 income=0:1e6`, and the other words."""
    if "--bounds" not in words:
        return {}, list(words)
    place = list(words).index("--bounds")
    bounds, rest = {}, list(words[:place])
    for word in words[place + 1 :]:
        column, equals, pair = word.rpartition("=")
        low, colon, high = pair.partition(":")
        if equals and colon:
            bounds[column] = (_number(low, "a bound"), _number(high, "a bound"))
        else:
            rest.append(word)
    return bounds, rest


def _number(word: str, what: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise UsageError(f"{what} is {word!r}: it has to be a number.") from None


def _heard(privacy: Privacy) -> list[str]:
    said, privacy.budget.said = privacy.budget.said, []
    return said
