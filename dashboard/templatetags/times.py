"""Times as people read them: relative, with the exact time and zone behind; durations in words."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html

register = template.Library()

MINUTE, HOUR, DAY, MONTH = 60, 3600, 86_400, 30 * 86_400


@register.filter
def ago(moment: datetime | None) -> str:
    """Return a `<time>` that says how long ago, or in how long; the page's script keeps it true."""
    if moment is None:
        return "–"
    return format_html(
        '<time class="when" datetime="{}" title="{}" data-ago>{}</time>',
        moment.isoformat(),
        _exact(moment),
        _relative((timezone.now() - moment).total_seconds(), moment),
    )


@register.filter
def exact(moment: datetime | None) -> str:
    """Return a `<time>` with date, time to the second and zone."""
    if moment is None:
        return "–"
    shown = _exact(moment)
    return format_html('<time class="when" datetime="{}" title="{}">{}</time>', moment.isoformat(), shown, shown)


@register.filter
def duration(seconds: float | None) -> str:
    """Return seconds as at most two units: 45 s, 3 min 20 s, 2 h 5 min, 3 d."""
    if seconds is None:
        return "–"
    whole = int(seconds)
    for size, name, smaller, smaller_name in (
        (DAY, "d", HOUR, "h"),
        (HOUR, "h", MINUTE, "min"),
        (MINUTE, "min", 1, "s"),
    ):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {name} {rest} {smaller_name}" if rest else f"{whole // size} {name}"
    return f"{whole} s"


@register.filter
def milliseconds(value: int | None) -> str:
    """Return milliseconds as ms below a second, else as `duration` does."""
    if value is None:
        return "–"
    return f"{value} ms" if value < 1000 else duration(value / 1000)


def _exact(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{local:%Y-%m-%d %H:%M:%S} {timezone.get_current_timezone_name().replace('_', ' ')}"


def _relative(seconds: float, moment: datetime) -> str:
    distance = abs(seconds)
    if distance < 10:
        return "just now" if seconds >= 0 else "now"
    for size, name, below in ((1, "s", MINUTE), (MINUTE, "min", HOUR), (HOUR, "h", DAY), (DAY, "d", MONTH)):
        if distance < below:
            amount = f"{int(distance // size)} {name}"
            return f"{amount} ago" if seconds > 0 else f"in {amount}"
    return f"{timezone.localtime(moment):%Y-%m-%d}"
