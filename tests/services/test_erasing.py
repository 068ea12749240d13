"""Erasing one customer: found and counted, erased on a person's word, in every table, with all counts as they were."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import Error, connection
from pytest_django import Settings

from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.exports import total_of
from tests.factories import (
    ActFactory,
    ApiKeyFactory,
    AssignmentFactory,
    AttemptFactory,
    BulkActFactory,
    CommunicationFactory,
    ConversationFactory,
    DecisionTallyFactory,
    DispositionFactory,
    DispositionSeenFactory,
    InboundEventFactory,
    MappingRuleFactory,
    NoticeFactory,
    OrganizationFactory,
    RuleCaseFactory,
    UploadFactory,
)
from tests.services.exports import ask, rows_of, somebody, wish
from wrapups.domain.conversation import CommunicationSeen, ConversationSeen, Wrapup
from wrapups.domain.erasing import ERASED, BadIdentifier
from wrapups.domain.roles import Role
from wrapups.domain.status import Status
from wrapups.models import (
    Act,
    Assignment,
    AuditEntry,
    Communication,
    Conversation,
    DecisionTally,
    Disposition,
    Erasure,
    Export,
    IdempotentAnswer,
    Organization,
    SavedView,
    UploadLine,
)
from wrapups.models.clock import app_now
from wrapups.services import erasing, erasing_work, forgetting, sighting
from wrapups.services.auditing import Actor, acting
from wrapups.services.erasing_tables import tables
from wrapups.services.intake import record_disposition

NUMBER, OTHERS = "+493012344321", "+493099999999"
WRITTEN = "+49 30 1234-4321"
EMAIL = "mara@example.org"


@pytest.fixture
def organization(db: None) -> Organization:
    return OrganizationFactory()


@pytest.fixture
def admin(organization: Organization) -> Actor:
    return somebody(organization, Role.ADMIN)


def worked(organization: Organization) -> None:
    while erasing_work.work(organization, for_s=60):
        pass


def found(organization: Organization, actor: Actor, identifiers: str = f"{NUMBER}\n{EMAIL}") -> Erasure:
    """Ask for a customer and let a worker find them."""
    erasure = erasing.ask(organization, identifiers=identifiers, reason="Request 12", actor=actor)
    worked(organization)
    erasure.refresh_from_db()
    return erasure


def erased(organization: Organization, actor: Actor, identifiers: str = f"{NUMBER}\n{EMAIL}") -> Erasure:
    """Find a customer and erase them."""
    erasure = found(organization, actor, identifiers)
    erasing.confirm(erasure, conversations=erasure.conversations, actor=actor)
    worked(organization)
    erasure.refresh_from_db()
    return erasure


def known_everywhere(organization: Organization, actor: Actor) -> Assignment:
    """Let a customer stand in every table in which anybody may have put them; return their assignment."""
    conversation = ConversationFactory(
        organization=organization,
        ani=f"tel:{NUMBER}",
        dnis="+49800100200",
        attributes={"phone": WRITTEN, "account": "A-77"},
    )
    leg = CommunicationFactory(organization=organization, conversation=conversation, code_notes="Mara wants a refund")
    facts = {"ani": f"tel:{NUMBER}", "attribute.phone": WRITTEN, "attribute.account": "A-77", "media": "voice"}
    row: Assignment = AssignmentFactory(
        organization=organization, communication=leg, notes=f"Call {WRITTEN}", facts=facts, verified=True
    )
    Assignment.everywhere.filter(pk=row.pk).update(notes="Call Mara", error_message=f"No answer from {NUMBER}")
    told = DispositionFactory(
        organization=organization,
        conversation_id=conversation.conversation_id,
        event_id=f"crm-{NUMBER}",
        notes="Mara said",
    )
    Disposition.everywhere.filter(pk=told.pk).update(notes=f"Mara said {WRITTEN}")
    InboundEventFactory(organization=organization, conversation_id=conversation.conversation_id, body="Mara is angry")
    InboundEventFactory(organization=organization, body=f'{{"from": "{EMAIL}"}}', event_id=f"e-{NUMBER}")
    upload = UploadFactory(
        organization=organization, mapping={"conversation": 0, "disposition": 1, "notes": 2}, filename=f"{NUMBER}.csv"
    )
    line = {"organization": organization, "upload": upload}
    UploadLine.everywhere.create(**line, number=2, cells=[conversation.conversation_id, "REF", "Mara is angry"])
    UploadLine.everywhere.create(
        **line, number=3, cells=["bad", "REF", WRITTEN], outcome="refused", reason=f"“{WRITTEN}”"
    )
    AttemptFactory(assignment=row, message=f"No {NUMBER}")
    ActFactory(organization=organization, reason=f"As {EMAIL} asked")
    RuleCaseFactory(organization=organization, name=f"Case of {WRITTEN}", facts={"ani": NUMBER, "media": "voice"})
    DispositionSeenFactory(organization=organization, code=f"CALLED {NUMBER}")
    DecisionTallyFactory(organization=organization, disposition=f"CALLED {NUMBER}", count=7)
    NoticeFactory(organization=organization, assignment=row, payload={"note": EMAIL})
    IdempotentAnswer.everywhere.create(
        organization=organization,
        api_key=ApiKeyFactory(organization=organization),
        idempotency_key=f"k-{NUMBER}",
        digest="0" * 64,
        status=200,
        answer={"notes": [WRITTEN]},
    )
    with acting(actor, "save view", organization=organization):
        SavedView.everywhere.create(
            organization=organization, person=actor.person, name=f"Of {NUMBER}", slug="s-1", query=f"q=%2B{NUMBER[1:]}"
        )
    BulkActFactory(
        organization=organization,
        kind="retry",
        state="done",
        release=None,
        address=f"/conversations/?q=%2B{NUMBER[1:]}",
    )
    ask(organization, wish(AssignmentFilter(words=NUMBER), reason=EMAIL), actor=actor)
    return row


def columns_that_hold(*texts: str) -> set[str]:
    """Return the columns of text, JSON, lists and search words, of all tables there are, that hold one of these."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND (data_type IN ('text', 'character varying', 'jsonb', 'ARRAY', 'tsvector', 'bytea'))"
        )
        holding = set()
        for table, column in cursor.fetchall():
            plain = f'"{column}"' if column != "content" else f"encode(\"{column}\", 'escape')"
            for text in texts:
                cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}" WHERE {plain}::text ILIKE %s)', [f"%{text}%"])
                if cursor.fetchone() == (True,):
                    holding.add(f"{table}.{column}")
    return holding


