"""What-ifs for people: asking, progress, the sums, the lists behind them, both decisions, the file."""

import csv
import io
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dashboard.forms import what_ifs as forms
from tests.factories import AgentFactory, OrganizationFactory, QueueFactory
from tests.services.past import asked, codes, decided, drafted, published, simulated, skipped, when
from wrapups.domain.roles import Role
from wrapups.domain.status import SkipReason
from wrapups.models import Act, Organization, Release, WhatIf, WhatIfChange, WrapupCode
from wrapups.models.clock import app_now

REFUND, TROUBLE, UPGRADE = (when("disposition.crm", code) for code in ("REF", "TRB", "UPG"))


@pytest.fixture
def draft(organization: Organization) -> Release:
    """In force: refunds are resolved, trouble is escalated. Draft: refunds have a code of their own, trouble none."""
    resolved, escalated, refund = codes(organization, "Resolved", "Escalated", "Refund granted")
    published(organization, {"Refunds": (REFUND, resolved), "Trouble": (TROUBLE, escalated)})
    return drafted(organization, {"Refunds apart": (REFUND, refund), "Upgrades": (UPGRADE, resolved)})


@pytest.fixture
def done(organization: Organization, draft: Release) -> WhatIf:
    """A what-if with every kind of change."""
    for queue in ("billing", "sales"):
        QueueFactory(organization=organization, genesys_id=queue, name=f"{queue.title()} EU")
    agent = AgentFactory(organization=organization, name="Ana Agent")
    for _ in range(3):
        decided(organization, said("REF"), communication__agent_id=agent.genesys_id)
    decided(organization, said("REF", queue="sales"))
    decided(organization, said("TRB"))
    skipped(organization, said("UPG", queue=None), SkipReason.NO_RULE)
    decided(organization, said("else"))
    skipped(organization, said("REF"), SkipReason.CAMPAIGN)
    return simulated(organization)


def said(disposition: str, **more: Any) -> dict[str, Any]:
    return {"disposition.crm": disposition, "media": "voice", "queue": "billing", **more}


def page(client: Client, name: str, *arguments: object, **query: object) -> str:
    return unescape(client.get(reverse(name, args=arguments), query).content.decode())


def days_ago(days: int) -> str:
    return (app_now().date() - timedelta(days=days)).isoformat()


# Asking


@pytest.mark.parametrize(("stretch", "days"), [("7", 7), ("30", 30), ("90", 90)])
def test_a_stretch_up_to_today_is_chosen(stretch: str, days: int, organization, draft, admin):
    response = admin.post(reverse("what-if-add"), {"stretch": stretch})

    made = WhatIf.everywhere.get(organization=organization)
    assert response.url == reverse("what-if-detail", args=[made.pk])
    assert made.begins_at.date().isoformat() == days_ago(days - 1)
    assert (made.queues, made.draft_number, made.state) == ([], draft.number, WhatIf.State.RUNNING)


