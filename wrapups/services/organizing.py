"""Adding an organization whole, with its call budget and its duties; changing its policies and its OAuth client."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from wrapups.models import AccessToken, CallBudget, Organization, Sweep
from wrapups.models.clock import AppNow, Seconds, app_now
from wrapups.services.auditing import Actor, acting
from wrapups.services.meanwhile import require_unchanged


def add_organization(
    *,
    name: str,
    slug: str,
    api_url: str,
    client_id: str,
    client_secret: str,
    apply_from: datetime | None = None,
    **policies: Any,
) -> Organization:
    """Return the new organization, ready to be worked.

    Conversations that ended before `apply_from` (at first: now) are left alone, so that connecting an
    organization never rewrites its past.
    """
    with transaction.atomic():
        since = apply_from or app_now()
        organization = Organization(
            name=name, slug=slug, api_url=api_url, client_id=client_id, apply_from=since, **policies
        )
        organization.client_secret = client_secret
        organization.save()
        CallBudget.objects.create(organization=organization, tokens=0)
        for kind in Sweep.Kind:
            Sweep.objects.create(organization=organization, kind=kind, **_beginning(kind, since))
    return organization


def _beginning(kind: Sweep.Kind, since: datetime) -> dict[str, Any]:
    """Discovery begins where the organization does; what discovery may have missed is looked for an hour later."""
    if kind == Sweep.Kind.DISCOVER:
        return {"watermark_at": since}
    return {"due_at": AppNow() + Seconds(settings.RECONCILE_EVERY_S)} if kind == Sweep.Kind.RECONCILE else {}


def change_policies(
    organization: Organization,
    *,
    actor: Actor,
    opened: int | None = None,
    watched: Collection[str] = (),
    **policies: Any,
) -> None:
    """Set policies of an organization; workers heed them from their next look at it on.

    `opened` is the organization's latest audit entry as whoever types has seen it: ChangedMeanwhile where a later one
    is of a policy in `watched`, or of one that is set.
    """
    with acting(actor, "change the policies", organization=organization):
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        require_unchanged(organization, {*watched, *policies}, opened=opened)
        Organization.objects.filter(pk=organization.pk).update(**policies)


def change_client(organization: Organization, *, client_id: str, client_secret: str, actor: Actor) -> None:
    """Replace the OAuth client. The old one's token is forgotten, a refusal of it forgiven, the new one checked."""
    with acting(actor, "change the OAuth client", organization=organization):
        organization.client_id, organization.client_secret = client_id, client_secret
        organization.save(update_fields=["client_id", "client_secret_sealed"])
        AccessToken.objects.filter(organization=organization).delete()
        CallBudget.objects.filter(organization=organization).update(refused_at=None, refused_because="")
        Sweep.objects.filter(organization=organization, kind=Sweep.Kind.CHECK).update(due_at=AppNow())
