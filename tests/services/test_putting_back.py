"""Putting earlier codes back: only where ours still stands, through the same verified lane, with a list of the rest."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.conf import settings

from tests.factories import PersonFactory
from tests.services.centre import ANY_CALL, OTHER, QUEUE, WANTED, Centre, Row, when
from wrapups.domain.sentences import plain
from wrapups.domain.status import Lane, SkipReason, Status
from wrapups.models import Act, Assignment, AuditEntry, BulkAct, BulkActRow, Release, WrapupCode
from wrapups.models.clock import app_now
from wrapups.services import dispatching, draining, overseeing, put_back_pieces, putting_back, restoring
from wrapups.services.auditing import Actor
from wrapups.services.bulk_work import work
from wrapups.services.earlier_codes import WhyNot
from wrapups.services.explaining import explain
from wrapups.services.putting_back import CannotPutBack, StillOpen

AGENT_S = "Wrong number"
LONG = 30.0


@pytest.fixture
def actor(db: None) -> Actor:
    """Somebody who publishes."""
    return Actor(PersonFactory(), "203.0.113.7")


def given(centre: Centre, count: int, *, good: Any = ANY_CALL) -> tuple[Release, Release, list[Row]]:
    """Let a bad release give its code to so many conversations after a good one; return both and the conversations."""
    better = centre.publish((good, OTHER))
    bad = centre.publish((ANY_CALL, WANTED))
    rows = [centre.call() for _ in range(count)]
    if rows:
        centre.decide(*rows)
        work_off(centre, rows)
    return better, bad, rows


def work_off(centre: Centre, rows: Sequence[Row]) -> None:
    """Write and read back whatever is due for these."""
    for row in rows:
        centre.finish(centre.assignment(row))


def asked(centre: Centre, good: Release, bad: Release, actor: Actor) -> BulkAct:
    """Put the good release back in force and have the bad one's codes counted."""
    restoring.put_back_in_force(good, reason="The other was wrong", actor=actor)
    bad.refresh_from_db()
    act = putting_back.ask(bad, reason="It was wrong", actor=actor)
    work(centre.organization, for_s=LONG)
    act.refresh_from_db()
    return act


def put_back(centre: Centre, act: BulkAct, rows: Sequence[Row], actor: Actor) -> BulkAct:
    """Confirm it and let workers do all there is to do."""
    putting_back.confirm(act, actor=actor)
    work(centre.organization, for_s=LONG)
    work_off(centre, rows)
    BulkAct.everywhere.update(due_at=app_now())
    work(centre.organization, for_s=LONG)
    act.refresh_from_db()
    return act


def listed(act: BulkAct) -> dict[str, int]:
    """Return how many rows there are of each outcome and reason."""
    counted: dict[str, int] = {}
    for row in BulkActRow.everywhere.filter(bulk_act=act):
        counted[row.why or row.outcome] = counted.get(row.why or row.outcome, 0) + 1
    return counted


# The whole of it


def test_codes_go_back_and_are_verified_but_where_an_agent_has_chosen_since(centre: Centre, actor: Actor):
    good, bad, rows = given(centre, 6)
    centre.agent_chooses(rows[0], AGENT_S)  # and we know it
    centre.clock.advance(1000)
    overseeing.oversee(centre.organization, gateway=centre.gateway, worker="worker-1", every_s=0)
    act = asked(centre, good, bad, actor)
    centre.agent_chooses(rows[1], AGENT_S)  # and we do not know it yet

    done = put_back(centre, act, rows[1:], actor)

    assert done.state == BulkAct.State.DONE
    assert [centre.code_on(row) for row in rows] == [centre.code(AGENT_S)] * 2 + [centre.code(OTHER)] * 4
    assert listed(act) == {WhyNot.AGENT_CHANGED: 2, "done": 4}
    assert {centre.assignment(row).status for row in rows[2:]} == {Status.VERIFIED}
    assert centre.assignment(rows[1]).reason == SkipReason.AGENT_CHOSE


def test_the_preview_counts_and_writes_nothing(centre: Centre, actor: Actor):
    good, bad, _ = given(centre, 3)
    before = centre.counted("POST */wrapup")

    act = asked(centre, good, bad, actor)

    assert (act.state, act.total, act.counted) == (BulkAct.State.READY, 3, {"waiting": 3})
    assert centre.counted("POST */wrapup") == before
    assert Assignment.everywhere.filter(bulk_act=act).count() == 0


