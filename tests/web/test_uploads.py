"""Files of dispositions in the browser: handing in, choosing columns, taking in, and the result."""

import csv
import io
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from dashboard import upload_handler
from tests.factories import ConversationFactory, OrganizationFactory, UploadFactory
from tests.services.uploads import HEADING, begun, checked, csv_of, kept, some_lines, taken_in, workbook_of
from wrapups.domain.cells import unguarded
from wrapups.domain.roles import Role
from wrapups.models import Act, Disposition, Upload
from wrapups.services import uploading
from wrapups.services.taking_in_files import take_in

HTMX = {"HX-Request": "true"}
GOOD = csv_of(some_lines(3))
REFUSED = ["none", "=HYPERLINK(1)", "'quoted\u202e"]


def hand_in(client: Client, content: bytes, *, name: str = "calls.csv", source: str = "crm", **extra: Any) -> Any:
    """Send the form of a new file."""
    return client.post(reverse("upload-add"), {"source": source, "file": SimpleUploadedFile(name, content)}, **extra)


def page(client: Client, name: str, *arguments: object, **asked: object) -> str:
    return client.get(reverse(name, args=arguments), asked).content.decode()


def result(client: Client, upload: Upload, **asked: str) -> list[list[str]]:
    """Return the lines of the result file."""
    response: Any = client.post(f"{reverse('upload-result', args=[upload.pk])}?{urlencode(asked)}")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


# From the file to its end


def test_a_file_goes_from_the_form_to_the_dispositions_without_any_script(organization, admin):
    lines = some_lines(2)

    read = hand_in(admin, csv_of([*lines, REFUSED], heading=["Case", "Interaction", "Result"][::-1]))
    upload = Upload.everywhere.get()
    assert read["Location"] == reverse("upload-mapping", args=[upload.pk])
    columns = {"conversation": "0", "disposition": "1", "notes": "2"}
    assert admin.post(read["Location"], columns)["Location"] == reverse("upload-detail", args=[upload.pk])
    shown = page(admin, "upload-detail", upload.pk)
    assert "Take in the 2 good ones, without the 1 refused" in shown
    assert "“Result” holds no conversation id." in shown
    admin.post(reverse("upload-take-in", args=[upload.pk]), {"good_ones_only": "on"})
    take_in(organization, for_s=60)

    assert set(Disposition.everywhere.values_list("conversation_id", flat=True)) == {line[0] for line in lines}
    assert "What became of it" in page(admin, "upload-detail", upload.pk)
    assert list(Act.objects.order_by("pk").values_list("verb", flat=True)) == [
        "hand in a file",
        "check a file",
        "take in a file",
    ]


def test_a_workbook_is_read_too(organization, admin):
    hand_in(admin, workbook_of(some_lines(2)), name="calls.XLSX")

    assert Upload.everywhere.get().counted["lines"] == 2


def test_a_large_workbook_shows_how_far_it_is_read_and_then_asks_for_its_columns(organization, admin, monkeypatch):
    monkeypatch.setattr(uploading, "LONG_BYTES", 0)

    answer = hand_in(admin, workbook_of(some_lines(2)), name="calls.xlsx")
    upload = Upload.everywhere.get()
    assert admin.get(answer["Location"])["Location"] == reverse("upload-detail", args=[upload.pk])
    reading = page(admin, "upload-detail", upload.pk)
    take_in(organization, for_s=60)
    read = page(admin, "upload-detail", upload.pk)

    assert "being read" in reading
    assert 'hx-trigger="every 2s"' in reading
    assert "Choose the columns" not in reading
    assert "Choose the columns" in read
    assert 'hx-trigger="every 2s"' not in read.partition('id="upload"')[2]


def test_a_file_that_failed_says_why_and_offers_nothing(organization, admin):
    upload = UploadFactory(organization=organization, state="failed", problem="The file has no lines.", counted={})

    shown = page(admin, "upload-detail", upload.pk)

    assert "The file has no lines." in shown
    assert f'action="{reverse("upload-cancel", args=[upload.pk])}"' not in shown
    assert "failed" in page(admin, "upload-list")


