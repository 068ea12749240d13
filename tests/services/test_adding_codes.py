"""Putting a code on a queue in Genesys Cloud: once, after a person said so, and read back."""

from typing import Any

import pytest

from tests.factories import AddedCodeFactory, PersonFactory
from tests.services.centre import OTHER, QUEUE, WANTED, Centre
from wrapups.domain.status import FailReason, Status
from wrapups.models import Act, AddedCode, QueueWrapupCode
from wrapups.services import adding_codes
from wrapups.services.adding_codes import CannotAdd
from wrapups.services.auditing import Actor
from wrapups.services.budgeting import wait_for_call
from wrapups.services.looking_again import look_again

ADDS = ["POST */routing/queues/*/wrapupcodes"]
READS = ["GET */routing/queues/*/wrapupcodes"]


@pytest.fixture
def actor(db: None) -> Actor:
    """An admin."""
    return Actor(PersonFactory())


@pytest.fixture
def bare(centre: Centre) -> Centre:
    """The centre, whose queue offers one code only, and whose client may change queues."""
    centre.simulator.offer_codes(centre.queues[QUEUE].genesys_id, [centre.code(OTHER)])
    centre.offer(QUEUE, OTHER)
    centre.simulator.grant("routing:queue:edit")
    return centre


def ask(centre: Centre, actor: Actor, *, code: str = WANTED, reason: str = "A new outcome") -> AddedCode:
    """Let somebody ask for it."""
    queue, wanted = centre.queues[QUEUE], centre.codes[code]
    return adding_codes.ask(centre.organization, queue=queue, code=wanted, reason=reason, actor=actor)


def work(centre: Centre, added: AddedCode, *, turns: int = 1) -> AddedCode:
    """Let a worker have so many turns, with time in between; return it as it is then."""
    for _ in range(turns):
        adding_codes.go_on(centre.organization, gateway=centre.gateway)
        centre.clock.advance(61)
    added.refresh_from_db()
    return added


def outlive_the_lease(centre: Centre) -> None:
    """Let another worker do what there is to do, when the lease of the first is over."""
    centre.clock.advance(adding_codes.LEASE_S + 1)
    adding_codes.go_on(centre.organization, gateway=centre.gateway)


