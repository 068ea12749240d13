"""Asking what Copilot predicts, in the back lane, and only where it can matter.

A call is spent where the organization allows it, a rule of a release in force asks for the prediction, and no rule has
decided the communication without it: one call a conversation, once. So rules that need none decide first, wherever
they stand, and what they decide never waits. Nor does anything wait where asking fails: how it goes says nothing of the
other calls, so the breaker is not told.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Protocol

from django.db import transaction
from django.db.models import F, Q

from wrapups.domain.errors import CredentialsRefused, GenesysError, RateLimited, Refused, Unclear
from wrapups.domain.predictions import Prediction, asked_for
from wrapups.domain.status import SkipReason, Status
from wrapups.models import Assignment, Conversation, Organization, Sweep
from wrapups.models.clock import AppNow, Seconds, app_now
from wrapups.services.budgeting import learn
from wrapups.services.deciders import Deciders
from wrapups.services.deciding import decide_anew, one_at_a_time
from wrapups.services.discovering import OutOfCalls
from wrapups.services.rulebook import in_force
from wrapups.services.sharing import Allowance, TurnOver
from wrapups.services.sweeping import Turn, turn

WITHIN = timedelta(days=1)
"""What ended longer ago is not asked about."""
MOST = 100
MOST_TRIES = 3
"""A conversation that was refused, or answered unclearly, so often is not asked about any more."""
AGAIN_S = 1800
MOST_UNCLEAR = 2
"""After so many unclear answers a turn ends: it is not one conversation's trouble."""
EVERY_S, OFF_S, AFTER_TROUBLE_S = 15, 300, 60
FORBIDDEN = 403
NOT_ALLOWED = (
    "The OAuth client may not read Copilot's summaries. Grant it conversation:summary:view, "
    "or switch the asking off among the policies."
)


class Door(Protocol):
    """What this needs of the gateway."""

    def predictions(self, conversation_id: str) -> tuple[Prediction, ...]: ...


def predict(organization: Organization, *, gateway: Door) -> int:
    """Ask about what no rule has decided, newest first, and decide it again; return how many calls that took.

    Does nothing when it is not due, or nobody wants predictions. Raises nothing that Genesys can cause.
    """
    wanted = is_wanted(organization)
    with turn(organization.pk, Sweep.Kind.PREDICT, every_s=EVERY_S if wanted else OFF_S) as mine:
        if mine is None or not wanted:
            return 0
        return _ask(organization, gateway, mine)


def is_wanted(organization: Organization) -> bool:
    """Return whether the organization allows it and a rule in force asks for a prediction."""
    release = in_force(organization) if organization.asks_predictions else None
    return release is not None and asked_for(Deciders(release).asks)


def _ask(organization: Organization, gateway: Door, mine: Turn) -> int:
    allowance, unclear = Allowance(organization), 0
    try:
        for conversation in _unasked(organization):
            mine.go_on()
            allowance.take("asking what Copilot predicted")
            try:
                predictions = gateway.predictions(conversation.conversation_id)
            except (Refused, Unclear) as error:
                _put_off(conversation)
                mine.problem = str(error)[:500]
                unclear += isinstance(error, Unclear)
                if unclear >= MOST_UNCLEAR:
                    mine.again_after(OFF_S)
                    break
                continue
            _keep(organization, conversation, predictions)
    except TurnOver:
        mine.again_after(max(EVERY_S, allowance.rest_s))
    except OutOfCalls as error:
        mine.problem = str(error)[:500]
    except GenesysError as error:
        _end(organization, mine, error)
    return allowance.spent


def _end(organization: Organization, mine: Turn, error: GenesysError) -> None:
    """End the turn with what would meet every further call of it, too."""
    # That the client may not read summaries says nothing of what else it may: no other call is held for it.
    forbidden = error.http_status == FORBIDDEN
    if not forbidden and isinstance(error, CredentialsRefused | RateLimited):
        learn(organization.pk, error)
    mine.problem = NOT_ALLOWED if forbidden else str(error)[:500]
    mine.again_after(OFF_S if forbidden else AFTER_TROUBLE_S)


def _put_off(conversation: Conversation) -> None:
    """Let the others go first: this one is asked about again later, a few times."""
    rows = Conversation.everywhere.filter(pk=conversation.pk)
    rows.update(prediction_tries=F("prediction_tries") + 1, prediction_due_at=AppNow() + Seconds(AGAIN_S))


def _unasked(organization: Organization) -> Sequence[Any]:
    """Return conversations whose summary should be there by now, of which something matched no rule: one query."""
    now = app_now()
    due = Q(communication__conversation__prediction_due_at=None) | Q(
        communication__conversation__prediction_due_at__lte=now
    )
    rows = Assignment.everywhere.of(organization).filter(
        due,
        status=Status.SKIPPED,
        reason=SkipReason.NO_RULE,
        ended_at__gt=now - WITHIN,
        ended_at__lte=now - timedelta(seconds=organization.prediction_after_s),
        communication__conversation__predictions__isnull=True,
        communication__conversation__prediction_tries__lt=MOST_TRIES,
        communication__conversation__ended_at__isnull=False,
    )
    found = rows.order_by("-ended_at", "-pk").values_list("communication__conversation", flat=True)[:MOST]
    conversations = Conversation.everywhere.in_bulk(list(found))
    return [conversations[pk] for pk in dict.fromkeys(found)]


def _keep(organization: Organization, conversation: Conversation, predictions: Sequence[Prediction]) -> None:
    """Remember what was said, none included, and decide the conversation's communications by it."""
    ids = [conversation.conversation_id]
    with transaction.atomic():
        one_at_a_time(organization, ids)
        stored = [each.as_json() for each in predictions]
        Conversation.everywhere.filter(pk=conversation.pk).update(predictions=stored)
        if predictions:
            decide_anew(organization, ids)
