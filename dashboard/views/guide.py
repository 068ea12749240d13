"""How this works, in one page: the way of a wrap-up, the words, the statuses, and who may do what."""

from collections.abc import Mapping

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.queries.words import NEXT_WORDS
from dashboard.requests import Request
from dashboard.templatetags.badges import LOOKS
from wrapups.domain.roles import RIGHTS, Right, Role

WORDS: Mapping[str, str] = {
    "Part": "What one agent had of a conversation, on one medium: it is what carries a wrap-up code in Genesys Cloud.",
    "Disposition": "What another system says of a conversation's outcome, such as RES-017 from the CRM.",
    "Rule": "Conditions and the wrap-up code they choose. Rules are asked from the top; the first that holds decides.",
    "Release": "Rules published together, with a reason. They never change; one is in force, the next is a draft.",
    "Assignment": "That a part is to get a code, or none: with the rule and values that decided, and what was tried.",
    "After-call work": "While an agent may still choose a code, nothing is written. A time-out counts as no code.",
    "Lane": "Fresh work goes first; what is sent again, back-fills and acts on many get the calls that it leaves.",
    "Drift": "A code that rules choose was deleted or renamed in Genesys Cloud, or taken off a queue.",
}
"""What pages call things, in the order in which somebody meets them."""

RIGHT_WORDS: Mapping[Right, str] = {
    Right.VIEW: "see conversations, failures, rules, reports and the catalogue",
    Right.VIEW_HISTORY: "see who did what",
    Right.SEE_CUSTOMERS: "see customers' numbers and notes",
    Right.EXPORT: "take lists away as files",
    Right.CHANGE_RULES: "change the draft of the rules",
    Right.APPROVE: "agree to a release that somebody else proposed",
    Right.PUBLISH: "put a release in force, or back",
    Right.RETRY: "send failures again, cancel them, hand them to somebody",
    Right.OVERWRITE: "correct a code, and put ours over one that a person chose",
    Right.SUBMIT: "hand in dispositions as files, and mend events that could not be read",
    Right.BACKFILL: "apply the rules to the past",
    Right.PAUSE: "pause and resume calls, lanes and rules",
    Right.CHANGE_SETTINGS: "change policies, people, connections, alerts",
}


@require_safe
def guide(request: Request) -> HttpResponse:
    """Show the page. It asks nothing of the database but what every page does."""
    own = request.membership.role if request.membership else ""
    context = {
        "words": WORDS.items(),
        "statuses": [(status, look.means, NEXT_WORDS.get(status)) for status, look in LOOKS.items()],
        "roles": [(role.value, role == own) for role in Role],
        "rights": [(words, [right in RIGHTS[role] for role in Role]) for right, words in RIGHT_WORDS.items()],
    }
    return render(request, "help/guide.html", context)
