"""Confirming that a code is put on a queue in Genesys Cloud, and watching it."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import AddedCodeFactory, AssignmentFactory, QueueFactory, QueueWrapupCodeFactory, WrapupCodeFactory
from wrapups.domain.roles import Role
from wrapups.domain.status import FailReason, Status
from wrapups.models import AddedCode, Organization, Queue, WrapupCode

HTMX = {"HX-Request": "true"}


@pytest.fixture
def queue(organization: Organization) -> Queue:
    """A queue that lacks a code."""
    row: Queue = QueueFactory(organization=organization, name="Billing EU")
    return row


@pytest.fixture
def code(organization: Organization) -> WrapupCode:
    """The code it lacks."""
    row: WrapupCode = WrapupCodeFactory(organization=organization, name="Refund granted")
    return row


def address(queue: Queue, code: WrapupCode) -> str:
    """Return where it is confirmed."""
    return f"{reverse('added-code-add')}?queue={queue.pk}&code={code.pk}"


def test_it_is_said_what_it_means_before_anything_is_asked_for(admin: Client, queue: Queue, code: WrapupCode) -> None:
    page = admin.get(address(queue, code)).content.decode()

    assert "Every agent of Billing EU will be offered Refund granted from then on" in page
    assert "routing:queue:edit" in page
    assert not AddedCode.everywhere.exists()


def test_confirmed_with_a_reason_it_is_asked_for(admin: Client, queue: Queue, code: WrapupCode) -> None:
    answer = admin.post(address(queue, code), {"reason": "A new outcome"})

    added = AddedCode.everywhere.get()
    assert answer["Location"] == reverse("added-code", args=[added.pk])
    assert (added.queue, added.wrapup_code, added.reason) == (queue, code, "A new outcome")


def test_without_a_reason_the_form_says_so_at_the_field(admin: Client, queue: Queue, code: WrapupCode) -> None:
    page = admin.post(address(queue, code), {"reason": "  "}).content.decode()

    assert 'id="added-problem" role="alert">Say why' in page
    assert not AddedCode.everywhere.exists()


def test_what_is_there_already_cannot_be_asked_for(
    admin: Client, organization: Organization, queue: Queue, code: WrapupCode
) -> None:
    QueueWrapupCodeFactory(organization=organization, queue=queue, wrapup_code=code)

    page = admin.get(address(queue, code)).content.decode()

    assert "is on the queue Billing EU already" in page
    assert 'name="reason"' not in page


@pytest.mark.parametrize(
    ("traits", "said", "polls"),
    [
        ({}, "It goes on by itself", True),
        ({"state": "done"}, "See what failed for it", False),
        ({"state": "failed", "problem": "The OAuth client may not."}, "The OAuth client may not.", False),
    ],
    ids=["goes on", "done", "failed"],
)
def test_its_page_says_how_far_it_is_and_what_comes_next(
    traits: dict[str, str], said: str, polls: bool, admin: Client, queue: Queue, code: WrapupCode
) -> None:
    organization = queue.organization
    added = AddedCodeFactory(organization=organization, queue=queue, wrapup_code=code, **traits)
    AssignmentFactory(
        organization=organization,
        communication__queue_id=queue.genesys_id,
        wrapup_code=code,
        status=Status.FAILED,
        reason=FailReason.CODE_NOT_ON_QUEUE,
    )

    page = admin.get(reverse("added-code", args=[added.pk]), headers=HTMX).content.decode()

    assert said in page
    assert ("hx-get" in page) is polls


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.OPS])
def test_only_who_may_change_settings_may_change_a_queue(
    role: Role, sign_in: Callable[..., Client], queue: Queue, code: WrapupCode
) -> None:
    assert sign_in(role).post(address(queue, code), {"reason": "Because"}).status_code == 403


def test_what_belongs_to_another_organization_is_not_there(admin: Client, queue: Queue, code: WrapupCode) -> None:
    assert admin.get(address(QueueFactory(), code)).status_code == 404
    assert admin.get(address(queue, WrapupCodeFactory())).status_code == 404
    assert admin.get(f"{reverse('added-code-add')}?queue=x").status_code == 404
    assert admin.get(reverse("added-code", args=[AddedCodeFactory().pk])).status_code == 404
