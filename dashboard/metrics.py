"""What `/metrics` tells: every metric with its words and labels, and the answer in Prometheus' text form.

The numbers are read from the database (`wrapups.services.gauging`), never from a process's memory: any web process can
be asked, and says the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.core.cache import cache
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from wrapups.services.gauging import gauges

PREFIX = "wrapups_"
FRESH_FOR_S = 10
_KEPT = "metrics"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a metric says. `label` is the name of its label beside `organization`; empty where it has none."""

    words: str
    label: str = ""
    of_an_organization: bool = True

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of its labels, in order."""
        return ("organization",) * self.of_an_organization + ((self.label,) if self.label else ())


METRICS: Mapping[str, Meaning] = {
    "due": Meaning("Assignments that a worker could take now, up to 100,000.", "lane"),
    "due_oldest_age_seconds": Meaning("How long the one that waits longest could have been taken.", "lane"),
    "ended_last_hour": Meaning("Communications that ended in the last hour, by the status of their code.", "status"),
    "failures": Meaning("Assignments that wait for a person, by why, up to 100,000.", "class"),
    "failure_groups": Meaning("Causes of failures, by what people have said about them.", "state"),
    "calls_left": Meaning("Calls to Genesys Cloud that may be made at once; 0 while anything holds them."),
    "calls_per_minute": Meaning("Calls a minute that are made at most, as Genesys Cloud allows now."),
    "calls_last_hour": Meaning("Calls taken in the last 50 to 60 minutes, by what for.", "use"),
    "attempts_last_hour": Meaning("Writes and single reads of the last hour, by how they were answered.", "answer"),
    "breaker_open": Meaning("1 while calls wait because Genesys Cloud does not answer."),
    "told_to_wait": Meaning("1 while calls wait because Genesys Cloud answered 429."),
    "calls_held": Meaning("1 while a person has paused all calls."),
    "client_refused": Meaning("1 while Genesys Cloud refuses the OAuth client."),
    "lanes_held": Meaning("Lanes that people have paused."),
    "rules_held": Meaning("Rules that people have paused."),
    "duty_success_timestamp_seconds": Meaning("When a recurring duty last went well.", "duty"),
    "duty_failing": Meaning("1 where a recurring duty failed the last time.", "duty"),
    "discovery_lag_seconds": Meaning("How long ago the earliest ended that may not have been looked for."),
    "unconfirmed": Meaning("Accepted codes that could be read back by now, up to 100,000."),
    "unconfirmed_oldest_age_seconds": Meaning("How long the one that waits longest could have been read back."),
    "last_event_timestamp_seconds": Meaning("When the last event came in; missing before the first."),
    "events_waiting": Meaning("Events whose conversation is to be looked at now, up to 100,000."),
    "events_oldest_age_seconds": Meaning("How long the one that waits longest could have been looked at."),
    "events_set_apart": Meaning("Events that could not be read and wait for a person."),
    "notices_waiting": Meaning("Webhook notices that are not delivered yet, up to 100,000."),
    "notices_oldest_age_seconds": Meaning("How long ago the oldest of them happened, or was sent again by a person."),
    "receivers_held": Meaning("Receivers of webhooks that are told nothing any more."),
    "heartbeat_timestamp_seconds": Meaning("When a process last showed that it goes round.", "process", False),
    "processes": Meaning("Processes that have shown so lately.", "process", False),
}


class DatabaseCollector(Collector):
    """Reads all metrics anew whenever it is asked."""

    def collect(self) -> Iterator[Metric]:
        """Yield each metric once, also one without any number, so that its words are always there."""
        families = {
            name: GaugeMetricFamily(PREFIX + name, meaning.words, labels=meaning.labels)
            for name, meaning in METRICS.items()
        }
        for gauge in gauges():
            labels = [each for each in (gauge.organization, gauge.label) if each]
            families[gauge.name].add_metric(labels, gauge.value)
        yield from families.values()

    def describe(self) -> list[Metric]:
        """Say nothing beforehand: registering asks no database."""
        return []


_REGISTRY = CollectorRegistry()
_REGISTRY.register(DatabaseCollector())


def exposition() -> bytes:
    """Return all metrics in Prometheus' text form, at most ten seconds old. Raises DatabaseError."""
    kept: bytes | None = cache.get(_KEPT)
    if kept is None:
        kept = generate_latest(_REGISTRY)
        cache.set(_KEPT, kept, FRESH_FOR_S)
    return kept
