"""The only door to pandera: its schemas compiled to the fused check, its verdicts, its reports, and ours as its own.

pandera itself costs seconds to import; nothing here imports it before a pandera schema is handed in or asked for.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

from jupyter_mlsec import frames
from jupyter_mlsec.controls.schema import checks
from jupyter_mlsec.controls.schema.fused import judge
from jupyter_mlsec.controls.schema.learn import learn
from jupyter_mlsec.controls.schema.spec import Check, Column, Schema, document
from jupyter_mlsec.controls.schema.verdict import Failure, Verdict
from jupyter_mlsec.protocol.errors import SchemaError


def infer_schema(table: Any) -> Any:
    """A tolerant pandera.pandas.DataFrameSchema learned from a table: a fresh sample still satisfies it.

    Raises SchemaError for what is no table, or has repeated column names.
    """
    from pandera import pandas

    frame = _frame(table)
    learned = learn(frame, "inferred")
    labels = list(getattr(table, "columns", frame.columns)) if _is_pandas(table) else list(frame.columns)
    if len(set(labels)) != len(labels):
        raise SchemaError("No schema was inferred: column names repeat. Rename them first.")
    written = document(learned)["columns"]
    columns = {}
    for position, (label, column) in enumerate(zip(labels, learned.columns, strict=True)):
        dtype = table.dtypes.iloc[position] if _is_pandas(table) else written[column.name].get("dtype")
        made = [_pandera_check(check, column) for check in column.certain]
        columns[label] = pandas.Column(dtype, made, nullable=column.nulls > 0, unique=column.unique)
    return pandas.DataFrameSchema(columns)


def validate(table: Any, schema: Any) -> Verdict:
    """Check a table against any pandera schema (or one of ours): fused where it compiles, by pandera where not.

    The table is never changed. Raises SchemaError for what is no table, a lazy frame (collect it: pandera would
    look at its schema only), or what is no schema.
    """
    frame = _frame(table)
    if isinstance(schema, Schema):
        return judge(frame, schema)
    schema = schema.to_schema() if hasattr(schema, "to_schema") else schema
    if not hasattr(schema, "validate"):
        raise SchemaError(f"The table was not checked: {type(schema).__name__} is no pandera schema.")
    compiled = compile_schema(schema, table)
    if compiled is not None:
        verdict = judge(frame, compiled)
        if not verdict.unchecked:
            return verdict
    return _by_pandera(table, schema, frame.rows)


def compile_schema(schema: Any, table: Any) -> Schema | None:
    """The pandera schema as one of ours for this pandas table, None when only pandera can judge it.

    Types are settled here, by pandera's own engine, because they depend on the table's dtypes alone.
    """
    if not _is_pandas(table) or not table.columns.is_unique or table.columns.nlevels != 1:
        return None
    if type(schema).__name__ != "DataFrameSchema" or type(schema).__module__ != "pandera.api.pandas.container":
        return None
    if _asks_more(schema) or not all(type(name) is str for name in (*table.columns, *schema.columns)):
        return None
    columns: list[Column] = []
    for name, column in schema.columns.items():
        compiled = _compile_column(name, column, table)
        if compiled is None:
            return None
        columns.append(compiled)
    return Schema(resource=schema.name or "schema", columns=tuple(columns), strict=schema.strict is True)


def _asks_more(schema: Any) -> bool:
    """Whether a schema asks for something beyond columns and strictness."""
    more = "dtype coerce index checks parsers unique ordered drop_invalid_rows add_missing_columns unique_column_names"
    return schema.strict not in (True, False) or any(getattr(schema, name, None) for name in more.split())


def _compile_column(name: str, column: Any, table: Any) -> Column | None:
    asks_more = ("coerce", "regex", "parsers", "drop_invalid_rows")
    if any(getattr(column, flag, None) for flag in asks_more) or getattr(column, "default", None) is not None:
        return None
    if column.unique and (column.report_duplicates != "all" or (name in table.columns and table[name].hasnans)):
        return None
    if name in table.columns and column.dtype is not None and not _has_dtype(table[name], column.dtype):
        return None
    made = []
    for check in column.checks:
        statistics = _plain_statistics(check)
        if statistics is None:
            return None
        made.append(Check(name=check.name, statistics=statistics))
    nulls = 1.0 if column.nullable else 0.0
    return Column(name=name, nulls=nulls, unique=column.unique, required=column.required, checks=tuple(made))


def _has_dtype(series: Any, wanted: Any) -> bool:
    """pandera's own answer; a column of pandas' string type is not asked row by row, it holds strings."""
    from pandera.engines.pandas_engine import Engine

    found = Engine.dtype(series.dtype)
    if str(series.dtype) in ("str", "string") and wanted.check(found) is True:
        return True
    answer = wanted.check(found, series)
    return bool(answer if isinstance(answer, bool) else all(answer))


def _plain_statistics(check: Any) -> dict[str, Any] | None:
    """The statistics of a built-in check that counts each value; None for every other check."""
    from pandera.api.checks import Check as BuiltIn

    wanted = checks.STATISTICS.get(check.name or "")
    if wanted is None or (type(check) is not BuiltIn and type(check).__name__ != "Check"):
        return None
    is_odd = not check.ignore_na or check.element_wise or check.groupby or check.raise_warning or check.n_failure_cases
    if is_odd or not getattr(check, "statistics", None) or set(check.statistics) - set(wanted):
        return None
    if getattr(check._check_fn, "__module__", "").split(".")[0] not in ("pandera", "functools", "multimethod"):
        return None
    return dict(check.statistics)


def _by_pandera(table: Any, schema: Any, rows: int) -> Verdict:
    from pandera.errors import SchemaError as One
    from pandera.errors import SchemaErrors

    try:
        schema.validate(_in_its_library(table, schema), lazy=True)
    except SchemaErrors as errors:
        return Verdict(ok=False, failures=_failures(errors.failure_cases), by="pandera", rows=rows)
    except One as error:  # some backends raise the first failure even when lazy
        name = str(getattr(error.schema, "name", None) or "")
        check = str(getattr(error, "reason_code", None) or "check").rsplit(".", 1)[-1].lower()
        return Verdict(ok=False, failures=(Failure(column=name, check=check, count=1),), by="pandera", rows=rows)
    return Verdict(ok=True, by="pandera", rows=rows)


def _failures(cases: Any) -> tuple[Failure, ...]:
    """pandera's failure cases as counts: the cases themselves are values and stay out."""
    found = cases.to_dicts() if hasattr(cases, "to_dicts") else cases.to_dict("records")
    counts: Counter[tuple[str, str]] = Counter()
    for case in found:
        check = str(case.get("check")).split("(")[0]
        is_name = check in ("column_in_dataframe", "column_in_schema")
        column = case.get("failure_case") if is_name else case.get("column")
        counts[str(column or ""), check] += 1
    return tuple(Failure(column=column, check=check, count=count) for (column, check), count in counts.items())


