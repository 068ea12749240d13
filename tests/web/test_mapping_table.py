"""The mapping table: one source's dispositions and queues as a grid, edited through the same door as a file."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import (
    MappingRuleFactory,
    OrganizationFactory,
    QueueFactory,
    QueueWrapupCodeFactory,
    ReleaseFactory,
    WrapupCodeFactory,
)
from wrapups.domain.roles import Role
from wrapups.models import DispositionSeen, Organization, Queue, Release, RuleImport, WrapupCode

OTHERS = "Every other queue"
"""The last column of every page."""


@pytest.fixture
def billing(organization) -> Queue:
    return QueueFactory(organization=organization, name="Billing EU")


@pytest.fixture
def granted(organization) -> WrapupCode:
    return WrapupCodeFactory(organization=organization, name="Refund granted")


@pytest.fixture
def draft(organization, billing, granted) -> Release:
    """A draft in which the CRM's REF-OK on Billing EU is Refund granted; there is another queue and another code."""
    QueueFactory(organization=organization, name="Sales")
    WrapupCodeFactory(organization=organization, name="Refund refused")
    release = ReleaseFactory(organization=organization)
    add_rule(release, billing, granted, "REF-OK")
    return release


def add_rule(release: Release, queue: Queue, code: WrapupCode, disposition: str, *, line: int = 1) -> None:
    conditions = [
        {"fact": "queue", "operator": "one_of", "value": [queue.genesys_id]},
        {"fact": "disposition.CRM", "operator": "is", "value": disposition},
    ]
    MappingRuleFactory(
        organization=release.organization,
        release=release,
        line=line,
        conditions={"all": conditions},
        wrapup_code=code,
    )


def seen(organization: Organization, code: str, source: str = "CRM") -> None:
    now = timezone.now()
    DispositionSeen.everywhere.create(
        organization=organization, source=source, code=code, count=3, first_said_at=now, last_said_at=now
    )


def open_table(client: Client, **asked: str) -> Any:
    return client.get(reverse("mapping-table"), asked)


def fields_of(response: Any) -> dict[str, str]:
    """Return what the grid's form would send as it is."""
    form = re.search(r'<form id="grid".*?</form>', response.content.decode(), re.DOTALL)
    assert form is not None
    inputs = re.findall(r"<input[^>]*>", form[0])
    told = {re.search(r'name="([^"]*)"', each)[1]: re.search(r'value="([^"]*)"', each) for each in inputs}
    return {name: unescape(value[1]) if value else "" for name, value in told.items()}


def send(client: Client, response: Any, name: str = "mapping-table-save", **typed: str) -> Any:
    fields = {**fields_of(response), **{name.replace("_", "-"): value for name, value in typed.items()}}
    return client.post(reverse(name), fields, follow=True)


def text_of(response: Any) -> str:
    return unescape(response.content.decode())


def cells(response: Any) -> dict[tuple[str, str], str]:
    table = response.context["table"]
    return {
        (row.disposition, queue.name): cell.typed
        for row in table.rows
        for queue, cell in zip(table.columns, row.cells, strict=True)
        if cell.typed
    }


def test_simple_rules_stand_in_the_table_and_others_below_it(admin, draft):
    MappingRuleFactory(organization=draft.organization, release=draft, line=2, name="Everything by phone")

    shown = open_table(admin)

    assert cells(shown) == {("REF-OK", "Billing EU"): "Refund granted"}
    assert [name for name, _ in shown.context["table"].others] == ["Everything by phone"]


def test_rules_beside_the_table_read_as_they_do_in_the_list(admin, draft):
    asks = {"any": [{"fact": "disconnect_type", "operator": "one_of", "value": ["peer"]}]}
    asks["any"].append({"fact": "disposition.CRM", "operator": "one_of", "value": ["REF-OK", "REF-NO"]})
    rule = MappingRuleFactory(organization=draft.organization, release=draft, line=2, conditions=asks)

    ((_, sentence),) = open_table(admin).context["table"].others

    in_list = next(line for line in admin.get("/rules").context["page"].lines if line.rule == rule)
    assert sentence == in_list.sentence


