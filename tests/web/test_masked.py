"""What is about customers is masked on every page for whoever may not see them: here it stands on all of them."""

from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import (
    AssignmentFactory,
    CommunicationFactory,
    ConversationFactory,
    DispositionFactory,
    InboundEventFactory,
    MappingRuleFactory,
    RuleCaseFactory,
    UploadFactory,
    put_in_force,
)
from wrapups.domain.roles import Role
from wrapups.models import Assignment, InboundEvent, Upload, UploadLine

NUMBER, NOTE = "+493012344321", "Zofia is angry"
FILE = {
    "mapping": {"conversation": 0, "disposition": 1, "notes": 2},
    "state": "done",
    "counted": {"lines": 1, "columns": 3, "good": 0, "refused": 0, "taken": 1, "repeated": 0, "known": 0},
}
PERSONAL = (NUMBER[-8:], "Zofia", "A-77")


@pytest.fixture
def site(organization) -> dict[str, list[object]]:
    """A customer on every page that shows any: the address of each, by name."""
    conversation = ConversationFactory(organization=organization, ani=f"tel:{NUMBER}", attributes={"account": "A-77"})
    leg = CommunicationFactory(organization=organization, conversation=conversation, code_notes=NOTE)
    rule = MappingRuleFactory(
        organization=organization,
        conditions={"all": [{"fact": "ani", "operator": "contains", "value": "+4930"}]},
    )
    put_in_force(rule.release)
    facts = {"ani": f"tel:{NUMBER}", "attribute.account": "A-77", "media": "voice"}
    row = AssignmentFactory(
        organization=organization, communication=leg, rule=rule, release=rule.release, notes=NOTE, facts=facts
    )
    Assignment.everywhere.filter(pk=row.pk).update(notes=f"{NOTE} again")
    DispositionFactory(organization=organization, conversation_id=conversation.conversation_id, notes=NOTE)
    event = InboundEventFactory(organization=organization, conversation_id=conversation.conversation_id)
    InboundEvent.everywhere.filter(pk=event.pk).update(body=f'{{"from": "{NUMBER}", "notes": "{NOTE}"}}')
    upload = UploadFactory(organization=organization, **FILE)
    UploadLine.everywhere.create(
        organization=organization, upload=upload, number=2, cells=["c-1", "REF", NOTE, NUMBER], outcome="taken"
    )
    RuleCaseFactory(organization=organization, facts={"ani": NUMBER, "attribute.account": "A-77"})
    return {
        "conversation-detail": [conversation.pk],
        "conversation-list": [],
        "event-detail": [event.pk],
        "upload-detail": [upload.pk],
        "upload-result": [upload.pk],
        "case-list": [],
        "history-list": [],
        "history-changes": [],
        "rule-try": [],
    }


def page(client: Client, site: dict[str, list[object]], name: str) -> str:
    asked = f"?leg={Assignment.everywhere.get().communication_id}" if name == "rule-try" else ""
    address = reverse(name, args=site[name]) + asked
    response = client.post(address) if name == "upload-result" else client.get(address)
    return unescape(response.getvalue().decode())


PAGES = (
    *("conversation-detail", "conversation-list", "event-detail", "upload-detail", "upload-result", "case-list"),
    *("history-list", "history-changes", "rule-try"),
)


@pytest.mark.parametrize("name", PAGES)
def test_who_may_not_see_customers_sees_none(name, site, sign_in):
    client = sign_in(Role.OPS)
    Upload.everywhere.update(person=client.session["_auth_user_id"])

    shown = page(client, site, name)

    assert not [text for text in PERSONAL if text in shown]


@pytest.mark.parametrize(
    "name", ["conversation-detail", "event-detail", "upload-detail", "case-list", "history-changes"]
)
def test_who_may_sees_them(name, site, admin):
    shown = page(admin, site, name)

    assert [text for text in PERSONAL if text in shown]


def test_who_mends_sees_what_was_set_apart_as_it_came(organization, sign_in):
    event = InboundEventFactory(organization=organization, apart=True, body=f'{{"notes": "{NOTE}"}}')

    assert NOTE in unescape(sign_in(Role.OPS).get(reverse("event-detail", args=[event.pk])).content.decode())


def test_refused_lines_are_shown_to_who_mends_them(organization, sign_in):
    upload = UploadFactory(organization=organization, **FILE)
    UploadLine.everywhere.create(
        organization=organization, upload=upload, number=2, cells=["bad", "REF", NOTE], outcome="refused"
    )

    client = sign_in(Role.OPS)
    Upload.everywhere.update(person=client.session["_auth_user_id"])

    result = client.post(reverse("upload-result", args=[upload.pk]))

    assert NOTE in result.getvalue().decode()


def test_who_may_not_see_notes_cannot_search_them_either(site, sign_in):
    client, address = sign_in(Role.OPS), reverse("conversation-list")
    found, nothing = (client.get(address, {"words": word}) for word in ("Zofia", "somebodyelse"))

    assert "Notes are masked for your role" in found.content.decode()
    assert len(found.context["listing"].rows) == len(nothing.context["listing"].rows) == 1


def test_who_may_see_notes_searches_them(site, admin):
    answer = admin.get(reverse("conversation-list"), {"words": "Zofia"})

    assert len(answer.context["listing"].rows) == 1
