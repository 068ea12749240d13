"""Which assignments wait and were never sent, so that another code, or none, may take their place."""

from django.db.models import Q

from wrapups.domain.status import Status


def never_sent() -> Q:
    """Return the condition for them.

    A write that Genesys turned away for lack of calls or of a login (`write_count` 0) was not sent. What may have been
    sent, since its worker died over it or a person had it sent again after a write, is none of them: that code may
    still show up.
    """
    may_be_sent = Q(written_at__isnull=False) & (Q(retry_epoch__gt=0) | Q(crash_count__gt=0))
    return Q(status=Status.PENDING, write_count=0) & ~may_be_sent