def test_an_edited_cell_is_shown_as_what_it_would_change_and_then_taken_into_the_draft(admin, draft):
    preview = send(admin, open_table(admin), cell_0_1="refund granted")

    assert "What it would change in the draft" in text_of(preview)
    assert draft.rules.get().conditions["all"][0]["value"] == [Queue.everywhere.get(name="Billing EU").genesys_id]
    page = preview.context["page"]
    admin.post(reverse("rule-import-take-in", args=[page.rule_import.pk]), {"seen": page.digest})

    both = {("REF-OK", "Billing EU"): "Refund granted", ("REF-OK", "Sales"): "Refund granted"}
    assert cells(open_table(admin)) == both
    assert draft.rules.count() == 1


def test_a_code_for_every_other_queue_is_a_rule_without_a_queue_behind_the_others(admin, draft):
    preview = send(admin, open_table(admin), cell_0_2="Refund refused")
    page = preview.context["page"]
    admin.post(reverse("rule-import-take-in", args=[page.rule_import.pk]), {"seen": page.digest})

    assert cells(open_table(admin))["REF-OK", OTHERS] == "Refund refused"
    last = draft.rules.order_by("line").last()
    assert last.conditions == {"all": [{"fact": "disposition.CRM", "operator": "is", "value": "REF-OK"}]}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("\tBilling EU\t\nREF-OK\tRefund granted\tRefund refused", "Column 3 has codes and no queue"),
        ("\tBilling EU\t\tSales\nREF-OK\tRefund granted\tRefund refused", "Column 3 has codes and no queue"),
        ("\tBilling EU\nREF-OK\tRefund granted\tRefund refused", "Column 3 has codes and no queue"),
        ("\tBilling EU\tBilling EU\nREF-OK\ta\tb", "stands twice"),
    ],
)
def test_a_paste_that_is_wider_than_its_first_line_says_where(admin, draft, table: str, said: str):
    response = admin.post(reverse("mapping-table-paste"), {"source": "CRM", "pasted": table})

    assert said in text_of(response)
    assert response.context["pasted"] == table


def test_pasted_columns_go_by_their_names_wherever_they_stand(admin, draft):
    table = "\tEvery other queue\t\tSales\nREF-OK\tRefund granted\t\tRefund refused"

    filled = admin.post(reverse("mapping-table-paste"), {"source": "CRM", "pasted": table})

    assert cells(filled) == {
        ("REF-OK", OTHERS): "Refund granted",
        ("REF-OK", "Sales"): "Refund refused",
    }


def test_an_emptied_cell_and_a_new_row_are_taken_in_too(admin, draft):
    preview = send(admin, open_table(admin), cell_0_0="", disposition_1="REF-NO", cell_1_1="Refund refused")
    page = preview.context["page"]
    assert (page.counts["added"], page.removed) == (1, 1)
    admin.post(reverse("rule-import-take-in", args=[page.rule_import.pk]), {"seen": page.digest})

    assert cells(open_table(admin)) == {("REF-NO", "Sales"): "Refund refused"}


def test_a_wrong_cell_has_its_error_and_nothing_typed_is_lost(admin, organization, draft, billing, granted):
    QueueWrapupCodeFactory(organization=organization, queue=billing, wrapup_code=granted)

    shown = send(
        admin,
        open_table(admin),
        cell_0_0="Refund refused",
        cell_0_1="Refund given",
        disposition_1="",
        cell_1_0="Refund granted",
    )

    assert "The code “Refund refused” is not on the queue “Billing EU”." in text_of(shown)
    assert "No wrap-up code is called “Refund given”." in text_of(shown)
    assert "The disposition is empty." in text_of(shown)
    typed = fields_of(shown)
    assert (typed["cell-0-0"], typed["cell-0-1"], typed["cell-1-0"]) == (
        "Refund refused",
        "Refund given",
        "Refund granted",
    )
    assert not RuleImport.everywhere.exists()


