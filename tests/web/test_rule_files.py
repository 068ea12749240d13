"""Rules as files on the pages: handing one in, what it would change, and sending them out."""

import io
import json
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.factories import MappingRuleFactory, OrganizationFactory, ReleaseFactory, WrapupCodeFactory, put_in_force
from wrapups.domain.roles import Role
from wrapups.models import Act, MappingRule, Release, RuleImport

HEADING = "name,source,disposition,code\n"
GOOD, BAD = "good,CRM,REF-OK,Refund granted\n", "bad,CRM,REF-NO,Refund given\n"


@pytest.fixture
def draft(organization) -> Release:
    """A draft with one rule, in an organization with one code."""
    code = WrapupCodeFactory(organization=organization, name="Refund granted")
    release = ReleaseFactory(organization=organization)
    MappingRuleFactory(organization=organization, release=release, line=1, name="first", wrapup_code=code)
    return release


def hand_in(client: Client, content: str, *, name: str = "rules.csv", follow: bool = True) -> Any:
    file = SimpleUploadedFile(name, content.encode())
    return client.post(reverse("rule-import-add"), {"file": file}, follow=follow)


def take_in(client: Client, shown: Any, **ticked: str) -> Any:
    page = shown.context["page"]
    url = reverse("rule-import-take-in", args=[page.rule_import.pk])
    return client.post(url, {"seen": page.digest, **ticked}, follow=True)


def text_of(response: Any) -> str:
    return response.content.decode()


def test_a_file_goes_from_the_form_to_the_draft_without_any_script(admin, draft):
    shown = hand_in(admin, HEADING + GOOD)

    assert "disposition.CRM is &quot;REF-OK&quot;" in text_of(shown)
    assert not MappingRule.everywhere.filter(name="good").exists()
    done = take_in(admin, shown)

    assert "The file is in the draft: 1 added." in text_of(done)
    assert list(draft.rules.order_by("line").values_list("name", flat=True)) == ["first", "good"]
    detail = reverse("rule-import-detail", args=[RuleImport.everywhere.get().pk])
    assert "Taken into the draft" in text_of(admin.get(detail))


def test_a_bad_line_is_shown_with_its_number_and_reason_and_stops_the_file_unless_ticked(admin, draft):
    shown = hand_in(admin, HEADING + GOOD + BAD)
    assert "No wrap-up code is called “Refund given”." in text_of(shown)
    assert shown.context["page"].lines[0].number == 3

    refused = take_in(admin, shown)
    assert "Choose to take in the good ones without them." in text_of(refused)
    assert not MappingRule.everywhere.filter(name="good").exists()
    take_in(admin, shown, good_ones_only="on")

    assert MappingRule.everywhere.filter(name="good").exists()


def test_rules_are_removed_only_where_the_file_is_the_whole_set(admin, draft):
    shown = hand_in(admin, HEADING + GOOD)
    whole = admin.get(reverse("rule-import-detail", args=[shown.context["page"].rule_import.pk]), {"whole": "on"})

    assert (shown.context["page"].removed, whole.context["page"].removed) == (0, 1)
    assert "1 added, 1 removed." in text_of(take_in(admin, whole, whole="on"))
    assert list(draft.rules.values_list("name", flat=True)) == ["good"]


def test_what_was_seen_must_still_be_so(admin, draft):
    shown = hand_in(admin, HEADING + GOOD)
    draft.rules.update(notes="changed meanwhile")

    assert "The rules have changed meanwhile." in text_of(take_in(admin, shown))
    assert not MappingRule.everywhere.filter(name="good").exists()


