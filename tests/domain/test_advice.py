"""What a failure is known as, and that none is without advice."""

from dataclasses import replace
from pathlib import Path

import pytest

from wrapups.domain.advice import CATALOGUE, GIVEN_UP, advise
from wrapups.domain.advice_parts import Fix, Who
from wrapups.domain.failure_classes import FailureClass, Shown, class_of
from wrapups.domain.status import FailReason, SkipReason, Status
from wrapups.genesys.simulator.problems import MESSAGES
from wrapups.genesys.simulator.striking import STATUS_CODES
from wrapups.models import Assignment

F = FailureClass
WRITE = Shown(status=Status.FAILED, reason=FailReason.REJECTED, error="refused", operation="write", media_type="voice")
BARE_400 = replace(WRITE, code="bad.request", http_status=400)
BARE_404 = replace(WRITE, error="not_found", code="not.found", http_status=404)
LIVE = Shown(status=Status.PENDING, operation="write", media_type="voice")
THROTTLED = replace(LIVE, error="rate_limited", http_status=429)
SKIPPED = Shown(status=Status.SKIPPED)


def refused(code: str, http_status: int = 400) -> Shown:
    """Return a write that was refused with this code."""
    return replace(WRITE, code=code, http_status=http_status)


SIGNS: list[tuple[Shown, FailureClass]] = [
    (refused("conversation.error.wrapup.code.required"), F.EMPTY_CODE),
    (refused("invalid.property"), F.WRONG_SHAPE),
    (BARE_400, F.WRONG_SHAPE),
    (refused("invalid.date"), F.BAD_DATE),
    (refused("invalid.id", 404), F.BAD_ID),
    (Shown(status=Status.FAILED, reason=FailReason.CODE_GONE), F.CODE_GONE),
    (replace(BARE_400, code_gone=True), F.CODE_GONE),
    (replace(BARE_404, code_gone=True), F.CODE_GONE),
    (Shown(status=Status.FAILED, reason=FailReason.CODE_NOT_ON_QUEUE), F.CODE_NOT_ON_QUEUE),
    (replace(BARE_400, code_off_queue=True), F.CODE_NOT_ON_QUEUE),
    (replace(refused("not.a.user"), error="forbidden"), F.NO_USER_CONTEXT),
    (replace(LIVE, error="credentials", code="bad.credentials", http_status=401), F.TOKEN_REFUSED),
    (replace(LIVE, error="credentials", code="something.new", http_status=401), F.TOKEN_REFUSED),
    (replace(LIVE, error="credentials", code="ip.not.authorized", http_status=403), F.ADDRESS_REFUSED),
    (replace(LIVE, error="credentials", code="invalid_client", http_status=400, operation="login"), F.CLIENT_REFUSED),
    (replace(LIVE, error="credentials", http_status=400, operation="login"), F.CLIENT_REFUSED),
    (replace(LIVE, error="rate_limited", code="invalid_request", http_status=400), F.LOGIN_THROTTLED),
    (replace(LIVE, error="credentials", code="missing.any.permissions", http_status=403), F.PERMISSION_MISSING),
    (replace(WRITE, error="forbidden", code="missing.division.permission", http_status=403), F.DIVISION_MISSING),
    (replace(WRITE, error="forbidden", http_status=403), F.DIVISION_MISSING),
    (refused("conversation.error.call.disconnected"), F.MORE_THAN_A_WRAPUP),
    (refused("conversation.error.forbidden.not.active.participant", 403), F.NOT_A_PARTICIPANT),
    (refused("conversation.error.conversation.not.found", 404), F.CONVERSATION_GONE),
    (replace(BARE_404, reason=FailReason.TOO_LATE, too_old=True), F.CONVERSATION_GONE),
    (BARE_404, F.CONVERSATION_GONE),
    (refused("conversation.error.not.conversation.participant", 404), F.PARTICIPANT_GONE),
    (Shown(status=Status.FAILED, reason=FailReason.TOO_LATE, error="not_found"), F.PARTICIPANT_GONE),
    (replace(BARE_404, media_type="callback"), F.WRONG_MEDIUM),
    (replace(BARE_404, media_type="chat"), F.LEGACY_CHAT),
    (replace(WRITE, error="conflict", code="general.conflict", http_status=409), F.CONFLICT),
    (replace(LIVE, error="unclear", code="client.timeout", http_status=408), F.CLIENT_TIMEOUT),
    (refused("request.entity.too.large", 413), F.TOO_LARGE),
    (refused("unsupported.media.type", 415), F.WRONG_CONTENT_TYPE),
    (replace(THROTTLED, code="too.many.requests.retry.after"), F.THROTTLED_FOR_A_TIME),
    (replace(THROTTLED, code="too.many.requests"), F.THROTTLED),
    (replace(THROTTLED, http_status=0), F.THROTTLED),
    (replace(LIVE, error="unclear", code="internal.server.error", http_status=500), F.SERVER_ERROR),
    (replace(LIVE, error="unclear", http_status=502), F.GATEWAY_ERROR),
    (replace(LIVE, error="unclear", http_status=307), F.GATEWAY_ERROR),
    (replace(LIVE, error="unclear", code="service.unavailable", http_status=503), F.UNAVAILABLE),
    (replace(LIVE, error="unclear", code="authentication.request.timeout", http_status=504), F.SERVER_TIMEOUT),
    (replace(LIVE, error="unclear"), F.CUT_OFF),
    (replace(LIVE, error="unclear", silent=True), F.SILENCE),
    (replace(LIVE, error="unsent"), F.UNREACHABLE),
    (Shown(status=Status.FAILED, reason=FailReason.UNCONFIRMED), F.NEVER_APPLIED),
    (replace(SKIPPED, reason=SkipReason.AGENT_CHOSE), F.AGENT_WAS_FIRST),
    (Shown(status=Status.CONFLICT, error="conflict"), F.AGENT_MEANWHILE),
    (Shown(status=Status.OVERRIDDEN), F.AGENT_MEANWHILE),
    (replace(SKIPPED, reason=SkipReason.ALREADY_CODED, found_code_id="ININ-WRAP-UP-TIMEOUT"), F.TIMED_OUT_CODE),
    (replace(LIVE, in_acw=True), F.ACW_PENDING),
    (replace(SKIPPED, reason=SkipReason.OTHER_LEG), F.SEVERAL_LEGS),
    (replace(SKIPPED, reason=SkipReason.NOT_CONNECTED), F.NEVER_CONNECTED),
    (replace(BARE_400, never_connected=True), F.NEVER_CONNECTED),
    (replace(SKIPPED, reason=SkipReason.OBSERVING), F.LISTENING_IN),
    (replace(SKIPPED, reason=SkipReason.NO_QUEUE), F.NO_QUEUE),
    (replace(BARE_400, without_queue=True), F.NO_QUEUE),
    (replace(SKIPPED, reason=SkipReason.PARKED), F.PARKED),
    (replace(SKIPPED, reason=SkipReason.NO_WRAPUP_MEDIUM), F.NO_WRAPUP_MEDIUM),
    (replace(WRITE, media_type="internalmessage"), F.NO_WRAPUP_MEDIUM),
    (replace(SKIPPED, reason=SkipReason.CAMPAIGN), F.CAMPAIGN),
    (Shown(code="notification.invalid.topic", http_status=400), F.NOT_HEARD),
    (Shown(status=Status.APPLIED, operation="write"), F.ANALYTICS_LAG),
    (Shown(error="refused", code="bad.request", http_status=400, operation="search"), F.QUERY_TOO_WIDE),
    (Shown(error="not_found", code="not.found", http_status=404, operation="job"), F.JOB_EXPIRED),
    (replace(LIVE, error="unclear", http_status=200), F.UNREADABLE),
    (Shown(operation="list"), F.CATALOGUE_INCOMPLETE),
    (refused("duplicate.name"), F.DUPLICATE_NAME),
    (replace(BARE_404, media_type="screenshare"), F.API_REMOVED),
    (replace(WRITE, error="not_found", http_status=410), F.API_REMOVED),
    (
        replace(WRITE, error="conflict", code="general.conflict", keeps_first_code=True, found_code_id="c"),
        F.SECOND_WRITE_REFUSED,
    ),
    (Shown(status=Status.FAILED, reason=FailReason.QUARANTINED, error="crash"), F.WORKER_DIED),
    (Shown(status=Status.FAILED, reason=FailReason.QUARANTINED, error="bug"), F.OUR_BUG),
    (replace(SKIPPED, reason=SkipReason.NO_RULE), F.NO_RULE),
    (replace(SKIPPED, reason=SkipReason.ALREADY_CODED), F.ALREADY_CODED),
    (replace(SKIPPED, reason=SkipReason.SHADOW), F.SHADOW),
    (refused("something.genesys.invents.tomorrow"), F.UNKNOWN),
    (refused("something.genesys.invents.tomorrow", 422), F.UNKNOWN),
    (Shown(), F.UNKNOWN),
]
SEEN_TO_WITHOUT_A_TRACE = {F.DRAFT, F.NO_AGENT, F.HEARD_TWICE}
"""What never leaves an assignment of its own in trouble."""