def _in_its_library(table: Any, schema: Any) -> Any:
    """The table as the library the schema is written for."""
    wants_polars = ".polars." in type(schema).__module__
    library = type(table).__module__.split(".")[0]
    if wants_polars and library != "polars":
        import polars

        return polars.from_pandas(table) if library == "pandas" else polars.from_arrow(table)
    if not wants_polars and library in ("polars", "pyarrow"):
        return table.to_pandas()
    return table


def _pandera_check(check: Check, column: Column) -> Any:
    from pandera import pandas

    statistics = dict(check.statistics)
    if column.type == "time":
        import pandas as pd

        statistics = {key: pd.Timestamp(value) for key, value in statistics.items()}
    return getattr(pandas.Check, check.name)(**statistics)


def _is_pandas(table: Any) -> bool:
    pandas: Any = sys.modules.get("pandas")
    return pandas is not None and isinstance(table, pandas.DataFrame)


def _frame(table: Any) -> frames.Frame:
    frame = frames.view(table)
    if frame is not None:
        return frame
    if type(table).__name__ == "LazyFrame":
        raise SchemaError("A lazy frame holds no rows to check yet. Collect it first: .collect().")
    raise SchemaError(
        f"{type(table).__name__} is no table that can be checked. Give a pandas, polars or pyarrow table."
    )


__all__ = ["compile_schema", "infer_schema", "validate"]
