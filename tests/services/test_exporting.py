"""Exports: exactly what a search found, as a file for the person who asked, small ones at once and large ones in
pieces."""

import io
from datetime import timedelta

import pytest
from django.db import transaction
from openpyxl import load_workbook
from pytest_django import Settings

from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.exports import AssignmentTable, total_of
from tests.factories import (
    AssignmentFactory,
    ConversationFactory,
    DivisionFactory,
    MappingRuleFactory,
    OrganizationFactory,
    QueueFactory,
    put_in_force,
)
from tests.services.exports import ask, rows_of, somebody, wish, written
from tests.services.test_races import Somebody
from wrapups.domain.roles import Role
from wrapups.domain.status import Status
from wrapups.models import Act, Assignment, AuditEntry, Export, ExportPiece, Membership, Organization, Queue
from wrapups.models.clock import app_now
from wrapups.services import admitting, exporting, writing_exports
from wrapups.services.auditing import Actor
from wrapups.services.export_files import kept

NUMBER = "tel:+493012344321"


@pytest.fixture
def organization(db: None) -> Organization:
    return OrganizationFactory()


@pytest.fixture
def actor(organization: Organization) -> Actor:
    return somebody(organization)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever has more than one row is left to a worker, who writes two at a time."""
    monkeypatch.setattr(exporting, "AT_ONCE", 1)
    monkeypatch.setattr(writing_exports, "PIECE", 2)


def ended(organization: Organization, number: int, **more: object) -> list[Assignment]:
    """Make so many assignments that ended a minute after one another; return them, the newest first."""
    rows: list[Assignment] = [
        AssignmentFactory(
            organization=organization, communication__ended_at=app_now() - timedelta(minutes=10 + each), **more
        )
        for each in range(number)
    ]
    Assignment.everywhere.filter(pk__in=[row.pk for row in rows]).update(created_at=app_now() - timedelta(minutes=1))
    return rows


def communications(rows: list[Assignment]) -> list[str]:
    return [row.communication.communication_id for row in rows]


# What is in it


def test_a_small_export_is_ready_at_once_and_has_what_the_list_counts(organization, actor):
    failed = ended(organization, 3, failed=True)
    ended(organization, 2, verified=True)
    ended(OrganizationFactory(), 1, failed=True)
    asked = AssignmentFilter(status=Status.FAILED)

    export = ask(organization, wish(asked), actor=actor)

    assert [row["Communication"] for row in rows_of(export)] == communications(failed)
    assert export.state == Export.State.DONE
    assert export.rows == total_of(asked, organization).number


def test_a_line_has_ids_names_codes_times_and_why(organization, actor):
    rule = MappingRuleFactory(organization=organization, name="Refunds")
    put_in_force(rule.release)
    queue = QueueFactory(organization=organization, name="Billing EU")
    [row] = ended(
        organization,
        1,
        failed=True,
        rule=rule,
        release=rule.release,
        communication__queue_id=queue.genesys_id,
        found_code_id="ININ-WRAP-UP-TIMEOUT",
    )

    [line] = rows_of(ask(organization, wish(), actor=actor))

    assert (line["Queue"], line["Queue id"]) == ("Billing EU", queue.genesys_id)
    assert (line["Rule"], line["Release"]) == ("Refunds", str(rule.release.number))
    assert (line["Code wanted, id"], line["Code found"]) == (row.wrapup_code.genesys_id, "timed out")
    assert (line["Status"], line["Reason"]) == ("failed", "Genesys refused it")
    assert line["Error"].startswith("Genesys Cloud answered 400")
    assert line["Ended (Europe/Berlin)"][-6:] in ("+01:00", "+02:00")


def test_customers_are_masked_unless_they_were_asked_for(organization, actor):
    conversation = ConversationFactory(organization=organization, ani=NUMBER, attributes={"account": "A-77"})
    ended(organization, 1, notes="Call Mara back", communication__conversation=conversation)

    [masked] = rows_of(ask(organization, wish(), actor=actor))
    open_ = ask(organization, wish(with_customers=True, reason="Complaint 12"), actor=actor)

    assert (masked["ANI"], masked["Notes"], masked["Participant attributes"]) == (
        "•••• 4321",
        "••••",
        '{"account": "••••"}',
    )
    [line] = rows_of(open_)
    assert (line["ANI"], line["Notes"], line["Participant attributes"]) == (
        NUMBER,
        "Call Mara back",
        '{"account": "A-77"}',
    )


def test_no_cell_is_a_formula(organization, actor):
    ended(organization, 1, notes="=HYPERLINK(1)", communication__code_notes="+49 1")

    export = ask(organization, wish(with_customers=True, reason="Complaint 12"), actor=actor)

    [line] = rows_of(export)
    assert (line["Notes"], line["Agent's notes"]) == ("'=HYPERLINK(1)", "'+49 1")


def test_a_workbook_holds_counts_as_numbers_and_texts_without_what_it_cannot_hold(organization, actor):
    ended(organization, 2, verified=True, notes="one\x0btwo", communication__code_notes="x" * 40_000)
    asked = wish(format=Export.Format.WORKBOOK, with_customers=True, reason="Complaint 12")

    export = ask(organization, asked, actor=actor)

    sheet = load_workbook(io.BytesIO(b"".join(kept(export)))).active
    heading, *lines = sheet.iter_rows(values_only=True)
    cells = [dict(zip(heading, line, strict=True)) for line in lines]
    assert [line["Writes"] for line in cells] == [1, 1]
    assert cells[0]["Notes"] == "one\ufffdtwo"
    assert (len(cells[0]["Agent's notes"]), cells[0]["Agent's notes"][-1]) == (32_767, "…")


def test_excel_knows_the_encoding_by_a_mark_that_programs_are_spared(organization, actor):
    for_excel = ask(organization, wish(format=Export.Format.CSV), actor=actor)
    for_programs = ask(organization, wish(), actor=actor)

    assert b"".join(kept(for_excel)).startswith(b"\xef\xbb\xbf")
    assert b"".join(kept(for_programs)).startswith(b'"Conversation"')


# Large ones


def test_a_worker_writes_a_large_one_in_pieces_and_the_count_is_the_lists(organization, actor, large):
    rows = ended(organization, 5)

    export = ask(organization, wish(), actor=actor)
    assert (export.state, export.pieces.count()) == (Export.State.RUNNING, 0)
    written(organization)

    assert [row["Communication"] for row in rows_of(export)] == communications(rows)
    assert (export.state, export.rows, export.total) == (Export.State.DONE, 5, 5)
    assert export.rows == total_of(AssignmentFilter(), organization).number
    assert export.size == len(b"".join(kept(export)))


def test_what_is_made_after_it_was_asked_for_is_not_in_it(organization, actor, large):
    rows = ended(organization, 3)
    export = ask(organization, wish(), actor=actor)
    late = AssignmentFactory(organization=organization)
    Assignment.everywhere.filter(pk=late.pk).update(created_at=app_now() + timedelta(seconds=1))

    written(organization)

    assert [row["Communication"] for row in rows_of(export)] == communications(rows)


def test_a_large_workbook_is_made_of_all_its_pieces(organization, actor, large):
    rows = ended(organization, 5)
    export = ask(organization, wish(format=Export.Format.WORKBOOK), actor=actor)

    written(organization)

    export.refresh_from_db()
    sheet = load_workbook(io.BytesIO(b"".join(kept(export)))).active
    assert [row[1] for row in sheet.iter_rows(min_row=2, values_only=True)] == communications(rows)
    assert export.size == len(b"".join(kept(export)))


def test_whoever_goes_on_with_a_workbook_writes_only_the_rows_that_follow(organization, actor, large):
    rows = ended(organization, 5)
    export = ask(organization, wish(format=Export.Format.WORKBOOK), actor=actor)

    pieces = []
    while writing_exports.write(organization, table_of=AssignmentTable, for_s=-1):
        pieces.append(export.pieces.count())

    sheet = load_workbook(io.BytesIO(b"".join(kept(export)))).active
    assert pieces == [1, 2, 3]
    assert [row[1] for row in sheet.iter_rows(min_row=2, values_only=True)] == communications(rows)


def test_no_file_has_more_rows_than_it_may_and_it_says_so(organization, actor, large, monkeypatch):
    monkeypatch.setattr(writing_exports, "MOST_ROWS", 3)
    rows = ended(organization, 5)
    export = ask(organization, wish(), actor=actor)

    written(organization)

    assert [row["Communication"] for row in rows_of(export)] == communications(rows[:3])
    assert (export.rows, export.cut) == (3, True)


def test_one_that_is_cancelled_leaves_nothing(organization, actor, large, monkeypatch):
    monkeypatch.setattr("wrapups.services.writing_exports.time.monotonic", iter(range(0, 9000, 100)).__next__)
    ended(organization, 5)
    export = ask(organization, wish(), actor=actor)
    writing_exports.write(organization, table_of=AssignmentTable, for_s=1)
    assert export.pieces.count() == 1

    exporting.cancel(export, actor=actor)

    export.refresh_from_db()
    assert (export.state, export.pieces.count()) == (Export.State.CANCELLED, 0)
    assert not writing_exports.is_due(organization)
    with pytest.raises(exporting.CannotExport, match="over"):
        exporting.cancel(export, actor=actor)


def test_it_ends_where_its_person_may_no_longer_have_it(organization, actor, large):
    ended(organization, 3)
    export = ask(organization, wish(), actor=actor)
    Membership.objects.filter(person=actor.person).update(role=Role.OPS)

    written(organization)

    export.refresh_from_db()
    assert (export.state, export.pieces.count()) == (Export.State.FAILED, 0)
    assert "may not export any more" in export.problem


def test_what_nobody_foresaw_ends_it_after_three_times(organization, actor, large, monkeypatch):
    ended(organization, 3)
    export = ask(organization, wish(), actor=actor)
    monkeypatch.setattr(writing_exports, "keep_rows", lambda *_, **__: 1 / 0)

    for _ in range(writing_exports.MOST_FAILURES):
        assert not writing_exports.write(organization, table_of=AssignmentTable, for_s=60)
        Export.everywhere.filter(pk=export.pk).update(lease_until=None)

    export.refresh_from_db()
    assert export.state == Export.State.FAILED
    assert "ZeroDivisionError" in export.problem


def test_divisions_limit_the_file_as_they_limit_the_list(organization, actor):
    queue = QueueFactory(organization=organization, division_id="d-emea")
    seen = ended(organization, 2, communication__queue_id=queue.genesys_id)
    ended(organization, 1, communication__queue_id=QueueFactory(organization=organization).genesys_id)
    Membership.objects.filter(person=actor.person).update(division_ids=["d-emea"])

    export = ask(organization, wish(), actor=actor)

    assert [row["Communication"] for row in rows_of(export)] == communications(seen)


@pytest.mark.parametrize("order", ["ended", "-changed", "due"])
def test_whatever_order_the_list_is_in_the_file_has_its_rows_once_each(order, organization, actor, large):
    rows = ended(organization, 5)
    asked = AssignmentFilter(order=order)
    export = ask(organization, wish(asked), actor=actor)

    written(organization)

    expected = communications(rows)
    assert [row["Communication"] for row in rows_of(export)] == (expected[::-1] if order == "ended" else expected)
    assert export.rows == total_of(asked, organization).number


# Who may ask


def test_customers_leave_only_with_a_reason(organization, actor):
    with pytest.raises(exporting.CannotExport, match="Say why"):
        ask(organization, wish(with_customers=True, reason=" "), actor=actor)

    assert not Export.everywhere.exists()


def test_who_may_not_export_is_refused_also_by_the_service(organization):
    with pytest.raises(exporting.CannotExport, match="may not export"):
        ask(organization, wish(), actor=somebody(organization, Role.OPS))

    assert not Export.everywhere.exists()


def test_one_is_written_for_a_person_and_three_for_an_organization(organization, actor, large):
    ended(organization, 2)
    ask(organization, wish(), actor=actor)
    with pytest.raises(exporting.CannotExport, match="Another export of yours"):
        ask(organization, wish(), actor=actor)

    for _ in range(2):
        ask(organization, wish(), actor=somebody(organization))
    with pytest.raises(exporting.CannotExport, match="3 exports"):
        ask(organization, wish(), actor=somebody(organization))


@pytest.mark.django_db(transaction=True)
def test_while_rows_are_searched_only_who_changes_what_the_person_sees_waits_and_takes_the_file_back(organization):
    actor, admin = somebody(organization), somebody(organization, Role.ADMIN)
    member = Membership.objects.get(person=actor.person)
    europe = DivisionFactory(organization=organization)

    def publish() -> None:
        with transaction.atomic():
            Organization.objects.select_for_update(no_key=True, nowait=True).get(pk=organization.pk)

    def limit() -> None:
        ids = [europe.genesys_id]
        admitting.change(member, role=Role.SUPERVISOR, division_ids=ids, actor=admin)

    with transaction.atomic():
        export = ask(organization, wish(), actor=actor)
        Somebody(publish).finish()
        change = Somebody(limit)
    change.finish()

    with pytest.raises(exporting.CannotExport, match="sees fewer queues"):
        exporting.take(export, actor=actor)
    export.refresh_from_db()
    assert export.expires_at is not None
    assert export.expires_at <= app_now()


def test_it_is_on_record_who_took_which_rows_away_and_why(organization, actor):
    ended(organization, 1, failed=True)
    asked = wish(AssignmentFilter(status="failed"), with_customers=True, reason="Complaint 12")

    export = ask(organization, asked, actor=actor)

    act = Act.objects.get(verb="export conversations")
    assert (act.person, act.reason, act.origin) == (actor.person, "Complaint 12", actor.origin)
    entries = AuditEntry.objects.filter(act=act, table="wrapups_export", row=str(export.pk))
    told = {name: value for entry in entries.order_by("pk") for name, value in entry.after.items()}
    assert (told["address"], told["with_customers"], told["rows"]) == ("?status=failed", True, 1)
    assert told["columns"] == export.columns


# Taking it


def test_taking_it_is_counted_and_on_record(organization, actor):
    export = ask(organization, wish(), actor=actor)

    taken = b"".join(exporting.take(export, actor=actor))

    export.refresh_from_db()
    assert len(taken) == export.size
    assert (export.downloads, Act.objects.filter(verb="download export").count()) == (1, 1)


def test_nobody_else_takes_it_not_even_an_admin(organization, actor):
    export = ask(organization, wish(), actor=actor)

    with pytest.raises(exporting.CannotExport, match="Only the person"):
        exporting.take(export, actor=somebody(organization, Role.ADMIN))


def test_after_its_time_it_cannot_be_taken_and_the_worker_removes_it(organization, actor, settings: Settings):
    settings.EXPORT_KEPT_H = 0
    export = ask(organization, wish(), actor=actor)

    with pytest.raises(exporting.CannotExport, match="expired"):
        exporting.take(export, actor=actor)
    assert writing_exports.is_due(organization)
    written(organization)

    export.refresh_from_db()
    assert export.state == Export.State.EXPIRED
    assert not ExportPiece.everywhere.exists()


def limited(organization: Organization, actor: Actor) -> tuple[Queue, Queue]:
    """Let the person see one division; return a queue of it and one of another."""
    Membership.objects.filter(person=actor.person).update(division_ids=["d-emea"])
    return (
        QueueFactory(organization=organization, division_id="d-emea"),
        QueueFactory(organization=organization, division_id="d-apac"),
    )


def test_a_queue_that_changes_division_closes_the_file(organization, actor):
    queue, _ = limited(organization, actor)
    ended(organization, 1, communication__queue_id=queue.genesys_id)
    export = ask(organization, wish(), actor=actor)
    assert b"".join(exporting.take(export, actor=actor))

    Queue.everywhere.filter(pk=queue.pk).update(division_id="d-apac")

    with pytest.raises(exporting.CannotExport, match="sees fewer queues"):
        exporting.take(export, actor=actor)


def test_a_queue_that_changes_division_ends_what_is_being_written(organization, actor, large):
    queue, _ = limited(organization, actor)
    ended(organization, 3, communication__queue_id=queue.genesys_id)
    export = ask(organization, wish(), actor=actor)
    writing_exports.write(organization, table_of=AssignmentTable, for_s=-1)

    Queue.everywhere.filter(pk=queue.pk).update(division_id="d-apac")
    written(organization)

    export.refresh_from_db()
    assert (export.state, export.pieces.count()) == (Export.State.FAILED, 0)


def test_a_queue_that_comes_to_see_is_not_in_a_file_that_was_asked_for_before(organization, actor, large):
    queue, other = limited(organization, actor)
    seen = ended(organization, 3, communication__queue_id=queue.genesys_id)
    ended(organization, 3, communication__queue_id=other.genesys_id)
    export = ask(organization, wish(), actor=actor)

    Queue.everywhere.filter(pk=other.pk).update(division_id="d-emea")
    written(organization)

    assert [row["Communication"] for row in rows_of(export)] == communications(seen)
