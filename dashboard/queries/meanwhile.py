"""What others have changed since a form was opened, for reading: who, when, and field by field."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.queries.diffs import Changed, readable
from wrapups.domain.masking import Mask
from wrapups.models import Organization
from wrapups.services.meanwhile import ChangedMeanwhile


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """The changes, the oldest first; `latest` is handed back by whoever saves over them."""

    changed: Sequence[Changed]
    latest: int

    @classmethod
    def of(cls, error: ChangedMeanwhile, organization: Organization, mask: Mask) -> "Meanwhile":
        """Return it in words."""
        return cls(readable(error.entries, organization, mask), error.latest)
