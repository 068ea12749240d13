"""A rule as it stands in the editor, unsaved and perhaps unfinished, as the domain knows rules."""

from dashboard.forms.condition_checking import usable
from dashboard.forms.rules import RuleForm
from wrapups.domain.rules import Rule

NO_CODE = ""
UNNAMED = "This rule"


def typed_rule(form: RuleForm, *, key: int) -> Rule:
    """Return what can be used of the form; without a code chosen it has the code "". Its line is for others to say."""
    offer = form.offers.get(form.chosen_code)
    return Rule(
        key=key,
        position=0,
        name=str(form["name"].value() or "").strip() or UNNAMED,
        code_id=offer.code.genesys_id if offer else NO_CODE,
        when=usable(form.tree),
        enabled=bool(form["enabled"].value()),
    )
