"""Pausing a lane or a rule: what was chosen, and why."""

from django.http import QueryDict

from dashboard.queries.holds import Part

UNCHOSEN = "Choose what is paused."


def part_in(fields: QueryDict) -> Part:
    """Return the lane or rule that was chosen. Raises ValueError, with words for the person, where none was."""
    part = Part.read(fields.get("part", ""))
    if part is None:
        raise ValueError(UNCHOSEN)
    return part
