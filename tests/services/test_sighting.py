"""Readings that overtake each other."""

from dataclasses import replace
from datetime import timedelta

from tests.services.centre import OTHER, WANTED, Centre
from wrapups.models import Communication
from wrapups.services.sighting import keep, recalled


def test_a_reading_that_was_overtaken_by_a_later_one_does_not_bring_back_the_old_code(centre: Centre):
    row = centre.call()
    centre.agent_chooses(row, OTHER)
    (earlier,) = centre.gateway.conversations([row["conversation_id"]])
    centre.agent_chooses(row, WANTED)
    (later,) = centre.gateway.conversations([row["conversation_id"]])
    later = replace(later, read_at=earlier.read_at + timedelta(seconds=1))

    keep(centre.organization, [later])
    keep(centre.organization, [earlier])

    assert Communication.everywhere.get().code_id == centre.code(WANTED)
    assert Communication.everywhere.get().read_at == later.read_at


def test_what_once_belonged_to_a_campaign_still_does(centre: Centre):
    row = centre.call()
    (seen,) = centre.gateway.conversations([row["conversation_id"]])
    keep(centre.organization, [replace(seen, campaign=True, originating_direction="outbound")])

    (again,) = recalled(centre.organization, [replace(seen, campaign=False, originating_direction="")])

    assert (again.campaign, again.originating_direction) == (True, "outbound")
