"""Errors to Sentry and spans to a collector: what a process sends that is told where, and what it keeps to itself.

A process of its own is looked at, since both libraries change the one they are switched on in. What it sends it sends
over real HTTP to a receiver of ours.
"""

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import brotli
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from dashboard import telemetry

ROOT: Path = settings.BASE_DIR
CUSTOMER = "+4930123456"
SECRET = "hunter2-and-more"
PROGRAM = f"""
import logging
import django
django.setup()
from django.http import HttpResponse
from django.test import Client
from django.urls import path
from dashboard import urls
from wrapups.services.marking import marked

def failing(request):
    number = {CUSTOMER!r}
    raise RuntimeError(f"{{number}} says password={SECRET}")

urls.urlpatterns.append(path("failing", failing, name="healthz"))
client = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1")
client.get("/failing?q={CUSTOMER}", headers={{"Authorization": "Bearer {SECRET}"}})
with marked("write", organization=7, assignment=11, attempt=13, fence=2):
    logging.getLogger("wrapups.example").error("%s could not be reached.", {CUSTOMER!r}, extra={{"said": {CUSTOMER!r}}})
"""


@dataclass
class Receiver:
    """What was posted, by address, with the encoding of the body undone."""

    port: int = 0
    posted: dict[str, list[bytes]] = field(default_factory=dict)

    @property
    def reports(self) -> list[dict[str, Any]]:
        """The errors that were reported: each envelope has a line for itself, one for the item, and the item."""
        lines = [body.split(b"\n") for body in self.posted.get("/api/7/envelope/", [])]
        return [json.loads(each[2]) for each in lines if json.loads(each[1])["type"] == "event"]

    @property
    def spans(self) -> dict[str, dict[str, object]]:
        """The attributes of the spans that were sent, by name."""
        found = {}
        for body in self.posted.get("/v1/traces", []):
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for span in (span for scope in resource.scope_spans for span in scope.spans):
                    values = {each.key: each.value for each in span.attributes}
                    found[span.name] = {key: value.string_value or value.int_value for key, value in values.items()}
        return found


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """Everything that a process sends which fails at a request, and logs an error at work."""
    received = Receiver()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            undo = {"gzip": gzip.decompress, "br": brotli.decompress}.get(self.headers.get("Content-Encoding", ""))
            received.posted.setdefault(self.path, []).append(undo(body) if undo else body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"127.0.0.1:{server.server_port}"
    reporting = {"SENTRY_DSN": f"http://public@{address}/7", "OTLP_ENDPOINT": f"http://{address}"}
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "dashboard.settings", "PROCESS_KIND": "web", **reporting}
    subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, capture_output=True, check=True, timeout=120
    )
    yield received
    server.shutdown()
    server.server_close()


def test_a_request_that_fails_is_reported_by_its_type_and_the_lines_it_came_through(receiver: Receiver):
    errors = [error for report in receiver.reports for error in report.get("exception", {}).get("values", [])]

    assert {error["type"] for error in errors} == {"RuntimeError"}
    assert {error["value"] for error in errors} == {"[hidden]"}
    assert any(frame["function"] == "failing" for error in errors for frame in error["stacktrace"]["frames"])


def test_reports_carry_our_own_keys_so_that_the_log_can_be_asked_for_the_rest(receiver: Receiver):
    [work] = [report for report in receiver.reports if report["logger"] == "wrapups.example"]
    request = next(report for report in receiver.reports if report["logger"] == "django.request")

    assert work["logentry"] == {"message": "%s could not be reached."}
    assert work["tags"] == {"process": "web", "organization": 7, "assignment": 11, "attempt": 13, "fence": 2}
    assert set(request["tags"]) == {"process", "request", "page"}


def test_requests_and_work_are_spans_with_our_own_keys(receiver: Receiver):
    spans = receiver.spans

    assert spans["write"] == {
        "wrapups.organization": 7,
        "wrapups.assignment": 11,
        "wrapups.attempt": 13,
        "wrapups.fence": 2,
    }
    assert {key: spans["request"][f"wrapups.{key}"] for key in ("page", "status")} == {"page": "healthz", "status": 500}


def test_nothing_a_customer_said_and_no_secret_leaves_the_house(receiver: Receiver):
    everything = b"".join(body for bodies in receiver.posted.values() for body in bodies)

    assert everything
    for canary in (CUSTOMER, CUSTOMER[1:], SECRET):
        assert canary.encode() not in everything


def test_a_setting_without_its_library_says_which_one_is_missing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)

    with pytest.raises(ImproperlyConfigured, match="SENTRY_DSN is set, but the extra 'sentry'"):
        telemetry.start(sentry_dsn="http://public@127.0.0.1:1/7", otlp_endpoint="", process="web")
