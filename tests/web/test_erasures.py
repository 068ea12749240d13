"""Erasing a customer, for admins: asking, what was found, the number that has to be typed, and what it cannot do."""

from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import ConversationFactory, ErasureFactory, OrganizationFactory
from wrapups.domain.roles import Role
from wrapups.models import Conversation, Erasure
from wrapups.models.clock import app_now
from wrapups.services import erasing_work

NUMBER = "+493012344321"
ASKED = {"identifiers": NUMBER, "reason": "Request 12"}


def page(client: Client, name: str, *arguments: object) -> str:
    return unescape(client.get(reverse(name, args=arguments)).content.decode())


def posted(client: Client, name: str, *arguments: object, **fields: Any) -> str:
    return unescape(client.post(reverse(name, args=arguments), fields, follow=True).content.decode())


def worked(organization) -> None:
    while erasing_work.work(organization, for_s=60):
        pass


def test_a_customer_is_found_confirmed_and_erased(organization, admin):
    ConversationFactory(organization=organization, ani=f"tel:{NUMBER}")

    assert "Looking through every table" in posted(admin, "erasure-add", **ASKED)
    erasure = Erasure.everywhere.get()
    worked(organization)
    found = page(admin, "erasure-detail", erasure.pk)
    assert '<strong class="number">1</strong> conversation,' in found
    assert "Erasing" in posted(admin, "erasure-confirm", erasure.pk, conversations="1")
    worked(organization)

    done = page(admin, "erasure-detail", erasure.pk)
    assert "Found and erased" in done
    assert "data-poll" not in done
    assert Conversation.everywhere.get().ani == "erased"
    assert "•••• 4321" in page(admin, "erasure-list")


def test_the_customer_is_on_no_page_after_the_first(organization, admin):
    shown = posted(admin, "erasure-add", **ASKED)

    for text in (shown, page(admin, "erasure-list"), page(admin, "work-list"), page(admin, "history-list")):
        assert NUMBER[1:] not in text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"identifiers": ""}, "Say whom"),
        ({"identifiers": "110"}, "A number has 7 to 15 digits"),
        ({"reason": ""}, "Say why."),
        ({"reason": f"{NUMBER} asked"}, "do not repeat there whom it is about"),
    ],
)
def test_what_is_wrong_is_said_at_its_place_and_what_was_typed_stays(typed, said, organization, admin):
    fields = ASKED | typed

    shown = posted(admin, "erasure-add", **fields)

    assert said in shown
    assert all(value in shown for value in fields.values())
    assert not Erasure.everywhere.exists()


@pytest.mark.parametrize(
    ("typed", "said"), [("2", "3 conversations were found"), ("", "Type the number."), ("all", "in digits")]
)
def test_another_number_erases_nothing(typed, said, organization, admin):
    erasure = ErasureFactory(organization=organization, state=Erasure.State.READY, conversations=3)

    assert said in posted(admin, "erasure-confirm", erasure.pk, conversations=typed)

    erasure.refresh_from_db()
    assert erasure.state == Erasure.State.READY


def test_it_can_be_given_up_before_anything_is_erased(organization, admin):
    erasure = ErasureFactory(organization=organization, state=Erasure.State.READY)

    assert "Nothing was erased" in posted(admin, "erasure-cancel", erasure.pk)
    assert "This customer is cancelled." in posted(admin, "erasure-cancel", erasure.pk)


def test_one_that_failed_half_way_can_be_gone_on_with(organization, admin):
    posted(admin, "erasure-add", **ASKED)
    erasure = Erasure.everywhere.get()
    Erasure.everywhere.update(state=Erasure.State.FAILED, problem="It failed.", confirmed_at=app_now())

    assert "Go on erasing" in page(admin, "erasure-detail", erasure.pk)
    assert "Erasing" in posted(admin, "erasure-go-on", erasure.pk)
    assert "This customer is being erased." in posted(admin, "erasure-go-on", erasure.pk)


def test_the_page_says_what_it_cannot_do(organization, admin):
    shown = page(admin, "erasure-add")

    for word in ("Genesys Cloud", "Backups", "Comes again"):
        assert f"<dt>{word}</dt>" in shown


def test_only_admins_are_led_to_it(organization, sign_in, admin):
    assert "Customer data" in page(admin, "organization-retention")
    assert "Customer data" not in page(sign_in(Role.OPS), "organization-retention")


def test_another_organizations_is_not_there(admin):
    erasure = ErasureFactory(organization=OrganizationFactory())

    assert admin.get(reverse("erasure-detail", args=[erasure.pk])).status_code == 404


def test_the_list_costs_the_same_however_long_it_is(organization, admin, django_assert_max_num_queries):
    for _ in range(60):
        ErasureFactory(organization=organization, state=Erasure.State.DONE)

    with django_assert_max_num_queries(15):
        shown = page(admin, "erasure-list")

    assert shown.count('class="row-link"') == 50