def test_the_code_that_stood_there_before_goes_back_rather_than_what_rules_choose(centre: Centre, actor: Actor):
    centre.let(overwrite="agent")
    good = centre.publish((ANY_CALL, OTHER))
    bad = centre.publish((ANY_CALL, WANTED))
    row = centre.call()
    centre.agent_chooses(row, AGENT_S)
    centre.decide(row)
    work_off(centre, [row])

    act = asked(centre, good, bad, actor)
    put_back(centre, act, [row], actor)

    assert centre.code_on(row) == centre.code(AGENT_S)
    assignment = centre.assignment(row)
    assert (assignment.rule, assignment.release, assignment.bulk_act) == (None, None, act)
    said = plain(explain(assignment).sentences[0])
    assert f"release {bad.number} are put back, and *{AGENT_S}* stood there before *{WANTED}*" in said


def test_what_puts_a_code_back_is_read_alone_right_before_it_is_written(centre: Centre, actor: Actor):
    good, bad, [row] = given(centre, 1)
    act = asked(centre, good, bad, actor)
    putting_back.confirm(act, actor=actor)
    work(centre.organization, for_s=LONG)

    centre.clock.advance(1)
    kinds = [centre.apply().kind, centre.apply().kind]

    assert kinds == ["read", "write"]
    assert centre.assignment(row).lane == Lane.BULK


def test_it_is_not_decided_anew_by_what_is_read_or_said_meanwhile(centre: Centre, actor: Actor):
    good, bad, [row] = given(centre, 1)
    act = asked(centre, good, bad, actor)
    putting_back.confirm(act, actor=actor)
    work(centre.organization, for_s=LONG)

    centre.decide(row)

    made = centre.assignment(row)
    assert (made.status, made.wrapup_code) == (Status.PENDING, centre.codes[OTHER])


def test_a_person_who_chooses_after_it_is_noticed_as_ever_and_ours_from_before_is_not_looked_at(
    centre: Centre, actor: Actor
):
    good, bad, [row] = given(centre, 1)
    first = centre.assignment(row)
    put_back(centre, asked(centre, good, bad, actor), [row], actor)
    centre.agent_chooses(row, AGENT_S)
    centre.clock.advance(1000)

    overseeing.oversee(centre.organization, gateway=centre.gateway, worker="worker-1", every_s=0)

    first.refresh_from_db()
    assert centre.assignment(row).status == Status.OVERRIDDEN
    assert first.status == Status.VERIFIED


# What stays, and why


def test_without_a_code_before_and_without_a_rule_now_ours_stays(centre: Centre, actor: Actor):
    never = when("ani", "is", "nobody")
    good, bad, _ = given(centre, 2, good=never)

    act = asked(centre, good, bad, actor)

    assert act.counted == {WhyNot.NOTHING_BEFORE: 2}
    with pytest.raises(CannotPutBack, match="nothing to do"):
        putting_back.confirm(act, actor=actor)


def test_where_the_rules_now_choose_the_same_nothing_is_done(centre: Centre, actor: Actor):
    _, bad, _ = given(centre, 1)
    centre.publish((ANY_CALL, WANTED))
    bad.refresh_from_db()

    act = putting_back.ask(bad, reason="Try", actor=actor)
    work(centre.organization, for_s=LONG)

    act.refresh_from_db()
    assert act.counted == {WhyNot.SAME: 1}


def test_what_ended_too_long_ago_stays(centre: Centre, actor: Actor):
    good, bad, _ = given(centre, 1)
    centre.clock.advance_database(centre.organization.too_late_h * 3600 + 60)

    act = asked(centre, good, bad, actor)

    assert act.counted == {WhyNot.TOO_OLD: 1}


def test_a_code_that_is_gone_or_off_the_queue_is_not_put_back(centre: Centre, actor: Actor):
    centre.let(overwrite="agent")
    good = centre.publish((ANY_CALL, OTHER))
    bad = centre.publish((ANY_CALL, WANTED))
    rows = [centre.call(), centre.call()]
    centre.agent_chooses(rows[0], AGENT_S)
    centre.agent_chooses(rows[1], "Spam")
    centre.decide(*rows)
    work_off(centre, rows)
    WrapupCode.everywhere.filter(pk=centre.codes[AGENT_S].pk).update(gone_at=app_now())
    centre.offer(QUEUE, WANTED, OTHER)

    act = asked(centre, good, bad, actor)

    assert act.counted == {WhyNot.CODE_GONE: 1, WhyNot.CODE_NOT_ON_QUEUE: 1}


def test_what_is_still_under_way_is_said_so(centre: Centre, actor: Actor):
    good, bad, _ = given(centre, 0)
    row = centre.call()
    centre.decide(row)
    centre.apply()

    act = asked(centre, good, bad, actor)

    assert act.counted == {WhyNot.UNDER_WAY: 1}
    assert centre.assignment(row).status == Status.APPLIED