# Everywhere


def test_no_column_of_any_table_holds_the_customer_afterwards(organization, admin):
    known_everywhere(organization, admin)
    written = (
        NUMBER,
        NUMBER[1:],
        WRITTEN,
        "1234-4321",
        EMAIL,
        "Mara wants",
        "Mara said",
        "Mara is",
        "Call Mara",
        "A-77",
    )
    before = columns_that_hold(*written)
    assert len(before) > 25  # the customer stood in that many: this test is about something

    erasure = erased(organization, admin)

    assert columns_that_hold(*written) == set()
    assert (erasure.state, erasure.sealed, erasure.shown) == (Erasure.State.DONE, "", "•••• 4321, ••••@••••")


def test_rows_and_counts_stay_as_they_are(organization, admin):
    known_everywhere(organization, admin)
    models = [table.model for table in tables() if table.model not in (AuditEntry, Act, Erasure)]
    before = {model: model._default_manager.count() for model in models}
    erased(organization, admin)

    assert {model: model._default_manager.count() for model in models} == before
    assert DecisionTally.everywhere.get().count == 7
    assert total_of(AssignmentFilter(), organization).number == 1


def test_no_search_and_no_export_finds_the_number_afterwards(organization, admin):
    row = known_everywhere(organization, admin)
    asked = AssignmentFilter(words="Mara")
    assert total_of(asked, organization).number == 1

    erased(organization, admin)

    assert total_of(asked, organization).number == 0
    export = ask(organization, wish(with_customers=True, reason="Complaint"), actor=admin)
    [line] = rows_of(export)
    assert line["Communication"] == row.communication.communication_id
    assert (line["ANI"], line["DNIS"], line["Notes"], line["Agent's notes"]) == (
        ERASED,
        "'+49800100200",
        ERASED,
        ERASED,
    )


