"""One decision table in the words of three engines, and communications to decide, both by seed.

The shape is that of a contact centre's wrap-up rules: queues by media type by the CRM's disposition, some with a
duration or a caller's prefix, the specific ones first and a few broad ones last.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wrapups.domain.conditions import Group, parse
from wrapups.domain.facts import Facts
from wrapups.domain.rules import Rule

QUEUES = tuple(f"queue-{n:02}" for n in range(40))
MEDIA = ("voice", "email", "message", "callback", "chat")
DISPOSITIONS = tuple(f"res-{n:03}" for n in range(60))
PREFIXES = ("44", "353", "49", "1")
COMPARISONS = {"more": ">", "at_most": "<="}

PEER_NAMES = {
    "queue": "queue",
    "media": "media",
    "disposition.crm": "disposition",
    "duration_s": "duration_s",
    "ani": "ani",
}
"""Our facts as the peers know them: their field names have no dots."""


@dataclass(frozen=True, slots=True)
class Row:
    """One rule of the table; an empty cell does not matter."""

    code: str
    queues: tuple[str, ...] = ()
    media: str = ""
    dispositions: tuple[str, ...] = ()
    duration: tuple[str, int] | None = None
    prefix: str = ""


def rows(count: int, seed: int) -> list[Row]:
    """Return the table, its last twentieth broad."""
    chance = random.Random(seed)
    broad = count // 20
    return [_specific(chance, n) for n in range(count - broad)] + [
        _broad(chance, n) for n in range(count - broad, count)
    ]


def _specific(chance: random.Random, number: int) -> Row:
    return Row(
        code=f"code-{number}",
        queues=tuple(chance.sample(QUEUES, chance.choice((1, 1, 2, 3)))),
        media=chance.choice((*MEDIA[:3], *MEDIA, "")),
        dispositions=tuple(chance.sample(DISPOSITIONS, chance.choice((1, 1, 2, 4)))),
        duration=chance.choice((None, None, None, ("more", 30), ("at_most", 600))),
        prefix=chance.choice(("", "", "", "", *PREFIXES[:2])),
    )


def _broad(chance: random.Random, number: int) -> Row:
    queues = tuple(chance.sample(QUEUES, 1)) if chance.random() < 0.8 else ()
    return Row(code=f"code-{number}", queues=queues, media=chance.choice(MEDIA), duration=("more", 120))


def communications(count: int, seed: int) -> list[Facts]:
    """Return the facts of that many communications."""
    chance = random.Random(seed)
    return [
        {
            "queue": chance.choice(QUEUES),
            "media": chance.choice((*MEDIA[:3], *MEDIA)),
            "disposition.crm": chance.choice(DISPOSITIONS),
            "duration_s": chance.randrange(900),
            "ani": f"tel:+{chance.choice(PREFIXES)}{chance.randrange(10**8):08}",
        }
        for _ in range(count)
    ]


def for_peers(facts: Facts) -> Facts:
    """Return the facts under the names the peers use."""
    return {PEER_NAMES[name]: value for name, value in facts.items()}


def our_rules(table: Sequence[Row]) -> list[Rule]:
    """Return the table as mapping rules."""
    return [Rule(place, place, f"Rule {place}", row.code, _our_group(row)) for place, row in enumerate(table)]


def _our_group(row: Row) -> Group:
    return parse(
        {"all": [{"fact": fact, "operator": operator, "value": value} for fact, operator, value in _cells(row)]}
    )


def _cells(row: Row) -> Iterator[tuple[str, str, object]]:
    if row.queues:
        yield "queue", "one_of", list(row.queues)
    if row.media:
        yield "media", "is", row.media
    if row.dispositions:
        yield "disposition.crm", "one_of", list(row.dispositions)
    if row.duration:
        yield "duration_s", *row.duration
    if row.prefix:
        yield "ani", "matches", f"^tel:[+]{row.prefix}"


def zen_table(table: Sequence[Row]) -> dict[str, object]:
    """Return the table as a JSON Decision Model: one decision table, first hit wins."""
    content = {
        "hitPolicy": "first",
        "inputs": [{"id": name, "name": name, "field": name} for name in PEER_NAMES.values()],
        "outputs": [{"id": "code", "name": "code", "field": "code"}],
        "rules": [{"_id": row.code, "code": f'"{row.code}"'} | _zen_cells(row) for row in table],
    }
    kinds = {"input": "inputNode", "table": "decisionTableNode", "output": "outputNode"}
    nodes = [{"id": name, "name": name, "type": kind, "position": {"x": 0, "y": 0}} for name, kind in kinds.items()]
    nodes[1]["content"] = content
    edges = [
        {"id": f"{source}-{target}", "sourceId": source, "targetId": target, "type": "edge"}
        for source, target in (("input", "table"), ("table", "output"))
    ]
    return {"nodes": nodes, "edges": edges}


def _zen_cells(row: Row) -> dict[str, str]:
    return {
        "queue": _quoted(row.queues),
        "media": _quoted((row.media,) if row.media else ()),
        "disposition": _quoted(row.dispositions),
        "duration_s": f"{COMPARISONS[row.duration[0]]} {row.duration[1]}" if row.duration else "",
        "ani": f'matches($, "^tel:[+]{row.prefix}")' if row.prefix else "",
    }


def rule_engine_expression(row: Row) -> str:
    """Return one row as an expression of rule-engine."""
    clauses = [
        f"queue in [{_quoted(row.queues)}]" if row.queues else "",
        f'media == "{row.media}"' if row.media else "",
        f"disposition in [{_quoted(row.dispositions)}]" if row.dispositions else "",
        f"duration_s {COMPARISONS[row.duration[0]]} {row.duration[1]}" if row.duration else "",
        f'ani =~ "tel:[+]{row.prefix}.*"' if row.prefix else "",
    ]
    return " and ".join(filter(None, clauses)) or "true"


def _quoted(texts: tuple[str, ...]) -> str:
    return ", ".join(f'"{text}"' for text in texts)
