"""What counts as drift, and which code is suggested instead."""

from collections.abc import Mapping

import pytest

from wrapups.domain.drift import Code, Drift, Kind, drifts, replacement

CODE, QUEUE, OTHER_QUEUE = 7, 70, 71


def found(before: str, after: Code, *covered: int) -> list[Drift]:
    return list(drifts({CODE: before}, {CODE: after}, {CODE: frozenset(covered)}).values())


def test_a_code_that_is_as_the_rules_know_it_has_not_drifted() -> None:
    assert found("Resolved", Code("Resolved"), QUEUE) == []


def test_a_deleted_code_is_one_drift_although_it_is_off_its_queues_too() -> None:
    after = Code("Resolved", gone=True, off_queues=frozenset({QUEUE}))

    assert found("Resolved", after, QUEUE) == [Drift(Kind.DELETED, CODE, old_name="Resolved")]


def test_a_code_of_another_name_is_renamed() -> None:
    assert found("Resolved", Code("Solved")) == [Drift(Kind.RENAMED, CODE, old_name="Resolved", new_name="Solved")]


def test_a_code_that_nobody_knew_before_is_not_renamed() -> None:
    assert drifts({}, {CODE: Code("Resolved")}, {}) == {}


def test_a_code_off_a_queue_matters_only_where_rules_choose_it() -> None:
    after = Code("Resolved", off_queues=frozenset({QUEUE, OTHER_QUEUE}))

    assert found("Resolved", after, QUEUE) == [Drift(Kind.OFF_QUEUE, CODE, QUEUE, old_name="Resolved")]


def test_a_code_can_be_renamed_and_taken_off_queues_at_once() -> None:
    after = Code("Solved", off_queues=frozenset({QUEUE, OTHER_QUEUE}))

    assert [drift.key for drift in found("Resolved", after, QUEUE, OTHER_QUEUE)] == [
        (Kind.RENAMED, CODE, None),
        (Kind.OFF_QUEUE, CODE, QUEUE),
        (Kind.OFF_QUEUE, CODE, OTHER_QUEUE),
    ]


@pytest.mark.parametrize(
    ("name", "candidates", "expected"),
    [
        ("Refund granted", {1: "Refund refused", 2: "Refund granted", 3: "Refund granted (EU)"}, 2),
        ("Refund granted", {1: "Refund refused", 3: "Refund granted (EU)"}, 3),
        ("REFUND GRANTED", {1: "Spam", 4: "refund granted"}, 4),
        ("Refund granted", {1: "Spam", 2: "Order placed"}, None),
        ("Refund granted", {}, None),
        ("Straße gesperrt", {1: "strasse gesperrt"}, 1),
        ("Same", {5: "Same", 2: "Same"}, 2),
        ("Resolved", {1: "Bot resolved", 2: "Unresolved"}, None),
        ("Not resolved", {1: "Resolved"}, None),
    ],
)
def test_the_code_with_the_name_most_alike_is_suggested(
    name: str, candidates: Mapping[int, str], expected: int | None
) -> None:
    assert replacement(name, candidates) == expected
