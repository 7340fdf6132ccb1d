"""What an approved schema asks beyond the checks of one pass, judged by pandera: own checks, patterns, an index.

It is asked only of files that this user approved byte by byte: pandera would run a stranger's patterns in Python.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from jupyter_mlsec.controls.schema import doors, fused, seen
from jupyter_mlsec.controls.schema.checks import STATISTICS
from jupyter_mlsec.controls.schema.spec import Schema, check_keys, document
from jupyter_mlsec.controls.schema.tally import UNIQUE
from jupyter_mlsec.controls.schema.verdict import Verdict
from jupyter_mlsec.frames import Frame
from jupyter_mlsec.protocol.errors import SchemaError

_OF_THE_TABLE = ("checks", "index", "multiindex", "ordered", "unique", "report_duplicates", "coerce", "dtype")
_ANY = {"nullable": True, "required": False}
"""What is asked of a column of which pandera is asked nothing."""
_OF_A_COLUMN = ("coerce", "regex", "checks", "name", "report_duplicates")
_OPTIONS = frozenset({"error", "ignore_na", "raise_warning", "n_failure_cases", "groupby", "groups", "name", "options"})
"""What pandera writes beside a check's statistics where it was told how to run or to report."""
_KEYS = {"not_nullable": "nullable", "multiple_fields_uniqueness": "unique"}
"""The keys behind failures that pandera calls by other names."""
GivenUp = tuple[str, str, Any]
"""A column of a document ("" for the table), a key of it, and the value it gets (None: the key goes)."""
_REFUSED = (AttributeError, KeyError, TypeError, ValueError)
_SHOWN = 5


def split(written: Any) -> tuple[Any, dict[str, Any] | None]:
    """A written schema without what pandera is to judge, and that as a document of pandera's own, None for nothing.

    What changes the table (defaults, parsers, rows that are dropped) stays in the first: it cannot be followed.
    """
    if not isinstance(written, dict) or not isinstance(written.get("columns"), dict):
        return written, None
    theirs = {key: value for key, value in written.items() if key in _OF_THE_TABLE and value}
    mine = {key: value for key, value in written.items() if key not in theirs}
    is_whole = bool(theirs.get("coerce") or theirs.get("dtype"))
    kept: dict[str, Any] = {}
    left: dict[str, Any] = {}
    for name, entry in written["columns"].items():
        if not isinstance(entry, dict):
            kept[name], left[name] = entry, _ANY
        elif is_whole or _is_whole(entry):
            left[name] = entry
            kept |= {} if entry.get("regex") else {name: {**_ANY, **_told(entry)}}
        else:
            asked = {key: value for key, value in entry.items() if _is_theirs(key, value)}
            left[name] = {**_ANY, **asked}
            kept[name] = {key: value for key, value in entry.items() if key not in asked}
    if written.get("strict") and (written["strict"] == "filter" or len(kept) < len(left)):
        theirs["strict"] = mine.pop("strict")
    if not theirs and all(entry == _ANY for entry in left.values()):
        return written, None
    return {**mine, "columns": kept}, {"schema_type": "dataframe", **theirs, "columns": left}


def _told(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: entry[key] for key in ("title", "description", "metadata") if key in entry}


def _is_theirs(key: str, value: Any) -> bool:
    """Whether this key of a column is a check that is not compiled, or one with pandera's options."""
    if key == "checks":
        return bool(value)
    if key not in check_keys({key: value}):
        return False
    return key not in STATISTICS or (isinstance(value, dict) and not _OPTIONS.isdisjoint(value))


def made(theirs: Mapping[str, Any], where: str) -> Any:
    """pandera's own schema of such a document. SchemaError names the key that pandera does not know either."""
    from pandera import pandas

    known = {*pandas.Check.CHECK_FUNCTION_REGISTRY, *pandas.Check.REGISTERED_CUSTOM_CHECKS}
    for name, entry in theirs["columns"].items():
        for key in (*check_keys(entry), *listed(entry)):
            if key not in known and key not in _OF_A_COLUMN:
                more = "Register it with pandera before the load, or take it out."
                raise SchemaError(f"{where}: key columns.{name}.{key} is no check we know. {more}")
    try:
        return _made(msgspec.json.encode(theirs))
    except _REFUSED as error:
        said = f"is not one that pandera takes ({type(error).__name__})."
        raise SchemaError(f"{where}: key {_refused(theirs)} {said}") from error


def _refused(theirs: Mapping[str, Any]) -> str:
    """The first key of a document that pandera does not take."""
    of_columns = [
        (f"columns.{name}.{key}", {"columns": {name: {key: entry[key]}}})
        for name, entry in theirs["columns"].items()
        for key in entry
    ]
    of_table = [(key, {key: value}) for key, value in theirs.items() if key != "columns"]
    for key, alone in (*of_columns, *of_table):
        try:
            _made(msgspec.json.encode(alone))
        except _REFUSED:
            return key
    return "columns"


@lru_cache(maxsize=64)
def _made(written: bytes) -> Any:
    from pandera.io.pandas_io import deserialize_schema

    return deserialize_schema(msgspec.json.decode(written))


