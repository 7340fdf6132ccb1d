"""What a save is to write, masked on its way: tables, arrays, what is inside of dicts and lists, and rows of SQL.

What is handed to a writer later, row by row, is masked by `rows.py`. Of what no masked copy can be made nothing is
saved.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from jupyter_mlsec.controls.contract import Call, Fulfilment
from jupyter_mlsec.controls.pii.detection import Detection
from jupyter_mlsec.controls.pii.masking import is_table
from jupyter_mlsec.controls.pii.obliged import Masking, Plan, carry_out, plan_for
from jupyter_mlsec.controls.pii.rows import MaskedRows, Tell
from jupyter_mlsec.controls.pii.settings import MaskRule
from jupyter_mlsec.protocol.errors import UsageError

_COPIED = "mlsec_masked"
"""What the masked rows are called while duckdb writes them."""
_BY_ROW = frozenset(("writer", "DictWriter.__init__"))
_NEVER = {
    "csv:CSVWriter": "what goes to a CSVWriter is not seen. Write the whole table (pyarrow.csv.write_csv).",
    "dump_module": "a whole session is no value that can be masked. Save its tables by themselves.",
}
_INTO_TABLE = frozenset(("DuckDBPyRelation.create", "DuckDBPyRelation.to_table", "DuckDBPyRelation.insert_into"))


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """A statement that copies rows into a file: they are fetched, masked, and copied by a statement of its own."""

    rules: tuple[MaskRule, ...]
    query: str
    following: str


class ByRow(msgspec.Struct, frozen=True, kw_only=True):
    """A writer that is handed its rows later."""

    rules: tuple[MaskRule, ...]


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """A relation of duckdb's, whose rows were fetched to be masked."""

    plan: Plan
    rows: Any  # Any: an Arrow table


class Arrays(msgspec.Struct, frozen=True, kw_only=True):
    """Several arrays for one file, masked already."""

    plan: Plan
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


Deed = Plan | Copy | ByRow | Relation | Arrays


def deed_for(rules: tuple[MaskRule, ...], call: Call) -> Deed | None:
    """What these rules make of the call; None: nothing to mask. Raises UsageError for what cannot be masked."""
    watch = call.watch
    if watch.target in _NEVER:
        raise UsageError(_NEVER[watch.target])
    if watch.statement:
        return _copy(rules, call)
    if watch.format == "csv" and watch.target in _BY_ROW:
        return ByRow(rules=rules)
    if watch.format == "npz":
        return _arrays(rules, call)
    value = None if watch.value is None or "." in watch.value else materialised(call.value)
    if _is_relation(value):
        return _relation(rules, call, value)
    if value is None or not (is_table(value) or (watch.format is not None and watch.kind is None)):
        return None
    try:
        plan = plan_for(rules, value)
    except UsageError as error:
        raise UsageError(f"{str(error).removeprefix('Nothing was masked: ')}. {_FIX}") from error
    if plan is not None and plan.made is None and value is not call.value:
        return msgspec.structs.replace(plan, made=carry_out(plan, value))
    return plan


_FIX = "Take it out, or save a masked table in its place (mlsec.mask)."


def is_named(call: Call) -> bool:
    """Whether it writes one table, of which others may know more than its values tell."""
    value = None if call.watch.value is None or "." in call.watch.value else call.value
    return value is not None and is_table(value)


def begun(
    deed: Deed, call: Call, more: Mapping[str, Sequence[Detection]], tell: Tell, done: Callable[[Plan], None]
) -> Fulfilment:
    """The deed on its way.

    more: what others know of the columns of a statement's rows. `tell` hears of rows that are masked later, `done` of
    what a statement's rows held.
    """
    if isinstance(deed, Copy):
        return _Copying(deed, call, more, done)
    if isinstance(deed, ByRow):
        return _ByRow(deed, call, tell)
    if isinstance(deed, Relation):
        call.replace("self", _duckdb().from_arrow(carry_out(deed.plan, deed.rows)))
        return Masking(None, call)
    if isinstance(deed, Arrays):
        call.args, call.kwargs = deed.args, deed.kwargs
        return Masking(None, call)
    return Masking(deed, call)


def materialised(value: Any) -> Any:  # Any: whatever a call is given
    """The rows of what only knows how to read them: datasets and readers of Arrow. Any other value as it is."""
    if type(value).__module__.partition(".")[0] != "pyarrow":
        return value
    if hasattr(value, "to_table"):
        return value.to_table()
    return value.read_all() if type(value).__name__.endswith("RecordBatchReader") else value


