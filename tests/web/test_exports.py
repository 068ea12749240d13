"""Exports for people: asking for what the list shows, taking the file, one's own exports."""

import csv
import io
import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from dashboard.columns import COLUMNS as LISTED
from dashboard.columns import USUAL
from dashboard.queries.exports import COLUMNS
from tests.factories import AssignmentFactory, OrganizationFactory
from tests.services.exports import ask, somebody, wish
from wrapups.domain.roles import Role
from wrapups.models import Act, Assignment, Export
from wrapups.models.clock import app_now
from wrapups.services import exporting

CSV = {"format": "plain_csv", "columns": "list"}


@pytest.fixture
def supervisor(sign_in) -> Client:
    return sign_in(Role.SUPERVISOR)


def ended(organization, number: int, **more) -> None:
    rows = [AssignmentFactory(organization=organization, **more).pk for _ in range(number)]
    Assignment.everywhere.filter(pk__in=rows).update(created_at=app_now() - timedelta(minutes=1))


def lines(response) -> list[dict[str, str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def page(client: Client, name: str, *arguments: object, **query: object) -> str:
    return unescape(client.get(reverse(name, args=arguments), query).content.decode())


def test_the_page_says_what_will_be_in_the_file(organization, supervisor):
    ended(organization, 2, failed=True)
    ended(organization, 1)

    shown = page(supervisor, "export-add", status="failed")

    assert '<strong class="number">2</strong> rows' in shown
    assert "Status: failed" in shown


def test_a_small_file_comes_at_once_and_has_what_the_list_shows(organization, supervisor):
    ended(organization, 2, failed=True)
    ended(organization, 1)

    response = supervisor.post(reverse("export-add") + "?status=failed", CSV)

    rows = lines(response)
    assert [row["Status"] for row in rows] == ["failed", "failed"]
    assert len(rows[0]) == len(USUAL) + 1
    assert "attachment; filename=" in response["Content-Disposition"]
    export = Export.everywhere.get()
    assert (export.downloads, export.address) == (1, "?status=failed")
    assert set(Act.objects.values_list("verb", flat=True)) == {"export conversations", "download export"}


def test_the_columns_are_those_that_somebody_chose_for_the_list(organization, supervisor):
    ended(organization, 1)
    supervisor.cookies["columns"] = "notes.due"

    [row] = lines(supervisor.post(reverse("export-add"), CSV))

    assert list(row) == ["Conversation", "Due (UTC)", "Notes"]
    assert set(LISTED) <= set(COLUMNS)


def test_all_columns_are_for_the_asking(organization, supervisor):
    ended(organization, 1)

    [row] = lines(supervisor.post(reverse("export-add"), CSV | {"columns": "every"}))

    assert len(row) == len(COLUMNS)


@pytest.mark.parametrize("kind", ["plain_csv", "xlsx"])
def test_columns_can_be_ticked_one_by_one_and_stay_those_of_the_file(organization, supervisor, kind):
    ended(organization, 1, verified=True)

    response = supervisor.post(
        reverse("export-add"), {"format": kind, "columns": "ticked", "ticked": ["writes", "queue_id", "now"]}
    )

    heading = ["Code now", "Queue id", "Writes"]  # in the order of the file
    if kind == "xlsx":
        sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
        assert [cell.value for cell in sheet[1]] == heading
    else:
        assert list(lines(response)[0]) == heading
    assert set(Export.everywhere.get().columns) == {"writes", "queue_id", "now"}


def test_no_column_is_an_error_at_the_field_and_what_was_ticked_stays(organization, supervisor):
    nothing = unescape(supervisor.post(reverse("export-add"), CSV | {"columns": "ticked"}).content.decode())
    odd = unescape(
        supervisor.post(
            reverse("export-add"), CSV | {"columns": "ticked", "ticked": ["queue", "salary"]}
        ).content.decode()
    )

    assert "Tick at least one column." in nothing
    assert "There is no such column." in odd
    assert re.search(r'value="queue"[^>]* checked', odd)
    assert not Export.everywhere.exists()


def test_what_was_ticked_is_not_passed_over_where_the_columns_of_the_list_are_asked_for(organization, supervisor):
    typed = CSV | {"columns": "list", "ticked": ["conversation_id", "writes"]}

    shown = unescape(supervisor.post(reverse("export-add"), typed).content.decode())

    assert "You ticked others than the list has" in shown
    assert not Export.everywhere.exists()


def test_the_columns_of_the_list_are_ticked_at_first(organization, supervisor):
    supervisor.cookies["columns"] = "notes.due"

    shown = page(supervisor, "export-add")

    assert re.findall(r'name="ticked" value="(\w+)"[^>]* checked', shown) == ["conversation_id", "due", "notes"]


def test_what_a_role_masks_stays_masked_whichever_columns_are_ticked(organization, sign_in, monkeypatch):
    monkeypatch.setattr("wrapups.domain.roles.RIGHTS", {Role.OPS: {"view", "export"}})
    ended(organization, 1, notes="Mr. Okafor", communication__conversation__ani="+493012344321")
    ops = sign_in(Role.OPS)

    [row] = lines(ops.post(reverse("export-add"), CSV | {"columns": "ticked", "ticked": ["ani", "notes"]}))

    assert "masked" in page(ops, "export-add")
    assert ("Okafor" in row["Notes"], row["ANI"].endswith("4321"), "4930" in row["ANI"]) == (False, True, False)


def test_times_are_of_the_persons_zone(organization, supervisor):
    ended(organization, 1)
    supervisor.cookies["zone"] = "Asia/Tokyo"

    [row] = lines(supervisor.post(reverse("export-add"), CSV))

    assert row["Ended (Asia/Tokyo)"].endswith("+09:00")


def test_customers_need_a_reason_and_what_was_typed_stays(organization, supervisor):
    response = supervisor.post(reverse("export-add"), CSV | {"with_customers": "on"})

    shown = unescape(response.content.decode())
    assert "Say why customers' numbers" in shown
    assert 'name="with_customers" class="form-check-input" id="export-with_customers" checked' in shown
    assert not Export.everywhere.exists()


def test_a_search_that_cannot_be_read_is_not_exported_as_everything(organization, supervisor):
    ended(organization, 1)

    response = supervisor.post(reverse("export-add") + "?queue=nobody", CSV)

    assert "Part of this search cannot be used" in response.content.decode()
    assert not Export.everywhere.exists()


def test_a_large_one_has_a_page_that_follows_it_and_can_be_cancelled(organization, supervisor, monkeypatch):
    monkeypatch.setattr(exporting, "AT_ONCE", 1)
    ended(organization, 2)

    response = supervisor.post(reverse("export-add"), CSV)

    export = Export.everywhere.get()
    assert response.url == reverse("export-detail", args=[export.pk])
    assert "data-poll" in page(supervisor, "export-detail", export.pk)
    assert f"Export {export.pk}" in page(supervisor, "work-list")
    supervisor.post(reverse("export-cancel", args=[export.pk]))
    assert "data-poll" not in page(supervisor, "export-detail", export.pk)


def test_the_file_is_its_persons_alone_and_its_page_is_not(organization, supervisor, admin):
    export = ask(organization, wish(), actor=somebody(organization))

    for act in ("export-file", "export-cancel"):
        assert admin.post(reverse(act, args=[export.pk])).status_code == 404
    assert "Only Mara Lindqvist" in page(admin, "export-detail", export.pk)
    assert "No export yet" in page(admin, "export-list")


def test_another_organizations_export_is_not_there(supervisor):
    other = OrganizationFactory()
    export = ask(other, wish(), actor=somebody(other))

    assert supervisor.get(reverse("export-detail", args=[export.pk])).status_code == 404


def test_ones_own_are_listed_at_a_fixed_number_of_queries(organization, supervisor, django_assert_max_num_queries):
    for _ in range(3):
        supervisor.post(reverse("export-add"), CSV)

    with django_assert_max_num_queries(15):
        shown = page(supervisor, "export-list")

    assert shown.count('aria-label="Download export') == 3


def test_who_may_not_see_customers_is_not_offered_them(organization, sign_in, monkeypatch):
    monkeypatch.setattr("wrapups.domain.roles.RIGHTS", {Role.OPS: {"view", "export"}})

    assert "with_customers" not in page(sign_in(Role.OPS), "export-add")
