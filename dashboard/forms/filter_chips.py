"""A filter in words: each part of it as a chip."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.forms import Field
from django.utils import timezone

from dashboard.forms.filter_fields import WordField
from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.narrowing import NOTHING
from dashboard.query_bar.moments import Ago
from dashboard.templatetags.ids import shorten
from wrapups.models import MappingRule, Organization


@dataclass(frozen=True, slots=True)
class Chip:
    """One active part of a filter; `rest` is the filter without it."""

    label: str
    words: str
    rest: AssignmentFilter


@dataclass(frozen=True, slots=True)
class Named:
    """A filter that asks for something by its name, and the query that says so."""

    query: str
    asked: AssignmentFilter


def words_of(name: str, value: Any, field: Field, organization: Organization) -> str:
    """Return what a chip says of the value of this field."""
    if isinstance(field, WordField):
        return field.shown[value]
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    if isinstance(value, Ago):
        return value.words
    if name == "identity":
        return _rule_called(organization, value)
    return _WORDS[name](value) if name in _WORDS else str(value)


def _rule_called(organization: Organization, identity: UUID) -> str:
    """Return the name that the rule has in its newest release."""
    rules = MappingRule.objects.of(organization).filter(identity=identity).order_by("-release__number")
    return rules.values_list("name", flat=True).first() or "one that does not exist"


_WORDS: Mapping[str, Callable[[Any], str]] = {
    "queue": lambda name: "none" if name == NOTHING else name,
    "code": lambda name: "none" if name == NOTHING else name,
    "fingerprint": lambda fingerprint: f"{fingerprint[:8]}…",
    "ids": lambda ids: shorten(ids[0]) if len(ids) == 1 else f"{len(ids)} of them",
}
"""What a chip says where it is not the value itself."""
