"""What an audit entry is about, as people call it, and the page where it is shown."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.urls import reverse

from wrapups.models import (
    AlertChannel,
    Assignment,
    Backfill,
    BulkAct,
    Communication,
    Conversation,
    EventSource,
    Export,
    FailureGroup,
    Handover,
    InboundEvent,
    MappingRule,
    Membership,
    Organization,
    Person,
    Probe,
    Queue,
    QueueWrapupCode,
    Release,
    Subscription,
    Upload,
    WhatIf,
    WrapupCode,
)
from wrapups.models.scoping import Owned

Key = tuple[type[models.Model], str]
"""A table and the key of a row in it, as the audit writes it."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A row by its name; `address` is empty where no page shows it."""

    name: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class _Shown:
    """How rows of one table are called, and found; `beside` is read with them."""

    name: Callable[[Any], str]
    page: Callable[[Any], str] = lambda _: ""
    beside: tuple[str, ...] = ()


def _page(name: str, column: str = "pk") -> Callable[[Any], str]:
    return lambda row: reverse(name, args=[getattr(row, column)])


def _story(conversation_id: int) -> str:
    return reverse("conversation-detail", args=[conversation_id])


def _part_of(assignment: Assignment) -> str:
    return f"#{assignment.pk} of conversation {assignment.communication.conversation.conversation_id}"


def _numbered(row: models.Model) -> str:
    return f"#{row.pk}"


PAGES_OF_ACTS: Mapping[str, str] = {BulkAct.Kind.PUT_BACK: "put-back", BulkAct.Kind.DECIDE_AGAIN: "decide-again"}

SHOWN: Mapping[type[models.Model], _Shown] = {
    Assignment: _Shown(
        _part_of, lambda row: _story(row.communication.conversation_id), ("communication__conversation",)
    ),
    Handover: _Shown(
        lambda row: _part_of(row.assignment),
        lambda row: _story(row.assignment.communication.conversation_id),
        ("assignment__communication__conversation",),
    ),
    Communication: _Shown(
        lambda row: f"a part of conversation {row.conversation.conversation_id}",
        lambda row: _story(row.conversation_id),
        ("conversation",),
    ),
    Conversation: _Shown(str, _page("conversation-detail")),
    InboundEvent: _Shown(lambda row: f"#{row.pk} from {row.sender}", _page("event-detail")),
    MappingRule: _Shown(str, _page("rule-use", "identity")),
    Release: _Shown(str, _page("release-detail", "number")),
    Queue: _Shown(str, _page("catalogue-queue")),
    WrapupCode: _Shown(str, _page("catalogue-code")),
    QueueWrapupCode: _Shown(str, _page("catalogue-queue", "queue_id"), ("queue", "wrapup_code")),
    FailureGroup: _Shown(_numbered, _page("failure-group")),
    BulkAct: _Shown(
        _numbered, lambda row: reverse(PAGES_OF_ACTS.get(row.kind, "bulk-act"), args=[row.pk])
    ),
    WhatIf: _Shown(_numbered, _page("what-if-detail")),
    Export: _Shown(_numbered, _page("export-detail")),
    Backfill: _Shown(_numbered, _page("backfill-detail")),
    Probe: _Shown(_numbered, _page("probe-detail")),
    Upload: _Shown(lambda row: row.filename, _page("upload-detail")),
    EventSource: _Shown(str, _page("source-detail")),
    Subscription: _Shown(str, _page("subscription-detail")),
    AlertChannel: _Shown(str, _page("alert-channel-detail")),
    Person: _Shown(lambda row: row.get_full_name() or row.username),
    Membership: _Shown(lambda row: row.person.get_full_name() or row.person.username, beside=("person",)),
}  # fmt: skip


def has_name(model: Any) -> bool:
    """Return whether rows of this table are called by more than their key."""
    return model in SHOWN or bool({field.name for field in model._meta.get_fields()} & {"name", "username", "number"})


def things_of(keys: Mapping[type[models.Model], Set[str]], organization: Organization) -> Mapping[Key, Thing]:
    """Return what these rows are, in one query a table; what is gone by now is left out."""
    things: dict[Key, Thing] = {}
    for model, wanted in keys.items():
        shown = SHOWN.get(model, _Shown(str))
        of_ours: Any = model.objects.of(organization) if issubclass(model, Owned) else model._default_manager.all()
        for row in of_ours.filter(pk__in=wanted).select_related(*shown.beside):
            things[model, str(row.pk)] = Thing(shown.name(row), shown.page(row))
    return things
