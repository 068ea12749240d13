"""How each medium takes and gives back a wrap-up: the request as it stands on the wire."""

from dataclasses import replace

import orjson
import pytest

from tests.genesys import wire
from wrapups.domain.capabilities import WritePath
from wrapups.domain.conversation import CommunicationRef, Wrapup
from wrapups.domain.errors import Forbidden, Refused
from wrapups.genesys.gateway import GenesysGateway, connect
from wrapups.genesys.media import MEDIA
from wrapups.genesys.tokens import IssuedToken, MemoryTokens

C, P, L = (f"{digit * 8}-0000-4000-8000-000000000000" for digit in "123")
CODE = "44444444-0000-4000-8000-000000000000"
AGENT = "55555555-0000-4000-8000-000000000000"
ROOT = "/api/v2/conversations"
PARTICIPANT = f"/participants/{P}"
LEG = f"{PARTICIPANT}/communications/{L}"
ACCEPTED = wire.http(status="202 Accepted")


def connected(server: wire.Wire, **write_paths: WritePath) -> GenesysGateway:
    tokens = MemoryTokens()
    tokens.renew(None, lambda: IssuedToken("t0ken", 60))
    return connect(api_url=server.url, client_id="c", client_secret="s", tokens=tokens, write_paths=write_paths)


def ref(media_type: str) -> CommunicationRef:
    return CommunicationRef(C, P, L, media_type, AGENT)


@pytest.mark.parametrize(
    ("media_type", "path", "line"),
    [
        ("voice", "communication", f"POST {ROOT}/calls/{C}{LEG}/wrapup"),
        ("voice", "participant", f"PATCH {ROOT}/calls/{C}{PARTICIPANT}"),
        ("voice", "generic", f"PATCH {ROOT}/{C}{PARTICIPANT}"),
        ("voice", "on_behalf", f"PATCH {ROOT}/calls/{C}{PARTICIPANT}/user/{AGENT}"),
        ("callback", "communication", f"POST {ROOT}/callbacks/{C}{LEG}/wrapup"),
        ("callback", "participant", f"PATCH {ROOT}/callbacks/{C}{PARTICIPANT}"),
        ("email", "communication", f"POST {ROOT}/emails/{C}{LEG}/wrapup"),
        ("email", "participant", f"PATCH {ROOT}/emails/{C}{PARTICIPANT}"),
        ("message", "communication", f"POST {ROOT}/messages/{C}{LEG}/wrapup"),
        ("message", "participant", f"PATCH {ROOT}/messages/{C}{PARTICIPANT}"),
        ("social", "communication", f"POST {ROOT}/socials/{C}{LEG}/wrapup"),
        ("video", "communication", f"POST {ROOT}/videos/{C}{LEG}/wrapup"),
        ("cobrowse", "communication", f"POST {ROOT}/cobrowsesessions/{C}{LEG}/wrapup"),
        ("cobrowse", "participant", f"PATCH {ROOT}/cobrowsesessions/{C}{PARTICIPANT}"),
        ("screenshare", "communication", f"POST {ROOT}/screenshares/{C}{LEG}/wrapup"),
        ("chat", "generic", f"PATCH {ROOT}/{C}{PARTICIPANT}"),
    ],
)
def test_a_write_is_one_request_to_the_path_of_its_medium(media_type, path, line):
    with wire.serving(ACCEPTED) as server:
        gateway = connected(server, **{media_type: WritePath(path)})
        gateway.apply_wrapup(ref(media_type), CODE, notes="by rule")

    (request,) = server.requests
    wrapup = {"code": CODE, "notes": "by rule", "disableEndTimeUpdates": True}
    assert request.line == f"{line} HTTP/1.1"
    assert orjson.loads(request.body) == (wrapup if path == "communication" else {"wrapup": wrapup})
    assert b"\r\nAuthorization: Bearer t0ken\r\n" in request.request


@pytest.mark.parametrize("media_type", [each for each, medium in MEDIA.items() if medium.has_wrapup])
def test_every_medium_with_wrap_up_can_be_written_by_the_generic_path(media_type):
    with wire.serving(ACCEPTED) as server:
        connected(server, **{media_type: WritePath.GENERIC}).apply_wrapup(ref(media_type), CODE)

    assert server.requests[0].line == f"PATCH {ROOT}/{C}{PARTICIPANT} HTTP/1.1"


def test_without_a_setting_the_communications_own_path_is_used_and_nothing_needless_is_sent():
    with wire.serving(ACCEPTED) as server:
        connected(server).apply_wrapup(ref("voice"), CODE, disable_end_time_updates=False)

    assert server.requests[0].line.startswith("POST ")
    assert orjson.loads(server.requests[0].body) == {"code": CODE}


