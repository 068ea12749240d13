"""Stacked bars, laid out."""

import pytest

from dashboard.charts import BOTTOM, HEIGHT, TOP, Column, Part, stacked


def column(*numbers: int) -> Column:
    return Column(
        "08:00", "", tuple(Part("good", str(place), number, f"/{place}") for place, number in enumerate(numbers))
    )


def test_the_bars_of_a_column_stand_on_each_other():
    low, high = stacked([column(3, 5)]).bars

    assert low.y == pytest.approx(HEIGHT - BOTTOM - low.height, abs=0.2)
    assert high.y == pytest.approx(low.y - high.height, abs=0.2)


def test_what_is_not_there_has_no_bar():
    assert [bar.part.number for bar in stacked([column(0, 4), column(0, 0)]).bars] == [4]


def test_one_among_many_can_still_be_seen_and_clicked():
    assert min(bar.height for bar in stacked([column(1, 100_000)]).bars) >= 1


@pytest.mark.parametrize(
    ("highest", "top"), [(0, 2), (1, 2), (2, 2), (3, 4), (7, 8), (11, 20), (21, 30), (95, 100), (4200, 5000)]
)
def test_the_grid_ends_at_a_round_number_with_a_whole_half(highest: int, top: int):
    lines = stacked([column(highest)]).lines

    assert [line.number for line in lines] == [0, top // 2, top]
    assert lines[-1].y == TOP


def test_nothing_at_all_is_an_empty_chart():
    assert stacked([]).total == 0
