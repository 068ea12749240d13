"""Names that people give: one spelling each, and nothing in them that cannot be seen."""

import unicodedata

INVISIBLE = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
"""Unicode's categories of characters that would let one name pass for another."""


def proper_name(name: str) -> str:
    """Return the name in one form of spelling; raises ValueError, for the person, where something cannot be seen."""
    spelled = unicodedata.normalize("NFC", name)
    if any(unicodedata.category(character) in INVISIBLE for character in spelled):
        raise ValueError("Use letters, digits and signs that can be seen.")
    return spelled
