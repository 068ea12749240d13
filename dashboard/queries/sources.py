"""Sources of events for reading: how each stands, and what has to be pasted where to set it up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, QuerySet
from django.urls import reverse

from dashboard.forms.sources import MEANINGS
from dashboard.queries.bounded import Bounded, CountUpTo
from dashboard.queries.doors import LATELY_S
from dashboard.templatetags.badges import Look
from wrapups.domain import trigger_setup, webhook_examples
from wrapups.models import EventSource, InboundEvent, Organization
from wrapups.models.clock import AppNow, Seconds, app_now

Kind = EventSource.Kind
DAY_S = 86_400
HEARS_FOR = timedelta(seconds=120)
"""A listener has a heartbeat every 30 seconds; one that has had none for so long is not running."""


def sources(organization: Organization) -> QuerySet[Any]:
    """Return an organization's sources, each with `events_of_a_day` and the database's time as `now`."""
    latest = InboundEvent.objects.of(organization).filter(
        source=OuterRef("pk"), received_at__gte=AppNow() - Seconds(DAY_S)
    )
    rows = EventSource.objects.of(organization).select_related("organization")
    return rows.annotate(events_of_a_day=CountUpTo(latest), now=AppNow())


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source as the list shows it, from a row of `sources`."""

    source: Any

    @property
    def kind(self) -> str:
        """Its kind in words."""
        return MEANINGS[Kind(self.source.kind)][0]

    @property
    def events_of_a_day(self) -> Bounded:
        """How many events came in the last 24 hours."""
        return Bounded.of(self.source.events_of_a_day)

    @property
    def look(self) -> Look:
        """How it stands."""
        return look_of(self.source, now=self.source.now)


def look_of(source: EventSource, *, now: datetime) -> Look:
    """Return how a source stands: what a person should see first."""
    if not source.enabled:
        return Look("quiet", "circle-slash", "switched off")
    if source.kind == Kind.LISTENER:
        return _listener_look(source, now)
    if source.turned_away_at and now - source.turned_away_at < timedelta(seconds=LATELY_S):
        return Look("warning", "triangle-alert", "turned away")
    if source.last_refused_at and (source.last_event_at is None or source.last_refused_at > source.last_event_at):
        return Look("warning", "triangle-alert", "refused last")
    if source.last_event_at is None:
        return Look("waiting", "clock", "nothing yet")
    return Look("good", "circle-check", "receiving")


def _listener_look(source: EventSource, now: datetime) -> Look:
    if source.trouble:
        return Look("warning", "triangle-alert", "in trouble")
    if source.heard_at is None or now - source.heard_at > HEARS_FOR:
        return Look("waiting", "clock", "not listening")
    return Look("good", "circle-check", "listening")


class SourcePage:
    """One source with all that its setup page shows."""

    def __init__(self, source: EventSource) -> None:
        self.source = source
        self.kind, self.meaning = MEANINGS[Kind(source.kind)]

    @cached_property
    def now(self) -> datetime:
        """The database's time."""
        return app_now()

    @property
    def look(self) -> Look:
        """How it stands."""
        return look_of(self.source, now=self.now)

    @property
    def waits(self) -> bool:
        """Whether the page should ask again: the source is switched on and has not been heard of."""
        heard = self.source.heard_at if self.source.kind == Kind.LISTENER else self.source.last_event_at
        return self.source.enabled and heard is None

    @property
    def posts(self) -> bool:
        """Whether somebody posts to an address, so that there is a secret."""
        return self.source.kind != Kind.LISTENER

    @property
    def most_set_apart(self) -> int:
        """How many events of a source are set apart at most."""
        return int(settings.MOST_SET_APART)

    @property
    def setup(self) -> str:
        """The template of its steps."""
        return f"sources/_{self.source.kind}.html"

    @property
    def address(self) -> str:
        """Where its events are posted to."""
        return settings.PUBLIC_URL + reverse("event", args=[self.source.key])

    @property
    def reachable(self) -> bool:
        """Whether the address is one that another system could reach over TLS."""
        return bool(settings.HTTPS)

    @property
    def curl(self) -> str:
        """Commands that post one signed event."""
        return webhook_examples.curl(self.address, event_id=self._example_id, at=self.now)

    @property
    def python(self) -> str:
        """A program that posts one signed event."""
        return webhook_examples.python(self.address, event_id=self._example_id, at=self.now)

    @property
    def signature_header(self) -> str:
        """The header that carries a signature."""
        return webhook_examples.HEADER

    @property
    def data_action(self) -> str:
        """The data action to import."""
        return trigger_setup.pasted(trigger_setup.data_action(self.address, name=self.source.name))

    @property
    def topics(self) -> dict[str, str]:
        """Genesys' topics, with what each tells."""
        return dict(trigger_setup.TOPICS)

    @property
    def credential(self) -> str:
        """The name of the credential field that holds the secret."""
        return trigger_setup.CREDENTIAL

    @property
    def trigger(self) -> str:
        """The trigger, as the API takes it."""
        return trigger_setup.pasted(trigger_setup.trigger(name=self.source.name))

    @property
    def delay_s(self) -> int:
        """How long the trigger waits."""
        return trigger_setup.DELAY_S

    @property
    def stack(self) -> str:
        """The CloudFormation template."""
        genesys_id = self.source.organization.genesys_id
        made = trigger_setup.cloudformation(self.address, name=self.source.name, organization_id=genesys_id)
        return trigger_setup.pasted(made)

    @property
    def pattern(self) -> str:
        """The pattern of the rule."""
        return trigger_setup.pasted(trigger_setup.event_pattern())

    @property
    def paths(self) -> str:
        """The input path of the transformer."""
        return trigger_setup.pasted(trigger_setup.input_transformer()["InputPathsMap"])

    @property
    def template(self) -> str:
        """The template of the transformer."""
        return str(trigger_setup.input_transformer()["InputTemplate"])

    @property
    def api_key_header(self) -> str:
        """The header in which EventBridge sends the secret."""
        return trigger_setup.API_KEY

    @property
    def _example_id(self) -> str:
        return f"try-{self.now:%Y%m%d-%H%M%S}"
