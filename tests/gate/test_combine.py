"""The combining rules hold for any judgements, in any order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlsec.gate.combine import combine
from jupyter_mlsec.protocol.records import Finding, Obligation

CONTROLS = ("schema", "pii", "encryption")
DEEDS = ("open", "seal", "mask", "redact")
KNOWN = {(control, deed) for control in CONTROLS for deed in DEEDS}

findings = st.builds(
    Finding,
    control=st.sampled_from(CONTROLS),
    rule=st.sampled_from(["a.one", "a.two", "b.one"]),
    message=st.just("said"),
    effect=st.sampled_from(["permit", "deny"]),
)
obligations = st.builds(
    Obligation,
    control=st.sampled_from(CONTROLS),
    deed=st.sampled_from(DEEDS),
    on=st.sampled_from(["call", "value"]),
)
judgements = st.lists(st.one_of(findings, obligations), max_size=8)


@given(judgements)
def test_deny_overrides(said):
    denied = any(isinstance(one, Finding) and one.effect == "deny" for one in said)
    assert (combine(said, KNOWN).effect == "deny") is denied


@given(judgements, st.randoms(use_true_random=False))
def test_the_order_of_judgements_does_not_matter(said, random):
    shuffled = list(said)
    random.shuffle(shuffled)
    one, other = combine(said, KNOWN), combine(shuffled, KNOWN)
    assert one.effect == other.effect
    assert one.obligations == other.obligations


@given(judgements, st.one_of(findings, obligations))
def test_one_more_judgement_never_turns_a_denial_into_a_permit(said, more):
    if combine(said, KNOWN).effect == "deny":
        assert combine([*said, more], KNOWN).effect == "deny"


@given(judgements, judgements)
def test_obligations_add_up(some, others):
    def deeds(said):
        return {(one.control, one.deed, one.on) for one in combine(said, KNOWN).obligations}

    assert deeds([*some, *others]) == deeds(some) | deeds(others)


@given(judgements, obligations)
def test_an_unknown_obligation_denies_and_is_never_handed_on(said, unknown):
    known = KNOWN - {(unknown.control, unknown.deed)}
    decision = combine([*said, unknown], known)
    assert decision.effect == "deny"
    assert "gate.unknown-obligation" in {one.rule for one in decision.findings}
    assert all((one.control, one.deed) in known for one in decision.obligations)


@given(judgements)
def test_an_allowance_permits_only_the_rules_it_covers(said):
    decision = combine(said, KNOWN, lambda finding: "x1" if finding.rule == "a.one" else None)
    others = any(isinstance(one, Finding) and one.effect == "deny" and one.rule != "a.one" for one in said)
    allowed = any(isinstance(one, Finding) and one.effect == "deny" and one.rule == "a.one" for one in said)
    assert (decision.effect == "deny") is others
    assert decision.allowed == (("x1",) if allowed else ())


@given(judgements)
def test_what_opens_comes_before_what_masks_and_what_masks_before_what_seals(said):
    order = [DEEDS_IN_ORDER[one.deed] for one in combine(said, KNOWN).obligations]
    assert order == sorted(order)


DEEDS_IN_ORDER = {"open": 0, "redact": 1, "seal": 2, "mask": 3}