@pytest.mark.parametrize(("shown", "known_as"), SIGNS, ids=lambda value: getattr(value, "name", ""))
def test_a_failure_is_known_by_what_is_kept_of_it(shown: Shown, known_as: FailureClass):
    assert class_of(shown) is known_as


def test_every_class_that_can_be_met_has_a_sign_here():
    assert {known_as for _, known_as in SIGNS} == set(F) - SEEN_TO_WITHOUT_A_TRACE


def test_the_catalogue_s_55_classes_have_its_numbers():
    assert {known_as.value for known_as in F if known_as.value < 100} == set(range(1, 56))


@pytest.mark.parametrize("known_as", F, ids=lambda known_as: known_as.name)
def test_no_class_is_without_advice(known_as: FailureClass):
    advice = CATALOGUE[known_as]

    assert advice.so.endswith(".")
    assert advice.do.endswith(".")
    assert len(set(advice.fixes)) == len(advice.fixes)


def test_no_two_classes_mean_the_same():
    assert len({advice.so for advice in CATALOGUE.values()}) == len(CATALOGUE)


@pytest.mark.parametrize("code", sorted(set(MESSAGES) - {"not.simulated", "bad.request", "not.found"}))
def test_every_code_of_the_simulator_is_known(code: str):
    status, _ = MESSAGES[code]

    assert class_of(Shown(error="refused", code=code, http_status=status, operation="write")) is not F.UNKNOWN


