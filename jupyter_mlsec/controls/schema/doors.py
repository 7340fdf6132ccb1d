"""The only door to pandera: its schemas compiled to the fused check, its verdicts, its reports, and ours as its own.

pandera itself costs seconds to import; nothing here imports it before a pandera schema is handed in or asked for.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from jupyter_mlsec import frames
from jupyter_mlsec.controls.schema import by_pandera, seen
from jupyter_mlsec.controls.schema.by_arrow import ArrowPass
from jupyter_mlsec.controls.schema.by_index import judge_index
from jupyter_mlsec.controls.schema.by_polars import query_for, run
from jupyter_mlsec.controls.schema.by_sql import SqlPass
from jupyter_mlsec.controls.schema.fused import judge
from jupyter_mlsec.controls.schema.learn import learn
from jupyter_mlsec.controls.schema.plan import Plan, flavour_of, planned
from jupyter_mlsec.controls.schema.seen import ArrowSeen, PandasSeen, Seen
from jupyter_mlsec.controls.schema.spec import Check, Column, Schema, document
from jupyter_mlsec.controls.schema.tally import Tally
from jupyter_mlsec.controls.schema.verdict import Failure, Verdict
from jupyter_mlsec.protocol.errors import SchemaError


def infer_schema(table: Any) -> Any:
    """A tolerant pandera.pandas.DataFrameSchema learned from a table: a fresh sample still satisfies it.

    Raises SchemaError for what is no table, or has repeated column names.
    """
    from pandera import pandas

    frame = _frame(table)
    learned = learn(frame, "inferred")
    labels = list(getattr(table, "columns", frame.columns)) if seen.is_pandas(table) else list(frame.columns)
    if len(set(labels)) != len(labels):
        raise SchemaError("No schema was inferred: column names repeat. Rename them first.")
    written = document(learned)["columns"]
    columns = {}
    for position, (label, column) in enumerate(zip(labels, learned.columns, strict=True)):
        dtype = table.dtypes.iloc[position] if seen.is_pandas(table) else written[column.name].get("dtype")
        made = [_pandera_check(check, column) for check in column.certain]
        columns[label] = pandas.Column(dtype, made, nullable=column.nulls > 0, unique=column.unique)
    return pandas.DataFrameSchema(columns)


def validate(table: Any, schema: Any, *, positions: int | None = 10) -> Verdict:
    """Check a table against any pandera schema, model or schema file, or one of ours.

    table: pandas, polars (a lazy one is asked in one query), pyarrow, or a duckdb relation (asked in one aggregate).
    It is never changed. positions: how many failing rows are named for each check, None for all; of a relation no
    rows are named unless it is None. Raises SchemaError for what is no table or no schema, and where pandera gives up.
    """
    if isinstance(schema, Schema):
        return judge(_frame(table), schema)
    schema = _schema(schema)
    if not _is_table(table):
        raise SchemaError(
            f"{type(table).__name__} is no table that can be checked. Give a pandas, polars or pyarrow table, or a "
            "duckdb relation."
        )
    flavour = flavour_of(schema)
    if flavour is None:
        return _unplanned(table, schema, positions)
    plan = planned(schema, flavour)
    if seen.is_relation(table):
        return _of_relation(table, schema, Tally(plan, None if positions is None else 0))
    if flavour == "polars":
        return _of_polars(table, schema, plan, positions)
    return _of_pandas(table.collect() if seen.is_lazy(table) else table, schema, Tally(plan, positions))


def _schema(given: Any) -> Any:
    """The pandera schema that a schema, a model or a file is."""
    if isinstance(given, (str, Path)) and Path(given).suffix in (".yaml", ".yml", ".json"):
        return read(Path(given))
    schema = given.to_schema() if hasattr(given, "to_schema") else given
    if not hasattr(schema, "validate") or isinstance(schema, type):
        raise SchemaError(f"The table was not checked: {type(schema).__name__} is no pandera schema.")
    return schema


def read(path: Path) -> Any:
    """A pandera schema from pandera's own YAML or JSON. SchemaError where it cannot be read, or is not understood."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SchemaError(f"{path.name} was not read as a schema: {type(error).__name__}.") from error
    is_polars = re.search(r"""["']?api["']?\s*:\s*["']?polars""", text) is not None
    if is_polars:
        from pandera.polars import DataFrameSchema
    else:
        from pandera.pandas import DataFrameSchema
    parse = DataFrameSchema.from_json if path.suffix == ".json" else DataFrameSchema.from_yaml
    try:
        schema = parse(text)
    except _unparsed() as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise SchemaError(f"{path.name} was not understood as a schema: {said}") from error
    return schema


