"""What is odd about a name, in words."""

from django import template

from wrapups.domain import lookalikes

register = template.Library()


@register.filter
def oddity(name: str) -> str:
    """Return what is odd about a name; empty where nothing is."""
    return lookalikes.oddity(name)