def _copy(rules: tuple[MaskRule, ...], call: Call) -> Copy | None:
    text, spelling = getattr(call.resource, "query", call.resource), call.watch.spelling
    if spelling is None or not isinstance(text, str) or spelling.written(text) is None:
        return None
    taken = spelling.rows(text)
    if taken is None or (call.watch.target.endswith("executemany")):
        raise UsageError(
            "the rows of this statement cannot be taken out of it. Run COPY (query) TO 'file' by itself, with the "
            "file's name in it."
        )
    return Copy(rules=rules, query=taken[0], following=taken[1])


def is_changing_database(call: Call) -> bool:
    """Whether SQL changes a database there, out of everybody's sight."""
    return call.watch.statement or call.watch.target in _INTO_TABLE


def _duckdb() -> Any:
    """The user's duckdb; None where it was never imported."""
    return sys.modules.get("duckdb")


def _is_relation(value: Any) -> bool:
    return isinstance(value, getattr(_duckdb(), "DuckDBPyRelation", ()))


def _relation(rules: tuple[MaskRule, ...], call: Call, value: Any) -> Relation | None:
    if call.watch.target in _INTO_TABLE:
        return None
    rows = _fetched(value)
    plan = plan_for(rules, rows)
    return None if plan is None else Relation(plan=plan, rows=rows)


def _arrays(rules: Sequence[MaskRule], call: Call) -> Arrays | None:
    place = call.positions.get("file", 0)
    given = {**{f"arr_{at - place - 1}": one for at, one in enumerate(call.args) if at > place}, **call.kwargs}
    given.pop("file", None)
    plan = plan_for(rules, given)
    if plan is None:
        return None
    made = dict(plan.made)
    args = tuple(made.pop(f"arr_{at - place - 1}") if at > place else one for at, one in enumerate(call.args))
    kwargs = {name: made.get(name, one) for name, one in call.kwargs.items()}
    return Arrays(plan=plan, args=args, kwargs=kwargs)


def _fetched(rows: Any) -> Any:
    """The rows of a relation, or of what a connection ran last, as an Arrow table."""
    with warnings.catch_warnings():  # a connection's rows cost a copy more, which is no news to the user
        warnings.simplefilter("ignore")
        for name in ("to_arrow_table", "fetch_arrow_table"):
            if hasattr(rows, name):
                return getattr(rows, name)()
    return rows.arrow()


class _Copying:
    """The statement asks for the rows alone; once they are there, they are written as it wanted them."""

    def __init__(
        self, deed: Copy, call: Call, more: Mapping[str, Sequence[Detection]], done: Callable[[Plan], None]
    ) -> None:
        self._more = more
        taken = call.watch.spelling.rows(getattr(call.resource, "query", call.resource))  # type: ignore[union-attr]
        self._following = deed.following if taken is None else taken[1]  # a seal may have named another file
        self._deed, self._call, self._done = deed, call, done
        call.replace(str(call.watch.resource), deed.query)

    def complete(self, value: Any) -> Any:
        rows = _fetched(value)
        plan = plan_for(self._deed.rules, rows, self._more)
        if plan is not None:
            rows = carry_out(plan, rows)
            self._done(plan)
        return self._written(rows, value)

    def _written(self, rows: Any, value: Any) -> Any:
        duckdb = _duckdb()
        owner = self._call.args[0] if self._call.args else None
        given = self._call.kwargs.get("connection")
        kind = duckdb.DuckDBPyConnection
        connection = next((one for one in (owner, given, value) if isinstance(one, kind)), None)
        if connection is None:
            connection = duckdb.default_connection()
        connection.register(_COPIED, rows)
        try:
            statement = f"COPY {_COPIED} {self._following}"
            if isinstance(value, kind):
                return connection.execute(statement)
            return connection.sql(statement)
        finally:
            connection.unregister(_COPIED)

    def abandon(self, error: BaseException | None = None) -> None:
        """Nothing was written that could be left behind."""


class _ByRow:
    """The writer that the call makes is handed out inside of one that masks what it is given."""

    def __init__(self, deed: ByRow, call: Call, tell: Tell) -> None:
        self._deed, self._call, self._tell = deed, call, tell

    def complete(self, value: Any) -> Any:
        if self._call.watch.target == "writer":
            return MaskedRows(value, self._deed.rules, self._tell)
        made = self._call.args[0]
        made.writer = MaskedRows(made.writer, self._deed.rules, self._tell, names=made.fieldnames)
        return value

    def abandon(self, error: BaseException | None = None) -> None:
        """No writer was made."""