def test_without_a_word_on_the_refused_nothing_is_taken_in(organization, admin):
    upload = checked(organization, csv_of([*some_lines(1), REFUSED]))

    shown = admin.post(reverse("upload-take-in", args=[upload.pk])).content.decode()

    upload.refresh_from_db()
    assert "1 of the lines are refused" in shown
    assert upload.state == Upload.State.CHECKED


def test_the_example_that_is_offered_is_the_documented_one_and_every_line_of_it_is_good(organization, admin, settings):
    example = (settings.BASE_DIR / "dashboard/static/dispositions-example.csv").read_text()

    assert f"```csv\n{example}```" in (settings.BASE_DIR / "docs/files.md").read_text()
    upload = checked(organization, example.encode())
    assert (upload.counted["good"], upload.counted["refused"]) == (2, 0)


# What is refused at the form


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "calls.csv", "The file is empty."),
        (b"<html>", "calls.csv", "web page"),
        (b"id\0,x\n", "calls.csv", "NUL character at place 3"),
        (csv_of([]), "calls.csv", "nothing below the first line"),
        (GOOD, "calls.pdf", "Only .csv"),
        (b"PK\x03\x04", "calls.xlsx", "workbook"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_at_its_field_and_nothing_is_kept(
    organization, admin, content: bytes, name: str, said: str
):
    shown = hand_in(admin, content, name=name).content.decode()

    assert said in shown
    assert 'id="upload-file_error"' in shown
    assert 'value="crm"' in shown
    assert not Upload.everywhere.exists()


@pytest.mark.parametrize("source", ["", "cr\u202em", "x" * 65])
def test_a_source_needs_a_name_that_can_be_read(organization, admin, source: str):
    shown = hand_in(admin, GOOD, source=source).content.decode()

    assert 'id="upload-source_error"' in shown
    assert not Upload.everywhere.exists()


def test_a_form_without_a_file_says_so(organization, admin):
    assert "Choose a file." in admin.post(reverse("upload-add"), {"source": "crm"}).content.decode()


# Too large, or at the wrong address


def test_a_file_beyond_the_cap_is_broken_off_and_answered_with_413(organization, admin, monkeypatch):
    monkeypatch.setattr(upload_handler, "LARGEST", 200_000)

    response = hand_in(admin, b"x" * 300_000)

    assert response.status_code == 413
    assert "larger than 10 MB" in response.content.decode()
    assert 'value="crm"' in response.content.decode()
    assert not Upload.everywhere.exists()


def test_a_file_just_below_the_cap_is_read(organization, admin, monkeypatch):
    monkeypatch.setattr(upload_handler, "LARGEST", len(GOOD))

    assert hand_in(admin, GOOD).status_code == 302


def test_files_are_taken_at_no_other_address(organization, admin, tmp_path, settings):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)

    admin.post(reverse("sign-in"), {"file": SimpleUploadedFile("x.csv", b"x" * 100_000)})

    assert list(tmp_path.iterdir()) == []


def test_no_file_stays_on_disk(organization, admin, tmp_path, settings, monkeypatch):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)

    hand_in(admin, GOOD)
    hand_in(admin, b"<html>")
    monkeypatch.setattr(upload_handler, "LARGEST", 10)
    hand_in(admin, GOOD)

    assert list(tmp_path.iterdir()) == []


# Columns


def test_the_columns_are_guessed_and_the_first_lines_shown(organization, admin):
    lines = some_lines(7)
    upload = kept(organization, csv_of(lines))

    shown = page(admin, "upload-mapping", upload.pk)

    assert shown.count("selected") == 3
    assert lines[4][0] in shown
    assert lines[5][0] not in shown


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"conversation": "", "disposition": "1"}, "Choose the column."),
        ({"conversation": "0", "disposition": "0"}, "Choose another column for each."),
        ({"conversation": "0", "disposition": "9"}, "Select a valid choice"),
        ({"conversation": "0", "disposition": "1", "notes": "x"}, "Select a valid choice"),
    ],
)
def test_columns_that_cannot_be_are_said_and_nothing_is_checked(organization, admin, chosen, said):
    upload = kept(organization, GOOD)

    shown = admin.post(reverse("upload-mapping", args=[upload.pk]), chosen).content.decode()

    upload.refresh_from_db()
    assert said in shown
    assert upload.state == Upload.State.MAPPING


