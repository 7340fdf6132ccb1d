"""The index of a pandas table: cleared here where every level holds, left to pandera, which makes the report, else."""

from __future__ import annotations

from typing import Any

from jupyter_mlsec import frames
from jupyter_mlsec.controls.schema import checks
from jupyter_mlsec.controls.schema.fused import plain
from jupyter_mlsec.controls.schema.plan import Component, component
from jupyter_mlsec.controls.schema.seen import Seen
from jupyter_mlsec.controls.schema.tally import Tally

_CHANGES = ("parsers", "drop_invalid_rows", "default", "_coerce")


def judge_index(seen: Seen, tally: Tally) -> None:
    """Hold the index against the plan."""
    asked = tally.plan.index
    if asked is None:
        return
    index = seen.index()
    levels = list(getattr(asked, "indexes", None) or [asked])
    reason = _unlike(index, asked, levels, is_coerced=tally.plan.coerce)
    for number, level in enumerate(() if reason else levels):
        one = component(level.name, level)
        values = index if index.nlevels == 1 else index.unique(level=number)
        repeats = one.unique and not (index if index.nlevels == 1 else index.get_level_values(number)).is_unique
        if repeats or not _holds(one, values):
            reason = "not all of it is cleared, pandera makes the report"
            break
    if not reason and getattr(asked, "unique", None) and index.nlevels > 1 and not index.is_unique:
        reason = "labels repeat"
    if reason:
        tally.rest.index = True
        tally.because(f"index: {reason}")


def _unlike(index: Any, asked: Any, levels: list[Any], *, is_coerced: bool) -> str:
    """Why the index cannot be looked at level by level, or nothing."""
    for one in (asked, *levels):
        if any(getattr(one, name, None) is not None and getattr(one, name) not in ([], False) for name in _CHANGES):
            return "it is changed before it is checked"
        if getattr(one, "coerce", False) or is_coerced:
            return "it is made another type"
    if index.nlevels != len(levels):
        return "it has other levels"
    names = [level.name for level in levels]
    if names != list(index.names) and not (len(names) == 1 and names == [None] and asked is levels[0]):
        return "its names are others"
    if len(set(names)) < len(names):
        return "its names repeat"
    if getattr(asked, "checks", None) and asked is not levels[0]:
        return "checks of the whole index"
    return ""


def _holds(one: Component, values: Any) -> bool:
    """Whether every value of a level surely holds."""
    series = values.to_series()
    if one.dtype is not None and not _has_dtype(series, one.dtype):
        return False
    if not one.nullable and values.hasnans:
        return False
    if not one.parts:
        return True
    frame = frames.view(series)
    if frame is None or frame.is_mixed(frame.columns[0]):
        return False
    seen = checks.Values(plain(frame.column(frame.columns[0])))
    if series.dtype.kind not in "iuf" and str(series.dtype) not in ("str", "string"):
        return False
    return all(
        part.builtin is not None
        and checks.failing(checks.holding(seen, part.builtin, part.statistics), seen.array) == 0
        for part in one.parts
    )


def _has_dtype(series: Any, wanted: Any) -> bool:
    from pandera.engines.pandas_engine import Engine

    answer = wanted.check(Engine.dtype(series.dtype), series)
    return bool(answer if isinstance(answer, bool) else all(answer))
