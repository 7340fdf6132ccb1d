"""`panel`: the panel's sections as text and HTML, for front ends that do not load JupyterLab's extensions."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from jupyter_mlsec.controls.contract import Answer, Verb
from jupyter_mlsec.protocol.entries import AnyEntry
from jupyter_mlsec.protocol.errors import LedgerError
from jupyter_mlsec.session.house import House
from jupyter_mlsec.session.verbs.options import Options

_USAGE = """%mlsec panel [--text] [--json]
%mlsec panel --columns RESOURCE [--json]
%mlsec panel --choose

The sections of the JupyterLab panel below this cell: findings, data, artifacts, models and lineage of this run.
--text prints them, for a console or to leave no HTML in the notebook.
--columns says what is usual in a table's columns, as learned; those with personal data are left out.
--choose approves a schema or previews a mask by buttons, where ipywidgets is installed; else it prints the lines."""


def panel_verbs(house: House) -> tuple[Verb, ...]:
    """The panel verb."""

    def run(arguments: Sequence[str], namespace: Mapping[str, Any]) -> Answer:
        from jupyter_mlsec.reports.glance import as_html, as_text, glance

        options = Options("panel")
        options.add_argument("--text", action="store_true")
        options.add_argument("--columns", default="")
        options.add_argument("--choose", action="store_true")
        given = options.read(arguments)
        if given.choose:
            return _choices(house, namespace)
        if given.columns:
            return _columns(house, given.columns)
        found = glance(_entries(house))
        profile = house.policy.profile
        title = (
            f"mlsec is {'on' if house.scope.active else 'paused'}, profile {profile}: {house.journal.recorded} entries"
        )
        page = None if given.text else as_html(found, title)
        return Answer(text=f"{title}\n\n{as_text(found)}", data=msgspec.to_builtins(found), html=page)

    return (Verb(name="panel", summary="This run at a glance, below the cell.", usage=_USAGE, run=run),)


def _choices(house: House, namespace: Mapping[str, Any]) -> Answer:
    from jupyter_mlsec.session import widgets
    from jupyter_mlsec.session.verbs.choosing import Chooser

    chooser = Chooser(house, namespace)
    if widgets.is_installed():
        return widgets.choosing(chooser)
    return Answer(text=chooser.choices.lines(), data=msgspec.to_builtins(chooser.choices))


def _columns(house: House, resource: str) -> Answer:
    from jupyter_mlsec.controls.schema.control import SchemaControl
    from jupyter_mlsec.session.verbs.columns import usual_columns

    control = house.controls.get("schema")
    found = usual_columns(control, resource, _entries(house)) if isinstance(control, SchemaControl) else {}
    lines = [f"  {name:<20}  {usual.line()}" for name, usual in found.items()]
    text = (
        "\n".join([f"{resource}, as learned:", *lines]) if lines else f"Nothing is known of the columns of {resource}."
    )
    return Answer(text=text, data=msgspec.to_builtins(found))


def _entries(house: House) -> Iterator[AnyEntry]:
    """The entries of this run that the ledger holds. A later version's are passed over."""
    ledger = house.keeping.open()
    with contextlib.suppress(LedgerError):  # what is folded already can still be shown
        ledger.fold()
    decoder = msgspec.json.Decoder(AnyEntry)
    for _, raw in ledger.entries(house.run):
        with contextlib.suppress(msgspec.MsgspecError):
            yield decoder.decode(raw)