def test_a_cell_that_nobody_touched_is_left_as_somebody_else_made_it(admin, organization, draft, billing):
    shown = open_table(admin)
    draft.rules.update(wrapup_code=WrapupCode.everywhere.get(name="Refund refused"))

    preview = send(admin, shown, cell_0_1="Refund granted")
    page = preview.context["page"]
    admin.post(reverse("rule-import-take-in", args=[page.rule_import.pk]), {"seen": page.digest})

    both = {("REF-OK", "Billing EU"): "Refund refused", ("REF-OK", "Sales"): "Refund granted"}
    assert cells(open_table(admin)) == both


def test_without_an_edit_nothing_is_kept(admin, draft):
    assert "No cell is changed." in text_of(send(admin, open_table(admin)))
    assert not RuleImport.everywhere.exists()


def test_a_table_from_a_spreadsheet_fills_the_cells_and_is_saved_like_typed_ones(admin, draft):
    text = "CRM\tSales\tbilling eu\r\nREF-OK\tRefund refused\t\r\n'=REF\tRefund granted\t\r\n"
    shown = admin.post(reverse("mapping-table-paste"), {"source": "CRM", "pasted": text})

    assert cells(shown) == {("REF-OK", "Sales"): "Refund refused", ("=REF", "Sales"): "Refund granted"}
    page = send(admin, shown).context["page"]
    assert (page.counts["added"], page.removed) == (2, 1)


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("", "Paste a table: queues in its first line"),
        ("one line\tonly", "Paste a table: queues in its first line"),
        ("\tNowhere\nREF-OK\tRefund granted", "No queue is called “Nowhere”."),
        ("\tSales\tsales\nREF-OK\ta\tb", "A queue stands twice"),
        ("\tSales\n" + "x\ty\n" * 51, "Paste at most 15 queues and 50 dispositions at once."),
    ],
)
def test_what_is_no_table_is_refused_and_not_lost(pasted, said, admin, draft):
    shown = admin.post(reverse("mapping-table-paste"), {"source": "CRM", "pasted": pasted})

    assert said in text_of(shown)
    assert shown.context["pasted"] == pasted


def test_dispositions_that_were_heard_have_a_row_to_be_filled(admin, organization, draft):
    seen(organization, "ZZ-9")
    seen(organization, "other", source="survey")

    table = open_table(admin).context["table"]

    assert [row.disposition for row in table.rows if row.fixed] == ["REF-OK", "ZZ-9"]
    assert table.sources == ["CRM", "survey"]


def test_a_source_that_nobody_heard_of_can_be_begun_and_none_is_asked_for(admin, organization, billing):
    assert "No source yet" in text_of(open_table(admin))
    assert open_table(admin, source="Five9").context["table"].columns[0].name == "Billing EU"


def test_a_large_table_is_shown_in_pages_by_a_fixed_number_of_queries(
    admin, organization, draft, granted, django_assert_max_num_queries
):
    for number in range(20):
        add_rule(draft, QueueFactory(organization=organization), granted, f"D{number:03}", line=number + 2)
    for number in range(60):
        seen(organization, f"E{number:03}")

    with django_assert_max_num_queries(25):
        first = open_table(admin).context["table"]
    last = open_table(admin, column="15", row="50").context["table"]

    assert (len(first.columns), sum(row.fixed for row in first.rows)) == (16, 50)
    assert (len(last.columns), sum(row.fixed for row in last.rows)) == (8, 31)
    assert (last.next_column, last.next_row) == (None, None)
    assert len(fields_of(open_table(admin))) < 1000


def test_queues_are_found_by_a_part_of_their_name(admin, draft):
    assert [queue.name for queue in open_table(admin, find="sal").context["table"].columns] == ["Sales", OTHERS]


def test_who_may_not_change_rules_reads_the_table(sign_in, draft):
    shown = open_table(sign_in(Role.SUPERVISOR))

    assert cells(shown) == {("REF-OK", "Billing EU"): "Refund granted"}
    assert 'name="cell-0-0"' not in text_of(shown)
    assert sign_in(Role.OPS).post(reverse("mapping-table-save")).status_code == 403


def test_another_organization_s_rules_are_not_in_it(sign_in, draft):
    table = open_table(sign_in(of=OrganizationFactory()), source="CRM").context["table"]

    assert (table.rows[0].fixed, list(table.columns)) == (False, [])
