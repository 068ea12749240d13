"""The peer of the bench `intake`: a view that does nothing but insert the row, without any middleware.

    granian --interface wsgi ... benchmarks._bare:application

It proves nobody, reads nothing of the body, and forgets what it was told before: the least that Django can do.
"""

import os
from uuid import uuid4

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.MIDDLEWARE = []
settings.ROOT_URLCONF = __name__
application = get_wsgi_application()


def insert(request: HttpRequest, organization_id: int) -> HttpResponse:
    """Insert what came."""
    from wrapups.models import InboundEvent

    InboundEvent.everywhere.create(
        organization_id=organization_id,
        sender="bare",
        event_id=str(uuid4()),
        body=request.body.decode(),
        state=InboundEvent.State.PROCESSED,
    )
    return HttpResponse(status=202)


urlpatterns = [path("events/<int:organization_id>", insert)]
