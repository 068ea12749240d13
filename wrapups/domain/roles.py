"""Who may do what: roles and rights, as one table that pages, API and tests read."""

from collections.abc import Mapping
from enum import StrEnum


class Right(StrEnum):
    VIEW = "view"  # conversations, assignments, failures, catalogue, overview
    VIEW_HISTORY = "view_history"  # who did what
    SEE_CUSTOMERS = "see_customers"  # customers' numbers, participant attributes and notes; without it they are masked
    EXPORT = "export"  # take lists away as files
    CHANGE_RULES = "change_rules"  # edit the draft
    APPROVE = "approve"  # agree to a release that somebody else proposed
    PUBLISH = "publish"  # put a release in force
    RETRY = "retry"  # send failed assignments again, cancel them; have the catalogue read, which says why they failed
    OVERWRITE = "overwrite"  # put our code in place of one that a person chose
    SUBMIT = "submit"  # hand in dispositions: upload files, mend and replay events that were set apart
    BACKFILL = "backfill"  # apply the rules to a stretch of the past
    PAUSE = "pause"  # hold or resume an organization's calls
    CHANGE_SETTINGS = "change_settings"  # organization, credentials, policies, people


class Role(StrEnum):
    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    OPS = "ops"


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.ADMIN: frozenset(Right),
    Role.SUPERVISOR: frozenset(
        {Right.VIEW, Right.VIEW_HISTORY, Right.SEE_CUSTOMERS, Right.EXPORT, Right.RETRY, Right.OVERWRITE}
    ),
    Role.OPS: frozenset({Right.VIEW, Right.VIEW_HISTORY, Right.RETRY, Right.SUBMIT, Right.PAUSE}),
}


def rights_of(role: str) -> frozenset[Right]:
    """Return what a role may do; an unknown role may do nothing."""
    return RIGHTS[Role(role)] if role in set(Role) else frozenset()
