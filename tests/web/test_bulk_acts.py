"""Acts on many assignments: from a list to a preview, a confirmation, progress, and what still fails afterwards."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import (
    AssignmentFactory,
    MembershipFactory,
    OrganizationFactory,
    QueueFactory,
    ReleaseFactory,
    put_in_force,
)
from tests.web.conftest import BACKEND
from wrapups.domain.roles import Role
from wrapups.domain.status import FailReason, Status
from wrapups.models import Assignment, BulkAct, BulkActRow, Organization
from wrapups.models.clock import AppNow
from wrapups.services import bulk_acting, bulk_work

FAILED = "?status=failed"
LONG = 30.0


def failures(organization: Organization, count: int, **columns: Any) -> list[Assignment]:
    made: list[Assignment] = AssignmentFactory.create_batch(count, organization=organization, failed=True, **columns)
    return made


def ask(client: Client, address: str = FAILED, **typed: Any) -> Any:
    """Ask for a preview from a list, and follow to where it leads."""
    typed = {"kind": "retry", "of": "found", "next": f"{reverse('failure-list')}{address}", **typed}
    answer: Any = client.post(reverse("bulk-act-add") + address, typed, follow=True)
    return answer


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def confirm(client: Client, act: BulkAct, **typed: str) -> Any:
    typed = {"reason": "The queue offers it again", **typed}
    answer: Any = client.post(reverse("bulk-act-confirm", args=[act.pk]), typed, follow=True)
    return answer


def work(organization: Organization) -> None:
    BulkAct.everywhere.update(due_at=AppNow())
    bulk_work.work(organization, for_s=LONG)


@pytest.mark.parametrize("name", ["conversation-list", "failure-list"])
def test_a_list_offers_to_act_on_its_rows_to_whoever_may(name: str, organization, admin: Client):
    [row] = failures(organization, 1)

    page = admin.get(reverse(name) + FAILED).content.decode()

    assert f'name="row" value="{row.pk}" form="bulk"' in page
    assert 'name="of" value="found"' in page


def test_a_list_that_nothing_narrows_offers_no_act_on_all_of_it(organization, admin: Client):
    failures(organization, 1)

    page = admin.get(reverse("conversation-list") + "?all").content.decode()

    assert 'name="of" value="ticked"' in page
    assert 'name="of" value="found"' not in page


@pytest.mark.parametrize("address", ["", "?all", "?order=oldest", "?queue=No+such+queue", "?since=never"])
def test_an_empty_or_wrong_filter_never_means_everything(address: str, organization, admin: Client):
    failures(organization, 1)

    said = text(ask(admin, address))

    assert "Nothing narrows this list" in said
    assert not BulkAct.everywhere.exists()


def test_the_preview_says_how_many_why_not_the_others_and_what_it_costs(organization, admin: Client):
    organization.calls_per_minute = 60
    organization.save()
    failures(organization, 20)
    failures(organization, 2, reason=FailReason.TOO_LATE)
    AssignmentFactory(organization=organization, verified=True)

    said = text(ask(admin))

    act = BulkAct.everywhere.get()
    assert "<strong>20</strong> assignments" in said
    assert "about 21 calls; 21 s" in said
    assert (
        f'<a href="{reverse("bulk-act-rows", args=[act.pk])}?why=too_late">Genesys Cloud refused it as too old' in said
    )
    assert act.address == reverse("conversation-list") + FAILED
    assert (act.total, Assignment.everywhere.filter(status=Status.PENDING).count()) == (22, 0)


@pytest.mark.parametrize(("percent", "bounds"), [(10, "at most "), (100, "")])
def test_of_a_release_that_is_introduced_step_by_step_the_preview_is_an_upper_bound(
    percent: int, bounds: str, organization, admin: Client
):
    put_in_force(ReleaseFactory(organization=organization, rollout_percent=percent))
    failures(organization, 3)

    said = text(ask(admin, kind="redecide"))

    assert f"<dd>{bounds}<strong>3</strong> assignments" in said
    assert ("introduced step by step" in said) is bool(bounds)


def test_on_failures_all_that_match_are_those_that_wait_for_a_person(organization, admin: Client):
    queue = QueueFactory(organization=organization, name="Billing")
    for traits in ({"failed": True}, {"conflict": True}, {"verified": True}):
        AssignmentFactory(organization=organization, communication__queue_id=queue.genesys_id, **traits)

    ask(admin, "?queue=Billing", waiting="1")

    assert BulkAct.everywhere.get().counted == {"waiting": 1, "writes": 1, "reads": 0, "conflict": 1}


def test_only_the_ticked_rows_are_acted_on_without_script(organization, admin: Client):
    [one, other, _] = failures(organization, 3)

    ask(admin, of="ticked", row=[one.pk, other.pk])

    frozen = BulkActRow.everywhere.values_list("assignment", flat=True)
    assert set(frozen) == {one.pk, other.pk}


@pytest.mark.parametrize(
    ("rows", "refused"), [([], "Select some rows first"), (["x"], "Select some rows first"), (["0"], "1 of the 1")]
)
def test_rows_that_are_not_there_and_none_at_all_are_refused(rows: list[str], refused: str, organization, admin):
    failures(organization, 1)

    assert refused in text(ask(admin, of="ticked", row=rows))
    assert not BulkAct.everywhere.exists()


def test_with_one_foreign_row_among_them_nothing_is_done_with_any(organization, admin: Client):
    [mine] = failures(organization, 1)
    [theirs] = failures(OrganizationFactory(), 1)

    said = text(ask(admin, of="ticked", row=[mine.pk, theirs.pk]))

    assert "1 of the 2 selected rows are not there. Nothing was done" in said
    assert not BulkAct.everywhere.exists()


def test_confirmed_it_goes_on_by_itself_and_lists_what_still_fails(organization, admin: Client):
    rows = failures(organization, 3)
    ask(admin)
    act = BulkAct.everywhere.get()

    moving = text(confirm(admin, act))
    work(organization)
    for status, keys in (("failed", [rows[0].pk]), ("verified", [rows[1].pk, rows[2].pk])):
        for step in ("sending", status):
            Assignment.everywhere.filter(pk__in=keys).update(status=step)
    work(organization)
    done = text(admin.get(reverse("bulk-act", args=[act.pk])))

    assert 'hx-trigger="every 3s"' in moving
    assert "3 of 3 through" in done
    assert "1 still fails." in done
    listed = f"?status=failed&amp;bulk={act.pk}"
    assert f"{reverse('conversation-list')}{listed}" in done
    assert f"{reverse('export-add')}{listed}" in done
    again = admin.get(reverse("conversation-list"), {"status": "failed", "bulk": act.pk}).content.decode()
    assert [f'id="assignment-{row.pk}"' in again for row in rows] == [True, False, False]


def test_it_is_found_again_by_the_bell_and_in_its_list(organization, admin: Client):
    failures(organization, 2)
    ask(admin)
    act = BulkAct.everywhere.get()

    for name in ("work-list", "bulk-act-list"):
        page = text(admin.get(reverse(name)))
        assert reverse("bulk-act", args=[act.pk]) in page
        assert "Retry 2 assignments" in page


def test_a_wrong_number_and_no_reason_are_said_at_their_fields_which_keep_what_was_typed(
    organization, admin: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("dashboard.forms.bulk_acts.TYPED_ABOVE", 1)
    failures(organization, 2)
    ask(admin)
    act = BulkAct.everywhere.get()

    wrong = text(confirm(admin, act, typed="3"))
    nothing = text(confirm(admin, act, typed="2", reason=""))

    assert "Type 2, the number of assignments you mean." in wrong
    assert "The queue offers it again</textarea>" in wrong
    assert "Say why; it is kept with each of them." in nothing
    act.refresh_from_db()
    assert act.confirmed_at is None


def test_confirmed_twice_by_two_people_it_happens_once_and_neither_sees_an_error(organization, admin: Client, sign_in):
    rows = failures(organization, 2)
    ask(admin)
    act = BulkAct.everywhere.get()

    answers = [confirm(client, act) for client in (admin, admin, sign_in(Role.SUPERVISOR))]
    work(organization)

    assert not any('class="problem" role="alert"' in text(answer) for answer in answers)
    assert {row.retry_epoch for row in Assignment.everywhere.filter(pk__in=[row.pk for row in rows])} == {1}
    assert BulkAct.everywhere.count() == 1


def test_it_can_be_stopped_and_a_preview_dropped(organization, admin: Client):
    failures(organization, 2)
    ask(admin)
    act = BulkAct.everywhere.get()

    said = text(admin.post(reverse("bulk-act-cancel", args=[act.pk]), follow=True))
    again = text(admin.post(reverse("bulk-act-cancel", args=[act.pk]), follow=True))

    assert "It is stopped." in said
    assert "nothing is left to be stopped" in again
    assert not BulkActRow.everywhere.exists()


def test_every_row_says_what_became_of_it_and_can_be_asked_for_by_its_reason(organization, admin: Client):
    [kept] = failures(organization, 1, reason=FailReason.TOO_LATE)
    [done] = failures(organization, 1)
    ask(admin)
    address = reverse("bulk-act-rows", args=[BulkAct.everywhere.get().pk])

    all_of_them, too_late = text(admin.get(address)), text(admin.get(address, {"why": "too_late"}))
    waiting = text(admin.get(address, {"outcome": "waiting"}))

    shown = [reverse("conversation-detail", args=[row.communication.conversation_id]) for row in (kept, done)]
    assert [story in all_of_them for story in shown] == [True, True]
    assert [story in too_late for story in shown] == [True, False]
    assert [story in waiting for story in shown] == [False, True]


def test_a_page_of_rows_costs_the_same_however_many_there_are(
    organization, admin: Client, django_assert_max_num_queries
):
    failures(organization, 20)
    ask(admin)
    act = BulkAct.everywhere.get()

    with django_assert_max_num_queries(13):
        admin.get(reverse("bulk-act-rows", args=[act.pk]))
    with django_assert_max_num_queries(14):
        admin.get(reverse("bulk-act", args=[act.pk]))


def test_another_organization_s_act_is_not_there(organization, admin: Client):
    foreign = OrganizationFactory()
    failures(foreign, 1)
    person = MembershipFactory(organization=foreign, role=Role.ADMIN).person
    client = Client()
    client.force_login(person, BACKEND)
    ask(client)
    act = BulkAct.everywhere.get()

    for name in ("bulk-act", "bulk-act-rows"):
        assert admin.get(reverse(name, args=[act.pk])).status_code == 404
    for name in ("bulk-act-confirm", "bulk-act-cancel"):
        assert admin.post(reverse(name, args=[act.pk]), {"reason": "Mine"}).status_code == 404
    assert Assignment.everywhere.get().status == Status.FAILED


def test_whoever_sees_some_divisions_acts_on_what_they_see_and_sees_their_own_acts(organization, admin: Client):
    north = QueueFactory(organization=organization, division_id="north")
    member = MembershipFactory(organization=organization, role=Role.SUPERVISOR, division_ids=["north"])
    client = Client()
    client.force_login(member.person, BACKEND)
    [seen] = failures(organization, 1, communication__queue_id=north.genesys_id)
    [unseen] = failures(organization, 1)
    ask(admin)
    others = BulkAct.everywhere.get()

    ask(client)
    refused = text(ask(client, of="ticked", row=[seen.pk, unseen.pk]))

    mine = BulkAct.everywhere.exclude(pk=others.pk).get()
    assert list(mine.rows.values_list("assignment", flat=True)) == [seen.pk]
    assert "1 of the 2 selected rows are not there" in refused
    assert client.get(reverse("bulk-act", args=[others.pk])).status_code == 404
    assert client.get(reverse("bulk-act", args=[mine.pk])).status_code == 200


def test_what_a_person_no_longer_sees_they_cannot_confirm(organization, admin: Client):
    queue = QueueFactory(organization=organization, division_id="north")
    member = MembershipFactory(organization=organization, role=Role.SUPERVISOR, division_ids=["north"])
    client = Client()
    client.force_login(member.person, BACKEND)
    failures(organization, 1, communication__queue_id=queue.genesys_id)
    ask(client)
    queue.division_id = "south"
    queue.save()

    assert "You no longer see 1 of these conversations" in text(confirm(client, BulkAct.everywhere.get()))


def test_more_than_the_most_are_refused_with_the_number(organization, admin: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bulk_acting, "MOST", 1)
    failures(organization, 2)

    assert "more than 1, the most that one act may be about" in text(ask(admin))
