"""Releases on their pages: two people agree, a time comes, something stands against it, an earlier one goes back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import (
    AssignmentFactory,
    BulkActFactory,
    BulkActRowFactory,
    MappingRuleFactory,
    OrganizationFactory,
    QueueFactory,
    ReleaseFactory,
    RuleCaseFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.models import BulkAct, BulkActRow, Organization, Release
from wrapups.models.clock import app_now
from wrapups.services.earlier_codes import WORDS, WhyNot

State = Release.State


def page(client: Client, name: str, *arguments: object, **query: str) -> str:
    return client.get(reverse(name, args=arguments), query).content.decode()


def post(client: Client, name: str, *arguments: object, follow: bool = True, **typed: Any) -> Any:
    return client.post(reverse(name, args=arguments), typed, follow=follow)


def release_with(organization: Organization, *names: str, state: str = State.PUBLISHED, **columns: Any) -> Release:
    """Return a release with rules of these names; one in force takes the present one's place."""
    if state == State.PUBLISHED:
        Release.everywhere.filter(organization=organization, state=state).update(
            state=State.RETIRED, retired_at=app_now()
        )
    made = ReleaseFactory(organization=organization, **columns)
    for line, name in enumerate(names, start=1):
        MappingRuleFactory(organization=organization, release=made, line=line, name=name)
    if state == State.DRAFT:
        return made
    if state == State.PUBLISHED:
        return put_in_force(made)
    Release.everywhere.filter(pk=made.pk).update(state=state, proposed_at=app_now())
    made.refresh_from_db()
    return made


def now_of(release: Release) -> Release:
    release.refresh_from_db()
    return release


@pytest.fixture
def present(organization: Organization) -> Release:
    """What is in force."""
    return release_with(organization, "Refunds", "Complaints", reason="The first rules")


@pytest.fixture
def draft(organization: Organization, present: Release) -> Release:
    """What shall take its place."""
    return release_with(organization, "Refunds", "Praise", state=State.DRAFT, base=present)


@pytest.fixture
def proposed(organization: Organization, present: Release) -> Release:
    """What somebody has proposed."""
    return release_with(organization, "Refunds", "Praise", state=State.PROPOSED, base=present, reason="Praise, too")


# Publishing


def test_a_draft_is_published_with_its_reason(admin, draft, present):
    response = post(admin, "release-publish", reason="Praise has a code now")

    assert f"Release {draft.number} is in force." in response.content.decode()
    assert (now_of(draft).state, draft.reason) == (State.PUBLISHED, "Praise has a code now")
    assert now_of(present).state == State.RETIRED


def test_a_reason_is_asked_for_and_nothing_typed_is_lost(admin, draft):
    response = post(admin, "release-publish", reason=" ", percent="20", shadow="on")

    form = response.context["form"]
    assert form.errors["reason"] == ["Say why."]
    assert (form["percent"].value(), form["shadow"].value()) == ("20", True)
    assert now_of(draft).state == State.DRAFT


@pytest.mark.parametrize("percent", ["0", "101", "many"])
def test_a_percentage_that_is_none_is_said_so_at_its_field(percent: str, admin, draft):
    assert post(admin, "release-publish", reason="New", percent=percent).context["form"].errors["percent"]


def test_a_careful_introduction_is_kept_with_the_release(admin, organization, draft, present):
    queue = QueueFactory(organization=organization, name="Billing EU")

    post(admin, "release-publish", reason="Carefully", shadow="on", percent="10", queues=[queue.genesys_id])

    now_of(draft)
    assert (draft.shadow, draft.rollout_percent, draft.rollout_queues) == (True, 10, [queue.genesys_id])
    assert draft.beside == present
    shown = page(admin, "release-detail", draft.number)
    assert "in force, in shadow mode" in shown
    assert "10 % of 1 queue" in shown
    assert "Billing EU" in shown


def test_what_stands_against_it_is_said_before_and_passed_over_only_with_a_reason(admin, organization, draft):
    expected = WrapupCodeFactory(organization=organization)
    RuleCaseFactory(organization=organization, name="A fax", facts={"media": "email"}, expected_code=expected)

    before = page(admin, "release-publish")
    refused = post(admin, "release-publish", reason="New")
    post(admin, "release-publish", reason="New", despite="Nobody faxes")

    assert "Saved cases come out otherwise: A fax." in before
    assert "A fax" in " ".join(refused.context["form"].errors["despite"])
    assert now_of(draft).state == State.PUBLISHED


