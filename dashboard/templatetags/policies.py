"""A rule's own policies in words."""

from collections.abc import Mapping

from django import template

from dashboard.forms.rule_policies import said

register = template.Library()


@register.filter
def in_words(policies: Mapping[str, object]) -> str:
    """Return what a stored rule does otherwise than its organization: "replace a person's choice, grace time 0 s"."""
    return ", ".join(said(name, value) for name, value in policies.items())
