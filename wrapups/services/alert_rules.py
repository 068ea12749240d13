"""From which figures on each condition is told, and whether in quiet hours, too: as a person set it, or by default."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from zoneinfo import ZoneInfo

from wrapups.domain.alerting import MEANINGS, Condition, wrong_with
from wrapups.domain.hours import WorkingHours
from wrapups.models import AlertRule, Organization
from wrapups.services.auditing import Actor, acting
from wrapups.services.refused import Refused

LOOKS_TAKE_MIN = 2
"""A silence is seen by a look, once a minute, which must come before working hours end."""


class CannotSet(Refused):
    """A rule cannot be set so; the text is for the person. `field` is what to mend."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How a condition is told. Working hours count for the silence of event sources alone."""

    enabled: bool
    urgent: bool
    threshold: int | None
    work_from: time = time(8)
    work_until: time = time(18)
    work_days: Sequence[int] = (0, 1, 2, 3, 4)


def rules_of(organization: Organization) -> dict[Condition, AlertRule]:
    """Return the rule of every condition, in their order; what nobody has set is as `MEANINGS` has it. One query."""
    there = {rule.condition: rule for rule in AlertRule.everywhere.of(organization)}
    return {condition: there.get(condition) or _default(organization, condition) for condition in MEANINGS}


def change_rule(organization: Organization, condition: Condition, setting: Setting, *, actor: Actor) -> None:
    """Tell a condition so from the next look on. Raises CannotSet."""
    if wrong := wrong_with(condition, setting.threshold):
        raise CannotSet(wrong, "threshold")
    if condition is Condition.NO_EVENTS:
        _require_that_it_can_stand(organization, setting)
    columns = {name: getattr(setting, name) for name in Setting.__slots__}
    with acting(actor, "change an alert", organization=organization):
        AlertRule.everywhere.update_or_create(
            organization=organization, condition=condition, defaults=columns | {"work_days": list(setting.work_days)}
        )


def _require_that_it_can_stand(organization: Organization, setting: Setting) -> None:
    """Refuse a silence that no shift is long enough for: it would be saved, and never told."""
    if not setting.work_days:
        raise CannotSet("Choose at least one day on which people work.", "work_days")
    zone = ZoneInfo(organization.time_zone)
    hours = WorkingHours(setting.work_from, setting.work_until, setting.work_days, zone)
    most = hours.longest_min - LOOKS_TAKE_MIN
    if (setting.threshold or 0) > most:
        raise CannotSet(
            f"Within these working hours at most {max(0, most):,} minutes of silence can be seen, so it would never be "
            "told. Choose fewer minutes or longer hours.",
            "threshold",
        )


def _default(organization: Organization, condition: Condition) -> AlertRule:
    meaning = MEANINGS[condition]
    threshold = meaning.threshold.default if meaning.threshold else None
    return AlertRule(organization=organization, condition=condition, urgent=meaning.urgent, threshold=threshold)
