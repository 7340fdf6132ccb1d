"""The models control: it looks at nothing, and loads nothing, until a model is fitted, asked, saved or loaded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jupyter_mlsec.controls.contract import NOTHING, Call, Judgement, Quiet, Site, Verb
from jupyter_mlsec.controls.models.formats import ANSWERS, CHANGING, FORMATS
from jupyter_mlsec.controls.models.settings import Settings
from jupyter_mlsec.protocol.entries import Did, Entry
from jupyter_mlsec.protocol.facts import Facts
from jupyter_mlsec.protocol.records import Obligation, Operation

if TYPE_CHECKING:
    from jupyter_mlsec.controls.models.cards import Cards
    from jupyter_mlsec.controls.models.watching import Watching

_MODELS = frozenset({"fit", *ANSWERS})


class Models(Quiet):
    """Hands the calls that concern a model to what watches models, which the first of them brings in."""

    name = "models"

    def __init__(self, site: Site) -> None:
        settings: Settings = site.settings
        self._site = site
        self.may_deny = bool(settings.answers) and site.profile != "observe"

    @cached_property
    def watching(self) -> Watching:
        """What watches the models of this session."""
        from jupyter_mlsec.controls.models.watching import Watching

        return Watching(self._site)

    @property
    def cards(self) -> Cards:
        """The cards of the models that were seen."""
        return self.watching.cards

    @property
    def _is_awake(self) -> bool:
        return "watching" in self.__dict__

    def before(self, operation: Operation, call: Call, facts: Facts) -> Iterable[Judgement]:
        concerns = operation.action in ANSWERS or (operation.action == "read" and operation.resource.format in FORMATS)
        return self.watching.before(operation, call, facts) if concerns else NOTHING

    def after(self, operation: Operation, call: Call, value: Any, facts: Facts) -> Iterable[Judgement]:
        action = operation.action
        concerns = (
            action in _MODELS
            or (action == "write" and operation.resource.format in FORMATS)
            or (action == "execute" and self._is_awake)
        )
        return self.watching.after(operation, call, value, facts) if concerns else NOTHING

    def heard(self, entry: Entry) -> None:
        """What other controls said of a model's fit or save goes on its card; a file sealed anew is signed anew."""
        if self._is_awake or (isinstance(entry, Did) and entry.verb in CHANGING):
            self.watching.heard(entry)

    def settle(self, seconds: float, *, last: bool = False) -> None:
        """At the end of a script, what it wrote through open files is complete."""
        if self._is_awake:
            self.watching.settle(seconds, last=last)

    def fulfil_value(self, obligation: Obligation, operation: Operation, value: Any, facts: Facts) -> Any:
        """Give of an answer what the policy says."""
        return self.watching.fulfil_value(obligation, operation, value, facts)

    def verbs(self) -> Sequence[Verb]:
        """`models`."""
        return self.watching.verbs()
