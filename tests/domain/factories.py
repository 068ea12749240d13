"""Valid domain objects with no arguments; a test names only what it is about."""

from datetime import UTC, datetime, timedelta

import factory

from wrapups.domain import conditions
from wrapups.domain.conversation import Acw, CommunicationSeen, ConversationSeen
from wrapups.domain.facts import DispositionSaid
from wrapups.domain.rules import Rule

ENDED_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class CommunicationSeenFactory(factory.Factory):
    class Meta:
        model = CommunicationSeen

    participant_id = factory.Sequence(lambda n: f"participant-{n}")
    communication_id = factory.Sequence(lambda n: f"communication-{n}")
    media_type = "voice"
    purpose = "agent"
    user_id = "agent-ann"
    queue_id = "queue-billing-eu"
    direction = "inbound"
    connected_at = factory.LazyAttribute(lambda leg: leg.ended_at and leg.ended_at - timedelta(seconds=90))
    ended_at = ENDED_AT
    acw = Acw.COMPLETE


class ConversationSeenFactory(factory.Factory):
    class Meta:
        model = ConversationSeen

    conversation_id = factory.Sequence(lambda n: f"conversation-{n}")
    read_at = ENDED_AT + timedelta(minutes=5)


class DispositionSaidFactory(factory.Factory):
    class Meta:
        model = DispositionSaid

    source = "crm"
    code = "REF-OK"
    notes = ""
    said_at = ENDED_AT


class RuleFactory(factory.Factory):
    """A rule that matches everything, unless `when` (in its stored form) says otherwise."""

    class Meta:
        model = Rule

    class Params:
        stored = factory.LazyAttribute(lambda rule: {"all": []})

    key = factory.Sequence(lambda n: n + 1)
    position = factory.SelfAttribute("key")
    name = factory.LazyAttribute(lambda rule: f"Rule {rule.key}")
    code_id = factory.LazyAttribute(lambda rule: f"code-{rule.key}")
    when = factory.LazyAttribute(lambda rule: conditions.parse(rule.stored))
