"""How a status, a time and an id are shown."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.template import Context, Template
from django.utils import timezone

from dashboard.templatetags.badges import LOOKS
from dashboard.templatetags.ids import shorten
from dashboard.templatetags.times import ago, duration, exact, milliseconds
from wrapups.domain.status import Status

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TONES = {"good", "waiting", "warning", "bad", "quiet"}


@pytest.mark.parametrize("status", Status)
def test_every_status_has_a_tone_an_icon_and_a_meaning(status: Status):
    look = LOOKS[status]
    shown = Template("{% load badges %}{% status_badge status %}").render(Context({"status": status.value}))

    assert look.tone in TONES
    assert status.value in shown
    assert "<svg" in shown
    assert look.means in shown


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(seconds=-3), "now"),
        (timedelta(seconds=59), "59 s ago"),
        (timedelta(seconds=60), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=23), "23 h ago"),
        (timedelta(days=29), "29 d ago"),
        (timedelta(days=31), "2026-10-22"),
        (timedelta(minutes=-5), "in 5 min"),
    ],
)
def test_a_moment_is_told_by_its_distance_until_it_is_a_month_away(distance: timedelta, words: str):
    with time_machine.travel(NOW, tick=False):
        assert f">{words}</time>" in ago(NOW - distance)


def test_the_exact_time_is_in_the_persons_zone_and_names_it():
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        assert 'title="2026-11-22 21:00:00 Asia/Tokyo"' in ago(NOW)
        assert ">2026-11-22 21:00:00 Asia/Tokyo</time>" in exact(NOW)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "–"), (0, "0 s"), (45.9, "45 s"), (200, "3 min 20 s"), (7500, "2 h 5 min"), (259_200, "3 d")],
)
def test_a_duration_has_at_most_two_units(seconds: float | None, words: str):
    assert duration(seconds) == words


@pytest.mark.parametrize(("value", "words"), [(None, "–"), (180, "180 ms"), (30_000, "30 s")])
def test_milliseconds_are_shown_below_a_second_only(value: int | None, words: str):
    assert milliseconds(value) == words


def test_a_long_id_is_shortened_in_the_middle_and_can_be_copied_whole():
    genesys_id = "90719dcb-aaaa-bbbb-cccc-1234567826be"
    shown = Template("{% load ids %}{% genesys_id value %}").render(Context({"value": genesys_id}))

    assert shorten(genesys_id) == "90719dcb…26be"
    assert f'data-copy="{genesys_id}"' in shown
    assert f'title="{genesys_id}"' in shown


def test_an_id_from_outside_cannot_leave_its_attribute():
    shown = Template("{% load ids %}{% genesys_id value %}").render(Context({"value": '"><script>alert(1)</script>'}))

    assert "<script>" not in shown
