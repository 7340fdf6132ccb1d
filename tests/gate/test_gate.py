"""What the gate promises: errors of the user pass, errors of ours do not, and every passage leaves one entry."""

from __future__ import annotations

import msgspec
import pytest

from jupyter_mlsec.controls.contract import Call, Quiet
from jupyter_mlsec.gate.allowances import Allowance
from jupyter_mlsec.protocol.entries import Amended, Recorded, Troubled
from jupyter_mlsec.protocol.errors import Denied, NoIdentity
from jupyter_mlsec.protocol.facts import Shape
from jupyter_mlsec.protocol.records import Cell, Finding, Obligation, Operation, Resource, Subject
from jupyter_mlsec.protocol.watch import Watch
from tests.interception.posts import Post

WATCH = Watch(target="save", action="write", resource="path", value="data")


def operation():
    return Operation(
        id="run.1",
        action="write",
        subject=Subject(name="uid-0"),
        resource=Resource(kind="file", name="out.csv"),
        cell=Cell(execution=1),
        library="lib",
        function="save",
        at=1,
    )


def call():
    return Call(WATCH, ("data", "out.csv"), {}, {"data": 0, "path": 1})


def finding(effect="permit", rule="test.rule"):
    return Finding(control="test", rule=rule, message="out.csv was not saved.", effect=effect)


class Deed:
    def __init__(self, log, fails=None):
        self.log, self.fails = log, fails

    def complete(self, value):
        self.log.append("complete")
        if self.fails:
            raise self.fails
        return value

    def abandon(self, error=None):
        self.log.append("abandon")


class Says(Quiet):
    """A control made for one test."""

    def __init__(self, before=(), after=(), name="test", may_deny=False, deed=None, breaks=None):
        self._before, self._after, self.name, self.may_deny = before, after, name, may_deny
        self.deed, self.breaks, self.asked = deed, breaks, []

    def before(self, operation, call, facts):
        self.asked.append("before")
        if self.breaks == "before":
            raise RuntimeError("ours")
        facts.add(Shape(rows=1, columns=("a",)))
        return self._before

    def after(self, operation, call, value, facts):
        self.asked.append("after")
        if self.breaks == "after":
            raise RuntimeError("ours")
        return self._after

    def fulfil(self, obligation, operation, call, facts):
        if isinstance(self.deed, Exception):
            raise self.deed
        return self.deed

    def fulfil_value(self, obligation, operation, value, facts):
        return "masked"


def test_a_passage_leaves_one_entry_with_facts_and_decision():
    post = Post(Says(after=[finding()]))
    assert post.gate.leave(post.gate.enter(operation(), call()), "value") == "value"
    (entry,) = post.entries
    assert isinstance(entry, Recorded)
    assert entry.outcome == "done"
    assert [one.rule for one in entry.decision.findings] == ["test.rule"]
    assert [type(fact) for fact in entry.facts] == [Shape]


def test_a_denial_before_raises_before_anything_happened_and_is_recorded():
    post = Post(Says(before=[finding("deny")]))
    with pytest.raises(Denied) as caught:
        post.gate.enter(operation(), call())
    assert caught.value.rule == "test.rule"
    assert post.entries[0].outcome == "denied"


def test_a_denial_after_means_the_value_is_never_handed_over():
    post = Post(Says(after=[finding("deny")]))
    passage = post.gate.enter(operation(), call())
    with pytest.raises(Denied):
        post.gate.leave(passage, "value")
    assert [entry.outcome for entry in post.entries] == ["denied"]


def test_an_allowance_lets_the_denial_pass_and_the_entry_names_it():
    post = Post(Says(before=[finding("deny")]))
    post.gate.allowances.add(Allowance(id="a1", rule="test.*", reason="a test"))
    post.gate.leave(post.gate.enter(operation(), call()), "value")
    assert post.entries[0].decision.allowed == ("a1",)


def test_an_allowance_for_another_resource_or_an_expired_one_does_not_help():
    post = Post(Says(before=[finding("deny")]))
    post.gate.allowances.add(Allowance(id="a1", rule="test.rule", reason="r", resource="other.csv"))
    post.gate.allowances.add(Allowance(id="a2", rule="test.rule", reason="r", until=1))
    with pytest.raises(Denied):
        post.gate.enter(operation(), call())


@pytest.mark.parametrize("where", ["before", "after"])
def test_an_observer_of_ours_that_breaks_does_not_break_the_call(where):
    broken, other = Says(breaks=where, name="broken"), Says(name="other")
    post = Post(broken, other, raise_ours=False)
    assert post.gate.leave(post.gate.enter(operation(), call()), "value") == "value"
    assert [type(entry) for entry in post.entries] == [Troubled, Recorded]
    assert post.entries[0].error == "RuntimeError"
    assert other.asked == ["before", "after"]


def test_a_broken_control_is_suspended_for_the_rest_of_that_call():
    broken = Says(breaks="before")
    post = Post(broken, raise_ours=False)
    post.gate.leave(post.gate.enter(operation(), call()), "value")
    assert broken.asked == ["before"]


