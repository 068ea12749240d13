"""What a what-if found, added up by wrap-up code, rule and queue: from its rows, so that they agree with the lists."""

from typing import Any

from django.db.models import Count

from wrapups.models import WhatIf, WhatIfChange

MOST_LINES = 100
"""So many lines of each table are kept, those with most changes; what the others come to is kept as one number."""

TABLES = {
    "codes": ("kind", "before_code_id", "after_code_id"),
    "rules": ("kind", "before_rule", "after_rule"),
    "queues": ("queue_id",),
}
"""By name, the columns that make a line of a table."""


def totals_of(what_if: WhatIf) -> dict[str, Any]:
    """Return, as JSON, each table's lines: the values of its columns and then how many changes have them.

    `more` holds, by table, how many lines are left out and how many changes those are.
    """
    tables = {name: _lines(what_if, columns) for name, columns in TABLES.items()}
    more = {name: [len(lines), sum(line[-1] for line in lines)] for name, (_, lines) in tables.items() if lines}
    return {name: shown for name, (shown, _) in tables.items()} | {"more": more}


def _lines(what_if: WhatIf, columns: tuple[str, ...]) -> tuple[list[Any], list[Any]]:
    rows = WhatIfChange.everywhere.filter(what_if=what_if).order_by()
    grouped = rows.values_list(*columns).annotate(number=Count("pk")).order_by("-number", *columns)
    lines = [list(line) for line in grouped]
    return lines[:MOST_LINES], lines[MOST_LINES:]