@pytest.mark.parametrize("status", [*sorted(STATUS_CODES), 410, 429, 502, 599])
def test_every_status_that_is_documented_is_known_even_without_a_code(status: int):
    assert class_of(Shown(error="refused", http_status=status, operation="write")) is not F.UNKNOWN


@pytest.mark.parametrize("reason", [*FailReason, *SkipReason])
def test_every_reason_of_ours_is_known_when_its_trouble_is(reason: str):
    assert class_of(Shown(status=Status.FAILED, reason=reason, error="unsent")) is not F.UNKNOWN


@pytest.mark.parametrize("error", sorted(set(Assignment.Error.values) - {"refused"}))
def test_every_kind_of_trouble_is_known_by_itself(error: str):
    assert class_of(Shown(error=error, operation="write", media_type="voice")) is not F.UNKNOWN


def test_what_goes_on_by_itself_and_was_given_up_is_for_a_person_to_send_again():
    waits = replace(LIVE, error="unclear", code="service.unavailable", http_status=503)

    assert advise(waits).advice.who is Who.NOBODY
    given_up = advise(replace(waits, status=Status.FAILED, reason=FailReason.EXHAUSTED))
    assert given_up.known_as is F.UNAVAILABLE
    assert (given_up.advice.do, given_up.advice.who) == (GIVEN_UP, Who.OPS)
    assert given_up.advice.fixes[0] is Fix.RETRY


def test_what_is_not_known_says_so_and_how_to_report_it():
    advised = advise(refused("something.genesys.invents.tomorrow"))

    assert not advised.is_known
    assert "not known to us" in advised.advice.so
    assert "correlation id" in advised.advice.do


def test_the_documentation_lists_every_class_in_its_words():
    documented = Path(__file__).parents[2].joinpath("docs", "advice.md").read_text("utf-8")

    lines = [
        f"| {known_as.value} | {advice.so} | {advice.do} | {advice.who} |" for known_as, advice in CATALOGUE.items()
    ]
    missing = [line for line in lines if line not in documented]
    assert missing == [line for line in lines if line.startswith(f"| {F.UNKNOWN.value} |")]