def parts(theirs: Mapping[str, Any]) -> list[str]:
    """What pandera is asked, in words that name it: `age is_prime`, `index`."""
    found = [key for key in theirs if key not in ("schema_type", "columns", "report_duplicates", "multiindex")]
    for name, entry in theirs["columns"].items():
        if _is_whole(entry):
            found.append(f"{name} {'regex' if entry.get('regex') else 'coerce'}")
        else:
            found += [f"{name} {key}" for key in (*entry, *listed(entry)) if key not in (*_ANY, "checks")]
    return found


def within(theirs: Mapping[str, Any] | None, columns: Collection[str]) -> dict[str, Any] | None:
    """What is asked of these columns alone, for a part of a table."""
    if theirs is None:
        return None
    asked = {name: entry for name, entry in theirs["columns"].items() if name in columns}
    return {"schema_type": "dataframe", "columns": asked} if any(one != _ANY for one in asked.values()) else None


def without(theirs: Mapping[str, Any] | None, given_up: Collection[GivenUp]) -> dict[str, Any] | None:
    """The document after what was given up: keys that are gone, or have another value."""
    if theirs is None:
        return None
    whole: dict[str, Any] = {**theirs, "columns": {name: dict(entry) for name, entry in theirs["columns"].items()}}
    for column, key, value in given_up:
        entry = whole["columns"].get(column, {}) if column else whole
        if value is None:
            entry.pop(key, None)
        elif key in entry or key == "nullable":
            entry[key] = value
    return whole


def key_of(theirs: Mapping[str, Any] | None, column: str, check: str) -> GivenUp | None:
    """What to give up of the document where pandera failed this check; None where it is none of its."""
    if theirs is None:
        return None
    key = _KEYS.get(check, "dtype" if check.startswith("dtype") else check)
    for name, entry in theirs["columns"].items():
        is_named = re.match(name, column) is not None if entry.get("regex") else name == column
        if is_named and key == "nullable" and _is_whole(entry):
            return name, key, True
        if is_named and key in entry:
            return name, key, None
        if is_named and check in listed(entry):
            rest = [one for one in entry["checks"] if check not in listed({"checks": [one]})]
            return name, "checks", rest or None
    of_table = {"unique": "unique", "column_ordered": "ordered", "column_in_schema": "strict"}.get(key, "checks")
    found = of_table if of_table in theirs else "index" if "index" in theirs else None
    return None if found is None else ("", found, None)


def listed(entry: Mapping[str, Any]) -> list[str]:
    """The names of the checks that stand in a list: pandera writes some so."""
    found = entry.get("checks")
    options = [one.get("options") for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return [str(one.get("check_name")) for one in options if isinstance(one, dict)]


def _is_whole(entry: Mapping[str, Any]) -> bool:
    """Whether pandera is asked for all of a column."""
    return bool(entry.get("regex") or entry.get("coerce"))


def judge(frame: Frame, schema: Schema, table: Any = None, *, is_whole: bool = True) -> Verdict:
    """The fused verdict, with pandera's on what is left of a schema that this user approved.

    table: the user's own, where the index counts; else the columns of the frame.
    """
    verdict = fused.judge(frame, schema, is_whole=is_whole)
    asked = _asked(schema, verdict.unchecked)
    if asked is None:
        return verdict
    names = parts(asked)
    if not schema.is_trusted:
        return msgspec.structs.replace(verdict, unchecked=tuple(dict.fromkeys((*verdict.unchecked, *names))))
    try:
        theirs = doors.validate(_table(frame, table), made(asked, schema.resource), positions=_SHOWN)
    except SchemaError:
        return msgspec.structs.replace(verdict, unchecked=tuple(dict.fromkeys((*verdict.unchecked, *names))))
    found = [one if one.check != UNIQUE else msgspec.structs.replace(one, check="unique") for one in theirs.failures]
    failures = (*verdict.failures, *found)
    return Verdict(ok=not failures, failures=failures, by="fused+pandera", reasons=tuple(names), rows=verdict.rows)


def _asked(schema: Schema, unchecked: Collection[str]) -> dict[str, Any] | None:
    """The document of what is left: what the file asks beyond, and checks that the pass could not judge."""
    if schema.rows or (not unchecked and schema.beyond is None):
        return None  # a learned schema asks nothing that is not compiled
    columns = {name: dict(entry) for name, entry in (schema.beyond or {}).get("columns", {}).items()}
    entries = document(schema)["columns"] if unchecked else {}
    for word in unchecked:
        name, _, check = word.rpartition(" ")
        if check in entries.get(name, {}):
            columns[name] = {**_ANY, **columns.get(name, {}), check: entries[name][check]}
    return {"schema_type": "dataframe", **(schema.beyond or {}), "columns": columns}


def _table(frame: Frame, table: Any) -> Any:
    if seen.is_pandas(table) or seen.is_polars(table) or seen.is_arrow(table):
        return table
    import pyarrow as pa

    return pa.table({name: frame.column(name) for name in frame.columns})
