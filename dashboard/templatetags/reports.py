"""The tabs that lead from what is going on to the reports, and between these."""

from django import template

from dashboard.queries.reports.registry import KINDS

register = template.Library()


@register.inclusion_tag("reports/_tabs.html")
def report_tabs(current: str) -> dict[str, object]:
    """Show the tabs; `current` is "now", "control-room", "mails" or a report's name."""
    return {"current": current, "kinds": KINDS.values()}