# Proposing and approving


def test_where_approval_is_needed_a_draft_is_proposed_and_another_admin_approves_it(
    organization, sign_in: Callable[..., Client], draft
):
    Organization.objects.filter(pk=organization.pk).update(approval_required=True)
    author, other = sign_in("admin"), sign_in("admin")

    offered = page(author, "release-publish")
    post(author, "release-propose", reason="Praise, too")
    theirs = page(author, "release-publish")
    own = post(author, "release-approve")
    approved = post(other, "release-approve")
    post(author, "release-publish")

    assert "Another person has to approve it" in offered
    assert "Approve it" not in theirs
    assert "Publish it now" not in theirs
    assert "Another person has to approve" in own.content.decode()
    assert "Publish it now" in approved.content.decode()
    assert now_of(draft).state == State.PUBLISHED


def test_who_may_approve_a_release_hears_of_it_and_who_proposed_it_does_not(admin, sign_in, organization, proposed):
    organization.approval_required = True
    organization.save()
    author, supervisor = sign_in(), sign_in("supervisor")
    Release.everywhere.filter(pk=proposed.pk).update(proposed_by=author.session["_auth_user_id"])
    said = f"elease {proposed.number} waits for you to approve it"

    assert page(admin, "overview").count(said) == 2  # where it needs somebody, and in the rail
    assert "You may approve it." in page(admin, "rule-list")
    for other in (author, supervisor):
        assert said not in page(other, "overview")
        assert "Another admin has to approve it." in page(other, "rule-list")
    Release.everywhere.filter(pk=proposed.pk).update(approved_by=admin.session["_auth_user_id"])
    assert said not in page(admin, "overview")


def test_a_proposed_release_says_who_why_and_when(admin, proposed):
    shown = page(admin, "release-publish")

    assert "Praise, too" in shown
    assert "when somebody publishes it" in shown
    assert "<strong>Praise</strong>" in shown


def test_a_time_to_publish_is_read_in_the_person_s_zone(admin, draft):
    admin.cookies["zone"] = "America/Los_Angeles"
    day = (timezone.now() + timedelta(days=30)).date()

    post(admin, "release-publish", reason="After the weekend", publish_at=f"{day}T09:30")

    at = now_of(draft).publish_at
    assert draft.state == State.PROPOSED
    assert (at.date(), at.minute) == (day, 30)
    assert at.hour in (16, 17)


@pytest.mark.parametrize(("typed", "said"), [("2020-01-01T10:00", "ahead"), ("soon", "a day and a time")])
def test_a_time_that_cannot_be_is_said_so_at_its_field(typed: str, said: str, admin, draft):
    form = post(admin, "release-publish", reason="Later", publish_at=typed).context["form"]

    assert said in " ".join(form.errors["publish_at"])
    assert now_of(draft).state == State.DRAFT


def test_another_time_can_be_given_and_none(admin, proposed):
    day = (timezone.now() + timedelta(days=2)).date()

    post(admin, "release-reschedule", publish_at=f"{day}T10:00")
    given = now_of(proposed).publish_at
    post(admin, "release-reschedule", publish_at="")

    assert given is not None
    assert now_of(proposed).publish_at is None


def test_withdrawing_leads_back_to_the_draft(admin, proposed):
    response = post(admin, "release-withdraw")

    assert "is withdrawn; its rules can be changed" in response.content.decode()
    assert now_of(proposed).state == State.DRAFT


def test_while_a_release_is_proposed_the_rules_say_so_and_no_draft_begins(admin, proposed):
    shown = page(admin, "rule-list")
    response = post(admin, "draft-open")

    assert f"Release {proposed.number} is proposed." in shown
    assert "Withdraw it" in response.content.decode()
    assert not Release.everywhere.filter(state=State.DRAFT).exists()


def test_a_held_release_says_what_stands_against_it_everywhere(admin, proposed):
    Release.everywhere.filter(pk=proposed.pk).update(held_because="Release 9 has been put in force since.")

    for name in ("overview", "rule-list", "release-publish"):
        assert "Release 9 has been put in force since." in page(admin, name)
    assert "held" in page(admin, "release-list")