def test_codes_of_the_release_in_force_are_not_taken_back(centre: Centre, actor: Actor):
    _, bad, _ = given(centre, 0)

    with pytest.raises(CannotPutBack, match="Put another release in force first"):
        putting_back.ask(bad, reason="Try", actor=actor)


def test_a_preview_that_can_put_nothing_back_ends_by_itself_and_is_in_nobodys_way(centre: Centre, actor: Actor):
    good, bad, _ = given(centre, 0)

    act = asked(centre, good, bad, actor)
    again = putting_back.ask(bad, reason="Again", actor=actor)

    assert (act.state, act.finished_at is not None) == (BulkAct.State.DONE, True)
    assert again.state == BulkAct.State.FREEZING


def test_what_was_under_way_is_put_back_when_it_is_counted_again(centre: Centre, actor: Actor):
    good, bad, _ = given(centre, 0)
    row = centre.call()
    centre.decide(row)
    centre.apply()
    first = asked(centre, good, bad, actor)
    work_off(centre, [row])

    second = putting_back.ask(bad, reason="The rest", actor=actor)
    work(centre.organization, for_s=LONG)
    second.refresh_from_db()
    put_back(centre, second, [row], actor)

    assert (first.state, first.counted) == (BulkAct.State.DONE, {WhyNot.UNDER_WAY: 1})
    assert centre.code_on(row) == centre.code(OTHER)


def test_one_such_act_is_open_at_a_time_and_each_needs_a_reason(centre: Centre, actor: Actor):
    good, bad, _ = given(centre, 1)
    asked(centre, good, bad, actor)

    with pytest.raises(StillOpen, match=f"Codes of release {bad.number} come first: that is waiting for your word"):
        putting_back.ask(bad, reason="Again", actor=actor)
    with pytest.raises(CannotPutBack, match="Say why"):
        putting_back.ask(bad, reason=" ", actor=actor)


# Deaths, cancelling, the record


def test_the_set_is_frozen_in_pieces_and_each_row_counted_once(centre: Centre, actor: Actor, monkeypatch):
    good, bad, _ = given(centre, 5)
    restoring.put_back_in_force(good, reason="Back", actor=actor)
    bad.refresh_from_db()
    act = putting_back.ask(bad, reason="Wrong", actor=actor)
    monkeypatch.setattr(put_back_pieces, "FREEZES", 2)

    more = [work(centre.organization, for_s=0.0)]  # no time for a piece
    while more[-1] and len(more) < 10:
        more.append(work(centre.organization, for_s=0.01))

    act.refresh_from_db()
    assert (act.state, act.total, listed(act)) == (BulkAct.State.READY, 5, {"waiting": 5})


def test_cancelling_ends_it_and_what_was_not_sent_yet(centre: Centre, actor: Actor):
    good, bad, rows = given(centre, 3)
    act = asked(centre, good, bad, actor)
    putting_back.confirm(act, actor=actor)
    work(centre.organization, for_s=LONG)

    cancelled = putting_back.cancel(act, actor=actor)
    draining.drain(centre.organization, gateway=centre.gateway, for_s=LONG)

    assert (act.state, cancelled) == (BulkAct.State.CANCELLED, 3)
    assert {centre.code_on(row) for row in rows} == {centre.code(WANTED)}
    with pytest.raises(CannotPutBack, match="nothing is left"):
        putting_back.cancel(act, actor=actor)
    assert not work(centre.organization, for_s=LONG)


def test_cancelling_leaves_what_a_worker_may_have_sent_before_it_died(centre: Centre, actor: Actor):
    good, bad, _ = given(centre, 3)
    act = asked(centre, good, bad, actor)
    putting_back.confirm(act, actor=actor)
    work(centre.organization, for_s=LONG)
    left = centre.claim()
    centre.clock.advance(settings.LEASE_S + 1)
    dispatching.recover_expired(centre.organization)

    cancelled = putting_back.cancel(act, actor=actor)

    statuses = dict(Assignment.everywhere.filter(bulk_act=act).values_list("pk", "status"))
    assert cancelled == 2
    assert statuses.pop(left.pk) != Status.CANCELLED
    assert set(statuses.values()) == {Status.CANCELLED}


def test_everything_is_put_down_to_who_confirmed_it(centre: Centre, actor: Actor):
    good, bad, _ = given(centre, 2)
    act = asked(centre, good, bad, actor)
    putting_back.confirm(act, actor=actor)
    work(centre.organization, for_s=LONG)

    made = Assignment.everywhere.filter(bulk_act=act)
    entries = AuditEntry.objects.filter(table="wrapups_assignment", row__in=[str(each.pk) for each in made])
    confirmed = Act.objects.get(organization=centre.organization, verb="put earlier codes back")
    assert {entry.act_id for entry in entries} == {confirmed.pk}
    assert confirmed.reason == "It was wrong"