def test_others_are_left_alone(organization, admin):
    known_everywhere(organization, admin)
    other = ConversationFactory(organization=organization, ani=OTHERS, attributes={"account": "B-1"})
    leg = CommunicationFactory(
        organization=organization, conversation=other, code_notes=f"Asked about {WRITTEN} as well"
    )
    stranger = ConversationFactory(ani=NUMBER)

    erased(organization, admin)

    other.refresh_from_db()
    leg.refresh_from_db()
    stranger.refresh_from_db()
    assert (other.ani, other.attributes) == (OTHERS, {"account": "B-1"})
    assert leg.code_notes == "Asked about erased as well"
    assert stranger.ani == NUMBER


# Asking, counting, and the word that is needed


def test_first_it_is_only_found_and_counted(organization, admin):
    known_everywhere(organization, admin)

    erasure = found(organization, admin)

    assert (erasure.state, erasure.conversations) == (Erasure.State.READY, 1)
    assert erasure.found["wrapups_conversation"] == 1
    assert erasure.found["wrapups_inboundevent"] == 1
    assert Conversation.everywhere.get().ani == f"tel:{NUMBER}"


def test_a_rule_that_asks_for_the_customer_is_counted_and_left_to_people(organization, admin):
    ConversationFactory(organization=organization, ani=NUMBER)
    conditions = {"all": [{"fact": "ani", "operator": "equals", "value": NUMBER}]}
    rule = MappingRuleFactory(organization=organization, conditions=conditions)

    erasure = erased(organization, admin)

    rule.refresh_from_db()
    assert erasure.found["wrapups_mappingrule"] == 1
    assert rule.conditions == conditions


def test_the_number_of_conversations_has_to_be_said(organization, admin):
    known_everywhere(organization, admin)
    erasure = found(organization, admin)

    with pytest.raises(erasing.CannotErase, match="1 conversations were found"):
        erasing.confirm(erasure, conversations=2, actor=admin)

    worked(organization)
    assert Conversation.everywhere.get().ani == f"tel:{NUMBER}"


def test_one_that_is_given_up_leaves_nothing_that_identifies_anybody(organization, admin):
    erasure = found(organization, admin)

    erasing.cancel(erasure, actor=admin)

    erasure.refresh_from_db()
    assert (erasure.state, erasure.sealed, erasure.digests) == (Erasure.State.CANCELLED, "", [])
    with pytest.raises(erasing.CannotErase, match="cancelled"):
        erasing.confirm(erasure, conversations=0, actor=admin)


def test_a_reason_is_needed_and_does_not_repeat_whom_it_is_about(organization, admin):
    for reason, said in (("  ", "Say why"), (f"{WRITTEN} asked", "do not repeat")):
        with pytest.raises(erasing.CannotErase, match=said):
            erasing.ask(organization, identifiers=NUMBER, reason=reason, actor=admin)
    with pytest.raises(BadIdentifier):
        erasing.ask(organization, identifiers="110", reason="Request 12", actor=admin)
    assert not Erasure.everywhere.exists()


def test_one_customer_is_erased_at_a_time(organization, admin):
    found(organization, admin)

    with pytest.raises(erasing.CannotErase, match="Another customer"):
        erasing.ask(organization, identifiers=OTHERS, reason="Request 13", actor=admin)


def test_the_database_finds_the_number_in_every_form(organization, admin):
    forms = (
        "+49 (0)30 1234-4321",
        "+49\u00a030 12344321",
        "030 1234 4321",
        "?q=%20493012344321",
        "\\u00a0493012344321",
    )
    for form in forms:
        DispositionFactory(organization=organization, notes=f"call {form}")
    DispositionFactory(organization=organization, notes="call +43 (0)30 12344321")

    erased(organization, admin, NUMBER)

    left = [notes for notes in Disposition.everywhere.values_list("notes", flat=True) if ERASED not in notes]
    assert left == ["call +43 (0)30 12344321"]


