"""On record: who signed in and out, whom the sign-in refused, and what people change about themselves.

None of it is about an organization; it stands in the history of each that the person belongs to.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.conf import settings

from wrapups.models import Act, Organization, Person
from wrapups.models.clock import app_now
from wrapups.services.auditing import Actor, acting

SIGN_IN = "sign in"
SIGN_OUT = "sign out"
REFUSED = "fail to sign in"
LOCKED_OUT = "be locked out of signing in"
CHANGE_PASSWORD = "change one's own password"  # noqa: S105 - a verb
CHOOSE_TIME_ZONE = "choose a time zone"


@contextmanager
def acting_on_oneself(actor: Actor, verb: str, *, reason: str = "") -> Iterator[None]:
    """Open a transaction which is the person's act in every organization of theirs; in none, for who has no role."""
    theirs = Organization.objects.filter(memberships__person=actor.person).order_by("pk")
    organizations: list[Organization | None] = [*theirs]
    with ExitStack() as acts:
        for organization in organizations or [None]:
            acts.enter_context(acting(actor, verb, organization=organization, reason=reason))
        yield


def record(actor: Actor, verb: str, *, reason: str = "") -> None:
    """Put on record what a person did that changes no row of ours."""
    with acting_on_oneself(actor, verb, reason=reason):
        pass


def record_refusal(username: str, *, origin: str, locked_out: bool) -> None:
    """Put on record that the sign-in refused whoever gave this name.

    What was typed is kept nowhere, for people type their password there; a name that nobody has leaves nothing. Being
    locked out is recorded once while it lasts, or anybody could fill the history from outside.
    """
    person = Person.objects.filter(username=username).first()
    if person is None:
        return
    if not locked_out:
        record(Actor(person, origin), REFUSED, reason=_why(person))
    elif not _is_on_record(person, origin):
        minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
        reason = f"Too many failures from this address: it is refused for {minutes} minutes, with any password."
        record(Actor(person, origin), LOCKED_OUT, reason=reason)


def _why(person: Person) -> str:
    if not person.is_active:
        return "The account is switched off."
    return "Somebody gave this name and a wrong password."


def _is_on_record(person: Person, origin: str) -> bool:
    since = app_now() - settings.AXES_COOLOFF_TIME
    return Act.objects.filter(person=person, verb=LOCKED_OUT, origin=origin, at__gt=since).exists()
