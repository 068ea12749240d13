"""What was found about one rule, out of what was found about all."""

from collections.abc import Sequence

from django import template

from dashboard.queries.checks import Checks, Mark
from wrapups.models import MappingRule

register = template.Library()


@register.filter
def marks_of(checks: Checks | str | None, rule: MappingRule) -> Sequence[Mark]:
    """Return what is said beside a rule; nothing on pages that do not check rules."""
    return checks.marks.get(rule.pk, ()) if isinstance(checks, Checks) else ()