def test_days_and_queues_are_chosen(organization, draft, admin):
    queue = QueueFactory(organization=organization)
    typed = {"stretch": "days", "first_day": days_ago(3), "last_day": days_ago(2), "queues": [queue.pk]}

    admin.post(reverse("what-if-add"), typed)

    made = WhatIf.everywhere.get(organization=organization)
    assert (made.begins_at.date().isoformat(), made.ends_at.date().isoformat()) == (days_ago(3), days_ago(1))
    assert made.queues == [queue.genesys_id]


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"stretch": ""}, "stretch", "Choose the days."),
        ({"first_day": ""}, "first_day", "Choose a day."),
        ({"last_day": "31.02.2026"}, "last_day", "Enter a valid date."),
        ({"first_day": "1999-12-31"}, "first_day", "from 01.01.2000"),
        ({"last_day": "9999-12-31"}, "last_day", "today or an earlier day"),
        ({"first_day": "2026-01-02", "last_day": "2026-01-01"}, "last_day", "not before the first"),
        ({"first_day": "2020-01-01"}, "last_day", "at most 366 days"),
        ({"queues": ["987654"]}, "queues", "not known any more"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_what_was_typed_is_kept(typed, field, says, draft, admin):
    typed = {"stretch": "days", "first_day": days_ago(3), "last_day": days_ago(2), **typed}

    response = admin.post(reverse("what-if-add"), typed)

    form = response.context["form"]
    assert says in " ".join(form.errors[field])
    assert {name: form[name].value() for name in typed} == typed
    assert not WhatIf.everywhere.exists()


def test_queues_of_others_are_not_to_be_chosen(draft, admin):
    theirs = QueueFactory(name="Theirs")

    assert "Theirs" not in page(admin, "what-if-add")
    response = admin.post(reverse("what-if-add"), {"stretch": "7", "queues": [theirs.pk]})
    assert "not known any more" in response.content.decode()


def test_a_second_one_is_refused_while_one_runs(organization, draft, admin):
    asked(organization)

    assert "Another what-if is running" in admin.post(reverse("what-if-add"), {"stretch": "7"}).content.decode()


def test_without_a_draft_the_pages_say_what_to_do(admin):
    assert "No draft to ask about" in page(admin, "what-if-add")
    assert "No draft to ask about" in page(admin, "what-if-list")


def test_the_form_costs_few_queries_however_many_queues_there_are(
    organization, draft, admin, django_assert_max_num_queries
):
    QueueFactory.create_batch(60, organization=organization)

    with django_assert_max_num_queries(18):
        page(admin, "what-if-add")


def test_the_list_of_queues_has_an_end(organization, draft, admin, monkeypatch: pytest.MonkeyPatch):
    QueueFactory.create_batch(3, organization=organization)
    monkeypatch.setattr(forms, "MOST_QUEUES", 2)

    assert page(admin, "what-if-add").count('name="queues"') == 2


# The list


def test_the_list_shows_the_newest_first_in_few_queries(organization, draft, admin, django_assert_max_num_queries):
    for _ in range(60):
        made = asked(organization)
        WhatIf.everywhere.filter(pk=made.pk).update(state=WhatIf.State.DONE)

    with django_assert_max_num_queries(18):
        shown = page(admin, "what-if-list")

    assert shown.count('data-label="State"') == 50
    assert page(admin, "what-if-list", before=made.pk - 49).count('data-label="State"') == 10
    assert "What if …" in shown


def test_an_empty_list_says_what_would_be_there(draft, admin):
    assert "No what-if yet" in page(admin, "what-if-list")


@pytest.mark.parametrize(("role", "offered"), [("admin", True), ("supervisor", False), ("ops", False)])
def test_only_who_may_change_rules_is_offered_to_ask(role: str, offered: bool, organization, draft, sign_in):
    running = asked(organization)
    client = sign_in(role)

    assert ("What if …" in page(client, "what-if-list")) == offered
    assert (reverse("what-if-cancel", args=[running.pk]) in page(client, "what-if-detail", running.pk)) == offered


# While it runs


def test_while_it_runs_the_page_says_how_far_it_is_and_asks_for_itself(organization, draft, admin):
    running = asked(organization)
    since = app_now() - timedelta(seconds=10)
    WhatIf.everywhere.filter(pk=running.pk).update(total=50_000, done=20_000, changed=311, created_at=since)

    response = admin.get(reverse("what-if-detail", args=[running.pk]), headers={"HX-Request": "true"})

    fragment = response.content.decode()
    assert "data-poll" in fragment
    assert "20,000 of 50,000" in fragment
    assert "311" in fragment
    assert "a second, done" in fragment
    assert "<html" not in fragment


def test_cancelling_is_an_act_and_keeps_what_was_found(organization, draft, admin):
    running = asked(organization)

    admin.post(reverse("what-if-cancel", args=[running.pk]))

    running.refresh_from_db()
    assert running.state == WhatIf.State.CANCELLED
    assert Act.objects.filter(organization=organization, verb="cancel a what-if").exists()
    again = admin.post(reverse("what-if-cancel", args=[running.pk]))
    assert "nothing is left to be cancelled" in again.content.decode()


def test_one_that_failed_says_why(organization, draft, admin):
    failed = asked(organization)
    WhatIf.everywhere.filter(pk=failed.pk).update(state=WhatIf.State.FAILED, problem="It came upon something odd.")

    assert "It came upon something odd." in page(admin, "what-if-detail", failed.pk)


# What it found


def test_the_sum_says_how_many_change_and_how(done, admin):
    shown = " ".join(page(admin, "what-if-detail", done.pk).split())

    for words in (
        "Of 8 past communications",
        "<strong>6</strong> change",
        '<span class="number">4</span> Resolved → Refund granted',
        '<span class="number">1</span> no longer matched',
        '<span class="number">1</span> newly matched',
        "by the policies",
    ):
        assert words in shown
    assert "data-poll" not in shown


def test_each_line_leads_to_just_the_conversations_that_it_counts(done, admin):
    shown = admin.get(reverse("what-if-detail", args=[done.pk])).context["shown"]
    lines = [*shown.codes.lines, *shown.rules.lines, *shown.queues.lines]

    assert len(lines) == 9
    for line in lines:
        response = admin.get(reverse("what-if-changes", args=[done.pk]) + line.address)
        assert len(response.context["page"].rows) == line.number
    assert sum(line.number for line in shown.queues.lines) == done.changed


def test_a_code_with_a_meaning_for_campaigns_is_warned_of(organization, done, admin):
    WrapupCode.everywhere.filter(name="Refund granted").update(dialler_flags=["Contact_UnCallable"])

    shown = page(admin, "what-if-detail", done.pk)

    assert "means contact uncallable to outbound campaigns: 4 of these" in shown


def test_what_was_decided_without_attributes_is_said(organization, done, admin):
    WhatIf.everywhere.filter(pk=done.pk).update(counted={**done.counted, "unread": 5})

    assert "participant attributes, which nobody had read" in page(admin, "what-if-detail", done.pk)


def test_where_nothing_changes_or_nothing_ended_it_says_so(organization, draft, admin):
    nothing = simulated(organization)
    decided(organization, said("else"))
    same = simulated(organization)

    assert "Nothing ended in these days" in page(admin, "what-if-detail", nothing.pk)
    assert "none would get another code" in page(admin, "what-if-detail", same.pk)
    assert "Nothing would change" in page(admin, "what-if-changes", same.pk)


def test_the_page_costs_few_queries(done, admin, django_assert_max_num_queries):
    with django_assert_max_num_queries(19):
        page(admin, "what-if-detail", done.pk)


# Conversation by conversation


def test_each_change_says_what_was_and_what_would_be(done, admin):
    shown = page(admin, "what-if-changes", done.pk, kind="other", queue="sales")

    [row] = WhatIfChange.everywhere.filter(what_if=done, queue_id="sales")
    conversation = row.assignment.communication.conversation
    for words in ("Sales EU", "Resolved", "Refund granted", "Refunds apart", conversation.conversation_id):
        assert words in shown
    assert reverse("conversation-detail", args=[conversation.pk]) in shown
    assert "Remove Queue: Sales EU" in shown


def test_communications_without_a_queue_are_found_by_that(done, admin):
    response = admin.get(reverse("what-if-changes", args=[done.pk]), {"queue": "none"})

    assert [row.change.after_rule for row in response.context["page"].rows] == ["Upgrades"]


@pytest.mark.parametrize("query", ["kind=nonsense", "queue=a%00b", "before=x", f"from_code={'x' * 65}"])
def test_what_cannot_be_used_of_an_address_narrows_nothing(query: str, done, admin):
    response = admin.get(f"{reverse('what-if-changes', args=[done.pk])}?{query}")

    assert len(response.context["page"].rows) == done.changed


def test_a_filter_that_nothing_fits_says_so(done, admin):
    assert "Nothing matches" in page(admin, "what-if-changes", done.pk, from_rule="No such rule")


def test_a_long_list_comes_page_by_page_in_few_queries(organization, draft, admin, django_assert_max_num_queries):
    for _ in range(60):
        decided(organization, said("REF"))
    what_if = simulated(organization)
    address = reverse("what-if-changes", args=[what_if.pk])

    with django_assert_max_num_queries(20):
        first = admin.get(address, {"kind": "other"}).context["page"]
    second = admin.get(address + first.older).context["page"]

    ended = [row.change.assignment.ended_at for row in (*first.rows, *second.rows)]
    assert (len(first.rows), len(second.rows)) == (50, 10)
    assert ended == sorted(ended, reverse=True)
    assert second.asked.kind == "other"


def test_both_decisions_stand_side_by_side_with_their_reasons(done, admin):
    change = WhatIfChange.everywhere.filter(what_if=done, kind="unmatched").get()

    shown = page(admin, "what-if-change", done.pk, change.pk)

    for words in ("Escalated → no code", ", in force", "The draft of release", "Rules tried", "TRB", "Billing EU"):
        assert words in shown


def test_both_decisions_cost_few_queries(done, admin, django_assert_max_num_queries):
    change = WhatIfChange.everywhere.filter(what_if=done).first()

    with django_assert_max_num_queries(24):
        page(admin, "what-if-change", done.pk, change.pk)


# The file


def lines_of(response: Any) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_the_file_has_every_change_and_taking_it_is_on_record(organization, done, admin):
    lines = lines_of(admin.post(reverse("what-if-file", args=[done.pk])))

    assert lines[0][:4] == ["Conversation", "Communication", "Ended (UTC)", "Queue"]
    assert sorted(line[5] for line in lines[1:]) == ["another code"] * 4 + ["newly matched", "no longer matched"]
    assert ["Billing EU", "Ana Agent", "another code", "Resolved", "Refund granted"] in [line[3:8] for line in lines]
    assert Act.objects.filter(organization=organization, verb="download what-if", reason=f"What-if {done.pk}").exists()


def test_who_may_not_export_is_offered_no_file_and_gets_none(done, sign_in):
    ops = sign_in(Role.OPS)

    shown = page(ops, "what-if-detail", done.pk) + page(ops, "what-if-changes", done.pk)

    assert "CSV" not in shown
    assert ops.post(reverse("what-if-file", args=[done.pk])).status_code == 403


def test_the_file_can_be_of_some(done, admin):
    lines = lines_of(admin.post(f"{reverse('what-if-file', args=[done.pk])}?kind=unmatched"))

    assert [line[6:] for line in lines[1:]] == [["Escalated", "", "Trouble", ""]]


def test_no_cell_of_the_file_is_a_formula(organization, admin):
    [code] = codes(organization, '=HYPERLINK("http://evil.example")')
    drafted(organization, {"+cmd": (REFUND, code)})
    decided(organization, said("REF"))
    what_if = simulated(organization)

    [_, line] = lines_of(admin.post(reverse("what-if-file", args=[what_if.pk])))

    assert (line[7], line[9]) == ('\'=HYPERLINK("http://evil.example")', "'+cmd")


# Others


@pytest.mark.parametrize("name", ["what-if-detail", "what-if-changes"])
def test_what_belongs_to_another_organization_is_not_there(name: str, done, sign_in):
    stranger = sign_in("admin", of=OrganizationFactory())

    assert stranger.get(reverse(name, args=[done.pk])).status_code == 404


def test_nobody_changes_or_takes_away_what_belongs_to_another_organization(organization, draft, sign_in):
    running, stranger = asked(organization), sign_in("admin", of=OrganizationFactory())

    for name in ("what-if-cancel", "what-if-file"):
        assert stranger.post(reverse(name, args=[running.pk])).status_code == 404
    running.refresh_from_db()
    assert running.state == WhatIf.State.RUNNING


def test_a_change_is_only_found_in_its_own_what_if(organization, done, admin):
    change = WhatIfChange.everywhere.filter(what_if=done).first()
    other = simulated(organization)

    assert admin.get(reverse("what-if-change", args=[other.pk, change.pk])).status_code == 404
