"""The acts that mend a failure: for each fix a button or a link, with what it needs filled in, and who may press it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from dashboard.queries.offers import offered
from wrapups.domain import drift
from wrapups.domain.advice_parts import Advice, Fix
from wrapups.domain.roles import Right
from wrapups.domain.status import WAITS_FOR_A_PERSON, Status
from wrapups.models import Assignment, CallBudget, Organization, WrapupCode


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that may be done: a link, a form that is sent by its button, or one that asks for a reason first."""

    fix: Fix
    word: str
    icon: str
    address: str
    right: Right
    is_link: bool = False
    asks_why: str = ""
    """What is said above the field for the reason; empty where none is asked for."""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class About:
    """The failure that the acts are for, and what they are filled in with."""

    assignment: Assignment
    organization: Organization
    queue: Any

    @cached_property
    def instead(self) -> WrapupCode | None:
        """The code most like the one that does not fit, of those that do; None where none is like it."""
        code = self.assignment.wrapup_code
        if code is None:
            return None
        offers = offered(self.organization, [self.queue.genesys_id] if self.queue else [])
        fit = {each.code.pk: each.code for each in offers if not each.why_not and each.code.pk != code.pk}
        found = drift.replacement(code.name, {pk: each.name for pk, each in fit.items()})
        return fit[found] if found is not None else None


def acts_of(advice: Advice, about: About) -> Sequence[Act]:
    """Return the acts for a failure, the likeliest first; what cannot be done about this one is left out."""
    acts = [BUILDERS[fix](about) for fix in advice.fixes]
    return [act for act in acts if act is not None]


def _retry(about: About) -> Act | None:
    address = reverse("assignment-retry", args=[about.assignment.pk])
    act = Act(Fix.RETRY, "Send it again", "rotate-cw", address, Right.RETRY)
    return act if about.assignment.status == Status.FAILED else None


def _look_again(about: About) -> Act | None:
    address = reverse("assignment-look-again", args=[about.assignment.pk])
    act = Act(Fix.LOOK_AGAIN, "Look again, then decide", "eye", address, Right.RETRY)
    return act if about.assignment.status == Status.FAILED else None


def _insist(about: About) -> Act | None:
    why = "The code that a person chose will be replaced by ours. What was there stays in the history."
    address = reverse("assignment-insist", args=[about.assignment.pk])
    act = Act(Fix.INSIST, "Put ours in its place", "gavel", address, Right.OVERWRITE, asks_why=why)
    return act if about.assignment.status == Status.CONFLICT else None


def _correct(about: About) -> Act | None:
    address = reverse("assignment-correct", args=[about.assignment.pk])
    act = Act(Fix.CORRECT, "Choose its code by hand", "pencil", address, Right.RETRY, is_link=True)
    return act if about.assignment.status in WAITS_FOR_A_PERSON else None


def _cancel(about: About) -> Act | None:
    why = "Nothing will be written for this part of the conversation. This cannot be undone."
    address = reverse("assignment-cancel", args=[about.assignment.pk])
    act = Act(Fix.CANCEL, "Write nothing", "circle-slash", address, Right.RETRY, asks_why=why)
    return act if about.assignment.status in WAITS_FOR_A_PERSON else None


def _choose_code(about: About) -> Act | None:
    rule = about.assignment.rule
    if rule is None:
        return None
    word = f"Choose {about.instead} in rule {rule}" if about.instead else f"Choose another code in rule {rule}"
    fields = {"code": str(about.instead.pk)} if about.instead else {}
    return _in_rule(about, Fix.CHOOSE_CODE, word, fields)


def _change_notes(about: About) -> Act | None:
    rule = about.assignment.rule
    return _in_rule(about, Fix.CHANGE_NOTES, f"Shorten the notes of rule {rule}", {}) if rule else None


def _in_rule(about: About, fix: Fix, word: str, fields: Mapping[str, str]) -> Act:
    address = reverse("failure-mend-rule", args=[about.assignment.pk])
    return Act(fix, word, "list-checks", address, Right.CHANGE_RULES, fields=fields)


def _add_code(about: About) -> Act | None:
    queue, code = about.queue, about.assignment.wrapup_code
    if queue is None or code is None or queue.gone_at or code.gone_at or queue.offered:
        return None
    address = f"{reverse('added-code-add')}?{urlencode({'queue': queue.pk, 'code': code.pk})}"
    word = f"Add {code} to {queue}"
    return Act(Fix.ADD_CODE, word, "plus", address, Right.CHANGE_SETTINGS, is_link=True)


def _probe(about: About) -> Act:
    conversation_id = about.assignment.communication.conversation.conversation_id
    address = f"{reverse('probe-add')}?{urlencode({'conversation': conversation_id})}"
    return Act(Fix.PROBE, "Probe this conversation", "flask-conical", address, Right.CHANGE_SETTINGS, is_link=True)


def _resume(about: About) -> Act | None:
    act = Act(Fix.RESUME, "Let calls go on", "play", reverse("resume"), Right.PAUSE)
    budget = CallBudget.objects.filter(organization=about.organization, refused_at__isnull=False)
    return act if budget.exists() else None


def _new_rule(about: About) -> Act:
    address = f"{reverse('rule-try')}?{urlencode({'leg': about.assignment.communication_id})}"
    return Act(Fix.NEW_RULE, "Try the rules on it", "list-checks", address, Right.VIEW, is_link=True)


def _page(fix: Fix, word: str, icon: str, url_name: str, right: Right) -> Callable[[About], Act]:
    return lambda about: Act(fix, word, icon, reverse(url_name), right, is_link=True)  # noqa: ARG005


def _read_catalogue(about: About) -> Act:  # noqa: ARG001 (there is one catalogue)
    word = "Read the catalogue now"
    return Act(Fix.READ_CATALOGUE, word, "refresh-cw", reverse("catalogue-read"), Right.RETRY)


BUILDERS: Mapping[Fix, Callable[[About], Act | None]] = {
    Fix.RETRY: _retry,
    Fix.LOOK_AGAIN: _look_again,
    Fix.INSIST: _insist,
    Fix.CORRECT: _correct,
    Fix.CANCEL: _cancel,
    Fix.CHOOSE_CODE: _choose_code,
    Fix.CHANGE_NOTES: _change_notes,
    Fix.ADD_CODE: _add_code,
    Fix.READ_CATALOGUE: _read_catalogue,
    Fix.PROBE: _probe,
    Fix.RESUME: _resume,
    Fix.NEW_RULE: _new_rule,
    Fix.CHECK_CLIENT: _page(Fix.CHECK_CLIENT, "See what our client may do", "shield-check", "organization", Right.VIEW),
    Fix.CHANGE_CLIENT: _page(
        Fix.CHANGE_CLIENT, "Give its present secret", "key-round", "organization-client", Right.CHANGE_SETTINGS
    ),
    Fix.POLICIES: _page(Fix.POLICIES, "See the policies", "settings", "organization-policies", Right.VIEW),
    Fix.BACKFILL: _page(Fix.BACKFILL, "Decide the past", "history", "backfill-add", Right.BACKFILL),
}
"""Every fix has one."""