class FrozenAfterSending:
    """A worker's gateway: the call leaves, and the worker wakes when another has been at it."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.queue_wrapup_codes = centre.gateway.queue_wrapup_codes

    def add_code_to_queue(self, queue_id: str, code_id: str) -> None:
        self.centre.gateway.add_code_to_queue(queue_id, code_id)
        outlive_the_lease(self.centre)


def offered(centre: Centre) -> set[str]:
    """Return the codes the queue really offers."""
    return {code.id for code in centre.gateway.queue_wrapup_codes(centre.queues[QUEUE].genesys_id).items}


def test_a_code_that_somebody_confirmed_is_on_the_queue_and_seen_there(bare: Centre, actor: Actor):
    added = work(bare, ask(bare, actor))

    assert added.state == AddedCode.State.DONE
    assert offered(bare) == {bare.code(OTHER), bare.code(WANTED)}
    assert QueueWrapupCode.everywhere.get(queue=added.queue, wrapup_code=added.wrapup_code).gone_at is None
    assert (bare.counted("POST */wrapupcodes"), adding_codes.is_due(bare.organization)) == (1, False)


def test_it_is_the_person_s_act_with_its_reason(bare: Centre, actor: Actor):
    work(bare, ask(bare, actor))

    act = Act.objects.get(verb="put a code on a queue")
    assert (act.person, act.reason) == (actor.person, "A new outcome")
    entries = bare.entries("wrapups_addedcode") + bare.entries("wrapups_queuewrapupcode")[1:]
    assert {entry.actor for entry in entries} == {actor.mark}


def test_what_failed_for_want_of_it_goes_on_when_it_is_looked_at_again(bare: Centre, actor: Actor):
    failed = bare.assign()
    before = (failed.status, failed.reason)
    work(bare, ask(bare, actor))

    finished = bare.finish(look_again(failed, actor=actor))

    assert before == (Status.FAILED, FailReason.CODE_NOT_ON_QUEUE)
    assert finished.status == Status.VERIFIED
    assert bare.code_on(failed) == bare.code(WANTED)


def test_asked_for_twice_it_is_done_once(bare: Centre, actor: Actor):
    first, second = ask(bare, actor), ask(bare, actor)
    work(bare, first)

    assert first == second
    assert bare.counted("POST */wrapupcodes") == 1


@pytest.mark.parametrize("reason", ["", "   "])
def test_it_needs_a_reason(reason: str, bare: Centre, actor: Actor):
    with pytest.raises(CannotAdd, match="Say why"):
        ask(bare, actor, reason=reason)


def test_what_is_there_already_is_not_put_there_again(bare: Centre, actor: Actor):
    with pytest.raises(CannotAdd, match="already"):
        ask(bare, actor, code=OTHER)


def test_a_permission_that_is_missing_for_this_holds_no_other_call(bare: Centre, actor: Actor):
    bare.simulator.revoke("routing:queue:edit")

    added = work(bare, ask(bare, actor))

    assert (added.state, added.error_code) == (AddedCode.State.FAILED, "missing.permissions")
    assert "routing:queue:edit" in added.problem
    assert added.correlation_id
    assert bare.budget.refused_at is None


def test_a_refusal_is_told_in_genesys_words_and_not_made_again(bare: Centre, actor: Actor):
    bare.simulator.delete_code(bare.code(WANTED))

    added = work(bare, ask(bare, actor), turns=3)

    assert (added.state, added.http_status) == (AddedCode.State.FAILED, 404)
    assert bare.counted("POST */wrapupcodes") == 1


@pytest.mark.parametrize("mode", ["e500_after", "reset_after"])
def test_an_unclear_answer_is_read_back_and_never_sent_again(mode: str, bare: Centre, actor: Actor):
    bare.simulator.fault(mode, operations=ADDS, count=1)

    added = work(bare, ask(bare, actor), turns=2)

    assert added.state == AddedCode.State.DONE
    assert bare.counted("POST */wrapupcodes") == 1


def test_throttled_it_is_asked_for_again_when_the_time_is_over(bare: Centre, actor: Actor):
    bare.simulator.fault("r429", operations=ADDS, count=1, retry_after="7")

    first = work(bare, ask(bare, actor)).state
    added = work(bare, AddedCode.everywhere.get(), turns=1)

    assert (first, added.state) == (AddedCode.State.ASKED, AddedCode.State.DONE)


def test_what_is_accepted_and_never_seen_is_for_a_person(bare: Centre, actor: Actor):
    bare.simulator.fault("accept_but_drop", operations=ADDS)

    added = work(bare, ask(bare, actor), turns=4)

    assert (added.state, added.problem) == (AddedCode.State.FAILED, adding_codes.NEVER_SEEN)
    assert bare.counted("POST */wrapupcodes") == 1


def test_what_a_dead_worker_may_have_sent_is_read_and_not_sent_again(bare: Centre, actor: Actor):
    added = AddedCodeFactory(
        organization=bare.organization, queue=bare.queues[QUEUE], wrapup_code=bare.codes[WANTED], state="sent"
    )

    work(bare, added, turns=4)

    assert AddedCode.everywhere.get().state == AddedCode.State.FAILED
    assert bare.counted("POST */wrapupcodes") == 0


def test_a_worker_that_wakes_after_another_has_finished_changes_nothing(bare: Centre, actor: Actor):
    added = ask(bare, actor)

    adding_codes.go_on(bare.organization, gateway=FrozenAfterSending(bare))

    added.refresh_from_db()
    assert (added.state, added.lease_until) == (AddedCode.State.DONE, None)


def test_a_worker_that_waited_for_its_call_for_too_long_sends_nothing_again(
    bare: Centre, actor: Actor, monkeypatch: pytest.MonkeyPatch
):
    added, waited_in = ask(bare, actor), "wrapups.services.adding_codes.wait_for_call"

    def frozen_meanwhile(*args: Any, **options: Any) -> bool:
        monkeypatch.setattr(waited_in, wait_for_call)
        granted = wait_for_call(*args, **options)
        outlive_the_lease(bare)
        return granted

    monkeypatch.setattr(waited_in, frozen_meanwhile)
    adding_codes.go_on(bare.organization, gateway=bare.gateway)

    added.refresh_from_db()
    assert (added.state, bare.counted("POST */wrapupcodes")) == (AddedCode.State.DONE, 1)


def test_calls_that_are_held_hold_this_too(bare: Centre, actor: Actor):
    added = ask(bare, actor)
    type(bare.budget).objects.update(held_at=bare.clock.now(), held_by=actor.person, held_reason="Maintenance")

    assert work(bare, added).state == AddedCode.State.ASKED
    assert bare.counted("POST */wrapupcodes") == 0
