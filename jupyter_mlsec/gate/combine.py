"""How many findings become one decision: deny overrides, obligations add up, an unknown obligation denies."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable

from jupyter_mlsec.controls.contract import Judgement
from jupyter_mlsec.gate.wording import unknown_obligation
from jupyter_mlsec.protocol.records import Decision, Finding, Obligation

_ORDER = {"open": 0, "redact": 1, "seal": 2, "mask": 3}
"""What is begun first is completed last: a seal names another place to write to, which a mask that writes by itself (a
statement's rows) must find, and what it wrote must be there when the seal is put on."""
PERMIT = Decision(effect="permit")


def combine(
    judgements: Iterable[Judgement],
    known: Container[tuple[str, str]],
    allowance: Callable[[Finding], str | None] = lambda _: None,
) -> Decision:
    """One decision from all that was said (XACML's deny-overrides; the order of judgements does not matter).

    known: the (control, deed) pairs somebody can fulfil; allowance: the id that lets a denial pass, or None.
    """
    findings: list[Finding] = []
    obligations: list[Obligation] = []
    allowed: list[str] = []
    denied = False
    for judgement in judgements:
        if isinstance(judgement, Obligation):
            if (judgement.control, judgement.deed) in known:
                if judgement not in obligations:
                    obligations.append(judgement)
                continue
            judgement = unknown_obligation(judgement)
        findings.append(judgement)
        if judgement.effect == "deny":
            id = allowance(judgement)
            if id is None:
                denied = True
            else:
                allowed.append(id)
    return Decision(
        effect="deny" if denied else "permit",
        findings=tuple(findings),
        obligations=tuple(sorted(obligations, key=_order)),
        allowed=tuple(dict.fromkeys(allowed)),
    )


def _order(one: Obligation) -> tuple[int, str, str, list[tuple[str, str]]]:
    return _ORDER[one.deed], one.control, one.on, sorted(one.details.items())
