"""One access token per organization, shared by all workers, renewed by one of them at a time."""

import time
from collections.abc import Callable
from typing import Protocol

from django.db.models import Q

from wrapups.domain.errors import Unsent
from wrapups.models import AccessToken, Organization
from wrapups.models.clock import AppNow, Seconds
from wrapups.models.sealing import SealBroken, seal, unseal

RENEWAL_LEASE_S = 30
POLL_S = 0.2
EARLY_S = 60
REMEMBERED_S = EARLY_S / 4


class Issued(Protocol):
    """What a login returns."""

    @property
    def access_token(self) -> str: ...
    @property
    def expires_in_s(self) -> int: ...


class SharedTokens:
    """The organization's token, in one sealed database row (the `Tokens` a gateway asks for)."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization
        self._belongs_to = f"{organization.slug}:access_token"
        self._known: str | None = None
        self._known_until = 0.0

    def current(self) -> str | None:
        """Return the token in use, or None where there is none, it is about to expire, or it does not open.

        One that was just read is good for a while longer: it was not about to expire, and if it is replaced
        meanwhile, Genesys says so and it is `renew`ed.
        """
        if time.monotonic() >= self._known_until:
            self._known = self._read()
            self._known_until = time.monotonic() + (REMEMBERED_S if self._known else 0.0)
        return self._known

    def _read(self) -> str | None:
        row = AccessToken.objects.filter(
            organization=self._organization, expires_at__gt=AppNow() + Seconds(EARLY_S)
        ).first()
        try:
            return unseal(row.sealed, belongs_to=self._belongs_to) or None if row else None
        except SealBroken:
            return None

    def renew(self, stale: str | None, login: Callable[[], Issued]) -> str:
        """Return a token other than `stale`: somebody else's new one, or one from our own login.

        One worker at a time logs in; the others wait for its token. Raises what `login` raises, and Unsent
        where another worker's login takes too long.
        """
        for _ in range(int(RENEWAL_LEASE_S / POLL_S)):
            mine = self._may_log_in()
            present = self._read()  # looked at last, or a token that came meanwhile would be fetched twice
            if present is not None and present != stale:
                self._known_until = 0.0
                self._leave(mine)
                return present
            if mine:
                return self._log_in(login)
            time.sleep(POLL_S)
        raise Unsent("Another worker's sign-in to Genesys Cloud is still under way.")

    def _may_log_in(self) -> bool:
        AccessToken.objects.get_or_create(organization=self._organization)
        free = Q(renewing_until=None) | Q(renewing_until__lt=AppNow())
        rows = AccessToken.objects.filter(free, organization=self._organization)
        return rows.update(renewing_until=AppNow() + Seconds(RENEWAL_LEASE_S)) == 1

    def _leave(self, mine: bool) -> None:
        if mine:
            AccessToken.objects.filter(organization=self._organization).update(renewing_until=None)

    def _log_in(self, login: Callable[[], Issued]) -> str:
        row = AccessToken.objects.filter(organization=self._organization)
        self._known_until = 0.0
        try:
            issued = login()
        except BaseException:
            row.update(renewing_until=None)
            raise
        row.update(
            sealed=seal(issued.access_token, belongs_to=self._belongs_to),
            expires_at=AppNow() + Seconds(issued.expires_in_s),
            renewing_until=None,
        )
        return issued.access_token
