"""What a rule is made of, and whether that can be used: asked before anything of it is kept."""

from collections.abc import Mapping, Sequence
from typing import Any

from wrapups.domain import conditions, notes, overrides
from wrapups.models import Membership

COLUMNS = (
    *("name", "conditions", "wrapup_code_id", "notes", "enabled", "policies", "valid_from", "valid_until"),
    *("identity", "owner_id", "tags", "remark"),
)
"""What makes a rule, beside its place in its release."""
MOST_NAME = 120
MOST_TAGS, MOST_TAG = 10, 40


class NotOurCode(ValueError):
    """A rule can only choose a wrap-up code of its own organization."""


class UnfitRule(ValueError):
    """A rule that cannot be as it is; `column` is the one to change, and the text says how."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


def require_usable(columns: Mapping[str, Any], *, organization_id: int) -> None:
    """Raise what is wrong with these columns of a rule: those that are there are looked at.

    InvalidCondition, InvalidOverride and BadNotes tell the place, UnfitRule the column; NotOurCode; TypeError for
    what is no column of a rule.
    """
    unknown = set(columns) - {"wrapup_code", "owner", *COLUMNS}
    if unknown:
        raise TypeError(f"A rule has no {', '.join(sorted(unknown))} to change.")
    code = columns.get("wrapup_code")
    if code is not None and code.organization_id != organization_id:
        raise NotOurCode(f"The wrap-up code {code.name} belongs to another organization; choose one of this one.")
    if "conditions" in columns:
        conditions.parse(columns["conditions"])
    notes.parse(columns.get("notes", ""))
    overrides.parse(columns.get("policies", {}))
    _require_dates(columns)
    _require_tags(columns.get("tags", ()))
    _require_colleague(columns, organization_id)


def cleaned_tags(text: str) -> list[str]:
    """Return the tags in a text with commas: trimmed, once each, in order."""
    return list(dict.fromkeys(tag for tag in (" ".join(each.split()) for each in text.split(",")) if tag))


def owners(organization_id: int) -> Sequence[Membership]:
    """Return the memberships of those who can own a rule, by name."""
    members = Membership.objects.filter(organization_id=organization_id, person__is_active=True)
    return list(
        members.select_related("person").order_by("person__last_name", "person__first_name", "person__username")
    )


def _require_dates(columns: Mapping[str, Any]) -> None:
    begins, ends = columns.get("valid_from"), columns.get("valid_until")
    if begins is not None and ends is not None and ends <= begins:
        raise UnfitRule("valid_until", "It ends before it begins; choose a later end, or none.")


def _require_tags(tags: Sequence[str]) -> None:
    if len(tags) > MOST_TAGS:
        raise UnfitRule("tags", f"A rule has at most {MOST_TAGS} tags; this one would have {len(tags)}.")
    wrong = next((tag for tag in tags if not tag.strip() or len(tag) > MOST_TAG or "," in tag), None)
    if wrong is not None:
        raise UnfitRule("tags", f"A tag is 1 to {MOST_TAG} characters without a comma; “{wrong}” is not.")


def _require_colleague(columns: Mapping[str, Any], organization_id: int) -> None:
    owner = columns.get("owner")
    pk = owner.pk if owner is not None else columns.get("owner_id")
    if pk is not None and not Membership.objects.filter(organization_id=organization_id, person_id=pk).exists():
        raise UnfitRule("owner", "Only somebody who belongs to this organization can own a rule.")
