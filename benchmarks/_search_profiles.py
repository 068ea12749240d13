"""What the communications of a large contact centre are like, drawn by a seed.

Everything common is much more so than the rest (Zipf's law): queues, the agents of a queue, the codes of a queue, the
words of notes. A profile is drawn as a whole, so that what belongs together in a centre does so here.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import accumulate
from uuid import UUID

from benchmarks._search_centre import AGENTS, CODES, QUEUES, RULES, SOURCE, Centre, disposition_of
from wrapups.domain.facts import Facts

ELSEWHERE = 0.05
"""How much of a queue is done by agents of others."""
ALIKE = 10
"""Where the agents of a team stand on the curve: the first of them does not do ten times as much as the tenth."""
CLOSED = 11
"""The place, by volume, of the queue that closed some time ago."""
MEDIA = ("voice", "voice", "voice", "email", "message", "callback", "chat")
SOURCES = (SOURCE, SOURCE, SOURCE, "survey", "dialer")
SYLLABLES = ("ba", "cor", "den", "fi", "gral", "ho", "ji", "kel", "lum", "mo", "nar", "pe", "quo", "ris", "tan", "vu")
COMMON_WORDS = ("customer", "called", "about", "order", "refund", "invoice", "again", "address", "waiting", "parcel")
WORDS = 2000


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of communication; `rule_ids` by release, `other_code` what its agent might have chosen instead."""

    queue_id: str
    division_id: str
    agent_id: str
    media_type: str
    direction: str
    code: int
    code_id: str
    other_code: str
    rule_ids: list[int]
    rule_identity: UUID
    source: str
    disposition: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Drawn:
    """Profiles by their place; from `open` on they are of the queue that closed."""

    profiles: Sequence[Profile]
    open: int


def draw(centre: Centre, seed: int, count: int) -> Drawn:
    """Draw so many profiles."""
    chance = random.Random(seed)
    teams = _teams(chance)
    queues = chance.choices(range(QUEUES), cum_weights=_zipf(QUEUES), k=count)
    queues.sort(key=lambda place: place == CLOSED)
    return Drawn([_profile(centre, chance, place, teams[place]) for place in queues], count - queues.count(CLOSED))


def notes(seed: int, count: int) -> list[str]:
    """Draw so many notes of 3 to 12 words."""
    chance = random.Random(seed)
    words, weights = vocabulary(), _zipf(WORDS)
    return [" ".join(chance.choices(words, cum_weights=weights, k=chance.randint(3, 12))) for _ in range(count)]


def vocabulary() -> list[str]:
    """Return the words of notes, the commonest first."""
    chance = random.Random(WORDS)
    words = dict.fromkeys(COMMON_WORDS)
    while len(words) < WORDS:
        words["".join(chance.choices(SYLLABLES, k=chance.randint(2, 4)))] = None
    return list(words)


def hours(rows: int, *, since: datetime, until: datetime) -> Iterator[tuple[datetime, int, int]]:
    """Spread rows over the hours between as a centre is busy in a week; each hour with its first and last number."""
    starts = [since + timedelta(hours=n) for n in range((until - since) // timedelta(hours=1))]
    ends = list(accumulate(map(_busy, starts)))
    first = 1
    for start, end in zip(starts, ends, strict=True):
        last = round(rows * end / ends[-1])
        if last >= first:
            yield start, first, last
        first = last + 1


def _busy(hour: datetime) -> float:
    by_day = 1.0 if hour.weekday() < 5 else 0.3
    return by_day * (1.0 if 8 <= hour.hour <= 18 else 0.4 if 6 <= hour.hour <= 21 else 0.05)


@cache
def _zipf(count: int, first: int = 1) -> Sequence[float]:
    return tuple(accumulate(1 / place for place in range(first, first + count)))


def _teams(chance: random.Random) -> Mapping[int, Sequence[int]]:
    """Return the agents of each queue: three at least, the others where there is more to do."""
    teams: dict[int, list[int]] = {place: [] for place in range(QUEUES)}
    homes = [*(place for place in range(QUEUES) for _ in range(3))]
    homes += chance.choices(range(QUEUES), cum_weights=_zipf(QUEUES), k=AGENTS - len(homes))
    for agent, home in enumerate(homes):
        teams[home].append(agent)
    return teams


def _profile(centre: Centre, chance: random.Random, place: int, team: Sequence[int]) -> Profile:
    offered, queue = centre.offers[place], centre.queues[place]
    code = chance.choices(offered, cum_weights=_zipf(len(offered)))[0]
    rule = chance.choice([rule for rule in (code, code + CODES) if rule < RULES])
    profile = Profile(
        queue_id=queue.genesys_id,
        division_id=queue.division_id,
        agent_id=centre.agents[_agent(chance, team)].genesys_id,
        media_type=MEDIA[place % len(MEDIA)] if chance.random() < 0.9 else chance.choice(MEDIA),
        direction="outbound" if chance.random() < 0.2 else "inbound",
        code=centre.codes[code].pk,
        code_id=centre.codes[code].genesys_id,
        other_code=centre.codes[chance.choice(offered)].genesys_id,
        rule_ids=[release[rule].pk for release in centre.rules],
        rule_identity=centre.rules[0][rule].identity,
        source=chance.choice(SOURCES),
        disposition=disposition_of(code),
        facts={},
    )
    return replace(profile, facts=_facts(profile))


def _agent(chance: random.Random, team: Sequence[int]) -> int:
    if chance.random() < ELSEWHERE:
        return chance.randrange(AGENTS)
    return chance.choices(team, cum_weights=_zipf(len(team), ALIKE))[0]


def _facts(profile: Profile) -> Facts:
    """Return what a decision keeps, without what differs from call to call."""
    return {
        "queue": profile.queue_id,
        "division": [profile.division_id],
        "media": profile.media_type,
        "direction": profile.direction,
        "originating_direction": profile.direction,
        "agent": profile.agent_id,
        "disconnect_type": "peer",
        "others": ["acd", "customer", "ivr"],
        "dnis": "tel:+441134960123",
        "flow_outcome": [],
        "campaign": False,
        "disposition": [profile.disposition],
        f"disposition.{profile.source}": profile.disposition,
    }
