"""What a load balancer or a process manager asks: is the process alive, and can it serve."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer that this process is alive; it asks nothing of anybody."""
    return HttpResponse("alive\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database answers and is migrated, else 503 and what is missing."""
    try:
        missing = _missing_migrations()
    except DatabaseError:
        return _not_ready("The database does not answer.")
    if missing:
        return _not_ready(f"{missing} migrations are missing: run 'manage.py migrate'.")
    return HttpResponse("ready\n", content_type="text/plain")


def _missing_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _not_ready(because: str) -> HttpResponse:
    return HttpResponse(f"{because}\n", content_type="text/plain", status=503)
