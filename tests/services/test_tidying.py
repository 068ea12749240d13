"""Retention: what is past its time goes, piece by piece and on record; whatever is younger, or at work, stays."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.copies import copied
from tests.factories import (
    ApiKeyFactory,
    BulkActFactory,
    BulkActRowFactory,
    DeliveryFactory,
    InboundEventFactory,
    NoticeFactory,
    OrganizationFactory,
    PersonFactory,
    SweepFactory,
    UploadFactory,
)
from tests.services.clock import Clock
from wrapups.domain.retention import PERIODS, BadRetention, Kind
from wrapups.models import (
    Act,
    BulkAct,
    BulkActRow,
    Delivery,
    IdempotentAnswer,
    InboundEvent,
    Notice,
    Organization,
    RuleImport,
    Sweep,
    Upload,
    UploadLine,
    WhatIf,
)
from wrapups.services.tidying import EVERY_S, PIECE, tidy

DAY_S = 86_400


@pytest.fixture
def organization(clock: Clock) -> Organization:
    """An organization whose duty to tidy is due."""
    made: Organization = OrganizationFactory()
    SweepFactory(organization=made, kind=Sweep.Kind.TIDY)
    return made


def pass_days(clock: Clock, days: float) -> None:
    clock.advance_database(days * DAY_S)


def in_full(organization: Organization, clock: Clock) -> None:
    """Tidy until the duty rests for a day."""
    Sweep.objects.update(due_at=clock.now())
    tidy(organization, for_s=60)


def many_events(organization: Organization, count: int, *, state: str = "processed") -> None:
    first = InboundEventFactory(organization=organization, source=None, sender="crm", state=state)
    copied(first, count - 1, event_id="event_id || '-' || n")


def with_lines(upload: Upload, count: int) -> Upload:
    line = UploadLine.everywhere.create(organization=upload.organization, upload=upload, number=1, outcome="taken")
    copied(line, count - 1, number="n + 1")
    return upload


# What goes, and what stays


def test_an_event_stays_to_the_last_of_its_days_and_goes_after_it(organization, clock: Clock):
    InboundEventFactory(organization=organization)

    pass_days(clock, PERIODS[Kind.EVENTS].days - 0.1)
    in_full(organization, clock)
    stayed = InboundEvent.everywhere.count()
    pass_days(clock, 0.2)
    in_full(organization, clock)

    assert (stayed, InboundEvent.everywhere.count()) == (1, 0)


def test_what_nobody_has_decided_stays_however_old(organization, clock: Clock):
    apart, waiting = (
        InboundEventFactory(organization=organization, apart=True),
        InboundEventFactory(organization=organization, waiting=True, finished_at=None),
    )
    dismissed = InboundEventFactory(organization=organization, dismissed=True)
    pass_days(clock, 400)

    in_full(organization, clock)

    assert set(InboundEvent.everywhere.values_list("pk", flat=True)) == {apart.pk, waiting.pk}
    assert dismissed.pk not in (apart.pk, waiting.pk)


def test_an_old_event_that_was_mended_lately_is_kept_from_then_on(organization, clock: Clock):
    event = InboundEventFactory(organization=organization)
    pass_days(clock, PERIODS[Kind.EVENTS].days + 1)
    InboundEvent.everywhere.filter(pk=event.pk).update(finished_at=clock.now())

    in_full(organization, clock)

    assert InboundEvent.everywhere.filter(pk=event.pk).exists()


def test_each_kind_goes_with_its_parts_and_what_is_at_work_stays(organization, clock: Clock):
    told, waiting = NoticeFactory(organization=organization, told=True), NoticeFactory(organization=organization)
    DeliveryFactory(notice=told), DeliveryFactory(notice=waiting)
    person = PersonFactory()
    with_lines(UploadFactory(organization=organization, state=Upload.State.DONE), 3)
    running = with_lines(UploadFactory(organization=organization, state=Upload.State.RUNNING), 2)
    for state in (WhatIf.State.DONE, WhatIf.State.RUNNING):
        stretch = {"begins_at": clock.now(), "ends_at": clock.now()}
        WhatIf.everywhere.create(organization=organization, person=person, draft_number=1, state=state, **stretch)
    RuleImport.everywhere.create(organization=organization, person=person, filename="rules.csv")
    pass_days(clock, 400)

    in_full(organization, clock)

    assert (Notice.everywhere.get(), Delivery.everywhere.get().notice) == (waiting, waiting)
    assert (Upload.everywhere.get(), UploadLine.everywhere.count()) == (running, 2)
    assert WhatIf.everywhere.get().state == WhatIf.State.RUNNING
    assert not RuleImport.everywhere.exists()


def test_an_act_on_many_stays_without_its_rows_and_without_the_list_that_found_them(organization, clock: Clock):
    def act(**columns: Any) -> BulkAct:
        found = {"organization": organization, "release": None, "address": "/conversations/?q=%2B493012344321"}
        return BulkActRowFactory(
            organization=organization, bulk_act=BulkActFactory(**found | {"kind": "retry"} | columns)
        ).bulk_act

    done, running, of_a_release = act(state="done"), act(state="running"), act(kind="put_back", state="done")
    pass_days(clock, 400)

    in_full(organization, clock)
    in_full(organization, clock)

    assert {row.bulk_act for row in BulkActRow.everywhere.all()} == {running, of_a_release}
    assert {each.pk for each in BulkAct.everywhere.filter(address="")} == {done.pk}
    assert Act.objects.get(organization=organization).reason == "Rows of acts on many 1 (kept 180 days)"


def test_answers_that_are_not_given_again_and_ended_sessions_go_at_once(organization, clock: Clock):
    key = ApiKeyFactory(organization=organization)
    for number in range(2):
        said = {"digest": "", "status": 202, "answer": {}, "created_at": clock.now() + timedelta(days=number)}
        IdempotentAnswer.everywhere.create(
            organization=organization, api_key=key, idempotency_key=f"key {number}", **said
        )
        Session.objects.create(session_key=f"session {number}", expire_date=clock.now() + timedelta(days=1 + number))
    pass_days(clock, 1)

    in_full(organization, clock)

    assert [each.idempotency_key for each in IdempotentAnswer.everywhere.all()] == ["key 1"]
    assert [each.session_key for each in Session.objects.all()] == ["session 1"]


def test_what_an_organization_has_chosen_counts_for_it_alone(organization, clock: Clock):
    other = SweepFactory(organization=OrganizationFactory(), kind=Sweep.Kind.TIDY).organization
    organization.retention = {"events": 7}
    organization.save()
    ours, theirs = InboundEventFactory(organization=organization), InboundEventFactory(organization=other)
    pass_days(clock, 8)

    in_full(organization, clock)
    in_full(other, clock)

    assert [event.pk for event in InboundEvent.everywhere.all()] == [theirs.pk]
    assert ours.pk != theirs.pk


def test_a_choice_that_makes_no_sense_removes_nothing_and_stands_as_the_duty_s_problem(organization, clock: Clock):
    organization.retention = {"events": 1}
    organization.save()
    InboundEventFactory(organization=organization)
    pass_days(clock, 400)

    with pytest.raises(BadRetention):
        in_full(organization, clock)

    assert InboundEvent.everywhere.exists()
    assert "events: choose a whole number" in Sweep.objects.get(organization=organization).problem


# In pieces, and on record


def test_all_that_went_is_one_act_of_nobody_s_with_the_counts_and_the_periods(organization, clock: Clock):
    many_events(organization, PIECE + 1)
    with_lines(UploadFactory(organization=organization, state=Upload.State.DONE), 1)
    pass_days(clock, 400)

    in_full(organization, clock)

    act = Act.objects.get(organization=organization)
    assert (act.person, act.verb) == (None, "remove what is past its time")
    assert act.reason == "Events 501 (kept 90 days); Files and their lines 1 (kept 180 days)"
    assert Sweep.objects.get(organization=organization).cursor == ""


def test_where_nothing_goes_nothing_is_put_on_record(organization, clock: Clock):
    InboundEventFactory(organization=organization)

    in_full(organization, clock)

    assert not Act.objects.exists()
    assert Sweep.objects.get(organization=organization).due_at == clock.now() + timedelta(seconds=EVERY_S)


def test_what_time_did_not_suffice_for_follows_soon_and_is_on_record_once(organization, clock: Clock):
    many_events(organization, 3)
    pass_days(clock, 400)
    Sweep.objects.update(due_at=clock.now())

    tidy(organization, for_s=-1)
    left, acts = InboundEvent.everywhere.count(), Act.objects.count()
    soon = Sweep.objects.get(organization=organization).due_at - clock.now()
    in_full(organization, clock)

    assert (left, acts) == (3, 0)
    assert soon < timedelta(minutes=1)
    assert (InboundEvent.everywhere.count(), Act.objects.count()) == (0, 1)


def test_no_statement_removes_more_than_a_piece(organization, clock: Clock):
    many_events(organization, 2 * PIECE + 10)
    with_lines(UploadFactory(organization=organization, state=Upload.State.DONE), 2 * PIECE)
    pass_days(clock, 400)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        in_full(organization, clock)

    removals = [query["sql"] for query in queries if query["sql"].startswith("DELETE")]
    assert (InboundEvent.everywhere.count(), UploadLine.everywhere.count()) == (0, 0)
    assert max(sql.count(",") + 1 for sql in removals) == PIECE
    assert len(removals) >= 3 + 2


def test_many_that_are_kept_for_a_person_hide_none_that_go(organization, clock: Clock):
    many_events(organization, PIECE + 5, state="quarantined")
    many_events(organization, 2)
    pass_days(clock, 400)

    in_full(organization, clock)

    assert InboundEvent.everywhere.count() == PIECE + 5


# At a size that matters


def explained(queries: Iterable[dict[str, Any]]) -> list[str]:
    """Return the plan of each statement that reads or removes rows of a shelf, as PostgreSQL has it now."""
    plans = []
    with connection.cursor() as cursor:
        for query in queries:
            if query["sql"].startswith(("SELECT", "DELETE")):
                cursor.execute("EXPLAIN " + query["sql"])
                plans.append(query["sql"] + "\n" + "\n".join(line for (line,) in cursor.fetchall()))
    return plans


def test_every_statement_finds_its_rows_by_an_index(organization, clock: Clock):
    many_events(organization, 3000)
    upload = UploadFactory(organization=organization, state="done")
    copied(upload, 1000)
    with_lines(upload, 1000)
    with_lines(UploadFactory(organization=organization, state=Upload.State.RUNNING), 20_000)
    copied(NoticeFactory(organization=organization, told=True), 3000, event_id="event_id || n")
    said = {"idempotency_key": "0", "digest": "", "status": 202, "answer": {}}
    key = ApiKeyFactory(organization=organization)
    answer = IdempotentAnswer.everywhere.create(organization=organization, api_key=key, **said)
    copied(answer, 3000, idempotency_key="n::text")
    pass_days(clock, 400)
    many_events(organization, 3000)
    big = {model._meta.db_table for model in (InboundEvent, Notice, UploadLine, IdempotentAnswer)}
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(sorted(big))}")

    with CaptureQueriesContext(connection) as queries:
        in_full(organization, clock)

    scans = [plan for plan in explained(queries) if any(f"Seq Scan on {table}" in plan for table in big)]
    assert scans == []