def test_a_cancelled_file_is_not_taken_in(admin, draft):
    shown = hand_in(admin, HEADING + GOOD)
    url = reverse("rule-import-cancel", args=[shown.context["page"].rule_import.pk])

    assert "The file is cancelled." in text_of(admin.post(url, follow=True))
    assert "no longer waiting" in text_of(admin.post(url))
    assert "This file is cancelled." in text_of(take_in(admin, shown))


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        ("", "rules.csv", "The file is empty."),
        ("a,b\n1,2\n", "rules.csv", "The first line must name the columns"),
        ("{}", "rules.json", "This is no file of rules"),
        ("x", "rules.pdf", "Only .csv, .tsv, .txt and .xlsx files are read."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_at_its_field(content, name, said, admin, draft):
    response = hand_in(admin, content, name=name)

    assert said in text_of(response)
    assert 'aria-invalid="true"' in text_of(response)
    assert not RuleImport.everywhere.exists()


def test_a_file_that_is_too_large_is_broken_off(admin, draft):
    response = hand_in(admin, HEADING + "x" * (10 * 1024 * 1024 + 1))

    assert response.status_code == 413
    assert "so it was not read" in text_of(response)


def exported(**asked: str) -> str:
    return f"{reverse('rule-export')}?{urlencode(asked)}"


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json"])
def test_rules_are_sent_as_files_that_change_nothing_when_they_come_back(ending, admin, draft):
    sent = admin.post(exported(format=ending))

    assert sent["Content-Disposition"] == f'attachment; filename="rules-of-release-{draft.number}.{ending}"'
    file = SimpleUploadedFile(f"rules.{ending}", sent.content)
    shown = admin.post(reverse("rule-import-add"), {"file": file}, follow=True)
    assert "every rule is there already, just so." in text_of(shown)
    assert "Take into the draft" not in text_of(shown)


def test_who_took_which_rules_away_is_on_record(organization, admin, draft):
    admin.post(exported(format="json"))

    [act] = Act.objects.filter(organization=organization, verb="download rules")

    assert act.reason == f"Release {draft.number}, json"


def test_any_release_can_be_sent(admin, organization, draft):
    put_in_force(draft)
    ReleaseFactory(organization=organization, number=draft.number + 1)

    asked = [{"release": str(draft.number)}, {"release": "in-force"}]

    for each in asked:
        told = json.loads(admin.post(exported(format="json", **each)).content)
        assert [rule["name"] for rule in told["rules"]] == ["first"]
    sheet = openpyxl.load_workbook(io.BytesIO(admin.post(exported(format="xlsx")).content))
    assert sheet.worksheets[0].max_row == 1


@pytest.mark.parametrize("asked", [{"format": "exe"}, {"release": "999999"}])
def test_what_cannot_be_sent_is_not_there(asked, admin, draft):
    assert admin.post(exported(**asked)).status_code == 404


@pytest.mark.parametrize(("role", "status"), [(Role.ADMIN, 200), (Role.SUPERVISOR, 403), (Role.OPS, 403)])
def test_only_who_changes_rules_hands_files_in(role, status, sign_in, draft):
    client = sign_in(role)

    assert client.get(reverse("rule-import-add")).status_code == status
    assert client.post(exported()).status_code == 200


def test_files_of_another_organization_are_not_there(sign_in, admin, draft):
    shown = hand_in(admin, HEADING + GOOD)
    stranger = sign_in(of=OrganizationFactory())
    pk = shown.context["page"].rule_import.pk

    assert stranger.get(reverse("rule-import-detail", args=[pk])).status_code == 404
    assert take_in(stranger, shown).status_code == 404
    assert stranger.post(reverse("rule-import-cancel", args=[pk])).status_code == 404


def test_a_long_file_is_shown_in_pages_by_a_fixed_number_of_queries(admin, draft, django_assert_max_num_queries):
    lines = "".join(f"rule {n},CRM,D{n},Refund granted\n" for n in range(250))
    shown = hand_in(admin, HEADING + lines)
    url = reverse("rule-import-detail", args=[shown.context["page"].rule_import.pk])

    with django_assert_max_num_queries(25):
        last = admin.get(url, {"fate": "added", "after": "200"})

    assert [line.number for line in last.context["page"].lines] == list(range(202, 252))
    assert last.context["page"].next is None