def test_a_held_release_is_published_anyway_with_a_reason(admin, organization, proposed, present):
    newer = release_with(organization, "Refunds", restores=present)

    refused = post(admin, "release-publish", despite="")
    post(admin, "release-publish", despite="We looked at both")

    assert f"Release {newer.number} has been put in force since" in refused.content.decode()
    assert now_of(proposed).state == State.PUBLISHED


def test_a_draft_that_is_outdated_is_brought_up_to_date(admin, organization, draft, present):
    newer = release_with(organization, "Refunds", restores=present)

    shown = page(admin, "release-publish")
    response = post(admin, "release-rebase")

    assert f"Make its changes to release {newer.number} instead" in shown
    assert f"The draft of release {draft.number} is up to date." in response.content.decode()
    assert now_of(draft).base == newer


# The list, one, two compared


def test_the_list_pages_in_few_queries(admin, organization, django_assert_max_num_queries):
    for _ in range(60):
        release_with(organization)

    with django_assert_max_num_queries(19):
        shown = page(admin, "release-list")

    newest, oldest = (Release.everywhere.order_by(order).first() for order in ("-pk", "pk"))
    older = page(admin, "release-list", before=str(Release.everywhere.order_by("-pk")[49].pk))
    assert f">Release {newest.number}</a>" in shown
    assert f">Release {oldest.number}</a>" not in shown
    assert f">Release {oldest.number}</a>" in older


def test_an_empty_list_says_what_would_be_there(admin):
    assert "No release yet" in page(admin, "release-list")


def test_two_releases_are_compared_field_by_field_with_names(admin, organization):
    old, new = (WrapupCodeFactory(organization=organization, name=name) for name in ("Refunded", "Refund granted"))
    before = ReleaseFactory(organization=organization)
    rule = MappingRuleFactory(organization=organization, release=before, name="Refunds", wrapup_code=old, tags=["eu"])
    Release.everywhere.filter(pk=put_in_force(before).pk).update(state=State.RETIRED)
    after = ReleaseFactory(organization=organization)
    MappingRuleFactory(
        organization=organization,
        release=after,
        name="Refunds",
        identity=rule.identity,
        wrapup_code=new,
        tags=["eu", "money"],
    )

    shown = page(admin, "release-compare", a=str(before.number), b=str(after.number))

    assert "Refunded" in shown
    assert "Refund granted" in shown
    assert "<del>eu</del> → <ins>eu, money</ins>" in shown
    assert old.genesys_id not in shown


def test_a_release_that_is_none_is_said_so(admin, present):
    assert "Choose two that are listed" in page(admin, "release-compare", a=str(present.number), b="9999")


def test_one_release_costs_few_queries(admin, organization, django_assert_max_num_queries):
    release = release_with(organization, *(f"Rule {number}" for number in range(60)))

    with django_assert_max_num_queries(25):
        page(admin, "release-detail", release.number)


# Rolling out


def test_the_part_a_release_decides_is_widened_on_its_page(admin, organization, present):
    newer = release_with(organization, "Refunds", rollout_percent=10, beside=present)

    shown = page(admin, "release-detail", newer.number)
    response = post(admin, "release-widen", newer.number, percent="50")

    assert "It decides 10 % of what ends" in shown
    assert "decides 50 % from now on" in response.content.decode()
    assert now_of(newer).rollout_percent == 50


def test_taking_something_away_asks_for_a_reason(admin, organization, present):
    newer = release_with(organization, "Refunds", rollout_percent=50, beside=present)

    shown = post(admin, "release-widen", newer.number, percent="10").content.decode()

    assert "Say why." in shown
    assert now_of(newer).rollout_percent == 50


# Restoring


def test_an_earlier_release_is_put_back_in_force_after_its_differences_were_seen(admin, organization, present):
    bad = release_with(organization, "Everything")

    seen = page(admin, "release-restore", present.number)
    response = post(admin, "release-restore", present.number, reason="Everything was wrong")

    newest = Release.everywhere.get(organization=organization, state=State.PUBLISHED)
    assert "<strong>Everything</strong>" in seen
    assert f"with the rules of release {present.number}" in response.content.decode()
    assert (newest.restores, now_of(bad).state) == (present, State.RETIRED)


def test_what_stands_against_putting_it_back_is_shown_before_and_asks_for_a_reason(admin, organization, present):
    release_with(organization, "Everything")
    RuleCaseFactory(organization=organization, name="Voice gets nothing")

    seen = page(admin, "release-restore", present.number)
    refused = post(admin, "release-restore", present.number, reason="Wrong").content.decode()
    post(admin, "release-restore", present.number, reason="Wrong", despite="The case is old")

    assert "Voice gets nothing" in seen
    assert 'id="restore-despite_error"' in refused
    assert Release.everywhere.get(organization=organization, state=State.PUBLISHED).restores == present


