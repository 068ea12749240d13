"""Which pages are open to people who see the conversations of some divisions only.

They are about no conversation, or show what `Organization.sight` lets through. Every other page counts or tells of all
conversations, and a new one is closed to these people until it stands here.
"""

from wrapups.models.scoping import Sight

OPEN = frozenset({
    *("report", "report-file", "report-count", "report-mail-list", "report-mail-add", "report-mail-stop"),
    "report-mail-again",
    *("overview", "search", "work-list", "hold", "resume", "name-options"),
    *("control-room", "part-hold", "part-resume"),
    "help",
    *("conversation-list", "conversation-news", "conversation-detail"),
    *("assignment-row", "assignment-retry", "assignment-cancel", "assignment-insist", "assignment-correct"),
    "assignment-hand-over",
    *("query-suggestions", "choose-columns"),
    *("bulk-act-list", "bulk-act-add", "bulk-act", "bulk-act-rows", "bulk-act-confirm", "bulk-act-cancel"),
    *("export-list", "export-add", "export-detail", "export-file", "export-cancel"),
    *("view-list", "view-add", "view-default", "view-open", "view-change", "view-search", "view-remove"),
    *("failure-groups", "failure-group"),
    *("failure-list", "failure-detail", "known-failures", "assignment-look-again"),
    *("rule-list", "rule-checks", "rule-use", "rule-try", "mapping-table", "rule-export"),
    *("release-list", "release-detail", "release-compare"),
    *("catalogue-queues", "catalogue-queue", "catalogue-codes", "catalogue-code", "catalogue-agents"),
    *("catalogue-divisions", "catalogue-reading", "catalogue-drift"),
    *("organization", "organization-policies", "organization-retention", "member-list"),
})  # fmt: skip
"""By the name of their address."""


def is_open_to(sight: Sight, name: str) -> bool:
    """Return whether somebody who sees this much may open the page of that name, if their role may."""
    return not sight.is_limited or name in OPEN
