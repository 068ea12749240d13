"""What lines of work carry: whose work it is, and which call for which assignment."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pytest_django import Settings

from tests.factories import OrganizationFactory
from tests.services.centre import Centre
from tests.services.test_applying import Buggy
from wrapups import tasks
from wrapups.models import Attempt
from wrapups.pump import Pump
from wrapups.services import marking
from wrapups.services.draining import drain
from wrapups.services.marking import Mark, mark, marked, marks


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[list[dict[str, Mark]]]:
    """The marks that stood when each line was logged."""
    lines: list[dict[str, Mark]] = []

    class Marks(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(marks())

    handler = Marks()
    logging.getLogger("wrapups").addHandler(handler)
    yield lines
    logging.getLogger("wrapups").removeHandler(handler)


def test_marks_stand_within_their_block_and_fall_with_it():
    with marked(organization=1):
        with marked(assignment=2, fence=3):
            mark(attempt=4)
            inside = marks()
        after = marks()

    assert inside == {"organization": 1, "assignment": 2, "fence": 3, "attempt": 4}
    assert after == {"organization": 1}
    assert marks() == {}


def test_marks_fall_also_where_a_block_fails():
    with pytest.raises(ZeroDivisionError), marked(organization=1):
        mark(fence=1 // 0)

    assert marks() == {}


def test_an_observer_is_told_of_named_work_and_sees_its_last_marks(monkeypatch: pytest.MonkeyPatch):
    told: list[object] = []

    @contextmanager
    def observer(what: str) -> Iterator[None]:
        told.append(what)
        yield
        told.append(marks())

    monkeypatch.setattr(marking, "_observers", [])
    marking.observe(observer)
    with marked("task", organization=1), marked(assignment=2):
        mark(fence=3)
    with marked("request", request="r"):
        mark(status=200)

    assert told == ["task", {"organization": 1}, "request", {"request": "r", "status": 200}]


def test_every_line_about_a_call_has_its_assignment_attempt_and_fence(centre: Centre, logged: list[dict[str, Mark]]):
    assignment = centre.assign()

    with marked(organization=centre.organization.pk):
        drain(centre.organization, gateway=Buggy(), for_s=0.1)

    attempt = Attempt.objects.get()
    of_the_call = {"assignment": assignment.pk, "attempt": attempt.pk, "fence": attempt.fence}
    assert logged == [{"organization": centre.organization.pk, **of_the_call}]


def test_every_line_of_a_task_has_its_name_and_organization(centre: Centre, logged: list[dict[str, Mark]], monkeypatch):
    def look(organization: object, **_: object) -> None:
        logging.getLogger("wrapups.example").warning("It looks.")

    monkeypatch.setattr("wrapups.services.discovering.discover", look)

    tasks.discover(centre.organization.pk)

    assert logged == [{"task": "discover", "organization": centre.organization.pk}]


@pytest.mark.django_db(transaction=True)
def test_every_line_of_a_round_of_the_pump_has_its_organization(
    logged: list[dict[str, Mark]], monkeypatch: pytest.MonkeyPatch, settings: Settings
):
    def fail(organization: object) -> bool:
        pump.stop()
        raise RuntimeError("A bug.")

    settings.PUMP_TICK_S = 0.01
    organization, pump = OrganizationFactory(), Pump()
    monkeypatch.setattr(pump, "round", fail)

    pump.run()

    assert logged == [{"organization": organization.pk}]
