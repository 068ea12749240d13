"""Acts on many assignments: what is frozen is what is acted on, once, and every row left alone says why."""

from collections import Counter
from collections.abc import Sequence

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import (
    AssignmentFactory,
    CommunicationFactory,
    MappingRuleFactory,
    OrganizationFactory,
    PersonFactory,
    QueueFactory,
    QueueWrapupCodeFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.domain.status import FailReason, Lane, SkipReason, Status
from wrapups.models import Assignment, AuditEntry, BulkAct, BulkActRow, Conversation, MappingRule, Organization, Release
from wrapups.models.clock import AppNow, app_now
from wrapups.services import bulk_acting, bulk_pieces, bulk_work, retrying
from wrapups.services.auditing import Actor
from wrapups.services.bulk_acting import CannotAct
from wrapups.services.bulk_judging import WhyNot
from wrapups.services.decide_again_pieces import Became

pytestmark = pytest.mark.django_db
Kind, State = BulkAct.Kind, BulkAct.State
LONG = 30.0


@pytest.fixture
def actor() -> Actor:
    """Somebody who looks after failures."""
    return Actor(PersonFactory(), "203.0.113.7")


@pytest.fixture
def organization() -> Organization:
    return OrganizationFactory()


def failures(organization: Organization, count: int, **columns: object) -> list[Assignment]:
    """Return so many assignments that have failed."""
    made: list[Assignment] = AssignmentFactory.create_batch(count, organization=organization, failed=True, **columns)
    return made


def asked(organization: Organization, actor: Actor, kind: BulkAct.Kind = Kind.RETRY) -> BulkAct:
    """Freeze all there is."""
    return bulk_acting.ask(organization, kind, Assignment.objects.of(organization), actor=actor)


def confirmed(act: BulkAct, actor: Actor, *, typed: str = "", reason: str = "The queue offers it again") -> BulkAct:
    """Confirm it, and let a worker do what is to be done at once."""
    seen = bulk_acting.rows_seen(act, act.organization).count()
    bulk_acting.confirm(act, seen=seen, typed=typed, reason=reason, actor=actor)
    bulk_work.work(act.organization, for_s=LONG)
    act.refresh_from_db()
    return act


def whys(act: BulkAct) -> Counter[str]:
    return Counter(BulkActRow.everywhere.filter(bulk_act=act).values_list("why", flat=True))


def in_force(organization: Organization, *, shadow: bool = False, asks: Sequence[str] = ()) -> MappingRule:
    """Put a release of one rule, which asks for these facts, in force, in the place of the one before it; return it."""
    Release.everywhere.filter(organization=organization, state=Release.State.PUBLISHED).update(
        state=Release.State.RETIRED
    )
    rule: MappingRule = MappingRuleFactory(
        organization=organization,
        release__organization=organization,
        release__shadow=shadow,
        conditions={"all": [{"fact": fact, "operator": "is", "value": "A-77"} for fact in asks]},
    )
    put_in_force(rule.release)
    return rule


def now(rows: Sequence[Assignment]) -> list[Assignment]:
    return [Assignment.everywhere.get(pk=row.pk) for row in rows]


def through(rows: Sequence[Assignment], status: Status = Status.VERIFIED) -> None:
    """Let these have been sent, and end so."""
    keys = [row.pk for row in rows]
    for step in (Status.SENDING, status):
        Assignment.everywhere.filter(pk__in=keys).update(status=step, updated_at=AppNow())


def test_what_failed_is_sent_again_in_the_back_lane_and_is_over_when_all_of_it_is_through(
    organization: Organization, actor: Actor
):
    rows = failures(organization, 3)

    act = confirmed(asked(organization, actor), actor)
    half_way = act.state
    sent = [(row.status, row.lane, row.retry_epoch) for row in now(rows)]
    through(rows)
    BulkAct.everywhere.filter(pk=act.pk).update(due_at=AppNow())
    bulk_work.work(organization, for_s=LONG)

    act.refresh_from_db()
    assert sent == [(Status.PENDING, Lane.BULK, 1)] * 3
    assert (half_way, act.state, act.total, act.done) == (State.RUNNING, State.DONE, 3, 3)


def test_the_preview_says_of_each_row_that_cannot_be_retried_why_and_touches_none(
    organization: Organization, actor: Actor
):
    failures(organization, 2)
    failures(organization, 1, unresolved_write=True)
    for reason in (FailReason.TOO_LATE, FailReason.QUARANTINED):
        failures(organization, 1, reason=reason)
    failures(organization, 1, reason=FailReason.CODE_GONE, wrapup_code__gone_at=app_now())
    queue, code = QueueFactory(organization=organization), WrapupCodeFactory(organization=organization)
    not_offered = {"reason": FailReason.CODE_NOT_ON_QUEUE, "wrapup_code": code}
    failures(organization, 1, communication__queue_id=queue.genesys_id, **not_offered)
    AssignmentFactory(organization=organization, conflict=True)
    AssignmentFactory(organization=organization, verified=True)
    AssignmentFactory(organization=organization, skipped=True)
    AssignmentFactory(organization=organization)
    before = list(Assignment.everywhere.order_by("pk").values())

    act = asked(organization, actor)

    reasons = (WhyNot.TOO_LATE, WhyNot.QUARANTINED, WhyNot.CODE_GONE, WhyNot.CODE_NOT_ON_QUEUE, WhyNot.CONFLICT)
    others = (WhyNot.THROUGH, WhyNot.NOTHING_TO_DO, WhyNot.UNDER_WAY)
    left: dict[str, int] = dict.fromkeys((*reasons, *others), 1)
    assert act.counted == {"waiting": 3, "writes": 3, "reads": 1, **left}
    assert (act.state, act.total, act.done) == (State.READY, 11, 8)
    assert list(Assignment.everywhere.order_by("pk").values()) == before


def test_a_code_that_is_on_its_queue_again_can_be_retried(organization: Organization, actor: Actor):
    offer = QueueWrapupCodeFactory(
        organization=organization, queue__organization=organization, wrapup_code__organization=organization
    )
    failures(
        organization,
        1,
        reason=FailReason.CODE_NOT_ON_QUEUE,
        wrapup_code=offer.wrapup_code,
        communication__queue_id=offer.queue.genesys_id,
    )

    assert bulk_acting.possible(asked(organization, actor)) == 1


def test_what_genesys_refused_is_not_sent_again_while_the_catalogue_says_it_would_be_refused_once_more(
    organization: Organization, actor: Actor
):
    offer = QueueWrapupCodeFactory(
        organization=organization, queue__organization=organization, wrapup_code__organization=organization
    )
    on_queue = {"communication__queue_id": offer.queue.genesys_id}
    failures(organization, 1, wrapup_code=offer.wrapup_code, **on_queue)
    failures(organization, 1, communication__queue_id="never-read")
    failures(organization, 2, **on_queue)
    failures(organization, 3, wrapup_code__gone_at=app_now())
    failures(organization, 1, wrapup_code__gone_at=app_now(), unresolved_write=True)

    act = asked(organization, actor)

    assert (act.counted[WhyNot.CODE_NOT_ON_QUEUE], act.counted[WhyNot.CODE_GONE]) == (2, 3)
    assert bulk_acting.possible(act) == 3


def test_what_is_off_its_queue_can_be_sent_again_where_a_probe_saw_such_a_code_taken(
    organization: Organization, actor: Actor
):
    offer = QueueWrapupCodeFactory(
        organization=organization, queue__organization=organization, wrapup_code__organization=organization
    )
    taken = {"off_queue_code": {"value": "accepted", "at": app_now().isoformat()}}
    organization.capabilities = {"media": {"voice": taken}}
    organization.save()
    failures(organization, 1, communication__queue_id=offer.queue.genesys_id, communication__media_type="voice")

    assert bulk_acting.possible(asked(organization, actor)) == 1


def test_what_is_found_later_is_not_acted_on(organization: Organization, actor: Actor):
    failures(organization, 2)
    act = asked(organization, actor)
    [later] = failures(organization, 1)

    confirmed(act, actor)

    assert now([later])[0].status == Status.FAILED


def test_what_somebody_else_had_sent_again_meanwhile_is_left_alone_even_if_it_failed_once_more(
    organization: Organization, actor: Actor
):
    [row, other] = failures(organization, 2)
    act = asked(organization, actor)
    retrying.retry(row, actor=actor)
    through([row], Status.FAILED)

    confirmed(act, actor)

    assert [each.retry_epoch for each in now([row, other])] == [1, 1]
    assert whys(act) == {WhyNot.RETRIED: 1, "": 1}


def test_two_acts_on_the_same_rows_have_one_effect(organization: Organization, actor: Actor):
    rows = failures(organization, 4)
    other = Actor(PersonFactory())
    acts = [asked(organization, actor), asked(organization, other)]

    for act, person in zip(acts, (actor, other), strict=True):
        confirmed(act, person)
        bulk_work.work(organization, for_s=LONG)

    assert {row.retry_epoch for row in now(rows)} == {1}
    assert whys(acts[0]) + whys(acts[1]) == {"": 4, WhyNot.RETRIED: 4}


def test_confirmed_twice_it_is_one_act_of_whoever_was_first(organization: Organization, actor: Actor):
    failures(organization, 2)
    act, other = asked(organization, actor), Actor(PersonFactory())
    confirmed(act, other, reason="First")

    bulk_acting.confirm(act, seen=2, typed="", reason="Second", actor=actor)

    assert (act.person, act.reason, act.act.reason) == (other.person, "First", "First")


def test_every_row_s_change_stands_under_one_act_with_its_reason(organization: Organization, actor: Actor):
    rows = failures(organization, 3)

    act = confirmed(asked(organization, actor), actor, reason="The role was mended")

    entries = AuditEntry.objects.filter(act=act.act, table="wrapups_assignment")
    assert {int(entry.row) for entry in entries} == {row.pk for row in rows}
    assert (act.act.verb, act.act.reason, act.act.person) == (
        "retry assignments",
        "The role was mended",
        actor.person,
    )


def test_no_more_retries_are_under_way_than_can_be_stopped(
    organization: Organization, actor: Actor, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bulk_pieces, "PIECE", 2)
    monkeypatch.setattr(bulk_pieces, "MOST_LIVE", 3)
    rows = failures(organization, 6)
    act = confirmed(asked(organization, actor), actor)

    bulk_acting.cancel(act, actor=actor)
    bulk_work.work(organization, for_s=LONG)

    assert Counter(row.status for row in now(rows)) == {Status.PENDING: 4, Status.FAILED: 2}
    assert (act.state, act.done) == (State.CANCELLED, 4)


def test_what_waits_for_a_person_or_for_its_turn_is_cancelled_with_a_reason(organization: Organization, actor: Actor):
    rows = [
        *failures(organization, 1),
        AssignmentFactory(organization=organization, conflict=True),
        AssignmentFactory(organization=organization),
    ]
    done = AssignmentFactory(organization=organization, verified=True)
    sent = AssignmentFactory(organization=organization, unresolved_write=True)

    act = confirmed(asked(organization, actor, Kind.CANCEL), actor, reason="A test run")

    assert {row.status for row in now(rows)} == {Status.CANCELLED}
    assert [row.status for row in now([done, sent])] == [Status.VERIFIED, Status.PENDING]
    assert (act.state, whys(act)) == (State.DONE, {"": 3, WhyNot.THROUGH: 1, WhyNot.SENT_ONCE: 1})
    assert "writes" not in act.counted


def test_the_rules_in_force_decide_again_what_failed_what_waits_and_what_no_rule_had_matched(
    organization: Organization, actor: Actor
):
    before = in_force(organization).release
    known = {"organization": organization, "release": before, "facts": {"media": "voice"}}
    failed = AssignmentFactory(failed=True, **known)
    waits = AssignmentFactory(**known)
    unmatched = AssignmentFactory(skipped=True, organization=organization, facts={"media": "voice"})
    unclear = AssignmentFactory(failed=True, unresolved_write=True, **known)
    excluded = AssignmentFactory(skipped=True, organization=organization, reason=SkipReason.NOT_CONNECTED)
    rule = in_force(organization)

    act = confirmed(asked(organization, actor, Kind.REDECIDE), actor)

    made = {row.assignment_id: row.made for row in act.rows.select_related("made")}
    after = [made[failed.pk], *now([waits]), made[unmatched.pk]]
    assert [(row.status, row.release, row.wrapup_code) for row in after] == [
        (Status.PENDING, rule.release, rule.wrapup_code)
    ] * 3
    assert [row.status for row in now([failed, unmatched])] == [Status.SUPERSEDED] * 2
    assert (made[failed.pk].lane, made[failed.pk].generation) == (Lane.BULK, 1)
    assert {row.status for row in now([unclear])} == {Status.FAILED}
    assert made[excluded.pk] is None
    assert whys(act) == {Became.OTHER_CODE: 3, WhyNot.UNCLEAR: 1, WhyNot.NOTHING_TO_DO: 1}


@pytest.mark.parametrize(
    ("shadow", "asks", "why"),
    [(True, [], WhyNot.SHADOW), (False, ["attribute.account"], WhyNot.UNREAD), (False, [], "")],
)
def test_the_preview_of_deciding_again_shows_what_is_done(
    shadow: bool, asks: list[str], why: str, organization: Organization, actor: Actor
):
    before = in_force(organization).release
    failures(organization, 2, release=before, facts={"media": "voice"})
    AssignmentFactory(skipped=True, organization=organization, reason=SkipReason.SHADOW, facts={"media": "voice"})
    Conversation.everywhere.update(attributes=None)
    in_force(organization, shadow=shadow, asks=asks)

    act = asked(organization, actor, Kind.REDECIDE)
    shown = {name: number for name, number in act.counted.items() if name not in ("writes", "reads")}

    assert shown == ({why: 3} if why else {"waiting": 3})
    if not why:
        assert Counter(row.outcome for row in confirmed(act, actor).rows.all()) == {"done": 3}


@pytest.mark.parametrize("reason", [FailReason.TOO_LATE, FailReason.QUARANTINED])
def test_what_cannot_be_retried_in_bulk_is_not_decided_again_in_bulk_either(
    reason: FailReason, organization: Organization, actor: Actor
):
    before = in_force(organization).release
    failures(organization, 1, release=before, reason=reason)
    in_force(organization)

    assert asked(organization, actor, Kind.REDECIDE).counted == {reason.value: 1}


def test_deciding_and_acts_on_many_lock_assignments_in_the_same_order(organization: Organization, actor: Actor):
    before = in_force(organization).release
    communications = CommunicationFactory.create_batch(2, organization=organization)
    known = {"organization": organization, "release": before, "facts": {"media": "voice"}}
    AssignmentFactory(communication=communications[0], status=Status.SUPERSEDED, **known)
    failed = AssignmentFactory(failed=True, communication=communications[0], generation=1, **known)
    AssignmentFactory(failed=True, communication=communications[1], **known)
    in_force(organization)
    act = asked(organization, actor, Kind.REDECIDE)

    with CaptureQueriesContext(connection) as queries:
        confirmed(act, actor)

    asked_for = [each["sql"] for each in queries if 'FROM "wrapups_assignment"' in each["sql"]]
    locks = [sql for sql in asked_for if "FOR UPDATE" in sql]
    orders = {sql.partition("ORDER BY")[2].partition("FOR UPDATE")[0].strip() for sql in locks}
    assert len(locks) > 1
    assert orders <= {'"wrapups_assignment"."id" ASC', "1 ASC"}
    assert Assignment.everywhere.get(communication=communications[0], generation=2).pk > failed.pk


def test_deciding_again_ends_when_other_rules_come_into_force(organization: Organization, actor: Actor):
    before = in_force(organization).release
    failures(organization, 1, release=before)
    act = asked(organization, actor, Kind.REDECIDE)
    in_force(organization)

    with pytest.raises(CannotAct, match="Other rules are in force"):
        confirmed(act, actor)


def test_without_rules_in_force_nothing_is_decided_again(organization: Organization, actor: Actor):
    failures(organization, 1)

    with pytest.raises(CannotAct, match="No rules are in force"):
        asked(organization, actor, Kind.REDECIDE)


def test_a_person_has_one_preview_and_an_old_one_cannot_be_confirmed(organization: Organization, actor: Actor):
    failures(organization, 2)
    first, second = asked(organization, actor), asked(organization, actor, Kind.CANCEL)
    first.refresh_from_db()

    with pytest.raises(CannotAct, match="newer one took its place"):
        confirmed(first, actor)

    assert (first.state, second.state) == (State.CANCELLED, State.READY)
    assert set(BulkActRow.everywhere.values_list("bulk_act", flat=True)) == {second.pk}


def test_more_than_the_most_are_refused_and_so_are_none(
    organization: Organization, actor: Actor, monkeypatch: pytest.MonkeyPatch
):
    with pytest.raises(CannotAct, match="Nothing of it is there"):
        asked(organization, actor)
    failures(organization, 3)
    monkeypatch.setattr(bulk_acting, "MOST", 2)

    with pytest.raises(CannotAct, match="more than 2"):
        asked(organization, actor)

    assert not BulkAct.everywhere.exists()


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ({"reason": " "}, "Say why"),
        ({"typed": "2"}, "Type 3"),
        ({"typed": ""}, "Type 3"),
    ],
)
def test_a_large_set_is_confirmed_with_its_number_and_any_set_with_a_reason(
    said: dict[str, str], refused: str, organization: Organization, actor: Actor, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bulk_acting, "TYPED_ABOVE", 2)
    failures(organization, 3)
    act = asked(organization, actor)

    with pytest.raises(CannotAct, match=refused):
        confirmed(act, actor, **{"typed": "3", **said})

    assert confirmed(act, actor, typed="3").confirmed_at


def test_freezing_costs_the_same_statements_however_many_there_are(
    organization: Organization, actor: Actor, django_assert_max_num_queries
):
    failures(organization, 30)

    with django_assert_max_num_queries(14):
        asked(organization, actor)