def test_the_columns_of_what_is_being_taken_in_stay(organization, admin):
    upload = begun(organization, GOOD)

    response = admin.get(reverse("upload-mapping", args=[upload.pk]))

    assert response["Location"] == reverse("upload-detail", args=[upload.pk])


# One file


def test_the_check_says_what_taking_in_would_do(organization, admin):
    lines = some_lines(3)
    ConversationFactory(organization=organization, conversation_id=lines[0][0])
    upload = checked(organization, csv_of(lines))

    shown = " ".join(page(admin, "upload-detail", upload.pk).split())

    assert '<span class="number">1</span> of them about conversations that are known' in shown
    assert '<span class="number">2</span> about others' in shown
    assert "Take in all 3 lines" in shown


def test_what_is_being_taken_in_asks_for_itself_and_what_is_done_does_not(organization, admin):
    running, done = begun(organization, GOOD), taken_in(OrganizationFactory(), GOOD)
    Upload.everywhere.filter(pk=done.pk).update(organization=organization)

    fragment = admin.get(reverse("upload-detail", args=[running.pk]), headers=HTMX).content.decode()

    assert 'id="upload"' in fragment
    assert "<html" not in fragment
    assert "data-poll" in fragment
    assert "<progress" in fragment
    assert "data-poll" not in page(admin, "upload-detail", done.pk)


def test_somebody_who_may_only_look_is_offered_nothing_to_change(organization, sign_in):
    upload = checked(organization, GOOD)
    supervisor = sign_in("supervisor")

    assert "Take in" not in page(supervisor, "upload-detail", upload.pk)
    assert "Hand in a file" not in page(supervisor, "upload-list")
    assert "Result of every line" in page(supervisor, "upload-detail", upload.pk)


def test_cancelling_is_said_and_kept(organization, admin):
    upload = begun(organization, GOOD)

    response = admin.post(reverse("upload-cancel", args=[upload.pk]), follow=True)

    upload.refresh_from_db()
    assert "What was taken in stays" in response.content.decode()
    assert upload.state == Upload.State.CANCELLED
    assert "This file is cancelled." in admin.post(reverse("upload-cancel", args=[upload.pk])).content.decode()


def test_lines_are_shown_a_hundred_at_a_time_the_refused_first(organization, admin):
    upload = checked(organization, csv_of([*some_lines(120), *[REFUSED] * 130]))

    first = page(admin, "upload-detail", upload.pk)
    second = page(admin, "upload-detail", upload.pk, outcome="refused", after="221")
    good = page(admin, "upload-detail", upload.pk, outcome="good")

    assert (first.count("circle-x"), first.count("holds no conversation id")) == (0, 100)
    assert "outcome=refused&amp;after=221" in first
    assert second.count("holds no conversation id") == 30
    assert good.count("holds no conversation id") == 0


def test_cells_are_shown_as_text(organization, admin):
    upload = checked(organization, csv_of([["<script>alert(1)</script>", "x", "y"]]))

    assert "&lt;script&gt;alert(1)" in page(admin, "upload-detail", upload.pk)


def test_a_page_of_many_lines_costs_few_queries(organization, admin, django_assert_max_num_queries):
    upload = checked(organization, csv_of(some_lines(150)))

    with django_assert_max_num_queries(14):
        page(admin, "upload-detail", upload.pk)


@pytest.mark.parametrize("strange", ["x", "-1", "9" * 30, "\u0663"])
def test_a_strange_place_in_the_address_is_the_beginning(organization, admin, strange: str):
    upload = checked(organization, GOOD)

    assert "Take in all 3 lines" in page(admin, "upload-detail", upload.pk, after=strange, outcome=strange)
    assert upload.filename in page(admin, "upload-list", before=strange)


