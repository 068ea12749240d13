"""F40: a worker that dies while it takes in a file costs nothing but time, and the same file again says nothing new."""

import threading

import pytest
from pytest_django import Settings

from tests.factories import OrganizationFactory
from tests.faults.deaths import KILL_9, die_at, end_of, forked, killed
from tests.services.clock import Clock
from tests.services.uploads import begun, checked, csv_of, kept, some_lines, workbook_of
from wrapups.models import Disposition, Organization, Upload
from wrapups.services import reading_uploads, uploading
from wrapups.services.taking_in_files import LEASE_S, PIECE, is_due, take_in

pytestmark = pytest.mark.django_db(transaction=True)

PIECES = 5
LINES = PIECES * PIECE
LINES_AT_ONCE = 50


@pytest.fixture
def organization(db) -> Organization:
    return OrganizationFactory()


def work(organization: Organization) -> None:
    """Take in what is to be taken in, as a worker does."""
    while take_in(organization, for_s=60):
        pass


def figures(upload: Upload) -> tuple[str, int, int, int]:
    """Return the upload's state, and how many lines are good, taken in and known already."""
    upload.refresh_from_db()
    return (upload.state, *(upload.counted[name] for name in ("good", "taken", "repeated")))


def counted_line_by_line(upload: Upload) -> tuple[int, int]:
    """Return how many lines say that they were taken in, and how many dispositions there are."""
    return upload.lines.filter(outcome="taken").count(), Disposition.everywhere.count()


@pytest.mark.parametrize(
    ("point", "deaths", "progress"),
    [("U1", 3, 0), ("U2", PIECES, LINES)],
    ids=["before the commit", "after the commit"],
)
def test_a_worker_that_dies_around_a_commit_leaves_each_line_taken_in_or_not(
    point: str, deaths: int, progress: int, organization, clock: Clock, settings: Settings
):
    upload = begun(organization, csv_of(some_lines(LINES)))

    die_at(point, lambda: work(organization), clock=clock, settings=settings, lease_s=LEASE_S, times=deaths)
    assert counted_line_by_line(upload) == (progress, progress)
    work(organization)

    assert figures(upload) == (Upload.State.DONE, 0, LINES, 0)
    assert counted_line_by_line(upload) == (LINES, LINES)


@pytest.mark.parametrize(
    ("point", "deaths", "stored"),
    [("U3", 2, 0), ("U4", 1, LINES_AT_ONCE)],
    ids=["before the commit", "after the commit"],
)
def test_a_worker_that_dies_over_a_large_workbook_is_followed_by_one_that_reads_each_line_once(
    point: str, deaths: int, stored: int, organization, clock: Clock, settings: Settings, monkeypatch
):
    monkeypatch.setattr(uploading, "LONG_BYTES", 0)
    monkeypatch.setattr(reading_uploads, "BATCH", LINES_AT_ONCE)
    lines = some_lines(3 * LINES_AT_ONCE + 1)
    upload = kept(organization, workbook_of(lines), filename="calls.xlsx")

    die_at(
        point, lambda: work(organization), clock=clock, settings=settings, lease_s=reading_uploads.LEASE_S, times=deaths
    )
    assert upload.lines.count() == stored
    work(organization)

    upload.refresh_from_db()
    assert (upload.state, upload.counted["lines"]) == (Upload.State.MAPPING, len(lines))
    assert list(upload.lines.order_by("number").values_list("cells", flat=True)) == lines


def test_a_worker_killed_half_way_is_followed_by_one_that_goes_on_and_the_same_file_again_is_known(
    organization, clock: Clock
):
    content = csv_of(some_lines(10 * LINES))
    upload = begun(organization, content)

    child = forked(lambda: work(organization), clock=clock)
    until_there_are(3 * LINES)
    assert killed(child) == KILL_9

    state, good, taken, _ = figures(upload)
    assert (state, good + taken) == (Upload.State.RUNNING, 10 * LINES)
    assert 0 < taken < 10 * LINES
    assert counted_line_by_line(upload) == (taken, taken)
    assert not is_due(organization)
    clock.advance_database(LEASE_S + 1)
    assert is_due(organization)
    work(organization)
    assert figures(upload) == (Upload.State.DONE, 0, 10 * LINES, 0)
    assert figures(checked(organization, content)) == (Upload.State.CHECKED, 0, 0, 10 * LINES)
    assert Disposition.everywhere.count() == 10 * LINES


def test_a_worker_that_outlives_its_lease_and_its_follower_take_in_each_line_once(organization, clock: Clock):
    upload = begun(organization, csv_of(some_lines(10 * LINES)))

    first = forked(lambda: work(organization), clock=clock)
    until_there_are(LINES)
    Upload.everywhere.update(lease_until=None)
    second = forked(lambda: work(organization), clock=clock)

    assert (end_of(first), end_of(second)) == (0, 0)
    assert figures(upload) == (Upload.State.DONE, 0, 10 * LINES, 0)
    assert counted_line_by_line(upload) == (10 * LINES, 10 * LINES)


def until_there_are(count: int) -> None:
    """Wait until so many dispositions are committed, a minute at most."""
    for _ in range(6000):
        if Disposition.everywhere.count() >= count:
            return
        threading.Event().wait(0.01)
    raise AssertionError(f"After a minute there are {Disposition.everywhere.count()}.")
