"""What a wrap-up code means to outbound campaigns, in words."""

from collections.abc import Mapping, Sequence

from django import template

register = template.Library()

WORDS: Mapping[str, str] = {
    "Contact_UnCallable": "contact uncallable",
    "Number_UnCallable": "number uncallable",
    "Right_Party_Contact": "right party contact",
}
"""By Genesys' flag; one that newer versions add is shown as it is spelled, in words."""


@register.filter
def dialler_words(flags: Sequence[str]) -> str:
    """Return a code's flags in words; empty where it has none."""
    return ", ".join(WORDS.get(flag, flag.replace("_", " ").lower()) for flag in flags)
