"""A rule as it stands in the editor, unsaved and perhaps unfinished, as the domain knows rules."""

from django.http import QueryDict

from dashboard.forms.condition_checking import usable
from dashboard.forms.condition_reading import read
from dashboard.forms.rules import MOST_LINE, RuleForm
from dashboard.queries.keyset import key_in
from wrapups.domain import notes, overrides
from wrapups.domain.rules import Rule
from wrapups.models import Organization

NO_CODE = ""
UNNAMED = "This rule"


def typed_rule(fields: QueryDict, organization: Organization, *, key: int) -> Rule:
    """Return what can be used of the editor's fields; what is wrong is left out, and without a code it is "".

    The rule's line is for others to say: see `line_of`.
    """
    form = RuleForm(organization, read(fields, organization), fields)
    form.is_valid()
    sound, offer = form.cleaned_data, form.offers.get(form.chosen_code)
    return Rule(
        key=key,
        position=0,
        name=sound.get("name") or UNNAMED,
        code_id=offer.code.genesys_id if offer else NO_CODE,
        when=usable(form.tree),
        enabled=sound.get("enabled", True),
        valid_from=sound.get("valid_from"),
        valid_until=sound.get("valid_until"),
        notes=notes.as_written(sound.get("notes", "")),
        policies=overrides.parse(form.policies()),
    )


def line_of(fields: QueryDict) -> int | None:
    """Return the line, from 1, that a new rule shall have; None where none is asked for that it could have."""
    line = key_in(fields.get("line", "").strip())
    return line if line and line <= MOST_LINE else None
