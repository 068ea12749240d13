"""The keys of the query language: what each asks for, and which parameter of an address it stands for."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `example` is a whole word of a query; `kind` is the catalogue that its names come from, if any."""

    name: str
    parameter: str
    means: str
    example: str
    kind: str = ""


def _key(name: str, means: str, example: str, *, parameter: str = "", kind: str = "") -> Key:
    return Key(name, parameter or name, means, example, kind)


KEYS: Mapping[str, Key] = {
    key.name: key
    for key in (
        _key("status", "how far it has come", "status:failed"),
        _key("reason", "why it was skipped or failed", "reason:no_rule"),
        _key("owner", "whom it was handed to; owner:me, owner:nobody", "owner:me"),
        _key("queue", "the queue; queue:- is none", 'queue:"Billing EU"', kind="queue"),
        _key("division", "the division that the queue is in now", "division:North", kind="division"),
        _key("agent", "the agent", 'agent:"Maria Lopez"', kind="agent"),
        _key("code", "the wrap-up code that was wanted; code:- is none", 'code:"Resolved"', kind="code"),
        _key("found", "the code that was there before", "found:system"),
        _key("rule", "the rule that chose it", 'rule:"Refund - EU"', kind="rule"),
        _key("release", "the release that decided", "release:13"),
        _key("media", "the media type", "media:voice", parameter="media_type"),
        _key("agreement", "what the agent had chosen beside it", "agreement:other"),
        _key("source", "who said a disposition of the conversation", "source:crm"),
        _key("disposition", "what was said", "disposition:REF-OK"),
        _key("since", "ended from then on", "since:7d"),
        _key("until", "ended before then", "until:2026-11-01"),
        _key("error", "Genesys Cloud's code of the last error", "error:bad.request"),
        _key("http", "the status that an attempt was answered with", "http:429"),
        _key("correlation", "the correlation id of an attempt", "correlation:7f3a1c20"),
        _key("event", "the id of an event that told of the conversation", "event:case-4711"),
        _key("id", "an id of a conversation or communication, or its beginning", "id:4f2a81c0", parameter="q"),
        _key("cause", "failures of the same cause, as Failures groups them", "cause:none", parameter="fingerprint"),
        _key("backfill", "what a back-fill made", "backfill:3"),
        _key("bulk", "what an act on many assignments was done with", "bulk:7"),
        _key(
            "rule-id",
            "a rule in all its releases",
            "rule-id:0d9c6a3e-…",
            parameter="identity",
        ),
        _key("sort", "the order", "sort:-changed", parameter="order"),
    )
}
BY_PARAMETER: Mapping[str, Key] = {key.parameter: key for key in KEYS.values()}