def test_a_control_that_may_deny_fails_closed():
    post = Post(Says(breaks="before", may_deny=True), raise_ours=False)
    with pytest.raises(Denied) as caught:
        post.gate.enter(operation(), call())
    assert caught.value.rule == "gate.control-broke"


def test_the_users_error_is_recorded_by_type_only_and_what_was_begun_is_abandoned():
    log = []
    post = Post(Says(before=[Obligation(control="test", deed="seal", on="call")], deed=Deed(log)))
    passage = post.gate.enter(operation(), call())
    post.gate.fail(passage, ValueError("ssn 078-05-1120"))
    assert log == ["abandon"]
    assert (post.entries[0].outcome, post.entries[0].error) == ("failed", "ValueError")
    assert "078-05" not in str(post.entries)


def test_an_interrupt_is_recorded_as_one():
    post = Post(Says())
    post.gate.fail(post.gate.enter(operation(), call()), KeyboardInterrupt())
    assert post.entries[0].outcome == "interrupted"


def test_an_obligation_on_the_call_is_completed_once():
    log = []
    post = Post(Says(before=[Obligation(control="test", deed="seal", on="call")], deed=Deed(log)))
    post.gate.leave(post.gate.enter(operation(), call()), None)
    assert log == ["complete"]


def test_an_obligation_that_cannot_begin_denies_with_its_own_words():
    post = Post(Says(before=[Obligation(control="test", deed="open", on="call")], deed=NoIdentity("no key here")))
    with pytest.raises(NoIdentity, match="no key here"):
        post.gate.enter(operation(), call())
    assert post.entries[0].outcome == "denied"


def test_an_obligation_that_breaks_denies():
    post = Post(
        Says(before=[Obligation(control="test", deed="open", on="call")], deed=RuntimeError("ours")), raise_ours=False
    )
    with pytest.raises(Denied):
        post.gate.enter(operation(), call())


def test_an_obligation_begun_is_abandoned_when_another_denies():
    log = []
    seal = Obligation(control="one", deed="seal", on="call")
    open_ = Obligation(control="two", deed="open", on="call")
    post = Post(Says(before=[seal, open_], name="one", deed=Deed(log)), Says(name="two", deed=OSError("disk")))
    with pytest.raises(OSError, match="disk"):
        post.gate.enter(operation(), call())
    assert set(log) <= {"abandon"}


def test_a_deed_that_cannot_be_completed_is_heard_and_recorded_as_failed():
    log = []
    deed = Deed(log, fails=OSError("disk full"))
    post = Post(Says(before=[Obligation(control="test", deed="seal", on="call")], deed=deed))
    passage = post.gate.enter(operation(), call())
    with pytest.raises(OSError, match="disk full"):
        post.gate.leave(passage, None)
    assert (post.entries[0].outcome, post.entries[0].error) == ("failed", "OSError")


def test_an_obligation_on_the_value_gives_the_user_another():
    post = Post(Says(after=[Obligation(control="test", deed="mask", on="value")]))
    assert post.gate.leave(post.gate.enter(operation(), call()), "value") == "masked"


def test_what_is_learned_later_amends_and_never_changes_the_record():
    post = Post(Says())
    post.gate.leave(post.gate.enter(operation(), call()), "value")
    first = post.entries[0]
    post.gate.amend(operation(), findings=[finding()])
    assert post.entries[0] is first
    assert isinstance(post.entries[1], Amended)
    assert post.entries[1].amends == "run.1"


def test_a_piece_of_a_stream_is_judged_and_amends():
    class Stream(Quiet):
        name = "test"

        def during(self, operation, chunk, facts):
            return [finding()] if chunk == "bad" else ()

    post = Post(Stream())
    passage = post.gate.enter(operation(), call())
    post.gate.leave(passage, "reader")
    assert post.gate.during(passage, "good") == "good"
    assert post.gate.during(passage, "bad") == "bad"
    assert [type(entry) for entry in post.entries] == [Recorded, Amended]


def read_again(post, number):
    """A read like those before it, of a stream."""
    reading = msgspec.structs.replace(operation(), id=f"run.{number}", action="read")
    passage = post.gate.enter(reading, call())
    post.gate.leave(passage, "reader")
    return passage


def test_a_stream_that_was_only_counted_says_no_more_when_it_is_read_to_its_end():
    post = Post()
    post.gate.end(read_again(post, 1), "done")
    post.gate.end(read_again(post, 2), "done")
    post.gate.counting.settle()
    assert [type(entry) for entry in post.entries] == [Recorded, Amended, Amended]
    assert post.entries[-1].facts[0].count == 1


def test_a_stream_that_was_only_counted_is_recorded_when_it_is_left():
    post = Post()
    read_again(post, 1)
    post.gate.end(read_again(post, 2), "interrupted")
    post.gate.counting.settle()
    assert [entry.operation.id for entry in post.recorded] == ["run.1", "run.2"]
    assert [(entry.amends, entry.outcome) for entry in post.entries if isinstance(entry, Amended)] == [
        ("run.2", "interrupted")
    ]
