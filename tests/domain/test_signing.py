"""A signature proves who sent these very bytes, and about when."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapups.domain.signing import TOLERANCE_S, BadSignature, SignatureHeader, check, sign

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BODY = b'{"a": 1}'
HEX = "0" * 64


def test_the_signature_is_the_one_that_stripe_documents():
    """HMAC-SHA256 over "t.body"; the value is from `printf %s '1772366400.{"a": 1}' | openssl dgst -sha256 -hmac k`."""
    assert sign(["k"], BODY, at=NOW) == f"t=1772366400,v1={KNOWN}"


KNOWN = "b7c14d855e78a530cb308b64fce52f8f6f534b0d28a54a0cfacb04cf987d7c63"


@given(st.binary(), st.text(), st.integers(-TOLERANCE_S, TOLERANCE_S))
def test_what_was_signed_is_proved_within_the_tolerance_both_ways(raw: bytes, secret: str, off_s: int):
    secret = secret.encode("utf-8", "ignore").decode()
    header = sign([secret], raw, at=NOW + timedelta(seconds=off_s))

    assert check(header, raw, secrets=[secret], now=NOW).signed_at == NOW + timedelta(seconds=off_s)


@pytest.mark.parametrize("off_s", [-TOLERANCE_S - 1, TOLERANCE_S + 1, -86_400, 600])
def test_a_recorded_message_is_refused_and_one_from_the_future_too(off_s: int):
    header = sign(["s"], BODY, at=NOW + timedelta(seconds=off_s))

    with pytest.raises(BadSignature, match="300 seconds"):
        check(header, BODY, secrets=["s"], now=NOW)


@given(st.binary(), st.binary())
def test_other_bytes_are_not_what_was_signed(raw: bytes, other: bytes):
    if raw == other:
        return
    with pytest.raises(BadSignature):
        check(sign(["s"], raw, at=NOW), other, secrets=["s"], now=NOW)


def test_the_same_json_written_in_another_way_is_not_what_was_signed():
    with pytest.raises(BadSignature, match="No signature fits"):
        check(sign(["s"], b'{"a": 1}', at=NOW), b'{"a":1}', secrets=["s"], now=NOW)


def test_while_a_secret_changes_either_side_may_have_two():
    assert check(sign(["new"], BODY, at=NOW), BODY, secrets=["new", "old"], now=NOW)
    assert check(sign(["old"], BODY, at=NOW), BODY, secrets=["new", "old"], now=NOW)
    assert check(sign(["new", "old"], BODY, at=NOW), BODY, secrets=["old"], now=NOW)


def test_without_a_secret_nothing_is_proved():
    with pytest.raises(BadSignature):
        check(sign([""], BODY, at=NOW), BODY, secrets=[], now=NOW)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1772366400",
        f"v1={HEX}",
        f"t=1772366400,v0={HEX}",
        "t=1772366400,v1=",
        "t=1772366400,v1=00ff",
        f"t=1772366400,v1={HEX[:-1]}g",
        f"t=1772366400,v1={HEX.replace('0', 'É')}",
        f"t=x,v1={HEX}",
        f"t=-5,v1={HEX}",
        f"t=1772366400.5,v1={HEX}",
        f"t=١٧٧٢٣٦٦٤٠٠,v1={HEX}",
        f"t={'9' * 400},v1={HEX}",
        f"t=1772366400,t=1772366400,v1={HEX}",
        "t=1772366400" + f",v1={HEX}" * 9,
        "t=1772366400," + "x" * 100_000,
    ],
)
def test_a_header_without_one_time_and_whole_signatures_is_refused(header: str):
    with pytest.raises(BadSignature) as refused:
        check(header, BODY, secrets=["s"], now=NOW)

    assert HEX not in str(refused.value)


def test_other_schemes_beside_v1_are_passed_over():
    header = sign(["s"], BODY, at=NOW) + ",v0=abc,v2=def"

    assert check(header, BODY, secrets=["s"], now=NOW)


@given(st.text(max_size=120) | st.from_regex(r"t=[0-9]{1,14},v1=[0-9a-f]{60,66}", fullmatch=True), st.binary())
def test_no_header_raises_anything_but_a_bad_signature(header: str, raw: bytes):
    with suppress(BadSignature):
        check(header, raw, secrets=["s"], now=NOW)


@given(
    st.from_regex(r"[0-9]{1,11}", fullmatch=True),
    st.lists(st.from_regex(r"[0-9a-f]{64}", fullmatch=True), min_size=1, max_size=8),
)
def test_a_header_reads_back_as_it_was_written(timestamp: str, signatures: list[str]):
    header = SignatureHeader(timestamp, tuple(signatures))

    assert SignatureHeader.read(str(header)) == header
