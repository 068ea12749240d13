"""Connecting another organization, as a person does it: nothing is written there until rules are in force."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from secrets import token_hex

from django.conf import settings
from django.db import connection, transaction
from django.utils.text import slugify

from wrapups.domain.regions import REGIONS
from wrapups.domain.roles import Role
from wrapups.models import Membership, Organization
from wrapups.services.auditing import Actor, acting
from wrapups.services.organizing import add_organization, change_client
from wrapups.services.refused import Refused

LONGEST_SLUG = 40


class CannotConnect(Refused):
    """This cannot be connected; the text says why, for the person. `field` is what to mend."""


def addresses() -> Mapping[str, str]:
    """Return where an organization may be: the known regions, and what the settings allow besides, with their names."""
    return {**REGIONS, **{host: f"this installation's {host}" for host in settings.ALLOWED_GENESYS_HOSTS}}


def connect(*, name: str, api_url: str, client_id: str, client_secret: str, actor: Actor) -> Organization:
    """Return the new organization, whose admin the person now is. Its OAuth client is checked by the next free worker.

    What ended before now is left alone, and without a release of rules nothing is decided. Raises CannotConnect for
    an address that is none of ours to call, and for a client that is connected already: two engines would share its
    call budget and undo each other's work.
    """
    _require_known(api_url)
    with _one_at_a_time(), acting(actor, "add an organization", organization=Organization(pk=_next_pk())) as act:
        _require_unused(api_url, client_id)
        organization = add_organization(
            id=act.organization_id,
            name=name,
            slug=f"{slugify(name)[:LONGEST_SLUG] or 'organization'}-{token_hex(3)}",
            api_url=api_url,
            client_id=client_id,
            client_secret=client_secret,
        )
        Membership.objects.create(person=actor.person, organization=organization, role=Role.ADMIN)
    return organization


def correct(organization: Organization, *, api_url: str, client_id: str, client_secret: str, actor: Actor) -> None:
    """Correct region and client of an organization that no check has known yet, and have it checked again.

    Raises CannotConnect once it is known: our copy of it and its history belong to that one.
    """
    _require_known(api_url)
    with _one_at_a_time(), acting(actor, "correct the region", organization=organization):
        if not Organization.objects.filter(pk=organization.pk, genesys_id="").update(api_url=api_url):
            raise CannotConnect("A check has reached this organization, so its region stays as it is.", "api_url")
        _require_unused(api_url, client_id, but=organization)
        organization.api_url = api_url
        change_client(organization, client_id=client_id, client_secret=client_secret, actor=actor)


def connected_twice(organization: Organization) -> bool:
    """Return whether the same Genesys organization is connected a second time, under another client."""
    others = Organization.objects.filter(genesys_id=organization.genesys_id).exclude(pk=organization.pk)
    return bool(organization.genesys_id) and others.exists()


def _require_known(api_url: str) -> None:
    if api_url not in addresses():
        raise CannotConnect("Choose one of the regions.", "api_url")


def _require_unused(api_url: str, client_id: str, *, but: Organization | None = None) -> None:
    same = Organization.objects.filter(api_url=api_url, client_id=client_id)
    if (same.exclude(pk=but.pk) if but else same).exists():
        raise CannotConnect(
            "This OAuth client is connected already. Each connection needs a client of its own.", "client_id"
        )


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Let a form that is sent twice be one connection: the second finds the first."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('connect an organization'))")
        yield


def _next_pk() -> int:
    """Return the key of the organization to come, so that its very first row is part of the person's act."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('wrapups_organization', 'id'))")
        [(pk,)] = cursor.fetchall()
    return int(pk)
