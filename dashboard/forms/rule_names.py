"""What a rule is called that nobody has named."""

from dashboard.forms.condition_tree import TypedGroup, rows
from wrapups.domain.facts import DISPOSITION
from wrapups.services.usable_rules import MOST_NAME

MOST_SAID = 3


def named_after(tree: TypedGroup, code: str) -> str:
    """Return a name made of what outside systems shall have said, three dispositions at most, and the code's name."""
    facts = ("disposition", DISPOSITION)
    said = [value.strip() for row in rows(tree) if row.fact in facts for value in row.values if value.strip()]
    return " – ".join([part for part in (", ".join(said[:MOST_SAID]), code) if part])[:MOST_NAME].strip()