# The result


def test_the_result_has_every_line_with_its_columns_its_outcome_and_no_formula(organization, admin):
    [good] = some_lines(1)
    upload = checked(organization, csv_of([good, REFUSED]))

    heading, *lines = result(admin, upload)

    assert heading == [*HEADING, "Line", "Outcome", "Reason"]
    assert lines[0] == [*good, "2", "good", ""]
    assert lines[1][1] == "'=HYPERLINK(1)"
    assert lines[1][3:] == [
        "3",
        "refused",
        "“Conversation ID” holds no conversation id. One looks like 6b2c1f0e-0000-4000-8000-000000000001.",
    ]
    assert [unguarded(cell) for cell in lines[1][:3]] == REFUSED


def test_refused_lines_alone_can_be_mended_and_handed_in_again(organization, admin):
    [good] = some_lines(1)
    upload = checked(organization, csv_of([good, REFUSED]))
    heading, refused = result(admin, upload, outcome="refused")

    refused[0] = some_lines(1)[0][0]
    mended = checked(organization, csv_of([refused], heading=heading))

    assert mended.counted["good"] == 1


def test_the_result_is_a_download_under_a_name_of_ours(organization, admin):
    upload = checked(organization, GOOD, filename='x"\r\nSet-Cookie: a=b.csv')

    response = admin.post(reverse("upload-result", args=[upload.pk]))

    assert response["Content-Disposition"] == f'attachment; filename="file-{upload.pk}-result.csv"'
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_the_result_is_its_persons_and_of_those_who_may_export_and_taking_it_is_on_record(organization, sign_in):
    upload, ops, supervisor = checked(organization, GOOD), sign_in(Role.OPS), sign_in(Role.SUPERVISOR)
    address = reverse("upload-result", args=[upload.pk])

    assert ops.post(address).status_code == 403
    assert "Result of every line" not in page(ops, "upload-detail", upload.pk)
    assert supervisor.post(address).status_code == 200
    Upload.everywhere.filter(pk=upload.pk).update(person=ops.session["_auth_user_id"])
    assert ops.post(address).status_code == 200
    taken = Act.objects.filter(organization=organization, verb="download result of a file", reason=upload.filename)
    assert taken.count() == 2


def test_a_long_result_is_sent_in_pieces(organization, admin, django_assert_max_num_queries):
    upload = checked(organization, csv_of(some_lines(2500)))

    with django_assert_max_num_queries(14):
        assert len(result(admin, upload)) == 2501


# The list


def test_the_list_shows_who_handed_in_what_and_what_became_of_it(organization, admin):
    upload = taken_in(organization, csv_of([*some_lines(4), REFUSED]), first_name="Ines", last_name="Hartmann")

    shown = page(admin, "upload-list")

    assert upload.filename in shown
    assert "Ines Hartmann" in shown
    assert '<td class="number" data-label="Taken in">4</td>' in shown
    assert '<td class="number" data-label="Refused">1</td>' in shown


def test_a_long_list_is_paged_at_the_same_cost(organization, admin, django_assert_max_num_queries):
    uploads = UploadFactory.create_batch(55, organization=organization)

    with django_assert_max_num_queries(14):
        first = page(admin, "upload-list")
    older = page(admin, "upload-list", before=uploads[5].pk)

    assert uploads[54].filename in first
    assert first.count("row-link") == 50
    assert older.count("row-link") == 5


def test_before_the_first_file_the_list_says_what_one_would_do(organization, admin, sign_in):
    assert "No file has been handed in yet" in page(admin, "upload-list")
    assert "Admins and ops may" in page(sign_in("supervisor"), "upload-list")


def test_what_another_organization_handed_in_is_not_there(organization, admin):
    upload = checked(OrganizationFactory(), GOOD)

    for name in ("upload-detail", "upload-mapping"):
        assert admin.get(reverse(name, args=[upload.pk])).status_code == 404
    assert admin.post(reverse("upload-result", args=[upload.pk])).status_code == 404
    assert upload.filename not in page(admin, "upload-list")
