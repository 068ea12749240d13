"""The pace of calls: what is wanted, and never more than in proportion to what Genesys allows."""

import pytest

from wrapups.domain.pace import pace


@pytest.mark.parametrize(("allowed", "per_minute"), [(None, 288.0), (300, 288.0), (3000, 288.0), (60, 57.6), (1, 0.96)])
def test_genesys_can_slow_us_down_and_never_speed_us_up(allowed: int | None, per_minute: float):
    assert pace(288, allowed) == pytest.approx(per_minute)
