"""Files of dispositions in a real browser: accessible, within the content policy, narrow, and from file to end."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import Opening
from tests.factories import ConversationFactory, UploadFactory
from tests.services.uploads import begun, checked, csv_of, kept, some_lines, taken_in
from wrapups.models import Organization, Upload
from wrapups.services.taking_in_files import take_in

PAGES = ("upload-list", "upload-add", "upload-mapping", "reading", "mapping", "checked", "running", "done", "failed")


@pytest.fixture
def files(organization: Organization) -> dict[str, Upload]:
    """A file at each stage, with good, refused and known lines."""
    lines = some_lines(30)
    refused = [["none", "REF-OK", "a note"], [lines[0][0], "", "no disposition"]]
    for line in lines[:12]:
        ConversationFactory(organization=organization, conversation_id=line[0])
    content = csv_of([*lines, *refused])
    person = {"first_name": "Ines", "last_name": "Hartmann"}
    made = {"done": taken_in(organization, content, filename="outcomes of october.csv", **person)}
    made["running"] = begun(organization, csv_of(some_lines(450)), filename="backlog.xlsx.csv", **person)
    take_in(organization, for_s=0)
    made["reading"] = UploadFactory(
        organization=organization, state="reading", filename="all of october.xlsx", counted={"lines": 12_000}
    )
    made["failed"] = UploadFactory(
        organization=organization, state="failed", problem="The file has more than 50,000 lines.", counted={}
    )
    made["checked"] = checked(organization, csv_of([*some_lines(40), *lines[:9], *refused]), **person)
    made["mapping"] = kept(organization, content, filename="a-rather-long-name-" * 8 + ".csv", **person)
    return made


def address(page: str, files: dict[str, Upload]) -> str:
    if page in files:
        return reverse("upload-detail", args=[files[page].pk])
    return reverse(page, args=[files["mapping"].pk] if page == "upload-mapping" else [])


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_wrong(page: str, files: dict[str, Upload], violations: Callable[..., list[str]]):
    assert violations(address(page, files)) == []


def test_axe_finds_nothing_wrong_where_nothing_is(organization, violations: Callable[..., list[str]]):
    assert violations(reverse("upload-list")) == []


def test_a_file_is_guided_from_its_choice_to_its_result(organization, visit: Opening, tmp_path: Path):
    file = tmp_path / "calls.csv"
    file.write_bytes(csv_of([*some_lines(3), ["none", "REF-OK", ""]]))
    page = visit(reverse("upload-list"))
    page.get_by_role("link", name="Hand in a file").first.click()
    page.get_by_label("Source").fill("crm")
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_label("Conversation id")).to_have_value("0")
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("button", name="Take in the 3 good ones, without the 1 refused").click()

    expect(page.get_by_role("heading", name="Being taken in")).to_be_visible()
    take_in(organization, for_s=60)
    expect(page.get_by_role("heading", name="What became of it")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Result of every line").click()

    assert download.value.suggested_filename.endswith("-result.csv")
