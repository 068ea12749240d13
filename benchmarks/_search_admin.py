"""The same questions to Django admin's change list, registered as one would for people who look things up."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin, SimpleListFilter
from django.http import HttpRequest
from django.test import RequestFactory

from benchmarks._search_profiles import CLOSED
from benchmarks._search_questions import COMMON, DEEP, MIDDLE, Search, Subject
from dashboard.queries.keyset import PAGE_SIZE
from wrapups.models import Assignment, Person, Queue


class QueueFilter(SimpleListFilter):
    """By queue: one choice a queue, so that no list of all values is asked of the table."""

    title, parameter_name = "queue", "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(Queue.everywhere.order_by("name").values_list("genesys_id", "name"))

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(queue_id=self.value()) if self.value() else queryset


class Assignments(ModelAdmin[Assignment]):
    """What a list of assignments shows of each, and what it can be narrowed by."""

    list_display = ("communication", "wrapup_code", "rule", "status", "reason", "ended_at")
    list_select_related = ("communication__conversation", "wrapup_code", "rule")
    list_filter = ("status", QueueFilter, "wrapup_code")
    search_fields = ("communication__conversation__conversation_id", "communication__communication_id", "notes")
    ordering = ("-ended_at",)
    list_per_page = PAGE_SIZE


def searches(subject: Subject) -> list[Search]:
    """Return the questions under the names that ours have; asking one makes the list with its counts and rows."""
    return [Search(name, _asking(asked)) for name, asked in _questions(subject).items()]


def _questions(subject: Subject) -> Mapping[str, Mapping[str, str | int]]:
    """Return what the address of the change list says; its pages are counted from 1."""
    pages = subject.rows.count() // PAGE_SIZE
    queue_ids = list(subject.entries(Queue).values_list("genesys_id", flat=True))
    return {
        "everything": {},
        "everything, page 100": {"p": min(MIDDLE, pages)},
        "everything, page 10,000": {"p": min(DEEP, pages)},
        "failed": {"status__exact": "failed"},
        "a common queue": {"queue": queue_ids[0]},
        "a queue that closed": {"queue": queue_ids[CLOSED]},
        "an id": {"q": subject.leg.communication_id},
        "a common word": {"q": COMMON},
    }


def _asking(asked: Mapping[str, str | int]) -> Callable[[], int]:
    admin = Assignments(Assignment, AdminSite())
    person = Person(username="admin", is_superuser=True)

    def ask() -> int:
        request = RequestFactory().get("/", asked)
        request.user = person
        shown = admin.get_changelist_instance(request)
        return len(list(shown.result_list))

    return ask
