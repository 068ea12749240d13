"""What changed in Genesys Cloud under the feet of our rules, as its page and the pages beside it tell it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import (
    AssignmentFactory,
    DriftNoticeFactory,
    MappingRuleFactory,
    QueueFactory,
    QueueWrapupCodeFactory,
    ReleaseFactory,
    SweepFactory,
    WrapupCodeFactory,
    put_in_force,
)
from tests.web.test_catalogue import shown
from wrapups.models import DriftNotice, Organization, Queue, WrapupCode

KINDS = ("deleted", "renamed", "off_queue")
ON_QUEUE = "off_queue"


def on(*queues: Queue) -> dict[str, object]:
    return {"all": [{"fact": "queue", "operator": "one_of", "value": [queue.genesys_id for queue in queues]}]}


def noticed(organization: Organization, kind: str = "deleted", **columns) -> DriftNotice:
    traits = {} if kind == "deleted" else {kind: True}
    return DriftNoticeFactory(organization=organization, wrapup_code__name="Refund granted", **traits, **columns)


def suggested(client) -> WrapupCode | None:
    [line] = client.get(reverse("catalogue-drift")).context["page"].lines
    return line.replacement


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("deleted", "Genesys Cloud no longer lists <strong>Refund granted</strong>"),
        ("renamed", "is now called <strong>Solved</strong>"),
        ("off_queue", "is no longer on the queue <strong>Billing EU</strong>"),
    ],
)
def test_a_notice_says_what_happened_to_which_code(kind, said, organization, admin):
    columns = {"queue__name": "Billing EU"} if kind == ON_QUEUE else {}
    noticed(organization, kind, **columns)

    assert said in shown(admin, "catalogue-drift")


def test_a_notice_names_the_rules_that_suffer_and_leads_to_them(organization, admin):
    notice = noticed(organization)
    in_force = MappingRuleFactory(organization=organization, wrapup_code=notice.wrapup_code, name="Refund - EU")
    put_in_force(in_force.release)
    coming = MappingRuleFactory(organization=organization, wrapup_code=notice.wrapup_code, name="Refund - US")
    MappingRuleFactory(organization=organization, release=coming.release, name="Something else")
    MappingRuleFactory(
        organization=organization, release=coming.release, wrapup_code=notice.wrapup_code, name="Off", enabled=False
    )

    page = shown(admin, "catalogue-drift")

    assert f"{reverse('release-detail', args=[in_force.release.number])}#rule-{in_force.pk}" in page
    assert reverse("rule-change", args=[coming.pk]) in page
    assert "Something else" not in page
    assert ">Off<" not in page


def test_another_code_is_chosen_from_the_notice_in_the_drafts_copy_of_a_rule_in_force(organization, admin):
    notice = noticed(organization)
    like = WrapupCodeFactory(organization=organization, name="Refunds granted")
    rule = MappingRuleFactory(organization=organization, wrapup_code=notice.wrapup_code, name="Refund - EU")
    put_in_force(rule.release)

    page = shown(admin, "catalogue-drift")
    opened = admin.post(reverse("rule-mend", args=[rule.pk]), {"code": like.pk}, follow=True)

    assert 'aria-label="Choose Refunds granted in rule Refund - EU"' in page
    assert opened.context["rule"].release.state == "draft"
    assert opened.context["form"].chosen_code == str(like.pk)


def test_where_no_code_is_like_it_another_one_is_chosen_by_hand(organization, admin):
    notice = noticed(organization, ON_QUEUE)
    MappingRuleFactory(organization=organization, wrapup_code=notice.wrapup_code, name="Refund - EU")

    assert 'aria-label="Choose another code in rule Refund - EU"' in shown(admin, "catalogue-drift")


def test_only_rules_that_choose_the_code_on_the_lost_queue_suffer(organization, admin):
    notice = noticed(organization, ON_QUEUE)
    elsewhere = QueueFactory(organization=organization)
    draft = ReleaseFactory(organization=organization)
    for name, conditions in (("There", on(notice.queue)), ("Elsewhere", on(elsewhere)), ("Anywhere", {"all": []})):
        MappingRuleFactory(
            organization=organization,
            release=draft,
            name=name,
            conditions=conditions,
            wrapup_code=notice.wrapup_code,
        )

    [line] = admin.get(reverse("catalogue-drift")).context["page"].lines

    assert [rule.name for rule in line.rules] == ["There", "Anywhere"]


@pytest.mark.parametrize(("kind", "expected"), [("deleted", 3), ("off_queue", 2)])
def test_a_notice_counts_the_assignments_of_thirty_days_and_leads_to_them(kind, expected, organization, admin):
    queue = QueueFactory(organization=organization, name="Billing EU")
    columns = {"queue": queue} if kind == ON_QUEUE else {}
    notice = noticed(organization, kind, **columns)
    common = {"organization": organization, "wrapup_code": notice.wrapup_code}
    AssignmentFactory.create_batch(2, **common, communication__queue_id=queue.genesys_id)
    AssignmentFactory(**common)
    AssignmentFactory(**common, communication__ended_at=timezone.now() - timedelta(days=31))
    AssignmentFactory(organization=organization)

    [line] = admin.get(reverse("catalogue-drift")).context["page"].lines
    listed = admin.get(reverse("conversation-list") + line.address).context["listing"]

    assert line.volume.number == listed.total.number == expected


@pytest.mark.parametrize("kind", ["deleted", "off_queue"])
def test_the_code_most_alike_on_all_queues_of_the_rules_is_suggested(kind, organization, admin):
    queue, other = QueueFactory.create_batch(2, organization=organization)
    columns = {"queue": queue} if kind == ON_QUEUE else {}
    notice = noticed(organization, kind, **columns)
    MappingRuleFactory(organization=organization, wrapup_code=notice.wrapup_code, conditions=on(queue, other))
    nearest, near, gone = (
        WrapupCodeFactory(organization=organization, name=name)
        for name in ("Refund granted.", "Refund granted EU", "Refund granted!")
    )
    WrapupCode.everywhere.filter(pk=gone.pk).update(gone_at=timezone.now())
    for code, queues in ((nearest, [queue]), (near, [queue, other]), (gone, [queue, other])):
        for each in queues:
            QueueWrapupCodeFactory(organization=organization, queue=each, wrapup_code=code)

    assert suggested(admin) == near


def test_nothing_is_suggested_for_a_code_that_only_has_another_name(organization, admin):
    notice = noticed(organization, "renamed")
    MappingRuleFactory(organization=organization, wrapup_code=notice.wrapup_code)
    WrapupCodeFactory(organization=organization, name="Refund granted.")

    assert suggested(admin) is None


def test_a_person_takes_a_notice_off_the_list_with_a_reason_that_stays(organization, admin):
    notice = noticed(organization)

    admin.post(reverse("catalogue-drift-dismiss", args=[notice.pk]), {"reason": "Nobody uses it"})

    assert "Refund granted" not in shown(admin, "catalogue-drift")
    ended = shown(admin, "catalogue-drift", state="ended")
    assert "has seen to it: “Nobody uses it”" in ended


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
def test_a_reason_that_cannot_be_kept_is_an_error_at_its_field(reason, organization, admin):
    notice = noticed(organization)

    page = admin.post(reverse("catalogue-drift-dismiss", args=[notice.pk]), {"reason": reason}).content.decode()

    assert "Say in at most 200 characters" in page
    assert 'aria-invalid="true"' in page
    assert f'value="{reason.strip()}"' in page
    notice.refresh_from_db()
    assert notice.ended_at is None


def test_a_notice_that_somebody_else_has_seen_to_says_so(organization, admin):
    notice = noticed(organization, seen_to=True)

    answer = admin.post(reverse("catalogue-drift-dismiss", args=[notice.pk]), {"reason": "Me too"}, follow=True)

    assert "nothing is left to dismiss" in answer.content.decode()


@pytest.mark.parametrize("role", ["supervisor", "ops"])
def test_who_may_not_change_rules_reads_notices_and_may_only_have_the_catalogue_read(role, organization, sign_in):
    noticed(organization)

    page = shown(sign_in(role), "catalogue-drift")

    assert "Refund granted" in page
    assert "Take it off the list" not in page
    assert "/mend" not in page
    assert "Read now" in page


def test_another_organization_s_notice_is_not_there(organization, admin):
    foreign = DriftNoticeFactory(wrapup_code__name="Foreign thing")

    assert "Foreign thing" not in shown(admin, "catalogue-drift")
    assert admin.post(reverse("catalogue-drift-dismiss", args=[foreign.pk]), {"reason": "x"}).status_code == 404


def test_notices_come_in_pages_at_a_bounded_number_of_queries(organization, admin, django_assert_max_num_queries):
    queue, release = QueueFactory(organization=organization), ReleaseFactory(organization=organization)
    for _ in range(50):
        notice = DriftNoticeFactory(organization=organization, off_queue=True, queue=queue)
        MappingRuleFactory(
            organization=organization, release=release, wrapup_code=notice.wrapup_code, conditions=on(queue)
        )
    seen: set[int] = set()

    address = reverse("catalogue-drift")
    for _ in range(3):
        with django_assert_max_num_queries(18):
            context = admin.get(address).context
        seen |= {line.notice.pk for line in context["page"].lines}
        address = reverse("catalogue-drift") + (context["older"] or "")

    assert len(seen) == 50


def test_an_empty_list_says_what_would_be_here(organization, admin):
    SweepFactory(organization=organization, kind="catalogue")

    assert "Rules and Genesys Cloud agree" in shown(admin, "catalogue-drift")
    assert "Nothing has ended yet" in shown(admin, "catalogue-drift", state="ended")


@pytest.mark.parametrize("asked", ["x", "-1", "9" * 40, "٣"])
def test_a_place_that_is_none_is_the_top_of_the_list(asked, organization, admin):
    noticed(organization)

    assert "Refund granted" in shown(admin, "catalogue-drift", before=asked)


def test_every_page_counts_what_nobody_has_seen_to(organization, admin):
    noticed(organization)
    noticed(organization, seen_to=True)

    page = shown(admin, "overview")

    assert "1 codes of rules changed in Genesys" in page
    assert "codes that rules choose</span>" in page
    assert reverse("catalogue-drift") in page


@pytest.mark.parametrize(
    ("kind", "said"),
    [("renamed", "was called “Refund granted” in Genesys"), ("off_queue", "not on the queue Billing EU")],
)
@pytest.mark.parametrize("page", ["rule-list", "release-publish"])
def test_the_rule_says_so_itself_in_the_list_and_before_it_is_published(page, kind, said, organization, admin):
    queue = QueueFactory(organization=organization, name="Billing EU")
    notice = noticed(organization, kind, **({"queue": queue} if kind == ON_QUEUE else {}))
    MappingRuleFactory(organization=organization, wrapup_code=notice.wrapup_code, conditions=on(queue))

    assert said in shown(admin, page)


def test_a_rule_of_other_queues_says_nothing(organization, admin):
    notice = noticed(organization, ON_QUEUE, queue__name="Billing EU")
    elsewhere = QueueFactory(organization=organization, name="Refunds")
    MappingRuleFactory(organization=organization, wrapup_code=notice.wrapup_code, conditions=on(elsewhere))

    assert "not on the queue" not in shown(admin, "rule-list")
