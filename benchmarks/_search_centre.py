"""The catalogue and the rules of a large contact centre, by a seed and in their order of volume. Needs Django."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from wrapups.models import (
    Agent,
    Division,
    MappingRule,
    Organization,
    Queue,
    QueueWrapupCode,
    Release,
    WrapupCode,
)

DIVISIONS, QUEUES, AGENTS, CODES, RULES, RELEASES = 20, 200, 2000, 300, 500, 3
RELEASE_EVERY = timedelta(days=120)
CODES_OF_A_QUEUE = 25
EVERYWHERE = 3
"""So many of the commonest codes are on each queue, in front; the rarest code is on the least queue alone."""
SOURCE = "crm"
TOPICS = ("Billing", "Orders", "Support", "Sales", "Returns", "Claims", "Accounts", "Delivery")
REGIONS = ("EU", "UK", "US", "Nordics", "Iberia")
OUTCOMES = ("Resolved", "Refund", "Callback promised", "Escalated", "Wrong number", "Complaint", "No answer")


@dataclass(frozen=True)
class Centre:
    """Commonest first; `rules` by release, the oldest first, and `offers` the places of each queue's codes."""

    organization: Organization
    divisions: Sequence[Division]
    queues: Sequence[Queue]
    agents: Sequence[Agent]
    codes: Sequence[WrapupCode]
    rules: Sequence[Sequence[MappingRule]]
    offers: Sequence[Sequence[int]]


def make_centre(seed: int, *, until: datetime) -> Centre:
    """Make the organization with everything but conversations; the last of its releases is in force at `until`."""
    chance = random.Random(seed)
    organization = Organization.objects.create(
        name="Large Contact Centre", slug=f"large-{seed}", api_url="https://api.mypurecloud.ie"
    )
    divisions = _made(Division, organization, chance, [f"Division {n:02}" for n in _from_1(DIVISIONS)])
    queues = _made(Queue, organization, chance, [_called(TOPICS, n, REGIONS) for n in _from_1(QUEUES)], divisions)
    agents = _made(Agent, organization, chance, [f"Agent {n:04}" for n in _from_1(AGENTS)], divisions)
    codes = _made(WrapupCode, organization, chance, [_called(OUTCOMES, n) for n in _from_1(CODES)])
    offers = [_offers(place, chance) for place in range(QUEUES)]
    QueueWrapupCode.everywhere.bulk_create(
        QueueWrapupCode(organization=organization, queue=queue, wrapup_code=codes[place])
        for queue, offered in zip(queues, offers, strict=True)
        for place in offered
    )
    identities = [_uuid(chance) for _ in range(RULES)]
    begins = [until - RELEASE_EVERY * back for back in range(RELEASES, 0, -1)]
    rules = [_published(organization, codes, identities, begin) for begin in begins]
    return Centre(organization, divisions, queues, agents, codes, rules, offers)


def disposition_of(place: int) -> str:
    """Return what the CRM says where the code at this place is meant."""
    return f"RES-{place + 1:03}"


def _from_1(count: int) -> range:
    return range(1, count + 1)


def _called(words: Sequence[str], n: int, more: Sequence[str] = ()) -> str:
    return " ".join([words[n % len(words)], *([more[n % len(more)]] if more else []), f"{n:03}"])


def _uuid(chance: random.Random) -> str:
    return str(UUID(int=chance.getrandbits(128), version=4))


def _made(
    model: Any, organization: Organization, chance: random.Random, names: Sequence[str], divisions: Sequence[Any] = ()
) -> list[Any]:
    entries = [model(organization=organization, genesys_id=_uuid(chance), name=name) for name in names]
    for place, entry in enumerate(entries):
        entry.division_id = divisions[place % len(divisions)].genesys_id if divisions else ""
    return list(model.everywhere.bulk_create(entries))


def _offers(queue: int, chance: random.Random) -> list[int]:
    others = chance.sample(range(EVERYWHERE, CODES - 1), CODES_OF_A_QUEUE - EVERYWHERE)
    rarest = [CODES - 1] if queue == QUEUES - 1 else []
    return [*range(EVERYWHERE), *others, *rarest]


def _published(
    organization: Organization, codes: Sequence[WrapupCode], identities: Sequence[str], at: datetime
) -> list[MappingRule]:
    number = Release.everywhere.of(organization).count() + 1
    release = Release.everywhere.create(organization=organization, number=number, created_at=at)
    rules = MappingRule.everywhere.bulk_create(
        MappingRule(
            organization=organization,
            release=release,
            line=place + 1,
            name=f"Rule {place + 1:03}",
            identity=identity,
            conditions=_asking(place),
            wrapup_code=codes[place % CODES],
        )
        for place, identity in enumerate(identities)
    )
    Release.everywhere.of(organization).filter(state=Release.State.PUBLISHED).update(state=Release.State.RETIRED)
    Release.everywhere.filter(pk=release.pk).update(state=Release.State.PUBLISHED, published_at=at)
    return list(rules)


def _asking(place: int) -> dict[str, object]:
    said = {"fact": f"disposition.{SOURCE}", "operator": "is", "value": disposition_of(place % CODES)}
    later = [{"fact": "duration_s", "operator": "more", "value": 30}] if place < CODES else []
    return {"all": [said, *later]}
