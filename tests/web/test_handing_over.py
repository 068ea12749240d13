"""Handing over on the pages: one failure, many, whom it is shown to, and asking for it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import (
    AssignmentFactory,
    HandoverFactory,
    MembershipFactory,
    OrganizationFactory,
    PersonFactory,
    QueueFactory,
    SweepFactory,
)
from tests.web.conftest import BACKEND
from wrapups.domain.roles import Role
from wrapups.models import Act, Assignment, BulkAct, Handover, Organization, Person, SavedView, Sweep
from wrapups.services import bulk_work
from wrapups.services.auditing import Actor
from wrapups.services.handing_over import hand_over
from wrapups.services.tidying import tidy


@pytest.fixture
def maria(organization: Organization) -> Person:
    """A supervisor to whom things are handed."""
    person = PersonFactory(username="maria", first_name="Maria", last_name="Lopez")
    MembershipFactory(organization=organization, person=person, role=Role.SUPERVISOR)
    return person


@pytest.fixture
def failed(organization: Organization) -> Assignment:
    made: Assignment = AssignmentFactory(organization=organization, failed=True)
    return made


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person, BACKEND)
    return client


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def page_of(failed: Assignment) -> str:
    return reverse("assignment-hand-over", args=[failed.pk])


def listed(client: Client, query: str, name: str = "failure-list") -> set[int]:
    """Return the keys of what a list shows for a query, by its one address."""
    answer = client.get(reverse(name), {"query": query}, follow=True)
    page = answer.context["page" if name == "failure-list" else "listing"]
    return {row.assignment.pk for row in page.rows}


def holders() -> dict[int, int]:
    return dict(Handover.everywhere.values_list("pk", "owner"))


# One failure


def test_a_failure_is_handed_over_with_a_note_and_its_pages_say_so(admin: Client, failed: Assignment, maria: Person):
    done = admin.post(page_of(failed), {"owner": maria.pk, "held_by": "", "note": "You know this queue"}, follow=True)

    assert "Maria Lopez holds it now." in text(done)
    assert "<strong>Maria Lopez</strong>" in text(done)
    row = text(admin.get(reverse("failure-list")))
    assert 'title="Handed to Maria Lopez"' in row
    story = text(admin.get(reverse("conversation-detail", args=[failed.communication.conversation_id])))
    assert "handed it to Maria Lopez" in story
    assert "You know this queue" in story


def test_the_story_goes_on_when_it_is_taken_on_and_handed_back(admin: Client, failed: Assignment, maria: Person):
    hand_over(failed, to=maria, held_by=None, note="", actor=Actor(maria))
    hand_over(failed, to=None, held_by=maria.pk, note="On holiday", actor=Actor(maria))

    story = text(admin.get(reverse("conversation-detail", args=[failed.communication.conversation_id])))

    assert "Maria Lopez took it on" in story
    assert "Maria Lopez handed it back to nobody" in story
    assert "On holiday" in story


def test_what_is_missing_is_said_at_its_field_with_what_was_typed(admin: Client, failed: Assignment, maria: Person):
    said = text(admin.post(page_of(failed), {"owner": "", "note": "You know this queue"}))

    assert "Choose whom to hand it to." in said
    assert "You know this queue</textarea>" in said
    assert holders() == {}


def test_who_comes_second_sees_who_holds_it_and_can_hand_it_on(admin: Client, failed: Assignment, maria: Person):
    hand_over(failed, to=maria, held_by=None, note="Mine", actor=Actor(maria))
    me = admin.session["_auth_user_id"]

    second = text(admin.post(page_of(failed), {"owner": me, "held_by": "", "note": ""}))
    admin.post(page_of(failed), {"owner": me, "held_by": maria.pk, "note": ""})

    assert "Somebody has handed it over meanwhile" in second
    assert f'name="held_by" value="{maria.pk}"' in second
    assert holders() == {failed.pk: int(me)}


def test_what_waits_for_nobody_offers_no_form(admin: Client, organization: Organization):
    done = AssignmentFactory(organization=organization, verified=True)

    assert "It waits for nobody" in text(admin.get(page_of(done)))
    assert page_of(done) not in text(admin.get(reverse("failure-detail", args=[done.pk])))


def test_a_failure_of_another_organization_is_not_there(admin: Client, maria: Person):
    foreign = AssignmentFactory(failed=True)

    assert admin.get(page_of(foreign)).status_code == 404
    assert admin.post(page_of(foreign), {"owner": maria.pk}).status_code == 404
    assert holders() == {}


def test_only_members_can_be_chosen_and_who_sees_some_divisions_is_marked(admin: Client, failed: Assignment):
    organization = failed.organization
    MembershipFactory(
        organization=organization,
        role="ops",
        person=PersonFactory(username="olga", first_name="", last_name=""),
        division_ids=["north"],
    )
    stranger = MembershipFactory(organization=OrganizationFactory(), person__username="stranger").person

    page = text(admin.get(page_of(failed)))
    refused = text(admin.post(page_of(failed), {"owner": stranger.pk, "note": ""}))

    assert "olga · sees some divisions" in page
    assert "stranger" not in page
    assert "Choose whom to hand it to." in refused


# Many


def test_many_are_handed_over_after_a_choice_and_a_preview_that_costs_no_call(
    admin: Client, organization: Organization, maria: Person
):
    rows = AssignmentFactory.create_batch(3, organization=organization, failed=True)
    address = reverse("bulk-act-add") + "?status=failed"
    wanted = {"kind": "hand_over", "of": "ticked", "row": [row.pk for row in rows[:2]], "waiting": "1"}

    choice = text(admin.post(address, wanted))
    preview = text(admin.post(address, {**wanted, "owner": maria.pk}, follow=True))
    act = BulkAct.everywhere.get()
    admin.post(reverse("bulk-act-confirm", args=[act.pk]), {"reason": "You know this queue"})
    bulk_work.work(organization, for_s=30)
    done = text(admin.get(reverse("bulk-act", args=[act.pk])))

    assert "2 selected assignments" in choice
    assert all(f'name="row" value="{row.pk}"' in choice for row in rows[:2])
    assert "<dt>To</dt><dd>Maria Lopez</dd>" in preview
    assert "<dt>Costs</dt><dd>no call</dd>" in preview
    assert "Hand over 2 assignments" in preview
    assert "Maria Lopez sees to them." in done
    assert "still fail" not in done
    assert holders() == {row.pk: maria.pk for row in rows[:2]}
    assert Act.objects.get(pk=BulkAct.everywhere.get().act_id).reason == "You know this queue"


def test_all_that_match_go_back_to_nobody(admin: Client, organization: Organization, maria: Person):
    HandoverFactory(organization=organization, owner=maria)
    address = reverse("bulk-act-add") + "?owner=maria"
    wanted = {"kind": "hand_over", "of": "found", "waiting": "1"}

    assert "All that the list finds." in text(admin.post(address, wanted))
    preview = text(admin.post(address, {**wanted, "owner": "nobody"}, follow=True))
    admin.post(reverse("bulk-act-confirm", args=[BulkAct.everywhere.get().pk]), {"reason": "On holiday"})
    bulk_work.work(organization, for_s=30)

    assert "nobody: they are handed back" in preview
    assert holders() == {}


def test_the_preview_says_what_the_person_does_not_see(admin: Client, organization: Organization, failed: Assignment):
    north = QueueFactory(organization=organization, division_id="north")
    AssignmentFactory(organization=organization, failed=True, communication__queue_id=north.genesys_id)
    northerner = MembershipFactory(organization=organization, role="ops", division_ids=["north"]).person
    address = reverse("bulk-act-add") + "?status=failed"

    preview = text(admin.post(address, {"kind": "hand_over", "of": "found", "owner": northerner.pk}, follow=True))

    assert "<strong>1</strong> assignment" in preview
    assert "It is of a division that this person does not see" in preview


def test_without_rows_nobody_is_asked_to_whom(admin: Client, failed: Assignment):
    said = text(admin.post(reverse("bulk-act-add"), {"kind": "hand_over", "of": "ticked"}, follow=True))

    assert "Select some rows first" in said


# Asking for it


@pytest.fixture
def held(organization: Organization, maria: Person) -> dict[str, Assignment]:
    """What Maria holds, what somebody else does, what nobody does, and what Maria held before it was settled."""
    return {
        "maria": HandoverFactory(organization=organization, owner=maria).assignment,
        "other": HandoverFactory(organization=organization, owner__username="peter").assignment,
        "nobody": AssignmentFactory(organization=organization, conflict=True),
        "settled": HandoverFactory(
            organization=organization, owner=maria, assignment__failed=False, assignment__verified=True
        ).assignment,
    }


def test_it_is_asked_for_by_name_by_me_and_by_nobody(held: dict[str, Assignment], maria: Person):
    client = signed_in(maria)
    queries = ("owner:maria", "owner:MARIA", 'owner:"maria lopez"', "owner:lop", "owner:me")

    found = {query: listed(client, query) for query in queries}

    assert found == {query: {held["maria"].pk} for query in queries}
    assert listed(client, "owner:nobody") == {held["nobody"].pk}
    assert listed(client, "owner:me", "conversation-list") == {held["maria"].pk}


def test_what_names_nobody_or_more_than_one_is_said_at_its_word(admin: Client, held: dict[str, Assignment]):
    MembershipFactory(organization=held["maria"].organization, person__username="marius")

    nobody = text(admin.get(reverse("failure-list"), {"query": "owner:zoe"}))
    several = text(admin.get(reverse("failure-list"), {"query": "owner:mari"}))

    assert "No member of this organization is called “zoe”." in nobody
    assert "More than one member&#x27;s name begins with “mari”" in several
    assert "owner:marius" in several


def test_people_of_the_organization_are_suggested_and_no_others(admin: Client, maria: Person):
    MembershipFactory(organization=OrganizationFactory(), person__username="marlene")
    address = reverse("query-suggestions")

    page = text(admin.get(address, {"query": "owner:ma", "caret": 8}))
    first = text(admin.get(address, {"query": "owner:", "caret": 6}))
    options = text(admin.get(reverse("name-options", args=["owner"]), {"owner": "mar"}))

    assert "owner:maria " in page
    assert "marlene" not in page + options
    assert "owner:me " in first
    assert "owner:nobody " in first
    assert '<option value="maria" label="Maria Lopez">' in options


def test_a_shared_view_of_mine_is_of_whoever_opens_it(admin: Client, held: dict[str, Assignment], maria: Person):
    admin.post(f"{reverse('view-add')}?owner=me", {"name": "Mine", "shared": "on"})

    opened = signed_in(maria).get(reverse("view-open", args=[SavedView.everywhere.get().slug]), follow=True)

    assert {row.assignment.pk for row in opened.context["listing"].rows} == {held["maria"].pk}


def test_a_file_holds_what_was_handed_to_whoever_asked_for_it(held: dict[str, Assignment], maria: Person):
    typed = {"format": "csv", "columns": "ticked", "ticked": ["communication_id", "owner"]}

    answer: Any = signed_in(maria).post(reverse("export-add") + "?owner=me", typed)
    lines = b"".join(answer.streaming_content).decode().splitlines()

    assert len(lines) == 2
    assert held["maria"].communication.communication_id in lines[1]
    assert "Maria Lopez" in lines[1]


def test_what_was_handed_to_one_is_counted_on_failures_and_by_the_bell(held: dict[str, Assignment], maria: Person):
    client = signed_in(maria)

    for name in ("failure-list", "failure-groups", "work-list"):
        page = text(client.get(reverse(name)))
        assert f'href="{reverse("failure-list")}?owner=me"' in page, name
    assert 'Handed to me <span class="number">1</span>' in text(client.get(reverse("failure-list")))


def test_somebody_to_whom_nothing_was_handed_is_offered_no_list_of_it(admin: Client, held: dict[str, Assignment]):
    assert "Handed to me" not in text(admin.get(reverse("failure-list")))


def test_a_column_says_who_holds_it_in_place_of_the_badge(admin: Client, held: dict[str, Assignment]):
    admin.cookies["columns"] = "status.owner"

    page = text(admin.get(reverse("failure-list")))

    assert "Maria Lopez</td>" in page
    assert 'class="handed"' not in page


def test_what_is_over_is_nobody_s_on_every_page_before_and_after_it_is_tidied(
    admin: Client, organization: Organization, held: dict[str, Assignment], maria: Person
):
    address = reverse("assignment-row", args=[held["settled"].pk])
    SweepFactory(organization=organization, kind=Sweep.Kind.TIDY)

    before = text(admin.get(address))
    tidy(organization, for_s=30)

    assert "Maria Lopez" not in before
    assert held["settled"].pk not in holders()
    assert held["maria"].pk in holders()


def test_who_holds_what_costs_no_query_more_on_a_list(
    admin: Client, organization: Organization, django_assert_max_num_queries
):
    HandoverFactory.create_batch(20, organization=organization)

    with django_assert_max_num_queries(18):
        page = admin.get(reverse("failure-list")).content.decode()
    with django_assert_max_num_queries(18):
        admin.get(reverse("failure-list"), {"owner": "nobody"})

    assert page.count('class="handed"') == 20
