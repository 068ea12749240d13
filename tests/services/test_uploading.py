"""Files of dispositions: kept, checked, let be taken in or cancelled."""

from uuid import uuid4

import pytest

from tests.factories import ConversationFactory, OrganizationFactory
from tests.services.clock import Clock
from tests.services.uploads import (
    COLUMNS,
    HEADING,
    begun,
    checked,
    csv_of,
    kept,
    outcomes,
    some_lines,
    taken_in,
    workbook_of,
)
from wrapups.domain.sheets import BadFile, Columns
from wrapups.models import Act, Disposition, Organization, Upload, UploadFile, UploadLine
from wrapups.services import reading_uploads, reading_workbooks, taking_in_files, uploading
from wrapups.services.auditing import Actor
from wrapups.services.taking_in_files import LEASE_S, is_due, take_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization(db) -> Organization:
    return OrganizationFactory()


def figures(upload: Upload) -> tuple[int, int, int, int]:
    """Return how many lines are good, refused, taken in, and known already."""
    upload.refresh_from_db()
    return tuple(upload.counted[name] for name in ("good", "refused", "taken", "repeated"))


# Handing in


def test_a_file_is_kept_line_by_line_under_the_name_that_is_shown(organization):
    upload = kept(organization, csv_of(some_lines(3)), filename="../calls\u202e.csv", source=" CRM  Europe ")

    assert (upload.filename, upload.source, upload.columns) == ("calls.csv", "CRM Europe", HEADING)
    assert (upload.state, upload.counted["lines"]) == (Upload.State.MAPPING, 3)
    assert list(upload.lines.order_by("number").values_list("number", flat=True)) == [2, 3, 4]


def test_empty_lines_are_no_lines_and_keep_their_numbers(organization):
    first, second = some_lines(2)

    upload = kept(organization, csv_of([first, [], ["", "", ""], second]))

    assert list(upload.lines.order_by("number").values_list("number", flat=True)) == [2, 5]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "The file is empty"),
        (csv_of([]), "nothing below the first line"),
        (csv_of(some_lines(1)) + b'"x', "quote that opens in line 3"),
    ],
    ids=["empty", "only a header", "an open quote"],
)
def test_of_a_file_that_cannot_be_read_nothing_is_kept(organization, content: bytes, why: str):
    with pytest.raises(BadFile, match=why):
        kept(organization, content)

    assert not Upload.everywhere.exists()
    assert not Act.objects.exists()


def test_a_file_of_more_lines_than_allowed_is_refused_as_a_whole(organization, monkeypatch):
    monkeypatch.setattr(uploading, "MOST_LINES", 10)

    assert kept(organization, csv_of(some_lines(10))).counted["lines"] == 10
    with pytest.raises(BadFile, match="more than 10 lines"):
        kept(organization, csv_of(some_lines(11)))


def test_ten_thousand_columns_and_huge_cells_are_kept_only_as_far_as_they_may_matter(organization):
    line = [*some_lines(1)[0], *["x" * 20] * 9_990]
    heading = [*HEADING, *["more"] * 9_990]

    upload = kept(organization, csv_of([line, ["y" * 100_000]], heading=heading))

    wide, huge = upload.lines.order_by("number")
    assert (len(upload.columns), upload.counted["columns"], len(wide.cells)) == (50, 9_993, 50)
    assert len(huge.cells[0]) == 4096


# Checking


def test_a_check_takes_nothing_in_and_says_of_each_line_what_is_so(organization):
    good, other, bad = some_lines(3)
    bad[1] = ""
    ConversationFactory(organization=organization, conversation_id=good[0])

    upload = checked(organization, csv_of([good, bad, other]))

    assert outcomes(upload) == ["good", "refused", "good"]
    assert upload.lines.get(outcome="refused").reason == "“Disposition” is empty."
    assert upload.state == Upload.State.CHECKED
    assert (*figures(upload), upload.counted["known"]) == (2, 1, 0, 0, 1)
    assert not Disposition.everywhere.exists()


def test_checking_again_by_other_columns_judges_every_line_anew(organization):
    upload = checked(organization, csv_of(some_lines(3), heading=["a", "b", "c"]))

    wrong = uploading.check(upload, columns=Columns(1, 0), actor=Actor(upload.person))
    assert figures(wrong) == (0, 3, 0, 0)
    right = uploading.check(upload, columns=COLUMNS, actor=Actor(upload.person))

    assert figures(right) == (3, 0, 0, 0)
    assert not upload.lines.exclude(reason="").exists()


def test_a_check_of_many_lines_costs_a_few_statements_a_batch(organization, django_assert_max_num_queries):
    upload = kept(organization, csv_of(some_lines(4_100)))

    with django_assert_max_num_queries(30):
        uploading.check(upload, columns=COLUMNS, actor=Actor(upload.person))


# Letting it be taken in


