"""Errors to Sentry, spans to an OpenTelemetry collector: each only where a setting names its address.

Neither library is imported otherwise. What leaves the house is listed here piece by piece: types of errors and the
lines of our own code they went through, templates of messages, our own keys. Texts of errors, arguments, local
variables, requests and addresses may hold what a customer said, and stay in the log, under the same keys.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured

from dashboard.logs import HIDDEN
from wrapups.services import marking

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer
    from sentry_sdk.types import Event, Hint

TOLD = frozenset({
    *("event_id", "timestamp", "level", "logger", "platform", "sdk", "server_name", "release", "environment"),
    *("exception", "logentry"),
})  # fmt: skip
"""Parts of a report that are sent at all."""
TOLD_OF_ERRORS = frozenset({"type", "module", "stacktrace", "mechanism"})


def start(*, sentry_dsn: str, otlp_endpoint: str, process: str) -> None:
    """Begin to report what the settings ask for; with both empty, nothing is imported.

    `process` is what kind of process this is. Raises ImproperlyConfigured where a library is missing.
    """
    if sentry_dsn:
        _or_say("SENTRY_DSN", "sentry", partial(_report_errors, sentry_dsn, process))
    if otlp_endpoint:
        _or_say("OTLP_ENDPOINT", "otel", partial(_send_spans, otlp_endpoint, process))


def _or_say(setting: str, extra: str, begin: "partial[None]") -> None:
    try:
        begin()
    except ImportError as error:
        raise ImproperlyConfigured(
            f"{setting} is set, but the extra {extra!r} of pyproject.toml is not installed; see docs/monitoring.md."
        ) from error


def _report_errors(dsn: str, process: str) -> None:
    """Report what is logged as an error: requests and tasks that fail are, with the exception."""
    import sentry_sdk
    from sentry_sdk.integrations.atexit import AtexitIntegration
    from sentry_sdk.integrations.excepthook import ExcepthookIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration

    sentry_sdk.init(
        dsn=dsn,
        # Those of Django and Celery would add requests and arguments.
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            LoggingIntegration(level=None, event_level=logging.ERROR, sentry_logs_level=None),
            ExcepthookIntegration(),
            AtexitIntegration(callback=lambda _pending, _timeout: None),
        ],
        before_send=partial(_scrubbed, process),
        include_local_variables=False,
        max_breadcrumbs=0,
        send_default_pii=False,
        auto_session_tracking=False,
    )


def _scrubbed(process: str, event: "Event", _hint: "Hint") -> "Event":
    """Return only what is listed above, and our marks as tags."""
    told: Any = {name: value for name, value in event.items() if name in TOLD}
    errors = (told.get("exception") or {}).get("values") or []
    if errors:
        told["exception"] = {"values": [_error(each) for each in errors]}
    if "logentry" in told:
        told["logentry"] = {"message": told["logentry"].get("message", "")}
    told["tags"] = {"process": process, **marking.marks()}
    scrubbed: Event = told
    return scrubbed


def _error(error: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in error.items() if name in TOLD_OF_ERRORS} | {"value": HIDDEN}


def _send_spans(endpoint: str, process: str) -> None:
    """Send a span for every request, task and call for an assignment."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource({"service.name": f"wrapups-{process}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")))
    marking.observe(partial(_span, provider.get_tracer("wrapups")))


@contextmanager
def _span(tracer: "Tracer", what: str) -> Iterator[None]:
    """Span a piece of work; it has the marks that stand at its end, and of an error its type."""
    from opentelemetry.trace import StatusCode

    with tracer.start_as_current_span(what, record_exception=False, set_status_on_exception=False) as span:
        try:
            yield
        except Exception as error:
            span.set_status(StatusCode.ERROR, type(error).__name__)
            raise
        finally:
            span.set_attributes({f"wrapups.{name}": value for name, value in marking.marks().items()})
