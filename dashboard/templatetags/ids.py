"""Genesys ids: monospaced, shortened in the middle, whole in the title and on the clipboard."""

from django import template

register = template.Library()

LONGEST_WHOLE = 13


@register.inclusion_tag("shared/_id.html")
def genesys_id(value: str, *, href: str = "", whole: bool = False) -> dict[str, object]:
    """Show an id with a copy button; `href` makes it a link."""
    return {"value": value, "shown": value if whole else shorten(value), "href": href}


@register.filter
def shorten(value: str) -> str:
    """Return the first eight and last four characters of a long id."""
    return value if len(value) <= LONGEST_WHOLE else f"{value[:8]}…{value[-4:]}"
