"""How a group of failures is shown, and what it is called."""

from collections.abc import Mapping

from django import template

from dashboard.queries.failure_groups import GroupLine
from dashboard.templatetags.badges import Look
from wrapups.domain.status import Status
from wrapups.domain.vocabulary import MEDIA_TYPES
from wrapups.models import FailureGroup
from wrapups.models.assignments import REASONS

register = template.Library()

State = FailureGroup.State
LOOKS: Mapping[str, Look] = {
    State.OPEN: Look("bad", "circle-alert", "Nobody has said anything about it yet, or it has returned."),
    State.ACKNOWLEDGED: Look("warning", "user-check", "Somebody sees to it."),
    State.SNOOZED: Look("waiting", "alarm-clock", "Nobody has to see to it until then."),
    State.RESOLVED: Look("good", "circle-check", "Its cause is mended. It opens again by itself if it returns."),
    State.IGNORED: Look("quiet", "bell-off", "Nothing has to be done about it, for the reason given."),
}


@register.filter
def group_look(line: GroupLine) -> Look:
    """Return how the group's state is shown."""
    return LOOKS[line.state]


@register.filter
def group_name(group: FailureGroup) -> str:
    """Return what a group is called: why its assignments failed, and on which medium."""
    words = "another code is there" if group.status == Status.CONFLICT else REASONS.get(group.reason, group.reason)
    media = MEDIA_TYPES.get(group.media_type, group.media_type)
    return f"{words[:1].upper()}{words[1:]}" + (f" · {media}" if media else "")
