"""What to do about a failure, with the buttons that do it."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from dashboard.advice import advice_on, advice_on_group, advice_on_refusal, known_failures
from dashboard.queries.failure_counts import examples_of
from tests import failures
from tests.factories import (
    AssignmentFactory,
    AttemptFactory,
    CallBudgetFactory,
    MappingRuleFactory,
    QueueFactory,
    QueueWrapupCodeFactory,
    ReleaseFactory,
    SweepFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.domain.advice_parts import Fix
from wrapups.domain.failure_classes import FailureClass
from wrapups.domain.roles import Role
from wrapups.models import Act, Assignment, CallBudget, FailureGroup, MappingRule, Organization, Release

F = FailureClass


@pytest.fixture
def off_queue(organization: Organization) -> Assignment:
    return failures.off_queue(organization)


def refused(organization: Organization, *, code: str, http_status: int = 400, **columns: object) -> Assignment:
    """Return a failure whose last call was refused with this code."""
    failure: Assignment = AssignmentFactory(organization=organization, failed=True, error_code=code, **columns)
    AttemptFactory(assignment=failure, http_status=http_status, error_code=code, message="It was refused.")
    return failure


def test_a_failure_s_page_says_what_it_means_and_who_can_mend_it(admin: Client, off_queue: Assignment) -> None:
    page = admin.get(reverse("failure-detail", args=[off_queue.pk])).content.decode()

    assert "is not among those of the conversation&#x27;s queue" in page
    assert "Who can: an admin, here." in page
    assert f"{reverse('known-failures')}#class-{F.CODE_NOT_ON_QUEUE.value}" in page


def test_a_code_is_offered_in_place_of_one_that_does_not_fit_and_the_rule_s_editor_has_it_filled_in(
    admin: Client, off_queue: Assignment
) -> None:
    page = admin.get(reverse("failure-detail", args=[off_queue.pk])).content.decode()
    (act,) = [act for act in advice_on(off_queue).acts if act.fix is Fix.CHOOSE_CODE]

    opened = admin.post(act.address, act.fields, follow=True)

    assert "Choose Refund granted (EU) in rule Refunds" in page
    rule = MappingRule.everywhere.get(release__state=Release.State.DRAFT)
    assert opened.redirect_chain[-1][0].startswith(reverse("rule-change", args=[rule.pk]))
    assert opened.context["form"].chosen_code == act.fields["code"]
    assert rule.wrapup_code == off_queue.wrapup_code  # nothing is kept until it is saved


def test_a_rule_that_the_draft_does_not_have_any_more_is_told_of(admin: Client, off_queue: Assignment) -> None:
    admin.post(reverse("failure-mend-rule", args=[off_queue.pk]))
    MappingRule.everywhere.filter(release__state=Release.State.DRAFT).delete()

    answer = admin.post(reverse("failure-mend-rule", args=[off_queue.pk]), follow=True)

    assert "The draft does not have rule Refunds any more." in answer.content.decode()


def test_looking_again_after_the_rule_was_mended_decides_it_anew(admin: Client, off_queue: Assignment) -> None:
    Release.everywhere.filter(pk=off_queue.release_id).update(state=Release.State.RETIRED)
    draft = ReleaseFactory(organization=off_queue.organization)
    like = WrapupCodeFactory(organization=off_queue.organization, name="Credited")
    MappingRuleFactory(organization=off_queue.organization, release=draft, wrapup_code=like, conditions={"all": []})
    put_in_force(draft)

    answer = admin.post(reverse("assignment-look-again", args=[off_queue.pk]), follow=True)

    newest = Assignment.everywhere.filter(communication=off_queue.communication).latest("generation")
    assert (newest.release, newest.wrapup_code) == (draft, like)
    assert Act.objects.filter(verb="look again").count() == 1
    assert answer.status_code == 200


def test_what_is_not_failed_is_not_looked_at_again_and_is_said_why(admin: Client, organization: Organization) -> None:
    done = AssignmentFactory(organization=organization, verified=True)

    answer = admin.post(reverse("assignment-look-again", args=[done.pk]), follow=True)

    assert "An assignment that is verified cannot become pending" in answer.content.decode()


@pytest.mark.parametrize("role", list(Role))
def test_each_role_finds_the_buttons_it_may_press(
    role: Role, sign_in: Callable[..., Client], off_queue: Assignment
) -> None:
    page = sign_in(role).get(reverse("failure-detail", args=[off_queue.pk])).content.decode()

    assert ("in rule Refunds" in page) is (role == Role.ADMIN)
    assert "Look again, then decide" in page


@pytest.mark.parametrize("name", ["failure-mend-rule", "assignment-look-again"])
def test_a_failure_of_another_organization_is_not_there(name: str, admin: Client) -> None:
    foreign = AssignmentFactory(failed=True)

    assert admin.post(reverse(name, args=[foreign.pk])).status_code == 404


def test_a_bare_bad_request_is_told_apart_by_what_is_known_of_the_communication(organization: Organization) -> None:
    queue = QueueFactory(organization=organization)
    gone = WrapupCodeFactory(organization=organization, gone=True)
    on_queue = {"communication__queue_id": queue.genesys_id}
    met = {
        F.CODE_GONE: refused(organization, code="bad.request", wrapup_code=gone, **on_queue),
        F.NO_QUEUE: refused(organization, code="bad.request"),
        F.NEVER_CONNECTED: refused(organization, code="bad.request", communication__connected_at=None, **on_queue),
        F.WRONG_SHAPE: refused(organization, code="bad.request", **on_queue),
    }

    assert {advice_on(failure).known_as: failure for failure in met.values()} == met


def test_what_the_catalogue_may_explain_has_a_button_that_reads_it_for_ops_too_and_leads_back(
    sign_in: Callable[..., Client], organization: Organization
) -> None:
    queue = QueueFactory(organization=organization)
    SweepFactory(organization=organization, kind="catalogue")
    failure = refused(organization, code="bad.request", communication__queue_id=queue.genesys_id)
    (act,) = [act for act in advice_on(failure).acts if act.fix is Fix.READ_CATALOGUE]
    ops, here = sign_in(Role.OPS), reverse("failure-detail", args=[failure.pk])

    shown = ops.get(here).content.decode()
    answer = ops.post(act.address, {"next": here}, follow=True)

    assert "Read the catalogue now" in shown
    assert answer.redirect_chain == [(here, 302)]
    assert "The catalogue is read now." in answer.content.decode()


def test_a_failure_for_a_deleted_code_can_be_looked_at_again_as_its_advice_says(organization: Organization) -> None:
    gone = WrapupCodeFactory(organization=organization, gone=True)
    advice = advice_on(refused(organization, code="bad.request", wrapup_code=gone))

    assert "look again" in advice.do
    assert Fix.LOOK_AGAIN in [act.fix for act in advice.acts]


def test_a_code_nobody_knows_says_so_and_leads_to_genesys(organization: Organization) -> None:
    advice = advice_on(refused(organization, code="brand.new"))

    assert not advice.is_known
    assert "status.mypurecloud.com" in "".join(link.address for link in advice.links)


def test_where_we_cannot_mend_it_the_page_of_genesys_is_linked(organization: Organization) -> None:
    advice = advice_on(refused(organization, code="missing.division.permission", http_status=403))

    assert [link.address for link in advice.links] == [
        "https://apps.mypurecloud.ie/directory/#/admin/integrations/oauth",
        "https://apps.mypurecloud.ie/directory/#/admin/people-permissions/roles",
    ]


def test_a_simulator_has_no_such_pages(organization: Organization) -> None:
    organization.api_url = "http://127.0.0.1:8090"
    organization.save()

    assert advice_on(refused(organization, code="missing.division.permission", http_status=403)).links == []


def test_a_group_s_advice_mends_the_cause_and_acts_on_no_single_assignment(off_queue: Assignment) -> None:
    [advice] = advice_on_group(off_queue.organization, [off_queue])

    assert [act.fix for act in advice.acts] == [Fix.ADD_CODE, Fix.CHOOSE_CODE]


def test_a_group_s_advice_names_the_act_on_all_of_it_that_its_page_has(admin: Client, off_queue: Assignment) -> None:
    group = FailureGroup.everywhere.get()

    page = admin.get(reverse("failure-group", args=[group.pk])).content.decode()

    assert "For all of the group: “Decide again by the rules in force”, in the bar above its rows." in page
    assert ">Decide again by the rules in force</option>" in page


def test_a_group_on_several_queues_and_rules_offers_what_mends_it_for_each(
    off_queue: Assignment, django_assert_max_num_queries
) -> None:
    organization = off_queue.organization
    other = QueueWrapupCodeFactory(organization=organization, queue__organization=organization, queue__name="Sales")
    rule = MappingRuleFactory(organization=organization, name="Sold", wrapup_code=off_queue.wrapup_code)
    same = {"organization": organization, "failed": True, "fingerprint": off_queue.fingerprint}
    same |= {"reason": off_queue.reason, "wrapup_code": off_queue.wrapup_code}
    AssignmentFactory.create_batch(
        2, **same, communication__queue_id=other.queue.genesys_id, rule=rule, release=rule.release
    )
    gone = WrapupCodeFactory(organization=organization, gone=True)
    AssignmentFactory(**same | {"reason": "rejected", "wrapup_code": gone}, rule=off_queue.rule)
    group = FailureGroup.everywhere.get()

    with django_assert_max_num_queries(2 + 7 * 3):
        advices = advice_on_group(organization, examples_of(organization, group))

    assert [advice.known_as for advice in advices] == [F.CODE_NOT_ON_QUEUE, F.CODE_GONE]
    assert [act.word for act in advices[0].acts] == [
        "Add Refund granted to Sales",
        "Add Refund granted to Billing EU",
        "Choose another code in rule Sold",
        "Choose Refund granted (EU) in rule Refunds",
    ]


def test_calls_can_be_let_go_on_only_where_they_are_held(organization: Organization) -> None:
    failure = refused(organization, code="missing.any.permissions", http_status=403)
    before = [act.fix for act in advice_on(failure).acts]
    CallBudget.objects.filter(organization=organization).delete()
    CallBudgetFactory(organization=organization, refused=True)

    assert Fix.RESUME not in before
    assert Fix.RESUME in [act.fix for act in advice_on(failure).acts]


def test_the_advice_costs_a_fixed_number_of_queries(off_queue: Assignment, django_assert_max_num_queries) -> None:
    fetched = Assignment.everywhere.select_related(
        "communication__conversation", "wrapup_code", "rule", "organization"
    ).get(pk=off_queue.pk)
    WrapupCodeFactory.create_batch(20, organization=off_queue.organization)

    with django_assert_max_num_queries(7):
        advice_on(fetched)


def test_every_known_failure_stands_in_the_list(admin: Client) -> None:
    page = admin.get(reverse("known-failures")).content.decode()

    assert [each.known_as for each in known_failures()] == sorted(set(F) - {F.UNKNOWN})
    assert all(f'id="class-{known_as.value}"' in page for known_as in set(F) - {F.UNKNOWN})


@pytest.mark.parametrize(
    ("sentence", "known_as"),
    [
        ("Genesys Cloud answered 401 bad.credentials while reading: Invalid login credentials.", F.TOKEN_REFUSED),
        ("Genesys Cloud answered 403 missing.any.permissions while applying a wrap-up: No.", F.PERMISSION_MISSING),
        ("Genesys Cloud answered 403 ip.not.authorized while reading.", F.ADDRESS_REFUSED),
        ("Genesys Cloud answered 400 invalid_client to the login: client not found.", F.CLIENT_REFUSED),
        ("Genesys Cloud answered 404 to the login.", F.CLIENT_REFUSED),
        ("Something else.", F.TOKEN_REFUSED),
    ],
)
def test_the_words_that_calls_are_held_with_have_advice(sentence: str, known_as: FailureClass) -> None:
    assert advice_on_refusal(sentence).known_as is known_as


def test_above_every_page_it_is_said_what_holds_the_calls_and_what_to_do(
    admin: Client, organization: Organization
) -> None:
    CallBudget.objects.filter(organization=organization).delete()
    because = "Genesys Cloud answered 403 missing.any.permissions while applying a wrap-up: You lack one."
    CallBudgetFactory(organization=organization, refused=True, refused_because=because)

    page = admin.get(reverse("catalogue-queues")).content.decode()

    assert because in page
    assert "Add the permission that is named to the client&#x27;s role in Genesys" in page


def test_a_probe_begins_with_the_conversation_that_failed(admin: Client, organization: Organization) -> None:
    failure = refused(organization, code="not.a.user")
    (act,) = [act for act in advice_on(failure).acts if act.fix is Fix.PROBE]

    page = admin.get(act.address).content.decode()

    assert f'value="{failure.communication.conversation.conversation_id}"' in page
