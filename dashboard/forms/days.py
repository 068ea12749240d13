"""A stretch of days as people type it: `first_day` and `last_day`, both included."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms

EARLIEST = date(2000, 1, 1)


def require_days(form: forms.Form, cleaned: Mapping[str, Any], *, today: date, most: int, beyond: str) -> None:
    """Refuse days that cannot be, each at its field; `beyond` says what to do where they are more than `most`."""
    first, last = cleaned.get("first_day"), cleaned.get("last_day")
    if first and not EARLIEST <= first <= today:
        form.add_error("first_day", f"Choose a day from {EARLIEST:%d.%m.%Y} to today.")
    if last and last > today:
        form.add_error("last_day", "Choose today or an earlier day.")
    elif first and last and last < first:
        form.add_error("last_day", "Choose a day that is not before the first.")
    elif first and last and last - first >= timedelta(days=most):
        form.add_error("last_day", beyond)
