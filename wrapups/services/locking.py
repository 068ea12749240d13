"""Locking assignments in one order, before a trigger does it in whatever order the rows happen to have."""

from typing import Any

from wrapups.models import Assignment


def lock_assignments(**about: Any) -> None:
    """Lock the assignments that a filter finds until the transaction ends: one query.

    What is said of conversations, and what is read of communications, is copied into their assignments by triggers, row
    by row. Whoever locks many, locks them by their keys; in another order two would wait for each other for ever.
    """
    rows = Assignment.everywhere.filter(**about).select_for_update(of=("self",)).order_by("pk")
    list(rows.values_list("pk", flat=True))
