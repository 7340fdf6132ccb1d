"""The words for a cell's coverage, the same in the status, the panel and reports."""

from __future__ import annotations

from collections.abc import Iterable

from jupyter_mlsec.protocol.facts import Coverage, Elsewhere

_NOUNS = {
    "shell": "shell command",
    "process": "Python process",
    "program": "program",
    "child that ended": "child process that ended",
}
_PLAIN = frozenset({"sh", "bash"})
_SHOWN = 3
_LITTLE = 64 << 10
_UNITS = ("kB", "MB", "GB", "TB")


def size(count: int) -> str:
    """Bytes as people read them: `5.1 MB`."""
    if count < 1000:
        return f"{count} B"
    power = 1
    while power < len(_UNITS) and count >= 999.95 * 1000**power:
        power += 1
    return f"{count / 1000**power:.1f} {_UNITS[power - 1]}"


def many(count: int, noun: str) -> str:
    """`1 entry`, `2 entries`, `3 processes`."""
    if count == 1:
        return f"{count} {noun}"
    if " that " in noun:
        return f"{count} x {noun}"
    return f"{count} {noun[:-1] + 'ies' if noun.endswith('y') else noun + ('es' if noun.endswith('s') else 's')}"


def elsewhere(what: Iterable[Elsewhere]) -> tuple[str, ...]:
    """What ran where nothing could be seen: `2 shell commands`, `1 subprocess (git)`, `loky workers x3`."""
    counts: dict[tuple[str, str], int] = {}
    for each in what:
        program = "" if each.program in _PLAIN else each.program
        key = (_NOUNS.get(each.kind, each.kind), f" ({program})" if program else "")
        counts[key] = counts.get(key, 0) + each.count
    return tuple(_counted(count, noun) + program for (noun, program), count in counts.items())


def _counted(count: int, noun: str) -> str:
    if noun.endswith("workers"):
        return noun if count == 1 else f"{noun} x{count}"
    return many(count, noun)


def total(facts: Iterable[Coverage]) -> tuple[Elsewhere, ...]:
    """What ran elsewhere in several cells, added up."""
    found: dict[tuple[str, str], int] = {}
    for fact in facts:
        for each in fact.unobserved:
            found[each.kind, each.program] = found.get((each.kind, each.program), 0) + each.count
    return tuple(Elsewhere(kind=kind, program=program, count=count) for (kind, program), count in sorted(found.items()))


def is_unexplained(fact: Coverage) -> bool:
    """Whether the cell read or wrote more than watched calls explain."""
    return bool(fact.read_unexplained or fact.written_unexplained)


def unexplained(fact: Coverage) -> str:
    """`read 5.1 MB and wrote 1.2 MB beyond what watched calls explain (a.parquet)`; empty if it did not."""
    parts = []
    if fact.read_unexplained:
        parts.append(f"read {size(fact.read_unexplained)}")
    if fact.written_unexplained:
        parts.append(f"wrote {size(fact.written_unexplained)}")
    if not parts:
        return ""
    shown = opened(fact)
    return " and ".join(parts) + " beyond what watched calls explain" + (f" ({shown})" if shown else "")


def opened(fact: Coverage) -> str:
    """The files that were opened without a watch, the first few by name."""
    rest = len(fact.opened[_SHOWN:]) + fact.opened_more
    return ", ".join(fact.opened[:_SHOWN]) + (f" and {rest} more" if rest else "")


def summary(fact: Coverage) -> str:
    """A cell's figures in a line; empty for one that read, wrote and opened next to nothing.

    `read 5.1 MB, none of it explained; wrote 147.0 kB, explained; opened without a watch: big.bin`
    """
    parts = [
        f"{verb} {size(count)}, {_share(count, known, beyond)}"
        for verb, count, known, beyond in (
            ("read", fact.read, fact.read_explained, fact.read_unexplained),
            ("wrote", fact.written, fact.written_explained, fact.written_unexplained),
        )
        if count > _LITTLE
    ]
    names = opened(fact)
    return "; ".join([*parts, f"opened without a watch: {names}"] if names else parts)


def _share(count: int, known: int, beyond: int) -> str:
    if not beyond:
        return "explained"
    return f"{known * 100 // count} % of it explained" if known * 100 >= count else "none of it explained"
