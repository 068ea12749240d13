"""Adding an organization whole: with its call budget and its duties."""

from datetime import datetime
from typing import Any

from django.db import transaction

from wrapups.models import CallBudget, Organization, Sweep
from wrapups.models.clock import app_now


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
            starts = {"watermark_at": since} if kind == Sweep.Kind.DISCOVER else {}
            Sweep.objects.create(organization=organization, kind=kind, **starts)
    return organization
