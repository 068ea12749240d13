"""Three drifts, one notice each after one reading, until it is so no longer or a person has seen to it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.factories import AssignmentFactory, MappingRuleFactory, PersonFactory, ReleaseFactory
from tests.services.centre import ANY_CALL, OTHER, QUEUE, WANTED, Centre, when
from wrapups.models import Act, AuditEntry, DriftNotice, MappingRule, Queue, Release, Sweep
from wrapups.services import drifting, publishing, releasing
from wrapups.services.auditing import Actor
from wrapups.services.cataloguing import sync

Kind = DriftNotice.Kind
ELSEWHERE = "Refunds"


@pytest.fixture
def read(centre: Centre) -> Callable[[], None]:
    """Read the whole catalogue once more, a little later; the first time now."""

    def read_again() -> None:
        centre.clock.advance(10)
        Sweep.objects.filter(kind=Sweep.Kind.CATALOGUE).update(due_at=centre.clock.now(), watermark_at=None)
        assert sync(centre.organization, gateway=centre.gateway)

    read_again()
    return read_again


@pytest.fixture
def actor(db: None) -> Actor:
    return Actor(PersonFactory())


def notices(centre: Centre) -> list[tuple[str, str, str | None]]:
    """Return the open notices: kind, the code's former name, the queue's name."""
    rows = DriftNotice.everywhere.of(centre.organization).filter(ended_at=None).order_by("pk")
    return [(row.kind, row.old_name, row.queue.name if row.queue else None) for row in rows.select_related("queue")]


def only(centre: Centre) -> DriftNotice:
    found: DriftNotice = DriftNotice.everywhere.of(centre.organization).get()
    return found


def rename(centre: Centre) -> None:
    centre.simulator.rename_code(centre.code(WANTED), "Solved")


def delete(centre: Centre) -> None:
    centre.simulator.delete_code(centre.code(WANTED))


def take_off(centre: Centre, queue: str = QUEUE) -> None:
    centre.simulator.offer_codes(centre.queues[queue].genesys_id, [centre.code(OTHER)])


DRIFTS = {
    Kind.DELETED: (delete, (Kind.DELETED, WANTED, None)),
    Kind.RENAMED: (rename, (Kind.RENAMED, WANTED, None)),
    Kind.OFF_QUEUE: (take_off, (Kind.OFF_QUEUE, WANTED, QUEUE)),
}


@pytest.mark.parametrize("kind", DRIFTS)
def test_each_drift_raises_one_notice_after_one_reading_and_no_other_later(kind: Kind, centre: Centre, read):
    drift, expected = DRIFTS[kind]
    centre.publish((when("queue", "is", centre.queues[QUEUE].genesys_id), WANTED))
    drift(centre)

    read()
    once = notices(centre)
    read()

    assert once == notices(centre) == [expected]


def test_all_three_at_once_are_three_notices(centre: Centre, read):
    centre.publish(
        (when("queue", "is", centre.queues[QUEUE].genesys_id), WANTED),
        (ANY_CALL, "Escalated"),
        (ANY_CALL, "Spam"),
    )
    take_off(centre)
    centre.simulator.rename_code(centre.code("Escalated"), "Handed up")
    centre.simulator.delete_code(centre.code("Spam"))

    read()

    assert sorted(notices(centre)) == [
        (Kind.DELETED, "Spam", None),
        (Kind.OFF_QUEUE, WANTED, QUEUE),
        (Kind.RENAMED, "Escalated", None),
    ]


@pytest.mark.parametrize("kind", DRIFTS)
def test_a_rule_of_the_draft_counts_as_one_in_force_does(kind: Kind, centre: Centre, read):
    drift, expected = DRIFTS[kind]
    conditions = when("queue", "is", centre.queues[QUEUE].genesys_id)
    draft = ReleaseFactory(organization=centre.organization)
    MappingRuleFactory(
        organization=centre.organization, release=draft, conditions=conditions, wrapup_code=centre.codes[WANTED]
    )
    drift(centre)

    read()

    assert notices(centre) == [expected]


@pytest.mark.parametrize("kind", DRIFTS)
def test_a_code_that_no_rule_in_use_chooses_may_do_as_it_likes(kind: Kind, centre: Centre, read):
    drift, _ = DRIFTS[kind]
    centre.publish((ANY_CALL, "Wrong number"))
    draft = ReleaseFactory(organization=centre.organization)
    MappingRuleFactory(organization=centre.organization, release=draft, wrapup_code=centre.codes[WANTED], enabled=False)
    drift(centre)

    read()

    assert notices(centre) == []


@pytest.mark.parametrize(("days", "expected"), [(29, [(Kind.OFF_QUEUE, WANTED, QUEUE)]), (31, [])])
def test_a_rule_that_names_no_queue_covers_those_where_its_code_was_assigned_in_thirty_days(
    days: int, expected: list[tuple[str, str, str]], centre: Centre, read
):
    centre.publish((ANY_CALL, WANTED))
    AssignmentFactory(
        verified=True,
        organization=centre.organization,
        wrapup_code=centre.codes[WANTED],
        communication__queue_id=centre.queues[QUEUE].genesys_id,
        communication__ended_at=centre.clock.now() - timedelta(days=days),
    )
    take_off(centre)
    take_off(centre, ELSEWHERE)

    read()

    assert notices(centre) == expected


def test_a_queue_that_the_rule_does_not_name_does_not_matter(centre: Centre, read):
    centre.publish((when("queue", "is", centre.queues[QUEUE].genesys_id), WANTED))
    take_off(centre, ELSEWHERE)

    read()

    assert notices(centre) == []


def test_a_queue_that_is_gone_itself_is_no_queue_the_code_was_taken_off(centre: Centre, read):
    centre.publish((when("queue", "is", centre.queues[QUEUE].genesys_id), WANTED))
    take_off(centre)
    read()

    Queue.everywhere.filter(pk=centre.queues[QUEUE].pk).update(gone_at=centre.clock.now())
    drifting.notice_now(centre.organization)

    assert notices(centre) == []


def test_a_second_renaming_goes_on_the_notice_of_the_first(centre: Centre, read):
    centre.publish((ANY_CALL, WANTED))
    rename(centre)
    read()
    centre.simulator.rename_code(centre.code(WANTED), "Settled")
    read()

    notice = only(centre)
    assert (notice.old_name, notice.new_name, notice.ended_at) == (WANTED, "Settled", None)


def undo_delete(centre: Centre) -> None:
    centre.codes[WANTED].save(update_fields=["gone_at"])


def undo_rename(centre: Centre) -> None:
    centre.simulator.rename_code(centre.code(WANTED), WANTED)


def undo_take_off(centre: Centre) -> None:
    centre.simulator.offer_codes(centre.queues[QUEUE].genesys_id, [centre.code(OTHER), centre.code(WANTED)])


@pytest.mark.parametrize(("kind", "undo"), [(Kind.RENAMED, undo_rename), (Kind.OFF_QUEUE, undo_take_off)])
def test_a_notice_ends_by_itself_when_it_is_so_no_longer_and_begins_anew_when_it_is_so_again(
    kind: Kind, undo: Callable[[Centre], None], centre: Centre, read
):
    drift, expected = DRIFTS[kind]
    centre.publish((when("queue", "is", centre.queues[QUEUE].genesys_id), WANTED))
    drift(centre)
    read()

    undo(centre)
    read()

    ended = only(centre)
    assert (ended.ended_at, ended.dismissed_by) == (centre.clock.now(), None)
    assert "again" in ended.ended_because
    drift(centre)
    read()
    assert notices(centre) == [expected]


def test_a_deleted_code_that_is_listed_again_ends_its_notice(centre: Centre, read):
    centre.publish((ANY_CALL, WANTED))
    delete(centre)
    read()

    undo_delete(centre)
    drifting.notice_now(centre.organization)

    assert only(centre).ended_because == "Genesys Cloud lists the code again."


def test_a_renamed_code_that_is_deleted_then_is_one_that_was_deleted(centre: Centre, read):
    centre.publish((ANY_CALL, WANTED))
    rename(centre)
    read()
    delete(centre)

    read()

    assert notices(centre) == [(Kind.DELETED, "Solved", None)]
    renamed = DriftNotice.everywhere.get(kind=Kind.RENAMED)
    assert renamed.ended_because == "Genesys Cloud no longer lists the code at all."


def test_publishing_rules_that_choose_another_code_ends_the_notice_at_once(centre: Centre, read, actor: Actor):
    centre.publish((ANY_CALL, WANTED))
    delete(centre)
    read()
    draft = releasing.open_draft(centre.organization, actor=actor)
    [rule] = MappingRule.everywhere.filter(release=draft)
    releasing.change_rule(rule, wrapup_code=centre.codes[OTHER], actor=actor)

    publishing.publish(draft, reason="The code is gone", actor=actor)

    assert only(centre).ended_because == "No rule chooses the code any more."


@pytest.mark.parametrize("kind", DRIFTS)
def test_what_a_person_has_seen_to_is_not_noticed_again(kind: Kind, centre: Centre, read, actor: Actor):
    drift, _ = DRIFTS[kind]
    centre.publish((when("queue", "is", centre.queues[QUEUE].genesys_id), WANTED))
    drift(centre)
    read()

    drifting.dismiss(only(centre), reason="It is meant to be", actor=actor)
    read()

    seen_to = only(centre)
    assert (seen_to.dismissed_by, seen_to.ended_because) == (actor.person, "It is meant to be")
    act = Act.objects.get(verb="dismiss a drift notice")
    assert AuditEntry.objects.filter(act=act, table="wrapups_driftnotice").exists()


def test_what_happens_anew_after_a_person_has_seen_to_it_is_noticed_anew(centre: Centre, read, actor: Actor):
    centre.publish((when("queue", "is", centre.queues[QUEUE].genesys_id), WANTED))
    take_off(centre)
    read()
    drifting.dismiss(only(centre), reason="It is meant to be", actor=actor)
    undo_take_off(centre)
    read()

    take_off(centre)
    read()

    assert notices(centre) == [(Kind.OFF_QUEUE, WANTED, QUEUE)]


def test_a_name_that_a_person_has_seen_is_the_name_the_rules_know(centre: Centre, read, actor: Actor):
    centre.publish((ANY_CALL, WANTED))
    rename(centre)
    read()
    drifting.dismiss(only(centre), reason="A better name", actor=actor)
    undo_rename(centre)

    read()

    assert notices(centre) == [(Kind.RENAMED, "Solved", None)]


def test_a_notice_that_has_ended_cannot_be_dismissed(centre: Centre, read, actor: Actor):
    centre.publish((ANY_CALL, WANTED))
    rename(centre)
    read()
    drifting.dismiss(only(centre), reason="Fine", actor=actor)

    with pytest.raises(drifting.AlreadyEnded, match="nothing is left"):
        drifting.dismiss(only(centre), reason="Fine", actor=actor)

    assert Act.objects.filter(verb="dismiss a drift notice").count() == 1


def test_half_a_reading_notices_nothing(centre: Centre, read):
    centre.publish((ANY_CALL, WANTED))
    delete(centre)
    centre.simulator.fault("e500_before", operations=["GET */routing/queues/{queueId}/wrapupcodes"], count=1)
    centre.clock.advance(10)
    Sweep.objects.update(due_at=centre.clock.now(), watermark_at=None)

    assert not sync(centre.organization, gateway=centre.gateway)

    assert notices(centre) == []


def test_noticing_costs_the_same_however_many_rules_and_drifts_there_are(
    centre: Centre, read, django_assert_max_num_queries
):
    queues = [queue.genesys_id for queue in centre.queues.values()]
    centre.publish(*((when("queue", "one_of", queues), name) for name in sorted(centre.codes)[:20]))
    for queue in centre.queues:
        take_off(centre, queue)
    read()
    assert len(notices(centre)) > 50
    DriftNotice.everywhere.filter(organization=centre.organization).delete()

    with django_assert_max_num_queries(10):
        drifting.notice_now(centre.organization)

    assert len(notices(centre)) > 50


def test_the_rules_of_retired_releases_are_history(centre: Centre, read):
    centre.publish((ANY_CALL, WANTED))
    centre.publish((ANY_CALL, OTHER))
    delete(centre)

    read()

    assert notices(centre) == []
    assert Release.everywhere.filter(organization=centre.organization).count() == 2