def half_erased(organization: Organization, actor: Actor, settings: Settings) -> Erasure:
    """Let an erasure fail after its first table, for want of the key that opens whom it is about."""
    erasure = found(organization, actor)
    erasing.confirm(erasure, conversations=erasure.conversations, actor=actor)
    erasing_work.work(organization, for_s=0)
    keys, settings.FIELD_KEYS = settings.FIELD_KEYS, [Fernet.generate_key().decode()]
    worked(organization)
    settings.FIELD_KEYS = keys
    erasure.refresh_from_db()
    return erasure


def test_one_that_failed_half_way_lets_nothing_come_back_and_is_gone_on_with(organization, admin, settings: Settings):
    row = ConversationFactory(organization=organization, ani=NUMBER)
    DispositionFactory(organization=organization, conversation_id="another", notes=f"Call {WRITTEN}")

    erasure = half_erased(organization, admin, settings)
    sighting.keep(organization, sighting.recalled(organization, [seen(row.conversation_id, ani=NUMBER)]))

    row.refresh_from_db()
    assert (erasure.state, row.ani) == (Erasure.State.FAILED, ERASED)
    assert Disposition.everywhere.get().notes == f"Call {WRITTEN}"
    erasing.go_on(erasure, actor=admin)
    worked(organization)
    erasure.refresh_from_db()
    assert (erasure.state, erasure.sealed, Disposition.everywhere.get().notes) == (
        Erasure.State.DONE,
        "",
        "Call erased",
    )


def test_only_what_failed_half_way_is_gone_on_with_and_not_beside_another(organization, admin, settings: Settings):
    erasure = half_erased(organization, admin, settings)
    other = found(organization, admin, OTHERS)

    for each, said in ((other, "waiting for your word"), (erasure, "Another customer")):
        with pytest.raises(erasing.CannotErase, match=said):
            erasing.go_on(each, actor=admin)

    erasing.cancel(other, actor=admin)
    erasing.go_on(erasure, actor=admin)
    worked(organization)
    with pytest.raises(erasing.CannotErase, match="erased"):
        erasing.go_on(erasure, actor=admin)


# What stays on record


def test_it_is_on_record_who_had_whom_erased_and_why_without_saying_whom(organization, admin):
    known_everywhere(organization, admin)
    erased(organization, admin)

    act = Act.objects.get(verb="erase a customer")
    assert (act.person, act.reason) == (admin.person, "Request 12")
    changes = AuditEntry.objects.filter(act=act, table="wrapups_assignment")
    assert {value for each in changes for value in each.before.values()} == {ERASED}


def test_every_redaction_of_the_audit_leaves_an_entry_of_its_own(organization, admin):
    known_everywhere(organization, admin)
    erasure = erased(organization, admin)

    redactions = AuditEntry.objects.filter(operation="redact")
    assert redactions.count() > 3
    assert {each.table for each in redactions} == {"wrapups_auditentry", "wrapups_act"}
    assert all(each.after == {"erasure": erasure.pk} and each.act == erasure.act for each in redactions)


@pytest.mark.parametrize(
    "change",
    [
        {"before": {"notes": "something else"}},
        {"before": {"other": ERASED}},
        {"actor": "person:1"},
    ],
)
def test_nothing_but_marks_can_be_put_into_the_audit_even_while_a_customer_is_erased(change, organization, admin):
    row = AssignmentFactory(organization=organization, notes="one")
    Assignment.everywhere.filter(pk=row.pk).update(notes="two")
    entry = AuditEntry.objects.filter(table="wrapups_assignment", row=str(row.pk), operation="update").get()
    erasure = found(organization, admin)
    Erasure.everywhere.filter(pk=erasure.pk).update(state=Erasure.State.RUNNING)

    _as_erasure(erasure.pk)
    with pytest.raises(Error, match="append-only"):
        AuditEntry.objects.filter(pk=entry.pk).update(**change)


