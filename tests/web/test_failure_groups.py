"""Failures by cause: the groups, what is counted of them, and what people say about one."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from tests.factories import (
    AssignmentFactory,
    CommunicationFactory,
    DispositionFactory,
    MappingRuleFactory,
    MembershipFactory,
    QueueFactory,
    WrapupCodeFactory,
)
from wrapups.domain.fingerprint import fingerprint
from wrapups.domain.roles import Role
from wrapups.models import Act, Assignment, Communication, DriftNotice, FailureGroup, Organization

LIST = "failure-groups"
ONE, OTHER, THIRD = ("a" * 32, "b" * 32, "c" * 32)


def failure(organization: Organization, cause: str = ONE, **columns: object) -> Assignment:
    made: Assignment = AssignmentFactory(organization=organization, failed=True, fingerprint=cause, **columns)
    return made


def group(cause: str = ONE) -> FailureGroup:
    found: FailureGroup = FailureGroup.everywhere.get(fingerprint=cause)
    return found


def put(cause: str, state: str, **columns: object) -> None:
    FailureGroup.everywhere.filter(fingerprint=cause).update(state=state, **columns)


def page_of(client: Client, **asked: object):
    return client.get(reverse(LIST), asked).context["page"]


def causes(client: Client, **asked: object) -> list[str]:
    return [line.group.fingerprint for line in page_of(client, **asked).lines]


def say(client: Client, word: str, cause: str = ONE, **more: object):
    found = group(cause)
    return client.post(reverse("failure-group-triage", args=[found.pk]), {"word": word, "seen": found.mark} | more)


def on_queue(organization: Organization, name: str) -> Communication:
    queue = QueueFactory(organization=organization, name=name)
    made: Communication = CommunicationFactory(organization=organization, queue_id=queue.genesys_id)
    return made


def in_bulk(organization: Organization, number: int) -> None:
    """Make so many failures of three causes, each with ids, numbers, names and times of its own in its message."""
    said = (
        lambda n: f"Genesys Cloud answered 400: the code 'Code {n}' is not on queue {uuid4()}.",
        lambda n: f"Genesys Cloud did not answer within {n / 10} s.",
        lambda n: f"Conversation {uuid4()} was changed at {timezone.now().isoformat()}.",
    )
    first = AssignmentFactory(organization=organization)
    legs = Communication.everywhere.bulk_create(
        Communication(
            organization=organization,
            conversation=first.communication.conversation,
            participant_id=str(uuid4()),
            communication_id=str(uuid4()),
            media_type="voice",
            read_at=timezone.now(),
        )
        for _ in range(number)
    )
    messages = [said[n % 3](n) for n in range(number)]
    Assignment.everywhere.bulk_create(
        Assignment(
            organization=organization,
            communication=leg,
            wrapup_code=first.wrapup_code,
            status="failed",
            reason="rejected",
            error="refused",
            error_message=message,
            ended_at=timezone.now() - timedelta(minutes=n),
            fingerprint=fingerprint(
                reason="rejected", error="refused", code="", operation="write", media_type="voice", message=message
            ),
        )
        for n, (leg, message) in enumerate(zip(legs, messages, strict=True))
    )


def test_hundreds_of_mixed_failures_are_the_few_groups_they_are(
    admin: Client, organization: Organization, django_assert_max_num_queries: DjangoAssertNumQueries
):
    in_bulk(organization, 600)

    with django_assert_max_num_queries(26):
        page = page_of(admin)

    assert sorted(line.waiting.count for line in page.lines) == [200, 200, 200]
    assert page.to_do == 3


def test_a_full_page_of_groups_costs_no_more_queries(
    admin: Client, organization: Organization, django_assert_max_num_queries: DjangoAssertNumQueries
):
    for number in range(26):
        failure(organization, f"{number:032x}")

    with django_assert_max_num_queries(26):
        page = page_of(admin)

    assert len(page.lines) == 25
    assert len(page_of(admin, **dict([page.older.removeprefix("?").split("=")])).lines) == 1


def test_an_open_group_of_which_nothing_waits_is_neither_counted_nor_listed(admin: Client, organization: Organization):
    failure(organization)
    Assignment.everywhere.filter(pk=failure(organization, OTHER).pk).update(status="cancelled")

    page = page_of(admin, state="open")

    assert ([line.group.fingerprint for line in page.lines], page.counts) == ([ONE], {"open": 1})


def test_a_group_shows_what_waits_of_it_and_where(admin: Client, organization: Organization):
    billing, sales = (on_queue(organization, name) for name in ("Billing EU", "Sales"))
    rule = MappingRuleFactory(organization=organization, name="Refund - EU")
    failure(organization, communication=billing, rule=rule)
    failure(organization, communication=CommunicationFactory(organization=organization, queue_id=billing.queue_id))
    newest = failure(organization, communication=sales, error_message="The newest.")
    AssignmentFactory(organization=organization, verified=True, fingerprint=ONE)

    [line] = page_of(admin).lines

    assert (line.waiting.count, line.example) == (3, newest)
    assert [(share.name, share.count) for share in line.queues] == [("Billing EU", 2), ("Sales", 1)]
    assert "Refund - EU" in [share.name for share in line.rules]
    assert line.trend.bars[-1].number == 3
    for share in (*line.queues, *line.rules):
        assert len(admin.get(f"/failures{share.address}").context["page"].rows) == share.count


def test_the_trend_has_each_of_seven_days_whatever_was_copied_into_the_rows_since(
    admin: Client, organization: Organization
):
    for days in (0, 1, 1, 6, 7):
        row = failure(organization)
        Assignment.everywhere.filter(pk=row.pk).update(finished_at=timezone.now() - timedelta(days=days))
        DispositionFactory(organization=organization, conversation_id=row.communication.conversation.conversation_id)

    [line] = page_of(admin).lines

    assert [bar.number for bar in line.trend.bars] == [1, 0, 0, 0, 0, 2, 1]
    assert f"{line.trend.bars[-1].label}: 1" in line.trend.words


def test_what_is_to_be_done_is_open_or_acknowledged_and_waits(admin: Client, organization: Organization):
    for cause in (ONE, OTHER, THIRD, "d" * 32, "e" * 32, "f" * 32):
        failure(organization, cause)
    put(OTHER, "acknowledged")
    put(THIRD, "snoozed", snoozed_until=timezone.now() + timedelta(hours=1))
    put("d" * 32, "resolved")
    put("e" * 32, "ignored")
    Assignment.everywhere.filter(fingerprint="f" * 32).update(status="cancelled")

    page = page_of(admin)

    assert {line.group.fingerprint for line in page.lines} == {ONE, OTHER}
    assert {tab.word: tab.count for tab in page.tabs} == dict.fromkeys(FailureGroup.State.values, 1)
    assert [causes(admin, state=state) for state in ("snoozed", "resolved", "ignored")] == [
        [THIRD],
        ["d" * 32],
        ["e" * 32],
    ]


def test_a_snooze_that_is_over_is_open(admin: Client, organization: Organization):
    failure(organization)
    put(ONE, "snoozed", snoozed_until=timezone.now() - timedelta(seconds=1))

    [line] = page_of(admin).lines

    assert line.state == "open"
    assert causes(admin, state="snoozed") == []


def test_groups_are_found_by_their_owner(admin: Client, organization: Organization):
    owner = MembershipFactory(organization=organization, role=Role.OPS).person
    failure(organization)
    failure(organization, OTHER)
    put(OTHER, "acknowledged", owner=owner)

    assert causes(admin, owner=owner.pk) == [OTHER]


def test_by_time_left_the_group_that_will_be_too_late_first_comes_first(admin: Client, organization: Organization):
    now, most = timezone.now(), timedelta(hours=organization.too_late_h)
    failure(organization, ONE, ended_at=now - timedelta(hours=1))
    failure(organization, OTHER, ended_at=now - most + timedelta(hours=3, minutes=30))
    failure(organization, OTHER, ended_at=now)
    failure(organization, THIRD, ended_at=now - most - timedelta(hours=1))

    lines = page_of(admin, order="left").lines

    assert [line.group.fingerprint for line in lines] == [OTHER, ONE]
    assert lines[0].left.words == "3 h left"
    assert {line.group.fingerprint: line.left for line in page_of(admin).lines}[THIRD] is None


def test_what_changed_in_the_hour_before_it_began_stands_beside_it(admin: Client, organization: Organization):
    row = failure(organization)
    began = group().first_seen_at
    release = MappingRuleFactory(organization=organization).release
    type(release).everywhere.filter(pk=release.pk).update(published_at=began - timedelta(minutes=59))
    for minutes in (30, 61, -5):
        Act.objects.create(organization=organization, verb="pause all calls", at=began - timedelta(minutes=minutes))

    [line] = page_of(admin).lines

    assert [change.words for change in line.changes] == [
        "The system: pause all calls",
        f"Release {release.number} was published",
    ]
    assert line.example == row


def test_a_code_that_was_found_deleted_only_after_it_had_begun_stands_beside_it_too(
    admin: Client, organization: Organization, settings: Settings
):
    settings.CATALOGUE_EVERY_S = 900
    failure(organization)
    began = group().first_seen_at
    for minutes in (14, 31):
        code = WrapupCodeFactory(organization=organization, name=f"Refund {minutes}", gone=True)
        noticed_at = began + timedelta(minutes=minutes)
        DriftNotice.everywhere.create(
            organization=organization, kind="deleted", wrapup_code=code, noticed_at=noticed_at
        )

    [line] = page_of(admin).lines

    assert [change.words for change in line.changes] == ["The code “Refund 14” was deleted in Genesys"]


def test_the_page_of_a_group_shows_its_rows_its_advice_and_the_words_one_may_say(
    admin: Client, organization: Organization
):
    failure(organization, error_message="The code 'Refund' is not on the queue.")

    page = admin.get(reverse("failure-group", args=[group().pk])).content.decode()

    assert "The code &#x27;Refund&#x27; is not on the queue." in page
    assert "What to do" in page
    for words in ("I see to it", "Snooze", "Resolve", "Ignore"):
        assert words in page
    assert f'href="/failures?fingerprint={ONE}"' in page


def test_each_word_leads_to_its_state_and_back(admin: Client, organization: Organization):
    failure(organization)

    for word, more, state in (
        ("acknowledge", {}, "acknowledged"),
        ("snooze", {"hours": "4"}, "snoozed"),
        ("resolve", {"reason": "The code is back."}, "resolved"),
        ("ignore", {"reason": "Test calls."}, "ignored"),
        ("reopen", {}, "open"),
    ):
        assert say(admin, word, **more).status_code == 302
        assert group().state == state


def test_a_group_is_given_to_somebody(admin: Client, organization: Organization):
    failure(organization)
    owner = MembershipFactory(organization=organization, role=Role.SUPERVISOR).person

    say(admin, "acknowledge", owner=owner.pk)

    assert group().owner == owner


def test_ignoring_without_a_reason_says_so_at_the_field(admin: Client, organization: Organization):
    failure(organization)

    answer = say(admin, "ignore", reason="  ")

    assert answer.status_code == 200
    assert "Say why nothing has to be done about it." in answer.content.decode()
    assert group().state == "open"


def test_a_reason_that_is_too_long_is_kept_beside_what_is_wrong_with_it(admin: Client, organization: Organization):
    failure(organization)

    page = say(admin, "ignore", reason="x" * 301).content.decode()

    assert "Use at most 300 characters." in page
    assert "x" * 301 in page


def test_who_saw_an_older_state_is_told_and_shown_the_present_one(admin: Client, organization: Organization):
    failure(organization)
    mark = group().mark
    say(admin, "acknowledge")

    answer = say(admin, "ignore", reason="Test calls.", seen=mark)

    assert "Somebody has changed the group meanwhile" in answer.content.decode()
    assert group().state == "acknowledged"


def test_nonsense_is_refused_without_a_change(admin: Client, organization: Organization):
    failure(organization)

    assert say(admin, "shout").status_code == 200
    assert page_of(admin, state="shouting", owner="x", order="sideways", before="seen1").lines
    assert group().state == "open"


@pytest.mark.parametrize(("role", "status"), [(Role.ADMIN, 302), (Role.SUPERVISOR, 302), (Role.OPS, 302), (None, 403)])
def test_whoever_may_retry_may_triage(
    sign_in: Callable[..., Client], organization: Organization, role: Role | None, status: int
):
    failure(organization)

    assert say(sign_in(role), "acknowledge").status_code == status


def test_a_group_of_another_organization_is_not_there(admin: Client):
    AssignmentFactory(failed=True, fingerprint=ONE)

    assert admin.get(reverse("failure-group", args=[group().pk])).status_code == 404
    assert say(admin, "acknowledge").status_code == 404
    assert causes(admin) == []


def test_people_of_some_divisions_know_of_a_group_by_what_they_see_of_it(organization: Organization, client: Client):
    ours = QueueFactory(organization=organization, name="Ours", division_id="ours")
    theirs = QueueFactory(organization=organization, name="Theirs", division_id="theirs")
    for queue, cause in ((ours, ONE), (theirs, ONE), (theirs, OTHER)):
        failure(
            organization,
            cause,
            communication=CommunicationFactory(organization=organization, queue_id=queue.genesys_id),
        )
    put(OTHER, "resolved")
    client.force_login(MembershipFactory(organization=organization, role=Role.SUPERVISOR, division_ids=["ours"]).person)

    [line] = page_of(client).lines

    assert (line.group.fingerprint, line.waiting.count) == (ONE, 1)
    assert [share.name for share in line.queues] == ["Ours"]
    assert causes(client, state="resolved") == []
    assert client.get(reverse("failure-group", args=[group(OTHER).pk])).status_code == 404
    assert "I see to it" not in client.get(reverse("failure-group", args=[group().pk])).content.decode()
    assert say(client, "acknowledge").status_code == 403


def test_an_empty_desk_says_so(admin: Client):
    assert "Nothing waits for you" in admin.get(reverse(LIST)).content.decode()


def test_htmx_gets_the_groups_alone(admin: Client, organization: Organization):
    failure(organization)

    answer = admin.get(reverse(LIST), headers={"HX-Request": "true"}).content.decode()

    assert answer.strip().startswith('<div id="failure-groups">')
