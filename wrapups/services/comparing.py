"""What one release changes against another."""

from collections.abc import Iterable

from wrapups.domain.comparing import Differences, Line, compare
from wrapups.models import MappingRule
from wrapups.services.usable_rules import COLUMNS

FIELDS = tuple(name for name in COLUMNS if name != "identity")


def line_of(rule: MappingRule) -> Line:
    """Return a rule as it is compared: by its identity, column by column."""
    return Line(rule.identity, {name: getattr(rule, name) for name in FIELDS})


def differences(before: Iterable[MappingRule], now: Iterable[MappingRule]) -> Differences:
    """Return what turns `before` into `now`, both in order of their lines."""
    return compare([line_of(rule) for rule in before], [line_of(rule) for rule in now])