def test_where_lines_are_refused_taking_in_the_others_is_said_explicitly(organization):
    upload = checked(organization, csv_of([*some_lines(2), ["none", "REF-OK", ""]]))

    with pytest.raises(uploading.CannotTakeIn, match="1 of the lines"):
        uploading.begin(upload, good_ones_only=False, actor=Actor(upload.person))
    begun = uploading.begin(upload, good_ones_only=True, actor=Actor(upload.person))

    assert begun.state == Upload.State.RUNNING


def test_where_all_are_good_a_word_is_enough(organization):
    upload = checked(organization, csv_of(some_lines(2)))

    assert uploading.begin(upload, good_ones_only=False, actor=Actor(upload.person)).state == Upload.State.RUNNING


def test_a_file_without_a_good_line_cannot_be_taken_in(organization):
    upload = checked(organization, csv_of([["none", "REF-OK", ""]]))

    with pytest.raises(uploading.CannotTakeIn, match="No line"):
        uploading.begin(upload, good_ones_only=True, actor=Actor(upload.person))


def test_what_is_being_taken_in_is_neither_checked_nor_begun_again(organization):
    upload = begun(organization, csv_of(some_lines(2)))

    with pytest.raises(uploading.CannotTakeIn, match="being taken in"):
        uploading.check(upload, columns=Columns(1, 0), actor=Actor(upload.person))
    with pytest.raises(uploading.CannotTakeIn, match="being taken in"):
        uploading.begin(upload, good_ones_only=True, actor=Actor(upload.person))


# Taking in


def test_the_good_lines_are_said_by_their_source_in_their_order(organization):
    conversation_id = str(uuid4())
    lines = [[conversation_id, "REF-NO", ""], [conversation_id.upper(), "REF-OK", "paid"], ["none", "x", ""]]

    upload = taken_in(organization, csv_of(lines), source="billing")

    said = Disposition.everywhere.order_by("pk").values_list("source", "conversation_id", "code", "notes")
    assert list(said) == [("billing", conversation_id, "REF-NO", ""), ("billing", conversation_id, "REF-OK", "paid")]
    assert set(Disposition.everywhere.values_list("said_at", flat=True)) == {upload.created_at}
    assert (upload.state, figures(upload)) == (Upload.State.DONE, (0, 1, 2, 0))
    assert upload.finished_at is not None


def test_the_same_file_again_says_nothing_new(organization):
    content = csv_of(some_lines(5))
    taken_in(organization, content)

    dry = checked(organization, content, filename="renamed.csv")
    with pytest.raises(uploading.CannotTakeIn):
        uploading.begin(dry, good_ones_only=True, actor=Actor(dry.person))

    assert figures(dry) == (0, 0, 0, 5)
    assert Disposition.everywhere.count() == 5


def test_two_who_hand_in_the_same_file_at_once_take_it_in_once(organization):
    content = csv_of(some_lines(5))
    first, second = begun(organization, content), begun(organization, content)

    while take_in(organization, for_s=60):
        pass

    assert (figures(first), figures(second)) == ((0, 0, 5, 0), (0, 0, 0, 5))
    assert Disposition.everywhere.count() == 5


def test_the_same_file_by_other_columns_says_something_else(organization):
    [line] = some_lines(1)
    content = csv_of([line])
    taken_in(organization, content)

    upload = kept(organization, content)
    upload = uploading.check(upload, columns=Columns(0, 2), actor=Actor(upload.person))

    assert figures(upload) == (1, 0, 0, 0)


def test_another_source_may_say_the_same(organization):
    content = csv_of(some_lines(2))

    upload = [taken_in(organization, content, source=source) for source in ("crm", "survey")][-1]

    assert figures(upload) == (0, 0, 2, 0)


def test_all_that_a_file_changes_is_one_act_of_whoever_let_it_be_taken_in(organization):
    upload = taken_in(organization, csv_of(some_lines(450)))

    act = Act.objects.get(verb="take in a file")
    said = act.entries.filter(table="wrapups_disposition")
    assert (act.person, act.origin, said.count()) == (upload.person, "192.0.2.7", 450)
    assert set(said.values_list("actor", flat=True)) == {f"person:{upload.person_id}"}


def test_a_piece_of_two_hundred_lines_costs_no_more_statements_than_one_of_two(
    organization, django_assert_max_num_queries
):
    begun(organization, csv_of(some_lines(400)))

    with django_assert_max_num_queries(45):
        while take_in(organization, for_s=60):
            pass

    assert Disposition.everywhere.count() == 400


def test_a_worker_that_makes_room_for_others_leaves_the_rest_to_the_next(organization):
    upload = begun(organization, csv_of(some_lines(450)))

    left = take_in(organization, for_s=0)

    assert left
    assert is_due(organization)
    assert figures(upload) == (250, 0, 200, 0)


def test_cancelling_leaves_what_was_taken_in_and_takes_in_no_more(organization):
    upload = begun(organization, csv_of(some_lines(450)))
    take_in(organization, for_s=0)

    uploading.cancel(upload, actor=Actor(upload.person))

    assert not take_in(organization, for_s=60)
    upload.refresh_from_db()
    assert (upload.state, figures(upload)) == (Upload.State.CANCELLED, (250, 0, 200, 0))
    assert Disposition.everywhere.count() == 200


