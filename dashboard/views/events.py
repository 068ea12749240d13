"""The door where outside systems post events. No person, no session, no form: the source proves itself.

The one view without a form's token, since whoever posts here has no cookie that somebody else could misuse.
Everything that proves itself is answered 202, also what cannot be read: it is kept and set apart for a person, so
sending it again would change nothing. The answer says so, for whoever tries the address out. Where so many are set
apart already that one more is not kept, the answer is 503 and not before: every sender takes that for "again later".
"""

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from wrapups.services import proving
from wrapups.services.marking import mark
from wrapups.services.receiving import AnotherBody, TooManySetApart, receive

LARGEST = 256 * 1024
DIGITS = len(str(LARGEST))
AGAIN_AFTER_S = 5
AGAIN_WHEN_FULL_AFTER_S = 300
"""A person has to see to what is set apart first."""


@csrf_exempt
@require_POST
def event(request: HttpRequest, key: str) -> HttpResponse:
    """Take in one event of the source that has this key in its address."""
    if refusal := _refusal(request):
        return refusal
    try:
        return _received(request, key)
    except UnreadablePostError:
        return _said(400, "The body ended before its announced length.")
    except TooManySetApart as error:
        return _later(str(error), AGAIN_WHEN_FULL_AFTER_S)
    except OperationalError:
        return _later("The event could not be stored just now. Send it again.", AGAIN_AFTER_S)


def _refusal(request: HttpRequest) -> HttpResponse | None:
    """Return why this is not even read: what costs work has to be worth it."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        return _said(415, "Send the body as it is, without Content-Encoding.")
    if not (length.isascii() and length.isdecimal()):
        return _said(411, "Send a Content-Length.")
    if len(length) > DIGITS or int(length) > LARGEST:
        return _said(413, f"The body may have at most {LARGEST} bytes.")
    return None


def _received(request: HttpRequest, key: str) -> HttpResponse:
    found = proving.addressed(key)
    if found is None:
        return _said(404, "Nothing listens at this address.")
    source, now = found
    mark(organization=source.organization_id, source=source.pk)
    if not source.enabled:
        return _said(403, "This source is switched off.")
    try:
        proving.prove(source, headers=request.headers, raw=request.body, now=now)
    except proving.Unproved as error:
        proving.refuse(source, str(error))
        return _said(401, "The sender did not prove itself.")
    try:
        received = receive(source, raw=request.body)
    except AnotherBody as error:
        return _said(409, str(error))
    outcome = {"event": received.pk, "state": received.state, "repeated": received.repeated, "reason": received.reason}
    return JsonResponse(outcome, status=202)


def _later(detail: str, after_s: int) -> HttpResponse:
    response = _said(503, detail)
    response["Retry-After"] = str(after_s)
    return response


def _said(status: int, detail: str) -> HttpResponse:
    return JsonResponse({"detail": detail}, status=status)