@pytest.mark.parametrize(
    ("media_type", "path"),
    [
        ("voice", f"calls/{C}{LEG}/wrapup"),
        ("callback", f"callbacks/{C}{LEG}/wrapup"),
        ("email", f"emails/{C}{LEG}/wrapup"),
        ("message", f"messages/{C}{LEG}/wrapup"),
        ("social", f"socials/{C}{LEG}/wrapup"),
        ("video", f"videos/{C}{LEG}/wrapup"),
        ("cobrowse", f"cobrowsesessions/{C}{LEG}/wrapup"),
        ("screenshare", f"screenshares/{C}{LEG}/wrapup"),
        ("chat", f"{C}{PARTICIPANT}/wrapup"),
    ],
)
def test_a_wrap_up_is_read_back_where_it_was_written(media_type, path):
    with wire.serving(wire.http(orjson.dumps({"code": CODE, "notes": "n"}))) as server:
        wrapup = connected(server).read_wrapup(ref(media_type))

    assert wrapup == Wrapup(CODE, "n")
    assert [request.line for request in server.requests] == [f"GET {ROOT}/{path} HTTP/1.1"]


@pytest.mark.parametrize("media_type", ["internalmessage", "screenmonitoring", "unknown", "hologram"])
def test_a_medium_without_wrap_up_is_refused_before_anything_is_sent(media_type):
    with wire.serving(ACCEPTED) as server:
        gateway = connected(server)
        with pytest.raises(Refused, match="carries no wrap-up"):
            gateway.apply_wrapup(ref(media_type), CODE)
        with pytest.raises(Refused, match="carries no wrap-up"):
            gateway.read_wrapup(ref(media_type))

        assert server.requests == []


@pytest.mark.parametrize("part", ["conversation_id", "participant_id", "communication_id"])
@pytest.mark.parametrize("bad", ["", "a/b", "../users", C.replace("-", ""), f"{C}/", f" {C}", "٣" * 36, "x" * 10_000])
def test_what_is_no_uuid_never_enters_a_path(part, bad):
    with wire.serving(ACCEPTED) as server:
        with pytest.raises(Refused, match="is not a Genesys id of a"):
            connected(server).apply_wrapup(replace(ref("voice"), **{part: bad}), CODE)

        assert server.requests == []


@pytest.mark.parametrize("code_id", ["", "Resolved", "ININ-WRAP-UP-TIMEOUT"])
def test_a_name_or_a_system_code_is_never_sent_as_a_code(code_id):
    with wire.serving(ACCEPTED) as server:
        with pytest.raises(Refused, match="is not a Genesys id of a wrap-up code"):
            connected(server).apply_wrapup(ref("voice"), code_id)

        assert server.requests == []


def test_on_behalf_needs_to_know_of_whom():
    with wire.serving(ACCEPTED) as server, pytest.raises(Refused, match="is not a Genesys id of a user"):
        connected(server, voice=WritePath.ON_BEHALF).apply_wrapup(replace(ref("voice"), user_id=None), CODE)


def test_a_write_path_that_wants_a_user_is_named_in_the_refusal():
    refusal = wire.http(orjson.dumps({"code": "not.a.user"}), status="400 Bad Request")
    with wire.serving(refusal) as server, pytest.raises(Forbidden, match="by the path 'participant'"):
        connected(server, email=WritePath.PARTICIPANT).apply_wrapup(ref("email"), CODE)


@pytest.mark.parametrize(
    ("media_type", "path"),
    [("email", WritePath.ON_BEHALF), ("chat", WritePath.COMMUNICATION), ("fax", WritePath.GENERIC)],
)
def test_a_write_path_its_medium_does_not_have_is_refused_when_connecting(media_type, path):
    with wire.serving(ACCEPTED) as server, pytest.raises(ValueError, match="has no write path"):
        connected(server, **{media_type: path})


@pytest.mark.parametrize(
    "api_url",
    [
        "",
        "api.mypurecloud.de",
        "http://api.mypurecloud.de",
        "https://good@evil.example",
        "https://api.mypurecloud.de/api/v2",
        "https://api.mypurecloud.de?x",
        "ftp://api.mypurecloud.de",
        "https://api.mypurecloud.de:x",
    ],
)
def test_an_address_that_is_not_a_scheme_and_a_host_is_refused_when_connecting(api_url):
    with pytest.raises(ValueError, match=r"The API's address must|Port could not be cast"):
        connect(api_url=api_url, client_id="c", client_secret="s", tokens=MemoryTokens())
