"""An organization, and people who have signed in to it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.factories import MembershipFactory, OrganizationFactory, PersonFactory
from wrapups.domain.roles import Role
from wrapups.models import Organization

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def organization(db) -> Organization:
    """An organization of Genesys Cloud, with nothing in it."""
    return OrganizationFactory()


@pytest.fixture
def sign_in(organization: Organization) -> Callable[..., Client]:
    """Sign somebody in who has this role in the organization, or in another one, or (None) no role anywhere."""

    def signed_in(role: str | None = Role.ADMIN, *, of: Organization = organization, **options: Any) -> Client:
        person = MembershipFactory(organization=of, role=role).person if role else PersonFactory()
        client = Client(**options)
        client.force_login(person, BACKEND)
        return client

    return signed_in


@pytest.fixture
def admin(sign_in: Callable[..., Client]) -> Client:
    """An admin of the organization, signed in."""
    return sign_in(Role.ADMIN)
