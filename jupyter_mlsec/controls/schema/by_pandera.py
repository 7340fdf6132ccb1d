"""pandera itself: for all of a schema, or for the parts that were left to it. Its errors become counts and places."""

from __future__ import annotations

import copy
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from jupyter_mlsec.controls.schema.plan import Component, Part
from jupyter_mlsec.controls.schema.tally import ALL, DTYPE, NULLS, UNIQUE, Aspect, Rest, name_of
from jupyter_mlsec.controls.schema.verdict import Failure
from jupyter_mlsec.protocol.errors import SchemaError

_NAMES = ("column_in_dataframe", "column_in_schema", "column_ordered", "add_missing_has_default")
"""Checks whose failure case is the column's own name."""
_GAVE_UP: tuple[type[Exception], ...] = (
    *(AssertionError, AttributeError, ImportError, IndexError, KeyError, NotImplementedError, OverflowError),
    *(RecursionError, RuntimeError, TypeError, ValueError),
)


def failures(table: Any, schema: Any, most: int | None) -> tuple[Failure, ...]:
    """What pandera finds in the table, each check of each column once.

    Raises SchemaError when pandera gives up: it neither passed the table nor said what fails.
    """
    from pandera.config import ValidationDepth, config_context
    from pandera.errors import SchemaError as One
    from pandera.errors import SchemaErrors

    try:
        with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            schema.validate(table, lazy=True)
    except SchemaErrors as errors:
        return _summed(errors.schema_errors, table, most)
    except One as error:  # some backends raise the first failure even when lazy
        return _summed([error], table, most)
    except _gave_up() as error:
        raise SchemaError(
            f"The table was not checked: pandera gave up with {type(error).__name__}. Check what its schema asks of "
            "this table's columns."
        ) from error
    return ()


def _gave_up() -> tuple[type[Exception], ...]:
    polars: Any = sys.modules.get("polars")
    return _GAVE_UP if polars is None else (*_GAVE_UP, polars.exceptions.PolarsError)


def remaining(schema: Any, rest: Rest) -> Any:
    """A pandera schema of only what was left."""
    columns = {}
    for label, (component, asked) in rest.columns.items():
        columns[label] = _column(component, label, asked, schema)
    more: dict[str, Any] = {"index": schema.index} if rest.index else {}
    if rest.unique:
        more |= {"unique": schema.unique, "report_duplicates": schema.report_duplicates}
    made = type(schema)(columns, checks=[part.check for part in rest.parts], name=schema.name, **more)
    made._coerce = schema.coerce and rest.index
    return made


def _column(component: Component, label: Any, asked: list[Aspect], schema: Any) -> Any:
    """pandera's own column, with only these aspects (or with all) and only this name."""
    column = copy.copy(component.source)
    column.__dict__ = dict(column.__dict__)
    column.name, column.regex, column.required = label, False, True
    column.dtype = component.dtype
    column.coerce = bool(component.coerce or schema.coerce)
    if ALL not in asked:
        column.coerce = False
        column.checks = [one.check for one in asked if isinstance(one, Part)]
        column.nullable = NULLS not in asked
        column.unique = UNIQUE in asked
        if DTYPE not in asked:
            column.dtype = None
    return column


def _summed(errors: Sequence[Any], table: Any, most: int | None) -> tuple[Failure, ...]:
    counts: Counter[tuple[str, str]] = Counter()
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for error in errors:
        for column, count, found in _cases(error, table, most):
            key = name_of(column), label_of(error)
            counts[key] += count
            places[key] += found
    return tuple(
        Failure(column=column, check=check, count=count, positions=tuple(sorted(places[column, check])[:most]))
        for (column, check), count in counts.items()
    )


def label_of(error: Any) -> str:
    """The failed check's name as pandera reports it, without the values it was given; else pandera's reason."""
    check = error.check
    if isinstance(check, str):
        text = check
    elif check is None:
        text = getattr(error.reason_code, "name", "check").lower()
    else:
        text = check.error if check.error is not None else check.name if check.name is not None else str(check)
    return str(text).split("(", maxsplit=1)[0]


def _cases(error: Any, table: Any, most: int | None) -> list[tuple[Any, int, list[int]]]:
    """(column, how many values, their rows) of one error."""
    column = getattr(error, "column_name", None)
    column = getattr(error.schema, "name", None) if column is None else column
    cases = error.failure_cases
    if label_of(error) in _NAMES:
        return [(cases, 1, [])]
    if hasattr(cases, "to_dicts"):  # polars
        return [(column, cases.height, _polars_rows(error, cases.height, most))]
    if not hasattr(cases, "columns") or "failure_case" not in cases:
        return [(column, 1, [])]
    if not len(cases):
        return [(column, 0, [])]
    cases = cases.reset_index(drop=True)
    labels = cases.get("index", None)
    if "column" not in cases:
        return [(column, len(cases), _rows(table, labels, most))]
    return [
        (name, len(group), _rows(table, None if labels is None else labels[group.index], most))
        for name, group in cases.groupby("column", sort=False)
    ]


def _rows(table: Any, labels: Any, most: int | None) -> list[int]:
    """Row numbers of pandas labels; none where labels repeat and so do not tell a row."""
    index = getattr(table, "index", None)
    if labels is None or index is None or index.nlevels > 1 or not index.is_unique or most == 0:
        return []
    found = index.get_indexer(labels)
    return sorted(int(row) for row in found if row >= 0)[:most]


def _polars_rows(error: Any, count: int, most: int | None) -> list[int]:
    """Row numbers from polars' own mask of what holds."""
    holds = error.check_output
    if holds is None or most == 0 or "check_output" not in holds.columns:
        return []
    rows = (~holds["check_output"]).arg_true().head(count)
    return [int(row) for row in (rows if most is None else rows.head(most))]