def test_what_needs_a_second_person_offers_a_draft_instead(admin, organization, present):
    organization.approval_required = True
    organization.save()
    for name in ("Everything", "Nothing"):
        release_with(organization, name)

    seen = page(admin, "release-restore", present.number)

    assert "It needs a second person" in seen
    assert "Begin a draft" in seen
    assert "back in force</button>" not in seen


def test_with_it_the_earlier_codes_are_previewed_where_that_is_ticked(admin, organization, present):
    bad = release_with(organization, "Everything")

    response = post(admin, "release-restore", present.number, reason="Wrong", codes_too="on")

    act = BulkAct.everywhere.get(organization=organization)
    assert response.redirect_chain[0][0] == reverse("put-back", args=[act.pk])
    assert (act.release, act.state, act.reason) == (bad, BulkAct.State.FREEZING, "Wrong")


def test_a_draft_from_an_earlier_release_asks_before_it_throws_another_away(admin, organization, present):
    release_with(organization, "Everything")
    draft = release_with(organization, "Work in it", state=State.DRAFT)

    asked = post(admin, "release-draft", present.number).content.decode()
    kept = Release.everywhere.filter(pk=draft.pk).exists()
    post(admin, "release-draft", present.number, instead="on")

    assert "already, with work in it" in asked
    assert kept
    restored = Release.everywhere.get(organization=organization, state=State.DRAFT)
    assert list(restored.rules.values_list("name", flat=True)) == ["Refunds", "Complaints"]


def test_a_release_in_shadow_mode_goes_live(admin, organization):
    shadow = release_with(organization, "Refunds", shadow=True)

    offered = page(admin, "release-detail", shadow.number)
    post(admin, "release-restore", shadow.number, reason="It was right")

    live = Release.everywhere.get(organization=organization, state=State.PUBLISHED)
    assert "Go live" in offered
    assert (live.restores, live.shadow) == (shadow, False)


# Putting codes back


def test_codes_of_a_retired_release_are_asked_back_with_a_reason(admin, organization, present):
    release_with(organization, "Everything")

    refused = post(admin, "put-back-add", present.number, reason="")
    response = post(admin, "put-back-add", present.number, reason="They were wrong")

    assert refused.context["form"].errors["reason"] == ["Say why."]
    assert BulkAct.everywhere.get().reason == "They were wrong"
    assert "being counted" in response.content.decode()
    assert "data-poll" in response.content.decode()


def test_codes_of_the_release_in_force_cannot_be(admin, present):
    shown = post(admin, "put-back-add", present.number, reason="Why not").content.decode()

    assert "Put another release in force first" in shown


@pytest.fixture
def ready(organization: Organization, present: Release) -> BulkAct:
    """A preview with something of everything."""
    counted = {"waiting": 1200, WhyNot.AGENT_CHANGED.value: 34, WhyNot.NOTHING_BEFORE.value: 7}
    made: BulkAct = BulkActFactory(
        organization=organization, release=present, state=BulkAct.State.READY, total=1241, done=41, counted=counted
    )
    return made


def test_a_preview_says_how_many_go_back_which_stay_and_what_it_costs(admin, organization, ready):
    Organization.objects.filter(pk=organization.pk).update(calls_per_minute=60)

    shown = page(admin, "put-back", ready.pk)

    for said in (
        "<strong>1,200</strong>",
        "a person has chosen another code since",
        "34",
        WORDS[WhyNot.NOTHING_BEFORE],
        "about 2,424 calls; 40 min 24 s with the 60 calls a minute",
        "Put 1,200 codes back",
    ):
        assert said in shown
    assert "data-poll" not in shown


def test_confirming_and_cancelling_are_for_who_may_publish(ready, sign_in: Callable[..., Client]):
    supervisor = sign_in("supervisor")

    shown = page(supervisor, "put-back", ready.pk)

    assert "An admin can confirm it." in shown
    assert post(supervisor, "put-back-confirm", ready.pk).status_code == 403
    assert post(supervisor, "put-back-cancel", ready.pk).status_code == 403