def test_what_has_come_to_its_end_cannot_be_cancelled(organization):
    upload = taken_in(organization, csv_of(some_lines(1)))

    with pytest.raises(uploading.CannotTakeIn, match="done"):
        uploading.cancel(upload, actor=Actor(upload.person))


def test_lines_of_another_organization_are_another_s(organization):
    content = csv_of(some_lines(3))
    taken_in(OrganizationFactory(), content)

    assert figures(checked(organization, content)) == (3, 0, 0, 0)
    assert not is_due(organization)
    assert UploadLine.everywhere.of(organization).count() == 3


# Large workbooks


@pytest.fixture
def any_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every workbook for one that a worker has to read, in pieces of two lines."""
    monkeypatch.setattr(uploading, "LONG_BYTES", 0)
    monkeypatch.setattr(reading_uploads, "BATCH", 2)


def test_a_workbook_that_unpacks_to_more_than_a_moment_s_work_is_left_to_a_worker(organization):
    small, large = workbook_of(some_lines(10)), workbook_of(some_lines(12_000))

    at_once = kept(organization, small, filename="small.xlsx")
    later = kept(organization, large, filename="large.xlsx")

    assert (at_once.state, UploadFile.everywhere.filter(upload=at_once).exists()) == (Upload.State.MAPPING, False)
    assert (later.state, later.lines.count()) == (Upload.State.READING, 0)
    assert bytes(UploadFile.everywhere.get(upload=later).content) == large
    assert is_due(organization)


def test_a_worker_reads_it_into_the_same_lines_and_keeps_the_file_no_longer(organization, any_is_long):
    lines = some_lines(5)
    upload = kept(organization, workbook_of(lines), filename="calls.xlsx")

    take_in(organization, for_s=0)

    upload.refresh_from_db()
    assert (upload.state, upload.columns) == (Upload.State.MAPPING, HEADING)
    assert upload.counted == {"lines": 5, "columns": 3}
    assert list(upload.lines.order_by("number").values_list("cells", flat=True)) == lines
    assert not UploadFile.everywhere.exists()
    assert not is_due(organization)


def test_what_is_wrong_with_it_is_found_by_the_worker_and_nothing_of_it_is_kept(organization, any_is_long, monkeypatch):
    monkeypatch.setattr(uploading, "MOST_LINES", 4)
    upload = kept(organization, workbook_of(some_lines(5)), filename="calls.xlsx")

    take_in(organization, for_s=0)

    upload.refresh_from_db()
    assert (upload.state, upload.problem) == (
        Upload.State.FAILED,
        "The file has more than 4 lines. Divide it into several.",
    )
    assert not UploadLine.everywhere.exists()
    assert not UploadFile.everywhere.exists()


def test_a_large_workbook_that_says_itself_that_it_is_too_large_is_refused_at_once(organization, monkeypatch):
    monkeypatch.setattr(reading_workbooks, "MOST_BYTES", 1000)

    with pytest.raises(BadFile, match="unpacks to more than"):
        kept(organization, workbook_of(some_lines(1)), filename="calls.xlsx")

    assert not Upload.everywhere.exists()


def test_cancelling_it_before_it_is_read_forgets_the_file(organization, any_is_long):
    upload = kept(organization, workbook_of(some_lines(5)), filename="calls.xlsx")

    uploading.cancel(upload, actor=Actor(upload.person))

    assert not UploadFile.everywhere.exists()
    assert not is_due(organization)


# What nobody foresaw


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give this program a fault that shows when lines are taken in."""

    def fail(*_: object) -> None:
        raise KeyError("a cell's content")

    monkeypatch.setattr(taking_in_files, "_record", fail)


def test_a_file_over_which_workers_fail_three_times_is_given_up_with_words_and_without_its_content(
    organization, broken, clock: Clock
):
    upload = begun(organization, csv_of(some_lines(2)))
    states = []

    for _ in range(3):
        take_in(organization, for_s=0)
        upload.refresh_from_db()
        states.append(upload.state)
        clock.advance_database(LEASE_S + 1)

    assert states == [Upload.State.RUNNING, Upload.State.RUNNING, Upload.State.FAILED]
    assert "failed over it 3 times (KeyError)" in upload.problem
    assert "a cell's content" not in upload.problem
    assert not is_due(organization)


def test_between_two_tries_there_is_a_while_in_which_others_have_their_turn(organization, broken):
    begun(organization, csv_of(some_lines(1)))

    take_in(organization, for_s=0)

    assert not is_due(organization)


def test_a_piece_that_goes_well_forgives_the_failures_before_it(organization):
    upload = begun(organization, csv_of(some_lines(2)))
    Upload.everywhere.update(failures=2)

    take_in(organization, for_s=60)

    upload.refresh_from_db()
    assert (upload.state, upload.failures) == (Upload.State.DONE, 0)
