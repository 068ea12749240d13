"""What is about customers, for whoever looks at the page."""

from collections.abc import Mapping
from typing import Any

from django import template

from dashboard.masks import mask_of

register = template.Library()


@register.simple_tag(takes_context=True)
def about_customer(context: Mapping[str, Any], text: str) -> str:
    """Return what somebody wrote about a customer as it may be shown."""
    return mask_of(context["request"]).text(text)
