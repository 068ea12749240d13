"""The rows that the bench `search` measures on are such as the product itself would have made."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Model

from benchmarks import _search_admin, _search_questions, _search_rows
from benchmarks._search_centre import Centre
from benchmarks._search_place import ADVISED
from benchmarks._search_questions import Subject
from wrapups.domain.status import Status
from wrapups.models import Assignment, Attempt, Communication, Conversation, Disposition
from wrapups.models.finding import COPIES

pytestmark = pytest.mark.django_db

ROWS, QUESTIONS = 3000, 8


@pytest.fixture(scope="module")
def centre(django_db_setup: None, django_db_blocker: Any) -> Iterator[Centre]:
    """A large contact centre, gone after the last of these tests."""
    with django_db_blocker.unblock(), transaction.atomic():
        loaded = _search_rows.load(ROWS, seed=1)
        _analyze(_search_rows.LOADED)
        yield loaded
        transaction.set_rollback(True)


def test_each_assignment_has_what_the_triggers_would_have_copied(centre: Centre):
    assignments = Assignment.everywhere.of(centre.organization).order_by("pk").values("pk", *COPIES)
    loaded = list(assignments)

    with connection.cursor() as cursor:
        cursor.execute(_TRIGGERED)

    assert [copied for row, copied in zip(loaded, assignments.all(), strict=True) if row != copied] == []


def test_so_many_rows_are_loaded_in_the_shares_that_are_promised(centre: Centre):
    count = {model: model._default_manager.count() for model in _search_rows.LOADED}
    by_status = dict(Assignment.everywhere.values_list("status").annotate(Count("pk")))

    assert count[Assignment] == ROWS == Subject(centre.organization).newest.pk
    assert 0.98 < count[Communication] / ROWS <= 1
    assert count[Conversation] / ROWS == pytest.approx(0.9, abs=0.01)
    assert count[Attempt] / ROWS == pytest.approx(1.2, abs=0.05)
    assert count[Disposition] / ROWS == pytest.approx(0.5, abs=0.02)
    assert by_status[Status.VERIFIED] / ROWS == pytest.approx(0.85, abs=0.02)
    assert by_status[Status.SKIPPED] / ROWS == pytest.approx(0.12, abs=0.02)


def test_the_admin_is_asked_the_same_as_we_are(centre: Centre):
    subject = Subject(centre.organization)
    ours = {search.name: search for search in _search_questions.searches(subject)}

    found = {search.name: (search.ask(), ours[search.name].ask()) for search in _search_admin.searches(subject)}

    assert len(found) == QUESTIONS
    assert {name: numbers for name, numbers in found.items() if numbers[0] != numbers[1]} == {}


def test_the_database_is_set_as_operators_are_advised():
    manual = (Path(settings.BASE_DIR) / "docs" / "operations.md").read_text()

    assert [name for name, value in ADVISED.items() if f"| `{name}` | `{value}` |" not in manual] == []


def _analyze(models: Iterable[type[Model]]) -> None:
    """Tell PostgreSQL what is there now, as the bench does: a plan for empty tables took a quarter of an hour."""
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f"ANALYZE {model._meta.db_table}")


_TRIGGERED = """
    UPDATE wrapups_assignment SET communication_id = communication_id, found_code_id = found_code_id WHERE id % 9 = 7
"""