def test_without_a_running_erasure_the_audit_takes_no_marks_either(organization, admin):
    row = AssignmentFactory(organization=organization, notes="one")
    Assignment.everywhere.filter(pk=row.pk).update(notes="two")
    erasure = found(organization, admin)

    _as_erasure(erasure.pk)
    entries = AuditEntry.objects.filter(table="wrapups_assignment", operation="update")
    with pytest.raises(Error, match="append-only"):
        entries.update(before={"notes": ERASED})


def _as_erasure(pk: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('wrapups.erasure', %s, true)", [str(pk)])


# What is under way


def test_notes_that_are_still_to_be_written_are_dropped_not_marked(organization, admin):
    conversation = ConversationFactory(organization=organization, ani=NUMBER)
    leg = CommunicationFactory(organization=organization, conversation=conversation)
    row = AssignmentFactory(organization=organization, communication=leg, notes="Call Mara")

    erased(organization, admin)

    row.refresh_from_db()
    assert (row.status, row.notes) == (Status.PENDING, "")


def test_files_in_which_customers_are_shown_are_removed(organization, admin):
    known_everywhere(organization, admin)
    open_ = ask(organization, wish(with_customers=True, reason="Complaint"), actor=admin)
    masked = ask(organization, wish(), actor=admin)

    erased(organization, admin)

    states = {each.pk: (each.state, each.pieces.count()) for each in Export.everywhere.all()}
    assert states[open_.pk] == (Export.State.EXPIRED, 0)
    assert states[masked.pk] == (Export.State.DONE, 1)


# When the customer comes again


def seen(conversation_id: str, **more: Any) -> ConversationSeen:
    leg = CommunicationSeen(
        "p-1", "c-1", "voice", "agent", user_id="a-1", ended_at=app_now(), wrapup=Wrapup("code", "Mara again")
    )
    return ConversationSeen(conversation_id, app_now(), ended_at=app_now(), communications=(leg,), **more)


@pytest.mark.parametrize(
    "address",
    [{"ani": "sip:+493012344321@edge"}, {"dnis": f"tel:{NUMBER}"}, {"attributes": {"phone": f"is {WRITTEN}"}}],
)
def test_a_conversation_of_theirs_that_comes_later_comes_without_them(address, organization, admin):
    erased(organization, admin)

    known = sighting.recalled(organization, [seen("later", **address)])
    sighting.keep(organization, known)

    row = Conversation.everywhere.get(conversation_id="later")
    assert not any(NUMBER[-8:] in text for text in (row.ani, row.dnis, str(row.attributes)))
    assert Communication.everywhere.get(conversation=row).code_notes == ERASED


@pytest.mark.parametrize(("ani", "kept"), [(ERASED, ERASED), (OTHERS, "Mara again")])
def test_notes_that_are_read_back_one_by_one_are_not_kept_of_who_was_erased(ani, kept, organization):
    leg = CommunicationFactory(
        organization=organization, conversation=ConversationFactory(organization=organization, ani=ani)
    )

    assert forgetting.kept_notes(leg.pk, "Mara again") == kept


def test_what_was_erased_is_not_read_again(organization, admin):
    row = ConversationFactory(organization=organization, ani=OTHERS, attributes={"contact": "contact-000471"})
    erased(organization, admin, "contact-000471")

    known = sighting.recalled(organization, [seen(row.conversation_id, ani=OTHERS)])
    sighting.keep(organization, known)

    row.refresh_from_db()
    assert (row.ani, row.attributes) == (ERASED, {"contact": ERASED})


def test_what_an_outside_system_says_of_them_later_is_kept_without_them(organization, admin):
    erased(organization, admin)

    record_disposition(
        organization,
        source="crm",
        event_id="e-1",
        conversation_id="later",
        code="REF",
        said_at=app_now() - timedelta(minutes=1),
        notes=f"Mara ({EMAIL}) asks for {OTHERS}",
    )

    assert Disposition.everywhere.get().notes == f"Mara (erased) asks for {OTHERS}"
