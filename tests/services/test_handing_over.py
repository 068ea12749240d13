"""Handing what waits to a person: who may hold it, who is told so, and when it is over."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import (
    AssignmentFactory,
    BulkActFactory,
    HandoverFactory,
    MembershipFactory,
    OrganizationFactory,
    PersonFactory,
    QueueFactory,
    SweepFactory,
)
from wrapups.domain.roles import Role
from wrapups.domain.status import Status
from wrapups.models import Act, Assignment, AuditEntry, BulkAct, BulkActRow, Handover, Organization, Person, Sweep
from wrapups.models.clock import AppNow, app_now
from wrapups.services import admitting, bulk_acting, bulk_work, handing_over, retrying
from wrapups.services.auditing import Actor
from wrapups.services.bulk_acting import CannotAct
from wrapups.services.bulk_judging import WhyNot
from wrapups.services.handing_over import CannotHandOver, hand_over
from wrapups.services.tidying import tidy

pytestmark = pytest.mark.django_db
LONG = 30.0


@pytest.fixture
def organization() -> Organization:
    return OrganizationFactory()


@pytest.fixture
def actor(organization: Organization) -> Actor:
    """Somebody who looks after failures."""
    return Actor(member(organization), "203.0.113.7")


def member(organization: Organization, *division_ids: str) -> Person:
    role = Role.SUPERVISOR if division_ids else Role.ADMIN
    person: Person = MembershipFactory(organization=organization, role=role, division_ids=list(division_ids)).person
    return person


def failed(organization: Organization, **columns: object) -> Assignment:
    made: Assignment = AssignmentFactory(organization=organization, failed=True, **columns)
    return made


def holders() -> dict[int, int]:
    """Return who holds what, keys by keys."""
    return dict(Handover.everywhere.values_list("pk", "owner"))


def asked(organization: Organization, to: Person | None, actor: Actor) -> BulkAct:
    """Freeze all there is, to be handed over."""
    found = Assignment.objects.of(organization)
    return bulk_acting.ask(organization, BulkAct.Kind.HAND_OVER, found, to=to, actor=actor)


def confirmed(act: BulkAct, actor: Actor) -> BulkAct:
    """Confirm it, and let a worker do it."""
    seen = bulk_acting.rows_seen(act, act.organization).count()
    bulk_acting.confirm(act, seen=seen, typed="", reason="You know this queue", actor=actor)
    bulk_work.work(act.organization, for_s=LONG)
    act.refresh_from_db()
    return act


def whys(act: BulkAct) -> Counter[str]:
    return Counter(BulkActRow.everywhere.filter(bulk_act=act).values_list("why", flat=True))


# One


def test_what_waits_is_handed_to_a_person_and_on_and_back_to_nobody_and_does_not_move(
    organization: Organization, actor: Actor
):
    row, maria, peter = failed(organization), member(organization), member(organization)

    hand_over(row, to=maria, held_by=None, note="You know this queue", actor=actor)
    first = Handover.everywhere.get()
    hand_over(row, to=peter, held_by=maria.pk, note="", actor=Actor(maria))
    second = holders()
    hand_over(row, to=None, held_by=peter.pk, note="On holiday", actor=Actor(peter))

    assert (first.owner, first.handed_by, first.note) == (maria, actor.person, "You know this queue")
    assert (second, holders()) == ({row.pk: peter.pk}, {})
    row.refresh_from_db()
    assert row.status == Status.FAILED


def test_the_audit_says_under_the_assignment_s_own_key_who_handed_it_to_whom(organization: Organization, actor: Actor):
    row, maria = failed(organization), member(organization)

    hand_over(row, to=maria, held_by=None, note="You know this queue", actor=actor)

    entry = AuditEntry.objects.get(table="wrapups_handover")
    assert (entry.row, entry.organization_id, entry.after["owner_id"]) == (str(row.pk), organization.pk, maria.pk)
    assert (entry.act.verb, entry.act.reason, entry.act.person) == (
        handing_over.ONE,
        "You know this queue",
        actor.person,
    )


def test_who_looked_before_somebody_else_handed_it_over_is_told_so(organization: Organization, actor: Actor):
    row, maria = failed(organization), member(organization)
    hand_over(row, to=maria, held_by=None, note="", actor=actor)

    with pytest.raises(CannotHandOver, match="meanwhile"):
        hand_over(row, to=member(organization), held_by=None, note="", actor=actor)

    assert holders() == {row.pk: maria.pk}


@pytest.mark.parametrize("traits", [{"verified": True}, {"skipped": True}, {}, {"status": Status.CANCELLED}])
def test_what_waits_for_nobody_is_handed_to_nobody(traits: dict[str, object], organization: Organization, actor: Actor):
    row = AssignmentFactory(organization=organization, **traits)

    with pytest.raises(CannotHandOver):
        hand_over(row, to=member(organization), held_by=None, note="", actor=actor)

    assert holders() == {}
    assert not Act.objects.exists()


def test_nobody_is_handed_what_they_do_not_see_or_may_not_retry(organization: Organization, actor: Actor):
    north = QueueFactory(organization=organization, division_id="north")
    seen, unseen = failed(organization, communication__queue_id=north.genesys_id), failed(organization)
    northerner, stranger = member(organization, "north"), PersonFactory()

    hand_over(seen, to=northerner, held_by=None, note="", actor=actor)
    with pytest.raises(CannotHandOver, match="a division that this person does not see"):
        hand_over(unseen, to=northerner, held_by=None, note="", actor=actor)
    with pytest.raises(CannotHandOver, match="may not retry"):
        hand_over(unseen, to=stranger, held_by=None, note="", actor=actor)

    assert holders() == {seen.pk: northerner.pk}


# Many


def test_many_are_handed_over_under_one_act_with_its_reason_and_cost_no_call(organization: Organization, actor: Actor):
    rows, maria = [failed(organization) for _ in range(3)], member(organization)

    preview = asked(organization, maria, actor)
    act = confirmed(preview, actor)

    assert preview.counted == {"waiting": 3}
    assert (act.state, act.done) == (BulkAct.State.DONE, 3)
    assert holders() == dict.fromkeys([row.pk for row in rows], maria.pk)
    assert set(Handover.everywhere.values_list("handed_by", "note")) == {(actor.person.pk, "You know this queue")}
    entries = AuditEntry.objects.filter(act=act.act, table="wrapups_handover")
    assert {int(entry.row) for entry in entries} == {row.pk for row in rows}
    assert (act.act.verb, act.act.reason) == (handing_over.MANY, "You know this queue")


def test_the_preview_says_of_each_that_cannot_be_handed_over_why(organization: Organization, actor: Actor):
    north = QueueFactory(organization=organization, division_id="north")
    maria, on_it = member(organization, "north"), {"communication__queue_id": north.genesys_id}
    failed(organization, **on_it)
    AssignmentFactory(organization=organization, conflict=True, **on_it)
    HandoverFactory(organization=organization, owner=maria, assignment=failed(organization, **on_it))
    failed(organization)
    for traits in ({"verified": True}, {"skipped": True}, {}, {"status": Status.UNKNOWN}):
        AssignmentFactory(organization=organization, **traits)

    act = asked(organization, maria, actor)

    once = (WhyNot.THROUGH, WhyNot.NOTHING_TO_DO, WhyNot.THEIRS, WhyNot.NOT_SEEN)
    left: dict[str, int] = dict.fromkeys(once, 1)
    assert act.counted == {"waiting": 2, WhyNot.UNDER_WAY: 2, **left}


def test_a_person_whose_divisions_have_no_queue_is_handed_nothing(organization: Organization, actor: Actor):
    failed(organization)

    act = asked(organization, member(organization, "empty"), actor)

    assert act.counted == {WhyNot.NOT_SEEN: 1}


def test_what_somebody_holds_goes_back_to_nobody_and_the_rest_is_left_alone(organization: Organization, actor: Actor):
    HandoverFactory(organization=organization)
    failed(organization)

    act = confirmed(asked(organization, None, actor), actor)

    assert holders() == {}
    assert whys(act) == {"": 1, WhyNot.NOBODY_S: 1}


def test_what_somebody_else_has_handed_over_meanwhile_stays_theirs(organization: Organization, actor: Actor):
    [one, other] = [failed(organization) for _ in range(2)]
    maria, peter = member(organization), member(organization)
    act = asked(organization, maria, actor)
    BulkAct.everywhere.filter(pk=act.pk).update(created_at=app_now() - timedelta(minutes=1))
    hand_over(one, to=peter, held_by=None, note="", actor=actor)

    confirmed(act, actor)

    assert holders() == {one.pk: peter.pk, other.pk: maria.pk}
    assert whys(act) == {"": 1, WhyNot.HANDED_ON: 1}


def test_nobody_is_chosen_who_may_not_retry_and_who_no_longer_may_cannot_be_confirmed(
    organization: Organization, actor: Actor
):
    failed(organization)
    maria = MembershipFactory(organization=organization, role=Role.SUPERVISOR)
    with pytest.raises(CannotAct, match="may retry"):
        asked(organization, PersonFactory(), actor)
    act = asked(organization, maria.person, actor)
    admitting.let_go(maria, actor=actor)

    with pytest.raises(CannotAct, match="may retry"):
        confirmed(act, actor)


def test_who_is_removed_while_it_goes_on_is_handed_nothing_more(organization: Organization, actor: Actor):
    failed(organization)
    maria = MembershipFactory(organization=organization, role=Role.SUPERVISOR)
    act = asked(organization, maria.person, actor)
    bulk_acting.confirm(act, seen=1, typed="", reason="You know this queue", actor=actor)
    admitting.let_go(maria, actor=actor)

    bulk_work.work(organization, for_s=LONG)

    assert (holders(), whys(act)) == ({}, {WhyNot.MAY_NOT_OWN: 1})


def test_who_changes_what_the_person_may_see_waits_until_it_is_handed_over(organization: Organization, actor: Actor):
    row, maria = failed(organization), member(organization)
    act = asked(organization, maria, actor)

    with CaptureQueriesContext(connection) as one:
        hand_over(row, to=maria, held_by=None, note="", actor=actor)
    with CaptureQueriesContext(connection) as many:
        confirmed(act, actor)

    for queries in (one, many):
        locked = [each["sql"].split(" FROM ")[1].split()[0] for each in queries if "FOR " in each["sql"][-40:]]
        places = [locked.index(f'"wrapups_{table}"') for table in ("membership", "assignment")]
        assert places == sorted(places)


# When it is over


def test_what_fails_once_more_is_still_theirs(organization: Organization, actor: Actor):
    held = HandoverFactory(organization=organization)

    retrying.retry(held.assignment, actor=actor)
    for step in (Status.SENDING, Status.FAILED):
        Assignment.everywhere.filter(pk=held.pk).update(status=step, updated_at=AppNow())

    assert holders() == {held.pk: held.owner_id}


def test_who_held_what_is_over_is_forgotten_and_who_holds_what_may_still_fail_is_not(organization: Organization):
    sweep = SweepFactory(organization=organization, kind=Sweep.Kind.TIDY)
    kept = HandoverFactory.create_batch(2, organization=organization)
    for status in (Status.VERIFIED, Status.CANCELLED, Status.SUPERSEDED):
        HandoverFactory(organization=organization, assignment__failed=False, assignment__status=status)
    elsewhere = HandoverFactory(assignment__failed=False, assignment__status=Status.VERIFIED)
    Assignment.everywhere.filter(pk=kept[0].pk).update(status=Status.PENDING)

    tidy(sweep.organization, for_s=LONG)

    assert set(holders()) == {*(each.pk for each in kept), elsewhere.pk}


def test_what_a_person_held_is_nobody_s_once_they_are_gone_or_see_it_no_longer(
    organization: Organization, actor: Actor
):
    north = QueueFactory(organization=organization, division_id="north")
    membership = MembershipFactory(organization=organization, role=Role.SUPERVISOR)
    rows = [failed(organization, communication__queue_id=north.genesys_id), failed(organization)]
    for row in rows:
        HandoverFactory(organization=organization, assignment=row, owner=membership.person)
    elsewhere = HandoverFactory(owner=membership.person)

    with pytest.raises(admitting.CannotAdmit):
        admitting.change(membership, role=Role.SUPERVISOR, division_ids=["unknown"], actor=actor)
    handing_over.take_back(membership)
    before = set(holders())
    membership.division_ids = ["north"]
    membership.save()
    handing_over.take_back(membership)
    limited = set(holders())
    admitting.let_go(membership, actor=actor)

    assert before == {rows[0].pk, rows[1].pk, elsewhere.pk}
    assert limited == {rows[0].pk, elsewhere.pk}
    assert set(holders()) == {elsewhere.pk}


def test_an_act_that_hands_nothing_over_names_nobody():
    assert BulkActFactory().hands_to is None