def _unparsed() -> tuple[type[Exception], ...]:
    yaml: Any = sys.modules.get("yaml")
    known = (AttributeError, ImportError, KeyError, TypeError, ValueError)
    return known if yaml is None else (*known, yaml.YAMLError)


def _is_table(table: Any) -> bool:
    kinds = (seen.is_pandas, seen.is_polars, seen.is_lazy, seen.is_arrow, seen.is_relation)
    return any(is_kind(table) for is_kind in kinds)


def _of_pandas(table: Any, schema: Any, tally: Tally) -> Verdict:
    """A schema for pandas; other tables are judged as they would be in pandas."""
    table = table.to_pandas() if seen.has_index(table) else table
    frame = _frame(table)
    view: Seen = PandasSeen(table, frame) if seen.is_pandas(table) else ArrowSeen(table, frame)
    if tally.plan.whole:
        tally.leaves_all(tally.plan.whole)
    else:
        ArrowPass(view, tally).run()
        if not tally.rest.whole:
            judge_index(view, tally)
    if not tally.rest:
        return tally.verdict(frame.rows)
    return tally.verdict(frame.rows, _theirs(view.table(), schema, tally))


def _of_polars(table: Any, schema: Any, plan: Plan, positions: int | None) -> Verdict:
    """A schema for polars; other tables are made polars tables first."""
    is_lazy = seen.is_lazy(table)
    table = table if is_lazy else _in_polars(table)
    query = query_for(Tally(plan, None), table.collect_schema() if is_lazy else table.schema)
    tally = query.begun.copy(positions)
    if tally.rest and is_lazy:
        table, is_lazy = table.collect(), False  # pandera needs the rows; they are made once
    rows = run(table.lazy(), tally, query, again=not is_lazy)
    if not tally.rest:
        return tally.verdict(rows)
    table = table.collect() if is_lazy else table
    return tally.verdict(table.height, _theirs(table, schema, tally))


def _of_relation(relation: Any, schema: Any, tally: Tally) -> Verdict:
    """A duckdb relation; its rows are fetched only for what the database cannot judge."""
    if tally.plan.whole:
        tally.leaves_all(tally.plan.whole)
        rows = 0
    else:
        rows = SqlPass(relation, tally).run()
    if not tally.rest:
        return tally.verdict(rows)
    table = relation.df() if tally.plan.flavour == "pandas" else relation.pl()
    return tally.verdict(len(table), _theirs(table, schema, tally))


def _theirs(table: Any, schema: Any, tally: Tally) -> tuple[Failure, ...]:
    """What pandera finds in what was left to it."""
    left = schema if tally.rest.whole else by_pandera.remaining(schema, tally.rest)
    return by_pandera.failures(table, left, tally.most)


def _unplanned(table: Any, schema: Any, positions: int | None) -> Verdict:
    """Schemas of other kinds (a series, pyarrow, a subclass) are pandera's own affair."""
    library = [*type(schema).__module__.split("."), "", "", ""][2]
    if seen.is_lazy(table):
        table = table.collect()
    if seen.is_relation(table):
        table = table.df() if library == "pandas" else table.pl()
    if library == "polars":
        table = _in_polars(table)
    elif library == "pyarrow":
        table = _in_arrow(table)
    elif not seen.is_pandas(table):
        table = table.to_pandas()
    found = by_pandera.failures(table, schema, positions)
    reason = f"{type(schema).__module__}.{type(schema).__name__} is not compiled"
    return Verdict(ok=not found, failures=found, by="pandera", reasons=(reason,), rows=len(table))


def _in_polars(table: Any) -> Any:
    import polars

    if seen.is_polars(table):
        return table
    return polars.from_pandas(table) if seen.is_pandas(table) else polars.from_arrow(table)


def _in_arrow(table: Any) -> Any:
    import pyarrow as pa

    if seen.is_arrow(table):
        return table
    return table.to_arrow() if seen.is_polars(table) else pa.Table.from_pandas(table)


def _pandera_check(check: Check, column: Column) -> Any:
    from pandera import pandas

    statistics = dict(check.statistics)
    if column.type == "time":
        import pandas as pd

        statistics = {key: pd.Timestamp(value) for key, value in statistics.items()}
    return getattr(pandas.Check, check.name)(**statistics)


def _frame(table: Any) -> frames.Frame:
    frame = frames.view(table)
    if frame is None:
        raise SchemaError(
            f"{type(table).__name__} is no table that can be looked at. Give a pandas, polars or pyarrow table."
        )
    return frame


__all__ = ["infer_schema", "read", "validate"]
