"""A table with its personal values hidden: taken out, cut to a hint, or replaced by keyed tokens that still join."""

# ruff: noqa: E501  (patterns and words of other scripts, kept whole)

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jupyter_mlsec.controls.pii.detection import Detection
from jupyter_mlsec.controls.pii.table import scan_table
from jupyter_mlsec.controls.pii.text import scan_text
from jupyter_mlsec.protocol.errors import UsageError

WAYS = ("redact", "partial", "token")


def mask(table: Any, how: str = "redact", *, columns: Sequence[str] | None = None, key: bytes | None = None) -> Any:
    """A copy of the table with personal values masked, of the same library; the table itself is not changed.

    how: `redact` puts the type in place of the value (`[EMAIL]`), `partial` keeps a hint (`a***@***.org`, `***6789`), `token`
    puts HMAC-SHA256 under `key` (16 bytes or more; the same value gives the same token, so tables still join).
    columns: mask these, whatever they hold. Else those in which `scan_table` (every row) finds something: whole values where
    they fill their cells, the places inside a text otherwise. Masked columns become text. Raises UsageError.
    """
    if how not in WAYS:
        raise UsageError(f"Nothing was masked: how is one of {', '.join(WAYS)}.")
    if how == "token" and (key is None or len(key) < 16):
        raise UsageError("Nothing was masked: tokens need key=, 16 secret bytes or more (secrets.token_bytes(32)).")
    found = scan_table(table, full=True)
    wanted = set(found) if columns is None else {str(c) for c in columns}
    hide = _hider(how, key or b"")

    def change(name: str, values: list[Any]) -> list[Any]:
        return _masked(values, found.get(name, []), hide, whole=columns is not None)

    return _rebuilt(table, wanted, change)


def _hider(how: str, key: bytes) -> Callable[[str, str], str]:
    def redact(_value: str, kind: str) -> str:
        return f"[{kind}]"

    def partial(value: str, _kind: str) -> str:
        local, at, domain = value.rpartition("@")
        if at:
            return f"{local[:1]}***@***.{domain.rpartition('.')[2]}"
        return f"***{value[-4:]}" if len(value) >= 9 and any(c.isdigit() for c in value) else f"{value[:1]}***"

    def token(value: str, kind: str) -> str:
        return f"{kind.lower()}_{hmac.digest(key, value.encode('utf-8', 'surrogatepass'), hashlib.sha256).hex()[:24]}"

    return {"redact": redact, "partial": partial, "token": token}[how]


def _masked(
    values: list[Any], detections: Sequence[Detection], hide: Callable[[str, str], str], *, whole: bool
) -> list[Any]:
    """The column's values masked. Each different value is worked on once."""
    types = {d.type for d in detections}
    main = max(detections, key=lambda d: (d.share, d.score)).type if detections else "PERSONAL"
    seen: dict[str, str] = {}

    def one(value: Any) -> Any:
        if value is None or value != value:  # NaN stays what it is
            return value
        text = value if isinstance(value, str) else str(value)
        if text not in seen:
            seen[text] = _hidden(
                text, types, main, hide, whole=whole or any(d.share > 0.5 and not _is_prose(text) for d in detections)
            )
        return seen[text]

    return [one(v) for v in values]


def _is_prose(text: str) -> bool:
    return len(text.split()) > 7


def _hidden(text: str, types: set[str], main: str, hide: Callable[[str, str], str], *, whole: bool) -> str:
    spans = scan_text(text)
    told = [s for s in spans if s.type in types] or ([] if not whole else spans)
    covered = sum(s.end - s.start for s in told)
    if whole and covered < 0.5 * len(text.strip()) and (not told or not _is_prose(text)):
        return hide(text, main) if text.strip() else text
    for span in reversed(told):
        text = text[: span.start] + hide(text[span.start : span.end], span.type) + text[span.end :]
    return text


def _rebuilt(table: Any, wanted: set[str], change: Callable[[str, list[Any]], list[Any]]) -> Any:
    """The table's copy with the wanted columns changed, by the library that made it."""
    library = type(table).__module__.partition(".")[0]
    if library == "pandas":
        return _pandas(table, wanted, change)
    if library == "polars":
        import polars

        frame = table.collect() if isinstance(table, polars.LazyFrame) else table
        fresh = [
            polars.Series(n, change(n, frame[n].to_list()), dtype=polars.String) for n in frame.columns if n in wanted
        ]
        return frame.with_columns(fresh)
    if library == "pyarrow":
        import pyarrow as pa

        for place, name in enumerate(table.column_names):
            if name in wanted:
                table = table.set_column(
                    place, name, pa.array(change(name, table.column(place).to_pylist()), pa.string())
                )
        return table
    if isinstance(table, list):
        return _records(table, wanted, change)
    raise UsageError(
        f"Nothing was masked: a {type(table).__name__} is not a pandas, polars or Arrow table or a list of dicts."
    )


def _pandas(table: Any, wanted: set[str], change: Callable[[str, list[Any]], list[Any]]) -> Any:
    import pandas

    if isinstance(table, pandas.Series):
        fresh = change(str(table.name), table.tolist())
        return pandas.Series(fresh, index=table.index, name=table.name, dtype=object)
    copy = table.copy()
    for place, label in enumerate(table.columns):
        if str(label) in wanted:
            fresh = change(str(label), table.iloc[:, place].tolist())
            copy.isetitem(place, pandas.Series(fresh, index=table.index, dtype=object))
    return copy


def _records(
    rows: list[Mapping[str, Any]], wanted: set[str], change: Callable[[str, list[Any]], list[Any]]
) -> list[dict[str, Any]]:
    fresh = [dict(row) for row in rows]
    for name in sorted(wanted):
        for row, value in zip(fresh, change(name, [row.get(name) for row in fresh]), strict=True):
            if name in row:
                row[name] = value
    return fresh
