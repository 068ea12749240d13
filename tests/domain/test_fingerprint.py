"""Failures of the same cause are one group."""

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from wrapups.domain.fingerprint import fingerprint


def of(message: str, **changed: str) -> str:
    parts = {
        "reason": "rejected",
        "error": "refused",
        "code": "bad.request",
        "operation": "write",
        "media_type": "voice",
    }
    return fingerprint(**{**parts, **changed}, message=message)


@given(st.integers(0, 10**12), st.uuids())
def test_ids_and_numbers_in_a_message_do_not_split_a_group(number, key):
    assert of(f"Conversation {key} failed after {number} s") == of(f"Conversation {uuid4()} failed after 3 s")


def test_what_genesys_calls_the_error_does_split_it():
    assert of("x", code="not.found") != of("x", code="bad.request")


def test_the_medium_splits_it_since_one_medium_alone_may_be_refused():
    assert of("x", media_type="email") != of("x", media_type="voice")