def test_confirming_starts_it_and_cancelling_ends_it(admin, ready):
    running = post(admin, "put-back-confirm", ready.pk).content.decode()
    late = post(admin, "put-back-confirm", ready.pk).content.decode()
    post(admin, "put-back-cancel", ready.pk)

    ready.refresh_from_db()
    assert "0 of 1,200 through" in running
    assert "only a preview can be confirmed" in late
    assert ready.state == BulkAct.State.CANCELLED


def test_what_was_under_way_is_named_and_counted_again_when_the_act_is_over(admin, organization):
    bad, _ = release_with(organization, "Everything"), release_with(organization, "Refunds")
    counted = {WhyNot.UNDER_WAY.value: 5}
    over = BulkActFactory(
        organization=organization, release=bad, state=BulkAct.State.DONE, total=5, counted=counted, reason="Wrong"
    )

    shown = page(admin, "put-back", over.pk)
    response = post(admin, "put-back-add", bad.number, reason=over.reason)

    assert "5 were still being written or read back" in shown
    assert "Count again</button>" in shown
    assert "being counted" in response.content.decode()


def test_another_act_that_comes_first_is_named_and_linked(admin, organization, present, ready):
    release_with(organization, "Everything")
    release_with(organization, "Praise")

    asked = post(admin, "put-back-add", present.number, reason="Wrong").content.decode()
    restored = post(admin, "release-restore", present.number, reason="Wrong", codes_too="on")

    link = reverse("put-back", args=[ready.pk])
    assert f'href="{link}"' in asked
    assert f"Codes of release {present.number} come first" in asked
    assert restored.redirect_chain[0][0] == link


def test_every_conversation_is_listed_with_what_became_of_it(admin, organization, ready, django_assert_max_num_queries):
    skipped = rows_of(ready, 30, outcome=BulkActRow.Outcome.SKIPPED, why=WhyNot.AGENT_CHANGED)
    rows_of(ready, 40, outcome=BulkActRow.Outcome.DONE, made=True)

    with django_assert_max_num_queries(18):
        everything = page(admin, "put-back-rows", ready.pk)
    left = page(admin, "put-back-rows", ready.pk, outcome="skipped")

    assert everything.count('data-label="Outcome"') == 50
    assert left.count("a person has chosen another code since") == len(skipped)
    assert left.count('data-label="Outcome"') == 30


def rows_of(act: BulkAct, count: int, *, made: bool = False, **columns: Any) -> list[BulkActRow]:
    organization = act.organization
    rows: list[Any] = []
    for _ in range(count):
        before = AssignmentFactory(organization=organization, verified=True)
        after = AssignmentFactory(
            organization=organization, communication=before.communication, generation=1, verified=True
        )
        rows.append(
            BulkActRowFactory(
                organization=organization,
                bulk_act=act,
                assignment=before,
                made=after if made else None,
                **columns,
            )
        )
    return rows


# Whose it is


@pytest.mark.parametrize("role", ["admin", "supervisor", "ops"])
def test_everybody_may_read_releases(role: str, sign_in: Callable[..., Client], present, ready):
    client = sign_in(role)

    for name, arguments in (
        ("release-list", ()),
        ("release-detail", (present.number,)),
        ("release-compare", ()),
        ("put-back", (ready.pk,)),
        ("put-back-rows", (ready.pk,)),
    ):
        assert client.get(reverse(name, args=arguments)).status_code == 200


@pytest.mark.parametrize(
    "name",
    ["release-publish", "release-propose", "release-approve", "release-withdraw", "release-reschedule"],
)
def test_only_an_admin_leads_a_release_into_force(name: str, sign_in: Callable[..., Client], proposed):
    assert post(sign_in("ops"), name).status_code == 403


def test_what_belongs_to_another_organization_is_not_there(sign_in: Callable[..., Client], present, ready, proposed):
    stranger = sign_in("admin", of=OrganizationFactory())

    for name, argument in (
        ("release-widen", present.number),
        ("release-restore", present.number),
        ("release-draft", present.number),
        ("put-back-add", present.number),
        ("put-back-confirm", ready.pk),
        ("put-back-cancel", ready.pk),
    ):
        assert post(stranger, name, argument).status_code == 404
    for name in ("release-publish", "release-propose", "release-approve", "release-withdraw", "release-reschedule"):
        assert post(stranger, name).status_code == 404
    assert stranger.get(reverse("put-back-rows", args=[ready.pk])).status_code == 404
