"""Every word after `%mlsec`: the session's own, and those each control brings."""

from __future__ import annotations

from jupyter_mlsec.controls.contract import Speaks, Verb
from jupyter_mlsec.session.display import Display
from jupyter_mlsec.session.house import House
from jupyter_mlsec.session.verbs.audit import audit_verbs
from jupyter_mlsec.session.verbs.findings import finding_verbs
from jupyter_mlsec.session.verbs.guide import guide_verbs
from jupyter_mlsec.session.verbs.ledger import ledger_verbs
from jupyter_mlsec.session.verbs.panel import panel_verbs
from jupyter_mlsec.session.verbs.policy import policy_verbs
from jupyter_mlsec.session.verbs.state import state_verbs


def all_verbs(house: House, display: Display) -> dict[str, Verb]:
    """Verb by name, in the order `help` shows them."""
    verbs = [*state_verbs(house, display), *finding_verbs(house, display)]
    for control in house.controls.values():
        if isinstance(control, Speaks):
            verbs.extend(control.verbs())
    verbs += [*ledger_verbs(house), *audit_verbs(house), *panel_verbs(house), *policy_verbs(house)]
    known = {verb.name: verb for verb in verbs}
    return known | {verb.name: verb for verb in guide_verbs(known)}


__all__ = ["all_verbs"]
