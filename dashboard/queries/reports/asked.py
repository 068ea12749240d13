"""What of a report is asked for: one object that its pages, links, files and e-mails are made from."""

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from dashboard.queries.assignments import AssignmentFilter

LAST_DAYS = (1, 7, 28, 92)
"""Of how many days, today among them, a report may be by one click."""
AROUND = (7, 14, 28)
"""How many days before and after a release may be compared."""
STEPS = ("hour", "day", "week")


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """What is asked of a report; empty, and None, mean "any".

    `days` are the last ones, today among them, unless `first` and `last` name them. `queue` and `division` are names,
    `rule` is an identity, `status` narrows to what became of it. `release` is compared with what was `around` days
    before it. `page` is of the table by queue or rule.
    """

    days: int = 28
    first: date | None = None
    last: date | None = None
    step: str = ""
    queue: str = ""
    division: str = ""
    rule: str = ""
    status: str = ""
    release: int | None = None
    around: int = 7
    page: int = 1

    def but(self, **changes: Any) -> "ReportFilter":
        """Return this filter with some of it changed."""
        return replace(self, **changes)

    def parameters(self) -> dict[str, str]:
        """Return what stands in the address for it."""
        asked = {field.name: (getattr(self, field.name), field.default) for field in fields(self)}
        if self.first and self.last:
            del asked["days"]
        return {name: str(value) for name, (value, usual) in asked.items() if value and value != usual}

    def query_string(self, **changes: Any) -> str:
        """Return the address's part from "?" on, with something of it changed."""
        return "?" + urlencode(self.but(**changes).parameters())

    @property
    def narrows(self) -> bool:
        """Whether anything is left out but other days."""
        return bool(self.queue or self.division or self.rule or self.status)

    def conversations(self) -> AssignmentFilter:
        """Return what lists the same, whenever it ended."""
        return AssignmentFilter(queue=self.queue, division=self.division, identity=self.rule, status=self.status)
