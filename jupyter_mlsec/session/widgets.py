"""Choices as lists and buttons, where ipywidgets is installed: the only door to it, opened when somebody asks."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from jupyter_mlsec.controls.contract import Answer

if TYPE_CHECKING:
    from jupyter_mlsec.session.verbs.choosing import Chooser

Deeds = Mapping[str, Callable[..., str]]
"""What a button says, and what it does with what is chosen."""
_WAYS = ("partial", "redact", "token", "reversible", "shift", "generalise")


class WidgetAnswer(Answer, frozen=True, kw_only=True):
    """An answer with a widget beside its text: a front end shows what it can."""

    bundle: Mapping[str, Any]


def is_installed() -> bool:
    """Whether there are widgets to make."""
    return find_spec("ipywidgets") is not None


def choosing(chooser: Chooser) -> WidgetAnswer:
    """Lists and buttons for all there is to choose; its text is the lines they stand for."""
    import ipywidgets

    choices = chooser.choices
    parts = []
    if choices.schemas:
        approving: Deeds = {"Show": chooser.schema, "Approve": chooser.approve}
        parts.append(_part(ipywidgets, {"Schema": choices.schemas}, approving))
    if choices.tables:
        masking: Deeds = {"Preview": chooser.preview, "Put a masked copy beside it": chooser.mask}
        parts.append(_part(ipywidgets, {"Table": choices.tables, "Mask": _WAYS}, masking))
    text = choices.lines()
    box = ipywidgets.VBox(parts or [ipywidgets.HTML(html.escape(text))])
    return WidgetAnswer(text=text, bundle={**box._repr_mimebundle_(), "text/plain": text})


def _part(
    widgets: Any,  # Any: the module, which only this file may know
    lists: Mapping[str, tuple[str, ...]],
    deeds: Deeds,
) -> Any:
    """Lists to choose from, a button for each deed, and what the last one answered. Answers are text, never HTML."""
    chosen = [widgets.Dropdown(description=f"{name}:", options=options) for name, options in lists.items()]
    said = widgets.HTML()
    buttons = []
    for name, deed in deeds.items():
        button = widgets.Button(description=name, tooltip=name, layout=widgets.Layout(width="auto"))

        def press(_: Any, deed: Callable[..., str] = deed) -> None:
            said.value = f"<pre>{html.escape(deed(*(each.value for each in chosen)))}</pre>"

        button.on_click(press)
        buttons.append(button)
    return widgets.VBox([widgets.HBox([*chosen, *buttons]), said])
